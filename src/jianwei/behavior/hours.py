"""When in the week people talk and act."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from jianwei.common.results import Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import HOUR_US, Clock, span, timed
from jianwei.query.reasons import untimed
from jianwei.query.shape import typed
from jianwei.query.views import events, talk

__all__ = ["HOURS_SCHEMA", "Hours", "HoursResult"]

HOURS_SCHEMA = pa.schema([("weekday", pa.int64()), ("hour", pa.int64()), ("rows", pa.int64())])
_WEEK = 7 * 24
# Local hour 0 (1970-01-01 00:00) was a Thursday.
_MONDAY = 3 * 24


@dataclass(frozen=True)
class HoursResult(Rows):
    """Rows: weekday (0 = Monday), hour (0-23, local), rows: all 168 cells, in order."""


@dataclass(frozen=True, kw_only=True)
class Hours:
    """Messages or events by weekday and hour of the local clock."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "events")
    tasks: ClassVar[tuple[str, ...]] = ()

    of: str = setting("messages", "what to count", choices=("messages", "events"))

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> HoursResult | Unavailable:
        rows = talk(reader) if self.of == "messages" else events(reader)
        when = span(reader, rows)
        if when is None:
            return untimed(reader, rows, self.of)
        clock = Clock.of(reader.zone, when.first_us, when.last_us)
        numbered = timed(rows).select(number=lambda t: clock.local(t.ts_us) // HOUR_US + _MONDAY)
        # Remainders of negative numbers differ between engines, quotients do not.
        cells = numbered.group_by(cell=numbered.number - numbered.number // _WEEK * _WEEK).aggregate(
            rows=lambda t: t.count()
        )
        found = reader.execute(cells)
        counts = np.zeros(_WEEK, np.int64)
        counts[found["cell"].to_numpy()] = found["rows"].to_numpy()
        weekday, hour = np.divmod(np.arange(_WEEK), 24)
        return HoursResult(typed(HOURS_SCHEMA, weekday=weekday, hour=hour, rows=counts))
