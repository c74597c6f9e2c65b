"""Cells against Decimal and the json module."""

from __future__ import annotations

import json
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.sources.tables.cells import amount_of, attrs_of, keys, to_money, to_rating
from jianwei.sources.tables.parties import newest


@settings(deadline=None)
@given(
    st.lists(st.decimals(-(10**13), 10**13, places=4).map(str) | st.floats(-1e9, 1e9).map(repr), min_size=1, max_size=8)
)
def test_amounts_are_exact(texts: list[str]) -> None:
    amounts, bad = to_money(pa.array(texts))
    assert amounts.to_pylist() == [Decimal(text).quantize(Decimal("0.0001"), ROUND_HALF_EVEN) for text in texts]
    assert not any(bad.to_pylist())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¥1,234.50", "1234.5"), ("12元", "12"), ("￥ 3", "3"), ("1.2万", "12000"), ("-¥5", "-5"), ("１２．５", "12.5"), ("2件", "2"),
        ("1e3", "1000"),
        ("RMB12", "12"), ("free", None), ("1.2.3", None), ("12元/件", None), ("99999999999999999", None), ("=1+1", None),
    ],
)  # fmt: skip
def test_amounts_as_people_write_them(text: str, expected: str | None) -> None:
    assert amount_of(text) == (None if expected is None else Decimal(expected))


def test_nothing_is_not_bad() -> None:
    amounts, bad = to_money(pa.array(["", "NULL", None, "-", "x", "1.5元"], pa.string()))
    assert amounts.to_pylist() == [None] * 5 + [Decimal("1.5")]
    assert bad.to_pylist() == [False, False, False, False, True, False]
    ratings, bad = to_rating(pa.array(["4.5", "5星", "★★★★☆", "力荐", None], pa.string()))
    assert ratings.to_pylist() == [4.5, 5.0, 4.0, None, None]
    assert bad.to_pylist() == [False, False, False, True, False]
    assert keys(pa.array([" a ", "未知", "\\N", None])).to_pylist() == ["a", None, None, None]


TEXTS = st.none() | st.text(st.sampled_from('a"\\\n\t\x01好/\u2028 '), max_size=5)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=8))
def test_attrs_are_the_given_values_as_json(rows: list[tuple[str | None, str | None, str | None]]) -> None:
    names = ['b"', "a", "好"]
    columns = {name: pa.array(column, pa.string()) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    for row, text in zip(rows, attrs_of(columns, len(rows)).to_pylist(), strict=True):
        expected = {name: value for name, value in zip(names, row, strict=True) if value is not None and value.strip()}
        assert (text is None) == (not expected)
        if text is not None:
            assert json.loads(text) == expected
            assert list(json.loads(text)) == sorted(expected)
            assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 5) | st.none()), max_size=20))
def test_newest_row_of_every_key(rows: list[tuple[str | None, int | None]]) -> None:
    best: dict[str, tuple[int, int]] = {}
    for place, (key, time) in enumerate(rows):
        if key is not None:
            best[key] = max(best.get(key, (-2, -1)), (-1 if time is None else time, place))
    found = newest(pa.array([key for key, _ in rows], pa.string()), pa.array([time for _, time in rows], pa.int64()))
    assert found.tolist() == sorted(place for _, place in best.values())
    assert found.dtype == np.int64
