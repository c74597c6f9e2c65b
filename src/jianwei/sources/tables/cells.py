"""Columns of text to canonical columns: keys, money, numbers, words of a fixed vocabulary, the rest as JSON."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from importlib.resources import files

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.records import MONEY

__all__ = [
    "amount_of",
    "attrs_of",
    "given",
    "keys",
    "looked_up",
    "to_money",
    "to_rating",
    "vocabulary",
]

_NOTHING = pa.array(
    ["", "null", "NULL", "Null", "none", "None", "NONE", "nan", "NaN", "NAN", "N/A", "n/a", "NA", "\\N", "NaT", "<NA>",
     "unknown", "Unknown", "UNKNOWN", "-", "--", "/", "无", "未知", "暂无", "匿名"]
)  # fmt: skip
"""What exports write where there is no value."""


@cache
def vocabulary(name: str) -> Mapping[str, str]:
    """What exports write → the canonical name, for "behavior", "direction", "kind", "gender" or "yes" (`values.toml`).

    >>> vocabulary("behavior")["加购"]
    'cart'
    """
    entries = tomllib.loads(files(__package__).joinpath("values.toml").read_text("utf-8"))[name]
    return {word: canonical for canonical, words in entries.items() for word in words.split()}


def given(texts: pa.StringArray) -> pa.StringArray:
    """Texts as they are; blank ones are null."""
    return pc.if_else(pc.equal(pc.binary_length(pc.utf8_trim_whitespace(texts)), 0), None, texts)


def keys(texts: pa.StringArray) -> pa.StringArray:
    """Texts without blanks at their ends; what stands for nothing ("", "NULL", "\\N", "未知", …) is null.

    >>> keys(pa.array([" a1 ", "NULL", ""])).to_pylist()
    ['a1', None, None]
    """
    trimmed = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.is_in(trimmed, value_set=_NOTHING), None, trimmed)


def looked_up(texts: pa.StringArray, names: Mapping[str, str]) -> pa.StringArray:
    """Each text's canonical name; null where `names` has none.

    >>> looked_up(pa.array(["PV", "buy", "dance"]), vocabulary("behavior")).to_pylist()
    ['view', 'buy', None]
    """
    coded = texts.dictionary_encode()
    found = [names.get(text.strip().lower()) for text in coded.dictionary.to_pylist()]
    return pa.array(found, pa.string()).take(coded.indices)


_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－＋　", "0123456789.,-+ ")
_NUMBER = re.compile(r"(?P<n>[+-]?(?:\d{1,24}\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)")
_AMOUNT = re.compile(
    rf"(?P<minus>-)?(?:[¥￥$€£]|RMB|CNY|人民币)?{_NUMBER.pattern}(?P<unit>[万千])?(?:[元圆块]|RMB|CNY)?", re.IGNORECASE
)
_COUNT = re.compile(rf"{_NUMBER.pattern}(?:[件个份只盒箱瓶袋次台本张双套斤条支杯星分颗]|stars?|pcs?)?", re.IGNORECASE)
_UNITS = {None: 1, "千": 1_000, "万": 10_000}
_STEP, _LIMIT = Decimal("0.0001"), Decimal(10) ** 14
_STARS = re.compile("[★⭐]{1,10}")


def amount_of(text: str) -> Decimal | None:
    """An amount of money or a number of pieces as people write it; None when it is neither, or beyond what is stored.

    >>> [str(amount_of(text)) for text in ("¥1,234.50", "-12元", "1.2万", "3 件", "free")]
    ['1234.5000', '-12.0000', '12000.0000', '3.0000', 'None']
    """
    bare = text.translate(_FULL_WIDTH).replace(",", "").replace(" ", "")
    match = _AMOUNT.fullmatch(bare) or _COUNT.fullmatch(bare)
    if match is None:
        return None
    parts = match.groupdict()
    value = Decimal(match["n"]) * _UNITS[parts.get("unit")]
    return None if abs(value) >= _LIMIT else (-value if parts.get("minus") else value).quantize(_STEP, ROUND_HALF_EVEN)


def to_money(texts: pa.StringArray) -> tuple[pa.Array, pa.BooleanArray]:
    """Texts to decimal(18,4), rounded half to even.

    Returns:
        (amounts, bad): null where there is nothing or nothing that can be read; `bad` says which of them are the latter.

    >>> [part.to_pylist() for part in to_money(pa.array(["1.5", "", "x"]))]
    [[Decimal('1.5000'), None, None], [False, False, True]]
    """
    wanted = keys(texts)
    try:
        return wanted.cast(MONEY), pa.repeat(pa.scalar(False), len(wanted))
    except pa.ArrowInvalid:
        pass
    coded = wanted.dictionary_encode()
    amounts = pa.array([amount_of(text) for text in coded.dictionary.to_pylist()], MONEY).take(coded.indices)
    return amounts, pc.and_(wanted.is_valid(), amounts.is_null())


def _rating_of(text: str) -> float | None:
    if _STARS.fullmatch(text.strip("☆ ")):
        return float(len(text.strip("☆ ")))
    match = _COUNT.fullmatch(text.translate(_FULL_WIDTH).strip().replace(" ", ""))
    return None if match is None else float(match["n"])


def to_rating(texts: pa.StringArray) -> tuple[pa.Array, pa.BooleanArray]:
    """Texts to float64 ("4.5", "5星", "★★★★☆"); (ratings, bad) as in `to_money`."""
    wanted = keys(texts)
    coded = wanted.dictionary_encode()
    ratings = pa.array([_rating_of(text) for text in coded.dictionary.to_pylist()], pa.float64()).take(coded.indices)
    return ratings, pc.and_(wanted.is_valid(), ratings.is_null())


_ESCAPED = bytes(range(32)) + b'"\\'


def _quoted(texts: pa.StringArray) -> pa.StringArray:
    """JSON strings, null where there is none."""
    buffer = texts.buffers()[2]
    data = memoryview(buffer) if buffer else b""
    if len(bytes(data).translate(None, _ESCAPED)) < len(data):
        coded = texts.dictionary_encode()
        written = [msgspec.json.encode(text).decode() for text in coded.dictionary.to_pylist()]
        return pa.array(written, pa.string()).take(coded.indices)
    blank = pa.repeat(pa.scalar(""), len(texts))
    return pc.binary_join_element_wise(blank, texts, blank, pa.scalar('"'))


def attrs_of(columns: Mapping[str, pa.StringArray], rows: int) -> pa.StringArray:
    """One compact JSON object a row with sorted keys; blank values are left out, a row without any is null.

    >>> attrs_of({"b": pa.array(["1", ""]), "a": pa.array(["x", None])}, 2).to_pylist()
    ['{"a":"x","b":"1"}', None]
    """
    parts: list[pa.Array] = []
    for name in sorted(columns):
        lead = pa.repeat(pa.scalar(f",{msgspec.json.encode(name).decode()}:"), rows)
        written = _quoted(given(columns[name]))
        if written.null_count:
            parts.append(pc.binary_join_element_wise(lead, written, pa.scalar("")).fill_null(""))
        else:
            parts += [lead, written]
    if not parts:
        return pa.nulls(rows, pa.string())
    joined = pc.binary_join_element_wise(*parts, pa.repeat(pa.scalar("}"), rows), pa.scalar(""))
    return pc.if_else(pc.equal(joined, "}"), None, pc.binary_replace_slice(joined, 0, 1, "{"))
