"""How much was said or done, period by period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from jianwei.common.results import Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import EVERY, Axis, axis, timed
from jianwei.query.reasons import untimed
from jianwei.query.shape import typed
from jianwei.query.views import events, talk

__all__ = ["VOLUME_SCHEMA", "Volume", "VolumeResult"]

VOLUME_SCHEMA = pa.schema(
    [
        ("period_us", pa.int64()),
        ("label", pa.string()),
        ("series", pa.string()),
        ("rows", pa.int64()),
        ("people", pa.int64()),
    ]
)


@dataclass(frozen=True)
class VolumeResult(Rows):
    """Rows: period_us (first instant), label, series (direction of messages, name of events), rows, people; by time, then series.

    Every series has a row for every period of the bulk, with 0 where nothing happened; before and after it (see `query.periods.Axis`)
    only periods with rows are listed.

    Attributes:
        every: the step: "hour", "day", "week" or "month".
    """

    every: str


@dataclass(frozen=True, kw_only=True)
class Volume:
    """Messages by direction, or events by name, over time."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "events")
    tasks: ClassVar[tuple[str, ...]] = ()

    every: str = setting("auto", "length of a period", choices=EVERY)
    of: str = setting("messages", "what to count", choices=("messages", "events"))

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> VolumeResult | Unavailable:
        rows = talk(reader) if self.of == "messages" else events(reader)
        series = rows.direction.fill_null("unknown") if self.of == "messages" else rows.name
        periods = axis(reader, rows, self.every)
        if periods is None:
            return untimed(reader, rows, self.of)
        cells = timed(rows.mutate(series=series)).group_by(period=lambda t: periods.number(t.ts_us), series="series")
        counted = reader.execute(cells.aggregate(rows=lambda t: t.count(), people=lambda t: t.person_id.nunique()))
        return VolumeResult(_filled(periods, counted), every=periods.step)


def _filled(periods: Axis, counted: pa.Table) -> pa.Table:
    """A row for every series and period of the bulk, and those beyond that have rows."""
    names, series = np.unique(counted["series"].to_numpy().astype(str), return_inverse=True)
    seen = counted["period"].to_numpy()
    numbers = periods.with_strays(seen)
    cell = (np.searchsorted(numbers, seen), series)
    rows, people = (np.zeros((len(numbers), len(names)), np.int64) for _ in range(2))
    rows[cell], people[cell] = counted["rows"].to_numpy(), counted["people"].to_numpy()
    bulk = (numbers >= periods.first) & (numbers <= periods.last)
    at, which = np.nonzero(bulk[:, None] | (rows > 0))
    return typed(
        VOLUME_SCHEMA,
        period_us=periods.starts(numbers)[at],
        label=np.array(periods.labels(numbers))[at],
        series=names[which],
        rows=rows[at, which],
        people=people[at, which],
    )
