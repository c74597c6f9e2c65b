"""How tokens are spelt in vocabularies, and where they stand."""

from __future__ import annotations

import pyarrow as pa

from jianwei.text.cutting.features import fold, rows_of
from jianwei.text.cutting.words import tokenize_array


def test_fold() -> None:
    assert fold(pa.array(["OK", "👍🏽", "❤️", "好"])).to_pylist() == ["ok", "👍", "❤", "好"]


def test_rows_of_tokens() -> None:
    tokens = tokenize_array(pa.array(["物流太慢", None, "好"]))
    assert rows_of(tokens).tolist() == [0] * len(tokens[0]) + [2]
