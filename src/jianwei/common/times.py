"""Times: text to microseconds, zones to offsets, days and steps. Every time in the house is int64 µs since 1970 in UTC.

A naive local time takes the zone that the caller names, never the host's. Where clocks are put back the first of the two readings
counts, where they are put forward a reading that never happened is taken on the old offset: PEP 495 with fold=0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
_FIRST, _END = 0, 4_102_444_800 * SECOND_US  # 1970-01-01 and 2100-01-01; whatever lies outside is a misread
_NEVER = int(np.iinfo(np.int64).min)

Step = Literal["hour", "day", "week", "month"]
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]


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
    for start in range(first, _END // SECOND_US + stride, stride):
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


# --- layouts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one layout makes of n texts: µs, whether it could, and whether the µs are a local wall clock's; all [n]."""

    micros: Ints
    good: np.ndarray
    local: np.ndarray


def _nothing(rows: int) -> _Reading:
    return _Reading(np.zeros(rows, np.int64), np.zeros(rows, bool), np.zeros(rows, bool))


def _flags(mask: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), bool)


def _int64(column: pa.Array) -> Ints:
    return np.asarray(pc.fill_null(column, 0).to_numpy(zero_copy_only=False), np.int64)


# Whole numbers of seconds, ms, µs and ns since 1970 do not overlap between 1973-03-03 and 2100; smaller ones are ids and counts.
_UNITS = (
    (10**8, SECOND_US, 1),
    (10**11, 1_000, 1),
    (10**14, 1, 1),
    (10**17, 1, 1_000),
)  # (least, µs of one: times, over)
_EPOCH = r"^[0-8]?[0-9]{9,18}(\.[0-9]*)?$"
_SCIENTIFIC = r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,2}$"


def _epoch(texts: pa.StringArray) -> _Reading:
    rows = len(texts)
    try:
        number, micros, shaped = _int64(texts.cast(pa.int64())), np.zeros(rows, np.int64), np.ones(rows, bool)
    except pa.ArrowInvalid:
        number, micros, shaped = _decimals(texts)
    result, good = np.zeros(rows, np.int64), np.zeros(rows, bool)
    for low, times, over in _UNITS:
        mine = shaped & (number >= low) & (number < low * _END // (10**8 * SECOND_US))
        result[mine] = number[mine] * times // over + micros[mine] * times // SECOND_US
        good |= mine
    return _Reading(result, good, np.zeros(rows, bool))


def _decimals(texts: pa.StringArray) -> tuple[Ints, Ints, np.ndarray]:
    """The whole part of numbers, the first six digits after the point, and which texts are numbers; all [n]."""
    if _flags(pc.match_substring_regex(texts, _SCIENTIFIC)).any():
        # A spreadsheet rounded these numbers when it wrote them: what is left of them is read.
        texts = pa.array(
            [f"{float(t):.0f}" if re.match(_SCIENTIFIC, t or "") else t for t in texts.to_pylist()], pa.string()
        )
    shaped = pc.fill_null(pc.match_substring_regex(texts, _EPOCH), False)
    whole = pc.if_else(shaped, pc.replace_substring_regex(texts, r"\.[0-9]*$", ""), "0")
    fraction = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.replace_substring_regex(texts, r"^[0-9]*\.?", ""), 6, "0"), 0, 6)
    micros = pc.if_else(shaped, fraction, "0")
    return _int64(whole.cast(pa.int64())), _int64(micros.cast(pa.int64())), _flags(shaped)


_ISO = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$"
_ISO_ZONE = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)$"


def _cast(texts: pa.StringArray, shape: str, kind: pa.DataType) -> tuple[Ints, np.ndarray]:
    """Arrow's own reader, tried on the whole column first: it is fast, but one bad value fails all."""
    try:
        return _int64(texts.cast(kind).cast(pa.int64())), np.ones(len(texts), bool)
    except pa.ArrowInvalid:
        good = _flags(pc.match_substring_regex(texts, shape))
    result = np.zeros(len(texts), np.int64)
    if good.any() and not good.all():
        result[good], good[good] = _cast(texts.filter(pa.array(good)), shape, kind)
        return result, good
    return result, np.zeros(
        len(texts), bool
    )  # right shape, impossible date somewhere: the patient reader sorts them out


def _iso(texts: pa.StringArray) -> _Reading:
    micros, good = _cast(texts, _ISO, pa.timestamp("us"))
    return _Reading(micros, good, np.ones(len(texts), bool))


def _iso_zone(texts: pa.StringArray) -> _Reading:
    micros, good = _cast(texts, _ISO_ZONE, pa.timestamp("us", "UTC"))
    return _Reading(micros, good, np.zeros(len(texts), bool))


_CLOCK = (
    r"(?P<half>上午|下午|中午|凌晨|早上|晚上)?\s*(?P<h>\d{1,2})\s*[:：时点]\s*(?P<mi>\d{1,2})\s*分?"
    r"(?:[:：]?\s*(?P<s>\d{1,2})(?:[.,](?P<f>\d{1,9}))?\s*秒?)?\s*(?P<pm>[AaPp][Mm])?"
)
_ZONE = r"\s*(?P<z>Z|z|UTC|GMT)?(?:(?P<sign>[+-])(?P<zh>\d\d):?(?P<zm>\d\d)?)?"
_MONTH = r"(?P<mo>[A-Z][a-z]{2})[a-z]*"
_DATE = r"(?P<y>\d{4})\s*[-/.年]\s*(?P<mo>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
_WEEKDAY = r"(?:\s*\(?(?:星期|周)[一二三四五六日天]\)?)?"
_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "date": (rf"^{_DATE}{_WEEKDAY}(?:[T\s,]*{_CLOCK}{_ZONE})?$",),
    "compact": (r"^(?P<y>\d{4})(?P<mo>\d\d)(?P<d>\d\d)(?:[T_\s-]?(?P<h>\d\d):?(?P<mi>\d\d):?(?P<s>\d\d)?)?$",),
    "named": (
        rf"^(?:[A-Z][a-z]+,?\s+)?(?P<d>\d{{1,2}})[\s/-]{_MONTH}[\s/,-]+(?P<y>\d{{4}})(?:[\s:,T]+{_CLOCK}{_ZONE})?$",
        rf"^(?:[A-Z][a-z]+,?\s+)?{_MONTH}\s+(?P<d>\d{{1,2}}),?\s+(?P<y>\d{{4}})(?:[\s,]+{_CLOCK}{_ZONE})?$",
        rf"^[A-Z][a-z]+\s+{_MONTH}\s+(?P<d>\d{{1,2}})\s+{_CLOCK}{_ZONE}\s+(?P<y>\d{{4}})$",
    ),
    "month_first": (rf"^(?P<mo>\d{{1,2}})[/.-](?P<d>\d{{1,2}})[/.-](?P<y>\d{{4}})(?:[\s,T]+{_CLOCK}{_ZONE})?$",),
    "day_first": (rf"^(?P<d>\d{{1,2}})[/.-](?P<mo>\d{{1,2}})[/.-](?P<y>\d{{4}})(?:[\s,T]+{_CLOCK}{_ZONE})?$",),
}
_MONTHS = pa.array(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
_AFTERNOON = pa.array(["下午", "晚上", "PM", "Pm", "pm", "pM"])


def _assemble(pieces: pa.StructArray) -> _Reading:
    """Years, months, … as text to µs; a date or clock reading that does not exist is not good."""
    matched = _flags(pieces.is_valid())
    rows, names = len(pieces), {item.name for item in pieces.type}

    def text(name: str) -> pa.Array:
        return pc.fill_null(pc.struct_field(pieces, name), "") if name in names else pa.array([""] * rows, pa.string())

    def number(name: str, column: pa.Array | None = None) -> Ints:
        column = text(name) if column is None else column
        return _int64(pc.if_else(pc.equal(column, ""), "0", column).cast(pa.int64()))

    month_text = text("mo")
    named = pc.index_in(month_text, _MONTHS)
    month = np.where(
        _flags(named.is_valid()), _int64(named) + 1, number("mo", pc.replace_substring_regex(month_text, r"^\D.*", ""))
    )
    year, day, hour, minute, second = number("y"), number("d"), number("h"), number("mi"), number("s")
    late = _flags(pc.is_in(text("half"), _AFTERNOON)) | _flags(pc.is_in(text("pm"), _AFTERNOON))
    twelve = _flags(pc.not_equal(text("pm"), "")) & ~late & (hour == 12)  # 12:30 AM is half past midnight
    hour = np.where(late & (hour < 12), hour + 12, np.where(twelve, 0, hour))
    good = matched & (month >= 1) & (month <= 12) & (day >= 1) & (hour < 24) & (minute < 60) & (second < 60)
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + np.where(good, day - 1, 0)
    good &= days.astype("datetime64[M]") == months
    fraction = number("f", pc.utf8_slice_codeunits(pc.utf8_rpad(text("f"), 6, "0"), 0, 6))
    micros = days.astype(np.int64) * DAY_US + (hour * 3600 + minute * 60 + second) * SECOND_US + fraction
    sign = text("sign")
    offset = (number("zh") * 3600 + number("zm") * 60) * SECOND_US
    micros -= np.where(_flags(pc.equal(sign, "-")), -offset, offset)
    return _Reading(micros, good, _flags(pc.equal(pc.binary_join_element_wise(text("z"), sign, ""), "")))


def _patient(name: str) -> Callable[[pa.StringArray], _Reading]:
    def read(texts: pa.StringArray) -> _Reading:
        result = _nothing(len(texts))
        texts = pc.replace_substring_regex(texts, "[\u00a0\u3000]", " ")
        for pattern in _PATTERNS[name]:
            one = _assemble(pc.extract_regex(texts, pattern))
            fresh = one.good & ~result.good
            result = _Reading(
                np.where(fresh, one.micros, result.micros),
                result.good | fresh,
                np.where(fresh, one.local, result.local),
            )
        return result

    return read


_READERS: Mapping[str, Callable[[pa.StringArray], _Reading]] = {
    "iso": _iso,
    "iso_zone": _iso_zone,
    "compact": _patient("compact"),
    "epoch": _epoch,
    "date": _patient("date"),
    "named": _patient("named"),
    "month_first": _patient("month_first"),
    "day_first": _patient("day_first"),
}
LAYOUTS = tuple(_READERS)
"""Names of the layouts, in the order in which they are tried on a value that its column's own layout does not read."""

_AMBIGUOUS = ("month_first", "day_first")
_SAMPLE = 2_000


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    column = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return pc.utf8_trim_whitespace(column.cast(pa.string()))


def _in_range(reading: _Reading) -> np.ndarray:
    return reading.good & (reading.micros >= _FIRST - DAY_US) & (reading.micros < _END + DAY_US)


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
    reads = {name: int(_in_range(read(texts)).sum()) for name, read in _READERS.items()}
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
    if layout is not None and layout not in _READERS:
        raise UsageError("time layout", f"{layout!r} is not known", f"use one of {', '.join(LAYOUTS)}")
    texts = _flat(values)
    own = layout or detect_layout(texts)
    order = [name for name in LAYOUTS if name != own and name not in _AMBIGUOUS]
    result, known = np.zeros(len(texts), np.int64), np.zeros(len(texts), bool)
    left = np.flatnonzero(_flags(pc.not_equal(texts, "")))
    for name in ([own] if own else []) + order:
        if not len(left):
            break
        part = texts if len(left) == len(texts) else texts.take(pa.array(left))
        reading = _READERS[name](part)
        micros = np.where(reading.local, utc_micros(reading.micros, zone), reading.micros)
        good = reading.good & (micros >= _FIRST) & (micros < _END)
        result[left[good]], known[left[good]] = micros[good], True
        left = left[~reading.good]
    return pa.array(result, pa.int64(), mask=~known)
