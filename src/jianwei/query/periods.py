"""Days, weeks and months in a zone, computed with integers only, so that every engine gives the same answer.

An engine is asked for nothing but integer arithmetic: the offset of the zone stands in the expression as a case over the instants
at which it changed, and a period is a number (hours, days and weeks since 1970, months since year 0, all on the local clock).
What a number means (its first instant, its label) is worked out here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, get_args

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray

from jianwei.common.times import DAY_US, Step, choose_step, local_micros, utc_micros
from jianwei.errors import UsageError
from jianwei.query._base import Reader

__all__ = ["EVERY", "HOUR_US", "Axis", "Clock", "Span", "axis", "span", "timed"]

EVERY = ("auto", *get_args(Step))
"""Choices of a setting `every`: a step, or the step that suits the length of the data."""

HOUR_US = DAY_US // 24
MAX_PERIODS = 100_000

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Clock:
    """A zone's offsets over the time of some data.

    Attributes:
        zone: name of the zone, e.g. "Asia/Shanghai".
        offsets: (instant in µs from which it holds, offset in µs), in order; the first holds for everything before it too.

    >>> Clock.of("Asia/Shanghai", 1_700_000_000_000_000, 1_800_000_000_000_000).offsets
    ((1700000000000000, 28800000000),)
    """

    zone: str
    offsets: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, zone: str, first_us: int, last_us: int) -> Clock:
        """The clock of `zone` from `first_us` to `last_us`, both inclusive.

        Raises:
            UsageError: the zone is not known.
        """
        days = np.append(np.arange(first_us, last_us, DAY_US), last_us)
        changed = np.flatnonzero(np.diff(_offset(days, zone))) if len(days) > 1 else ()
        changes = [_change(int(days[at]), int(days[at + 1]), zone) for at in changed]
        return cls(zone, tuple((start, int(_offset(start, zone))) for start in (first_us, *changes)))

    def local(self, ts_us: ir.IntegerValue) -> ir.IntegerValue:
        """What a local clock reads at each instant, as µs since 1970-01-01 00:00 on that clock; an expression."""
        if len(self.offsets) == 1:
            return ts_us + self.offsets[0][1]
        cases = [(ts_us < start, before) for (_, before), (start, _) in pairwise(self.offsets)]
        return ts_us + ibis.cases(*cases, else_=self.offsets[-1][1])

    def number(self, ts_us: ir.IntegerValue, step: Step) -> ir.IntegerValue:
        """The number of the local period that each instant lies in, as an expression."""
        number: ir.IntegerValue = _number(self.local(ts_us), step)
        return number

    def starts(self, numbers: ArrayLike, step: Step) -> Ints:
        """First instants of periods, µs UTC, int64 [n]."""
        return utc_micros(_begins(numbers, step).astype("datetime64[us]").astype(np.int64), self.zone)


@dataclass(frozen=True, slots=True)
class Axis:
    """The periods of one analysis.

    A few stray time stamps (a broken clock, the epoch) would stretch every chart over decades. The *bulk* is the shortest range of
    days that leaves out at most 0.1 % of the rows before it and after it, and whatever adjoins it day by day; the step follows it, and
    gaps are filled only in it.

    Attributes:
        clock: the zone's offsets.
        step: length of a period.
        first: number of the bulk's first period.
        last: number of the bulk's last period, inclusive.
    """

    clock: Clock
    step: Step
    first: int
    last: int

    def number(self, ts_us: ir.IntegerValue) -> ir.IntegerValue:
        """The number of the period that each instant lies in, as an expression."""
        return self.clock.number(ts_us, self.step)

    def numbers(self) -> Ints:
        """Every period of the bulk, int64, ascending; hours that were left out when clocks went forward are not among them."""
        whole = np.arange(self.first, self.last + 1)
        reading = local_micros(self.clock.starts(whole, self.step), self.clock.zone)
        exists: NDArray[np.bool_] = _number(reading, self.step) == whole
        return whole[exists]

    def with_strays(self, seen: ArrayLike) -> Ints:
        """Every period of the bulk and those of `seen` that lie outside of it, int64, ascending."""
        return np.union1d(self.numbers(), np.asarray(seen, np.int64))

    def starts(self, numbers: ArrayLike) -> Ints:
        """First instants of periods, µs UTC, int64 [n]."""
        return self.clock.starts(numbers, self.step)

    def labels(self, numbers: ArrayLike) -> list[str]:
        """Labels as people write them: "2024-01-31 09:00", "2024-01-31", "2024-W05", "2024-01"."""
        begins = _begins(numbers, self.step)
        if self.step == "week":
            return ["{:04d}-W{:02d}".format(*day.isocalendar()[:2]) for day in begins.astype(object)]
        return [text.replace("T", " ") for text in np.datetime_as_string(begins).tolist()]


@dataclass(frozen=True, slots=True)
class Span:
    """When rows happened: int64 arrays with an entry for every UTC day that has rows, ascending.

    Attributes:
        rows: how many.
        firsts: time of the day's first row.
        lasts: time of its last row.
    """

    rows: Ints
    firsts: Ints
    lasts: Ints

    @property
    def first_us(self) -> int:
        return int(self.firsts[0])

    @property
    def last_us(self) -> int:
        return int(self.lasts[-1])

    @property
    def bulk(self) -> tuple[int, int]:
        """First and last instant of the bulk (see `Axis`)."""
        spare = int(self.rows.sum()) // 1000
        low = int(np.searchsorted(np.cumsum(self.rows), spare, side="right"))
        high = len(self.rows) - 1 - int(np.searchsorted(np.cumsum(self.rows[::-1]), spare, side="right"))
        days = self.firsts // DAY_US
        while low > 0 and days[low] - days[low - 1] == 1:
            low -= 1
        while high + 1 < len(days) and days[high + 1] - days[high] == 1:
            high += 1
        return int(self.firsts[low]), int(self.lasts[high])


def timed(rows: ir.Table) -> ir.Table:
    """The rows that have a time."""
    return rows.filter(rows.ts_us.notnull())


def span(reader: Reader, rows: ir.Table) -> Span | None:
    """When the rows of a table with a column `ts_us` happened; None when none of them has a time."""
    days = timed(rows).group_by(day=lambda t: t.ts_us // DAY_US)
    counted = days.aggregate(rows=lambda t: t.count(), firsts=lambda t: t.ts_us.min(), lasts=lambda t: t.ts_us.max())
    found = reader.execute(counted.order_by("day"))
    if not found.num_rows:
        return None
    return Span(*(found[column].to_numpy() for column in ("rows", "firsts", "lasts")))


def axis(reader: Reader, rows: ir.Table, every: str) -> Axis | None:
    """The periods for the rows of a table with a column `ts_us`.

    Args:
        every: a step, or "auto" for hours up to 3 days, days up to 120, weeks up to 2 years, months above.

    Returns:
        None when no row has a time.

    Raises:
        UsageError: the step is so short that there would be more than 100,000 periods.
    """
    when = span(reader, rows)
    if when is None:
        return None
    first_us, last_us = when.bulk
    step = next((s for s in get_args(Step) if s == every), None) or choose_step(first_us, last_us)
    first, last = (int(_number(local_micros(np.array([us]), reader.zone), step)[0]) for us in (first_us, last_us))
    if last - first >= MAX_PERIODS:
        raise UsageError("every", f"{last - first + 1:,} periods of one {step} are too many", "choose a longer step")
    return Axis(Clock.of(reader.zone, when.first_us, when.last_us), step, first, last)


def _number(local_us: Any, step: Step) -> Any:
    """Number of the period for a local reading: an int, an array or an expression, since all know integer division."""
    if step == "hour":
        return local_us // HOUR_US
    day = local_us // DAY_US
    if step == "day":
        return day
    if step == "week":
        return (day + 3) // 7  # 1970-01-01 was a Thursday, and weeks start on Monday
    return _month(day)


def _month(day: Any) -> Any:
    """Months since year 0 from days since 1970-01-01, in the proleptic Gregorian calendar.

    Years start on 1 March here, so that the leap day is a year's last; then centuries, years and months are one integer division
    each (Richards 2013, "Calendars", in the Explanatory Supplement to the Astronomical Almanac). `day` stands only seven times in
    what the engine reads.
    """
    since_year_0 = day + 719_468
    century = (4 * since_year_0 + 3) // 146_097
    of_century = since_year_0 - 146_097 * century // 4
    year = (4 * of_century + 3) // 1_461
    of_year = of_century - 1_461 * year // 4
    return century * 1200 + year * 12 + (5 * of_year + 2) // 153 + 2


def _begins(numbers: ArrayLike, step: Step) -> NDArray[np.datetime64]:
    """What a local clock reads at the beginning of periods: datetime64 in minutes, days or months."""
    n = np.asarray(numbers, np.int64)
    if step == "hour":
        return n.astype("datetime64[h]").astype("datetime64[m]")
    if step == "month":
        return (n - 1970 * 12).astype("datetime64[M]")
    return (n if step == "day" else n * 7 - 3).astype("datetime64[D]")


def _offset(instants: ArrayLike, zone: str) -> Ints:
    moments = np.asarray(instants, np.int64)
    return local_micros(moments, zone) - moments


def _change(before: int, after: int, zone: str) -> int:
    """The instant between two at which the offset of the zone changes, to the second."""
    low, high, old = before, after, _offset(before, zone)
    while high - low > 1_000_000:
        middle = low + (high - low) // 2
        low, high = (middle, high) if _offset(middle, zone) == old else (low, middle)
    return high // 1_000_000 * 1_000_000
