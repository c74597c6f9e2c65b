"""Grids of counts: every pair in every period, and in which order they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from jianwei.behavior.grids import spread
from jianwei.behavior.voices import Voices
from jianwei.common.results import Unavailable

Make = Callable[..., Any]
DAY = 86_400_000_000


def test_sums_over_periods_stand_at_every_row() -> None:
    cells = pa.table({"period": [0, 0], "id": ["u:2", "u:1"], "kind": ["voice", "text"], "rows": [3, 2]})
    grid = spread(cells, ("rows",), None)
    assert grid.pairs == (("u:1", "text"), ("u:2", "voice"))
    assert grid.ever_of_pair(0).tolist() == grid.measure(0).tolist() == [2, 3]


def test_in_empty_periods_kinds_stand_as_they_do_on_the_whole(memory_reader: Make) -> None:
    kinds = [(0, "voice")] * 3 + [(0, "image")] * 2 + [(3, "text"), (3, "image"), (3, "image")]
    messages = [{"message_id": f"m:{n}", "ts_us": day * DAY, "kind": kind} for n, (day, kind) in enumerate(kinds)]
    found = Voices(every="day").compute(memory_reader(messages=messages))
    assert not isinstance(found, Unavailable)
    days: dict[str, list[str]] = {}
    for row in found:
        days.setdefault(row["label"], []).append(row["kind"])
    assert days["1970-01-02"] == days["1970-01-03"] == ["image", "voice", "text"]
    assert days["1970-01-01"] == ["voice", "image", "text"]
