"""Results in their schema."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from jianwei.query.shape import SUM, ranked, shares, typed

SCHEMA = pa.schema([("n", pa.int64()), ("money", SUM), ("words", pa.list_(pa.string()))])


def test_whatever_comes_leaves_in_the_schema() -> None:
    found = typed(
        SCHEMA,
        words=[["a"], []],
        money=pa.array([Decimal("1.5"), None], pa.decimal128(20, 2)),
        n=np.array([1, 2], np.int32),
    )
    assert found.schema.equals(SCHEMA)
    assert found["money"].to_pylist() == [Decimal("1.5000"), None]


def test_missing_and_unknown_columns_are_errors() -> None:
    with pytest.raises(KeyError, match="words"):
        typed(SCHEMA, n=[], money=[])
    with pytest.raises(KeyError, match="more"):
        typed(SCHEMA, n=[], money=[], words=[], more=[])


def test_a_value_that_does_not_fit_is_not_cut_silently() -> None:
    with pytest.raises(pa.ArrowInvalid):
        typed(pa.schema([("n", pa.int64())]), n=pa.array([1.5]))


def test_ranked_puts_nulls_last_and_breaks_ties_by_the_next_column() -> None:
    table = pa.table({"n": [1, None, 2, 2], "id": ["d", "c", "b", "a"]})
    assert ranked(table, "-n", "id")["id"].to_pylist() == ["a", "b", "d", "c"]


def test_shares_of_decimals_are_exact_before_they_become_floats() -> None:
    assert shares([Decimal("0.1"), Decimal("0.2")], Decimal("0.4")) == [0.25, 0.5]
