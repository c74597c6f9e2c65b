"""One spelling for what reads the same: forms of characters, blanks, invisible characters, repeated marks, emoji.

Whole columns are worked on in Arrow; Python sees only the few texts that need more than a pattern. Brackets such as `[微笑]`, emoji,
addresses, names and topics keep their meaning: nothing in them is dropped but what changes their look.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.errors import UsageError
from jianwei.text.cutting.emoji import MODIFIERS, SEQUENCE, name_codes
from jianwei.text.inputs import Texts, as_strings, portions

__all__ = ["normalize", "normalize_array"]

_EMOJI = re.compile(f"({SEQUENCE})")
# Format characters, and the letters and the pattern that are drawn as nothing: Hangul fillers, blank Braille.
_FILLERS = "\u115f\u1160\u3164\uffa0\u2800"
_INVISIBLE = rf"[\p{{Cf}}{_FILLERS}]"
_LINES = r"\r\n?|[\x{0b}\x{0c}\x{85}\x{2028}\x{2029}]"


def normalize_array(
    texts: pa.StringArray,
    *,
    simplified: bool = False,
    lower: bool = False,
    emoji: bool = False,
    lines: bool = False,
    marks: int | None = 3,
) -> pa.StringArray:
    """`normalize` over an Arrow array: strings [n] in, strings [n] out, null stays null."""
    if marks is not None and marks < 1:
        raise UsageError("text.normalize", f"marks = {marks}", "use 1 or more, or None to leave repeated marks alone")
    # What is taken out goes first: the characters it kept apart may compose.
    result = _on_rows(texts, _INVISIBLE, _visible)
    if emoji:
        result = pc.replace_substring_regex(result, MODIFIERS, "")
        result = _on_rows(result, r"/:", name_codes)
    if lower:
        result = pc.utf8_lower(pc.utf8_normalize(result, "NFKC"))
    result = pc.utf8_normalize(result, "NFKC")
    if simplified:
        result = _simplified(result)
    if lines:
        result = pc.replace_substring_regex(result, _LINES, "\n")
        result = pc.replace_substring_regex(result, r"[\pZ\x{00}-\x{09}\x{0b}-\x{1f}\x{7f}-\x{9f}]+", " ")
        result = pc.replace_substring_regex(result, r" *\n[ \n]*", "\n")
    else:
        result = pc.replace_substring_regex(result, r"[\s\pZ\p{Cc}]+", " ")
    result = pc.utf8_trim(result, " \n")
    if marks is not None:
        repeated = re.compile(rf"([^\w\s])\1{{{marks},}}")
        cut = r"\1" * marks
        result = _on_rows(result, rf"[^\pL\pN\s]{{{marks + 1}}}", lambda text: repeated.sub(cut, text))
    return result


def normalize(
    texts: Texts,
    *,
    simplified: bool = False,
    lower: bool = False,
    emoji: bool = False,
    lines: bool = False,
    marks: int | None = 3,
) -> list[str | None]:
    r"""Texts in one spelling: NFKC (full and half width are one), no invisible characters, single blanks, none at the ends.

    Args:
        texts: list, Arrow, pandas or Polars column of n texts; None stays None.
        simplified: Traditional characters become Simplified, by OpenCC's phrases.
        lower: letters become lower case.
        emoji: emoji lose skin tone and variation mark, WeChat's old codes (`/::)`) become `[微笑]`.
        lines: line breaks stay, runs of them as one; else they are blanks.
        marks: how often a mark or emoji may stand in a row; None leaves it.

    Returns:
        n texts.

    Raises:
        UsageError: a single string was given, or `marks` is below 1.

    >>> normalize(["ＯＫ！！！！！\u200b　后面\n 见"])
    ['OK!!! 后面 见']
    >>> normalize(["髮貨太慢/::(", "👍🏽"], simplified=True, emoji=True)
    ['发货太慢[难过]', '👍']
    """
    strings = as_strings(texts, "text.normalize")
    options = {"simplified": simplified, "lower": lower, "emoji": emoji, "lines": lines}
    result: list[str | None] = []
    for portion in portions(strings):
        result.extend(normalize_array(portion, marks=marks, **options).to_pylist())
    return result


def _on_rows(texts: pa.StringArray, pattern: str, change: Callable[[str], str]) -> pa.StringArray:
    """The texts, those that match the RE2 pattern changed by a Python function."""
    hit = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    if not pc.any(hit).as_py():
        return texts
    changed = pa.array([change(text) for text in texts.filter(hit).to_pylist()], pa.string())
    return pc.replace_with_mask(texts, hit, changed)


def _visible(text: str) -> str:
    """The text without invisible characters, but for those that hold an emoji together."""
    parts = _EMOJI.split(text)
    for at in range(0, len(parts), 2):  # what stands between the emoji
        parts[at] = "".join(c for c in parts[at] if unicodedata.category(c) != "Cf" and c not in _FILLERS)
    return "".join(parts)


@cache
def _converter() -> Any:
    import opencc  # its dictionaries are read once

    return opencc.OpenCC("t2s")


def _simplified(texts: pa.StringArray) -> pa.StringArray:
    present = texts.drop_null()
    if not len(present):
        return texts
    # One call for all: a control character of its own keeps the texts apart, and phrases do not reach over it.
    plain = pc.replace_substring(present, "\x1e", " ")
    parts = _converter().convert("\x1e".join(plain.to_pylist())).split("\x1e")
    return pc.replace_with_mask(texts, pc.is_valid(texts), pa.array(parts, pa.string()))
