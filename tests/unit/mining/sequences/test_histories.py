"""What sequences are found in: lists, tables of several libraries, times of several kinds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from jianwei.errors import UsageError
from jianwei.mining import Histories, frequent_sequences, read_histories

ROWS = {
    "who": ["b", "a", "a", None, "b", "a"],
    "what": ["tea", "cup", "tea", "tea", None, "cup"],
    "when": [3, 2, 1, 1, 1, 2],
}


def told(data: Histories) -> list[list[tuple[int, Any]]]:
    labels = data.labels.to_pylist() if isinstance(data.labels, pa.Array) else data.labels
    bounds = zip(data.offsets[:-1].tolist(), data.offsets[1:].tolist(), strict=True)
    return [
        [(t, labels[c]) for t, c in zip(data.times[a:b].tolist(), data.columns[a:b].tolist(), strict=True)]
        for a, b in bounds
    ]


@pytest.mark.parametrize("make", [pa.table, pd.DataFrame], ids=["Arrow", "pandas"])
def test_tables_of_people_items_and_times(make: Any) -> None:
    found = told(read_histories(make(ROWS)))
    assert sorted(found) == [[(1, "tea"), (2, "cup")], [(3, "tea")]]


def test_polars_tables() -> None:
    polars = pytest.importorskip("polars")
    assert sorted(told(read_histories(polars.DataFrame(ROWS)))) == [[(1, "tea"), (2, "cup")], [(3, "tea")]]


def test_without_times_the_rows_are_in_order() -> None:
    found = told(read_histories(pa.table({"who": [1, 2, 1, 1], "what": ["c", "a", "b", "b"]})))
    assert [[item for _, item in person] for person in found] == [["c", "b", "b"], ["a"]]


@pytest.mark.parametrize(
    ("times", "days"),
    [
        (pa.array([date(2024, 1, 3), date(2024, 1, 1)]), 2),
        (pa.array([datetime(2024, 1, 2, 12), datetime(2024, 1, 1)]), 1.5),  # noqa: DTZ001
        (pa.array([datetime(2024, 1, 2, tzinfo=ZoneInfo("Asia/Shanghai")), datetime(2024, 1, 1, tzinfo=ZoneInfo("Asia/Shanghai"))]), 1),
    ],
    ids=["dates", "naive", "zoned"],
)  # fmt: skip
def test_timestamps_are_microseconds(times: pa.Array, days: float) -> None:
    data = read_histories(pa.table({"who": [1, 1], "what": ["b", "a"], "when": times}))
    assert int(np.diff(data.times)[0]) == days * 86_400_000_000
    assert len(frequent_sequences(data, 1, max_gap=round(days * 86_400_000_000))) == 3
    assert len(frequent_sequences(data, 1, max_gap=round(days * 86_400_000_000) - 1)) == 2


def test_lists_with_items_of_several_kinds_and_moments() -> None:
    data = Histories.of([["tea", {3, "cup"}, None], [], [["cup", "cup"]]])
    assert len(data) == 3
    assert {item for _, item in told(data)[0]} == {"tea", 3, "cup"}
    assert told(data)[2] == [(0, "cup")]
    found = frequent_sequences(data, 1, together=True)
    assert {one.moments for one in found} >= {(("tea",), (3,)), (("tea",), ("cup",))}
    assert found.to_arrow()["moments"].to_pylist()  # as text, where kinds are mixed


@pytest.mark.parametrize(
    "wrong",
    [
        ["tea", "cup"], [[{}]], 3, [3], pa.table({"who": [1]}), pa.table({"who": [1], "what": [[1]]}),
        pa.table({"who": [1], "what": ["a"], "when": ["yesterday"]}), pa.table({"who": [1], "what": ["a"], "when": [1.5]}),
    ],
    ids=["a text", "no key", "a number", "numbers", "one column", "lists", "words", "fractions"],
)  # fmt: skip
def test_what_holds_no_histories_is_refused(wrong: Any) -> None:
    with pytest.raises(UsageError):
        read_histories(wrong)


def test_item_rows_count_persons() -> None:
    assert read_histories([["a", "a", "b"], ["a"], []]).item_rows.tolist() == [2, 1]
