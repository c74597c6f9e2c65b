"""Results: rows keep their order and types on every way out, and what is unavailable is not a zero."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, replace
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.common.results import Provenance, Reason, Rows, Unavailable

MADE_FROM = Provenance("Volume", '{"unit":"day"}', {"messages": 3})


@dataclass(frozen=True)
class Totals(Rows):
    count: int
    spent: Decimal


@given(st.lists(st.lists(st.integers(-5, 5) | st.none(), max_size=4), max_size=5))
def test_rows_come_in_order_across_chunks(chunks: list[list[int | None]]) -> None:
    table = pa.table({"n": pa.chunked_array(chunks, pa.int64())})
    rows = Rows(table)
    flat = [value for chunk in chunks for value in chunk]
    assert [row["n"] for row in rows] == flat
    assert len(rows) == len(flat)
    assert rows.to_arrow() is table
    frame = rows.to_pandas()["n"]
    assert [int(value) if known else None for value, known in zip(frame, frame.notna(), strict=True)] == flat


def test_iteration_can_be_repeated() -> None:
    rows = Rows(pa.table({"n": [1, 2]}))
    assert list(rows) == list(rows) == [{"n": 1}, {"n": 2}]


def test_figures_stand_beside_the_rows_and_provenance_comes_last() -> None:
    result = Totals(pa.table({"n": [1]}), 1, Decimal("2.50"))
    assert result.provenance is None
    stamped = replace(result, provenance=MADE_FROM)
    assert (stamped.count, stamped.spent, stamped.provenance) == (1, Decimal("2.50"), MADE_FROM)
    with pytest.raises(FrozenInstanceError):
        stamped.count = 2  # type: ignore[misc]


def test_unavailable_is_false_and_keeps_its_reason() -> None:
    missing = Unavailable(Reason("no_times", {"rows": 3}))
    assert not missing
    assert missing.reason == Reason("no_times", {"rows": 3})
    assert missing != Unavailable(Reason("no_times"))
