"""Presence of words and pairs, against sets in plain Python."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from jianwei.text.features import fold, presence

VOCABULARY = ["不", "好", "慢", "很", "👍"]
PAIRS = [("不", "好"), ("很", "好"), ("很", "慢"), ("好", "好")]
rows = st.lists(st.lists(st.sampled_from([*VOCABULARY, "陌生", "👍🏽", "，"]), max_size=8), max_size=6)


def as_tokens(lists: list[list[str]]) -> pa.ListArray:
    flat = pa.array([token for row in lists for token in row], pa.string()).dictionary_encode()
    return pa.ListArray.from_arrays(np.cumsum([0, *map(len, lists)], dtype=np.int32), flat)


@given(rows)
def test_presence_is_that_of_sets(lists: list[list[str]]) -> None:
    size = len(VOCABULARY)
    keys = sorted(VOCABULARY.index(a) * size + VOCABULARY.index(b) for a, b in PAIRS)
    wanted = []
    for number, row in enumerate(lists):
        row = ["👍" if token == "👍🏽" else token for token in row]
        found = {VOCABULARY.index(token) for token in row if token in VOCABULARY}
        for pair in pairwise(row):
            if pair in PAIRS:
                found.add(size + keys.index(VOCABULARY.index(pair[0]) * size + VOCABULARY.index(pair[1])))
        wanted += [(number, feature) for feature in sorted(found)]
    found_rows, features = presence(as_tokens(lists), pa.array(VOCABULARY), np.array(keys))
    assert list(zip(found_rows.tolist(), features.tolist(), strict=True)) == wanted


def test_an_unknown_word_keeps_neighbours_apart() -> None:
    found_rows, features = presence(
        as_tokens([["不", "陌生", "好"], ["不"], ["好"]]), pa.array(["不", "好"]), np.array([1])
    )
    assert list(zip(found_rows.tolist(), features.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0), (2, 1)]


def test_no_vocabulary_finds_nothing() -> None:
    found_rows, features = presence(as_tokens([["好"]]), pa.array([], pa.string()), np.array([], np.int64))
    assert found_rows.tolist() == features.tolist() == []


def test_folding() -> None:
    assert fold(pa.array(["OK", "❤️", "👍🏿", "好"])).to_pylist() == ["ok", "❤", "👍", "好"]
