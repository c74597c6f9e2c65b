"""How times are written: one reader per layout, each from n texts to µs and to which of them it could read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["DAY_US", "END_US", "READERS", "SECOND_US", "Ints", "Reading", "flags"]

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US
END_US = 4_102_444_800 * SECOND_US
"""2100-01-01; whatever lies beyond it is a misread."""

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one layout makes of n texts: µs, whether it could, and whether the µs are a local wall clock's; all [n]."""

    micros: Ints
    good: np.ndarray
    local: np.ndarray


def _nothing(rows: int) -> Reading:
    return Reading(np.zeros(rows, np.int64), np.zeros(rows, bool), np.zeros(rows, bool))


def flags(mask: pa.Array) -> np.ndarray:
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


def _epoch(texts: pa.StringArray) -> Reading:
    rows = len(texts)
    try:
        number, micros, shaped = _int64(texts.cast(pa.int64())), np.zeros(rows, np.int64), np.ones(rows, bool)
    except pa.ArrowInvalid:
        number, micros, shaped = _decimals(texts)
    result, good = np.zeros(rows, np.int64), np.zeros(rows, bool)
    for low, times, over in _UNITS:
        mine = shaped & (number >= low) & (number < low * END_US // (10**8 * SECOND_US))
        result[mine] = number[mine] * times // over + micros[mine] * times // SECOND_US
        good |= mine
    return Reading(result, good, np.zeros(rows, bool))


def _decimals(texts: pa.StringArray) -> tuple[Ints, Ints, np.ndarray]:
    """The whole part of numbers, the first six digits after the point, and which texts are numbers; all [n]."""
    if flags(pc.match_substring_regex(texts, _SCIENTIFIC)).any():
        # A spreadsheet rounded these numbers when it wrote them: what is left of them is read.
        texts = pa.array(
            [f"{float(t):.0f}" if re.match(_SCIENTIFIC, t or "") else t for t in texts.to_pylist()], pa.string()
        )
    shaped = pc.fill_null(pc.match_substring_regex(texts, _EPOCH), False)
    whole = pc.if_else(shaped, pc.replace_substring_regex(texts, r"\.[0-9]*$", ""), "0")
    fraction = pc.utf8_slice_codeunits(pc.utf8_rpad(pc.replace_substring_regex(texts, r"^[0-9]*\.?", ""), 6, "0"), 0, 6)
    micros = pc.if_else(shaped, fraction, "0")
    return _int64(whole.cast(pa.int64())), _int64(micros.cast(pa.int64())), flags(shaped)


_ISO = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$"
_ISO_ZONE = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)$"


def _cast(texts: pa.StringArray, shape: str, kind: pa.DataType) -> tuple[Ints, np.ndarray]:
    """Arrow's own reader, tried on the whole column first: it is fast, but one bad value fails all."""
    try:
        return _int64(texts.cast(kind).cast(pa.int64())), np.ones(len(texts), bool)
    except pa.ArrowInvalid:
        good = flags(pc.match_substring_regex(texts, shape))
    result = np.zeros(len(texts), np.int64)
    if good.any() and not good.all():
        result[good], good[good] = _cast(texts.filter(pa.array(good)), shape, kind)
        return result, good
    return result, np.zeros(
        len(texts), bool
    )  # right shape, impossible date somewhere: the patient reader sorts them out


def _iso(texts: pa.StringArray) -> Reading:
    micros, good = _cast(texts, _ISO, pa.timestamp("us"))
    return Reading(micros, good, np.ones(len(texts), bool))


def _iso_zone(texts: pa.StringArray) -> Reading:
    micros, good = _cast(texts, _ISO_ZONE, pa.timestamp("us", "UTC"))
    return Reading(micros, good, np.zeros(len(texts), bool))


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
_MORNING = pa.array(["AM", "Am", "am", "aM"])
_UTC = pa.array(["Z", "z", "UTC", "GMT"])


def _assemble(pieces: pa.StructArray) -> Reading:
    """Years, months, … as text to µs; a date or clock reading that does not exist is not good."""
    rows = len(pieces)
    found = {item.name: pc.struct_field(pieces, item.name) for item in pieces.type}
    given = {
        name: column.fill_null("")
        for name, column in found.items()
        if (pc.max(pc.binary_length(column)).as_py() or 0) > 0
    }

    def number(name: str) -> Ints:
        column = given.get(name)
        if column is None:
            return np.zeros(rows, np.int64)
        return _int64(pc.if_else(pc.equal(column, ""), "0", column).cast(pa.int64()))

    def one_of(name: str, values: pa.Array) -> np.ndarray:
        column = given.get(name)
        return np.zeros(rows, bool) if column is None else flags(pc.is_in(column, value_set=values))

    if "mo" in given and (named := pc.index_in(given["mo"], _MONTHS)).null_count < rows:
        given["mo"] = pc.if_else(named.is_valid(), pc.add(named, 1).cast(pa.string()), "0")
    year, month, day, hour, minute, second = (number(name) for name in ("y", "mo", "d", "h", "mi", "s"))
    late = one_of("half", _AFTERNOON) | one_of("pm", _AFTERNOON)
    midnight = one_of("pm", _MORNING) & (hour == 12)  # 12:30 AM
    hour = np.where(late & (hour < 12), hour + 12, np.where(midnight, 0, hour))
    good = (
        flags(pieces.is_valid())
        & (month >= 1)
        & (month <= 12)
        & (day >= 1)
        & (hour < 24)
        & (minute < 60)
        & (second < 60)
    )
    months = np.where(good, (year - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + np.where(good, day - 1, 0)
    good &= days.astype("datetime64[M]") == months
    if "f" in given:
        given["f"] = pc.utf8_slice_codeunits(pc.utf8_rpad(given["f"], 6, "0"), 0, 6)
    micros = days.astype(np.int64) * DAY_US + (hour * 3600 + minute * 60 + second) * SECOND_US + number("f")
    offset = (number("zh") * 3600 + number("zm") * 60) * SECOND_US
    micros -= np.where(one_of("sign", pa.array(["-"])), -offset, offset)
    local = ~(one_of("z", _UTC) | one_of("sign", pa.array(["+", "-"])))
    return Reading(micros, good, local)


def _patient(name: str) -> Callable[[pa.StringArray], Reading]:
    def read(texts: pa.StringArray) -> Reading:
        result = _nothing(len(texts))
        texts = pc.replace_substring_regex(texts, "[\u00a0\u3000]", " ")
        for pattern in _PATTERNS[name]:
            one = _assemble(pc.extract_regex(texts, pattern))
            fresh = one.good & ~result.good
            result = Reading(
                np.where(fresh, one.micros, result.micros),
                result.good | fresh,
                np.where(fresh, one.local, result.local),
            )
        return result

    return read


READERS: Mapping[str, Callable[[pa.StringArray], Reading]] = {
    "iso": _iso,
    "iso_zone": _iso_zone,
    "compact": _patient("compact"),
    "epoch": _epoch,
    "date": _patient("date"),
    "named": _patient("named"),
    "month_first": _patient("month_first"),
    "day_first": _patient("day_first"),
}
