"""Settings of any kind of number; what is none is named."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest

from jianwei.errors import UsageError
from jianwei.mining import frequent_itemsets, read_baskets
from jianwei.mining.patterns.support import least_rows

BASKETS = [["tea", "cup"], ["tea", "cup", "pot"], ["tea"], ["pot"]]


@pytest.mark.parametrize("third", [0.3, np.float32(0.3), np.float64(0.3), Decimal("0.3"), Fraction(3, 10)])
def test_a_share_is_what_its_digits_say(third: Any) -> None:
    assert least_rows(third, 10) == 3


@pytest.mark.parametrize("number", [5, np.int64(5), np.uint8(5)])
def test_a_number_of_baskets(number: Any) -> None:
    assert least_rows(number, 10) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"top_k": 2.0},
        {"max_length": 1.5},
        {"min_length": "2"},
        {"max_sets": 0},
        {"threads": 1.5},
        {"max_len": 2, "max_length": 3},
        {"include": [["tea"]]},
    ],
)
def test_what_is_no_number_or_no_item_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        frequent_itemsets(BASKETS, 1, **wrong)


def test_very_many_are_all_there_are() -> None:
    assert len(frequent_itemsets(BASKETS, 1, top_k=10**20)) == len(frequent_itemsets(BASKETS, 1)) == 7


@pytest.mark.parametrize("kind", [pl.Categorical, pl.Enum(["tea", "cup"])])
def test_polars_categories_and_lazy_frames(kind: Any) -> None:
    frame = pl.DataFrame({"order": [1, 1, 2, 3], "item": ["tea", "cup", "tea", None]}, schema_overrides={"item": kind})
    for data in (frame, frame.lazy()):
        baskets = read_baskets(data)
        assert dict(zip(baskets.labels.to_pylist(), baskets.item_rows.tolist(), strict=True)) == {"tea": 2, "cup": 1}
