"""Times: text to microseconds, zones to offsets, days and steps. Every time in the house is int64 µs since 1970 in UTC.

A naive local time takes the zone that the caller names, never the host's. Where clocks are put back the first of the two readings
counts, where they are put forward a reading that never happened is taken on the old offset: PEP 495 with fold=0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.layouts import DAY_US, END_US, READERS, SECOND_US, Ints, Reading, flags
from jianwei.errors import UsageError

__all__ = [
    "DAY_US",
    "LAYOUTS",
    "Step",
    "TimeRange",
    "choose_step",
    "detect_layout",
    "local_day",
    "local_micros",
    "to_micros",
    "utc_micros",
]

_NEVER = int(np.iinfo(np.int64).min)

Step = Literal["hour", "day", "week", "month"]


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A half-open stretch of time, `start_us` inside and `end_us` outside; None leaves a side open.

    >>> 10 in TimeRange(10, 20), 20 in TimeRange(10, 20), 5 in TimeRange(None, 20)
    (True, False, True)
    """

    start_us: int | None = None
    end_us: int | None = None

    def __contains__(self, ts_us: int) -> bool:
        after = self.start_us is None or ts_us >= self.start_us
        return after and (self.end_us is None or ts_us < self.end_us)


def choose_step(first_us: int, last_us: int) -> Step:
    """The step of a time axis that shows a stretch in at most about 120 points.

    >>> choose_step(0, 2 * DAY_US), choose_step(0, 90 * DAY_US), choose_step(0, 3000 * DAY_US)
    ('hour', 'day', 'month')
    """
    days = (last_us - first_us) / DAY_US
    if days <= 3:
        return "hour"
    if days <= 120:
        return "day"
    return "week" if days <= 731 else "month"


# --- zones -----------------------------------------------------------------------------------------------------------


@cache
def _offsets(zone: str) -> tuple[Ints, Ints, Ints]:
    """Changes of a zone's offset from 1970 to 2100: (instant in UTC, local reading from which it holds, offset), all µs."""
    try:
        info = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError("timezone", f"{zone!r} is not a known time zone", "use a name like Asia/Shanghai") from error

    def offset(second: int) -> int:
        shift = datetime.fromtimestamp(second, UTC).astimezone(info).utcoffset() or timedelta()
        return int(shift.total_seconds()) * SECOND_US

    stride = 3 * 86_400  # no zone changes its clocks twice within three days
    first = -stride
    instants, readings, offsets = [_NEVER], [_NEVER], [offset(first)]
    for start in range(first, END_US // SECOND_US + stride, stride):
        before, after = offsets[-1], offset(start + stride)
        if before == after:
            continue
        low, high = start, start + stride
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == before else (low, middle)
        instants.append(high * SECOND_US)
        readings.append(high * SECOND_US + max(before, after))
        offsets.append(after)
    return np.array(instants), np.array(readings), np.array(offsets)


def utc_micros(local_us: Ints, zone: str) -> Ints:
    """Readings of a wall clock in `zone`, written as µs as if they were UTC, to instants (PEP 495, fold=0).

    >>> int(utc_micros(np.array([8 * 3_600_000_000]), "Asia/Shanghai")[0])
    0
    """
    _, readings, offsets = _offsets(zone)
    return local_us - offsets[np.searchsorted(readings, local_us, side="right") - 1]


def local_micros(ts_us: Ints, zone: str) -> Ints:
    """Instants to the readings of a wall clock in `zone`, written as µs as if they were UTC."""
    instants, _, offsets = _offsets(zone)
    return ts_us + offsets[np.searchsorted(instants, ts_us, side="right") - 1]


def local_day(ts_us: Ints, zone: str) -> Ints:
    """Days since 1970-01-01 on the calendar of `zone`.

    >>> local_day(np.array([0, 57_600_000_000]), "Asia/Shanghai").tolist()
    [0, 1]
    """
    return local_micros(ts_us, zone) // DAY_US


# --- texts -------------------------------------------------------------------------------------------------------------

LAYOUTS = tuple(READERS)
"""Names of the layouts, in the order in which they are tried on a value that its column's own layout does not read."""

_AMBIGUOUS = ("month_first", "day_first")
_SAMPLE = 2_000


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    column = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return pc.utf8_trim_whitespace(column.cast(pa.string()))


def _in_range(reading: Reading) -> np.ndarray:
    return reading.good & (reading.micros >= -DAY_US) & (reading.micros < END_US + DAY_US)


def detect_layout(values: pa.StringArray) -> str | None:
    """The layout that reads most of a column's values, None when it reads fewer than half of them.

    Days before months and months before days are told apart only by values that leave no doubt (13/1/2024).

    Args:
        values: [n] texts; the first 2,000 that are not blank are looked at.

    >>> detect_layout(pa.array(["1704070800", "1704070860.5"])), detect_layout(pa.array(["2024年1月5日 9:03"]))
    ('epoch', 'date')
    >>> detect_layout(pa.array(["1/5/2024"])), detect_layout(pa.array(["1/5/2024", "1/15/2024"]))
    (None, 'month_first')
    """
    texts = _flat(values)
    texts = texts.filter(pc.fill_null(pc.not_equal(texts, ""), False)).slice(0, _SAMPLE)
    reads = {name: int(_in_range(read(texts)).sum()) for name, read in READERS.items()}
    if reads["month_first"] == reads["day_first"]:
        reads["month_first"] = reads["day_first"] = 0
    best = max(LAYOUTS, key=lambda name: reads[name])
    return best if 0 < len(texts) <= 2 * reads[best] else None


def to_micros(values: pa.StringArray, zone: str, layout: str | None = None) -> pa.Int64Array:
    """Texts to µs since 1970 in UTC; null where there is no time, or none between 1970 and 2100.

    Read are: numbers of seconds, ms, µs or ns since 1970 from 1973-03-03 on, with a fraction or in scientific notation; ISO 8601 with
    T or a blank, a fraction, Z or an offset; 2024/1/5 9:03, 2024.01.05, 20240105090301, 2024年1月5日 下午3:09:01; English month names
    ("Sun Aug 07 09:32:04 +0800 2022", "17/May/2015:10:05:03 +0000"); 1/15/2024 where the column leaves no doubt.

    Args:
        values: [n] texts, in one layout or several: each is read by the first layout that can, the column's own first.
        zone: IANA name of the zone of naive local times.
        layout: the column's layout, one of `LAYOUTS`; found from `values` when None.

    Raises:
        UsageError: the zone or the layout is not known.

    >>> to_micros(pa.array(["2024-01-01 08:00:00", "1704067200", "2024-01-01T00:00:00Z", "soon"]), "Asia/Shanghai").to_pylist()
    [1704067200000000, 1704067200000000, 1704067200000000, None]
    """
    if layout is not None and layout not in READERS:
        raise UsageError("time layout", f"{layout!r} is not known", f"use one of {', '.join(LAYOUTS)}")
    texts = _flat(values)
    own = layout or detect_layout(texts)
    order = [name for name in LAYOUTS if name != own and name not in _AMBIGUOUS]
    result, known = np.zeros(len(texts), np.int64), np.zeros(len(texts), bool)
    left = np.flatnonzero(flags(pc.not_equal(texts, "")))
    for name in ([own] if own else []) + order:
        if not len(left):
            break
        part = texts if len(left) == len(texts) else texts.take(pa.array(left))
        reading = READERS[name](part)
        micros = np.where(reading.local, utc_micros(reading.micros, zone), reading.micros)
        good = reading.good & (micros >= 0) & (micros < END_US)
        result[left[good]], known[left[good]] = micros[good], True
        left = left[~reading.good]
    return pa.array(result, pa.int64(), mask=~known)
