"""Half and full width: a comma of one kind looks like one of the other, but takes half the room.

The recogniser tells them apart well within a line and badly at its ends, where nothing stands beyond. Within a line the distance between
the neighbours decides: about two characters across a full-width mark, less than one and a half across the other. At an end the words do.
"""

from __future__ import annotations

import re
from itertools import pairwise
from statistics import median

from jianwei.vision.reading.recognising import Reading

__all__ = ["tidy"]

HALF, FULL = "?!,:;()", "？！，：；（）"
_TO_FULL, _TO_HALF = str.maketrans(HALF, FULL), str.maketrans(FULL, HALF)

APART = 1.7
"""Characters between the middles of two neighbours of a mark from which on it is a full-width one."""

PAIRS = 2
"""Pairs of neighbouring Chinese characters that are needed to know how wide one is."""

_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"
_AT_END = re.compile(rf"(?<=[\u3400-\u4dbf\u4e00-\u9fff。，、？！…”’》）】])[{re.escape('?!,:;')}]+$")
_STOP_AT_END = re.compile(rf"(?<={_HAN}{_HAN})\.$")
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")
_IN_BRACKETS = re.compile(r"[(（]([^()（）]*)[)）]")
_BLANK = re.compile(r" +(?=[？！，：；（）。、“”《》])|(?<=[？！，：；（）。、“”《》]) +")


def tidy(reading: Reading) -> str:
    """The text of a line with every mark in its width, without blanks at its ends and around full-width marks.

    >>> tidy(Reading("真的吗?", 1.0))
    '真的吗？'
    >>> tidy(Reading("at 12:30, ok?", 1.0))
    'at 12:30, ok?'
    >>> tidy(Reading("好吃,不贵", 1.0, (), (0.1, 0.3, 0.5, 0.7, 0.9)))
    '好吃，不贵'
    >>> tidy(Reading("阿杰 (客服)", 1.0))
    '阿杰（客服）'
    """
    text = _measured(reading).strip()
    if not _LATIN.search(text):
        text = text.replace("¿", "？")  # no Spanish without a letter
    text = _AT_END.sub(lambda found: found[0].translate(_TO_FULL), text)
    text = _STOP_AT_END.sub("。", text)
    text = _IN_BRACKETS.sub(_paired, text)
    return _BLANK.sub("", text)


def _measured(reading: Reading) -> str:
    """Marks between Chinese characters by the room they take, where that can be told."""
    shown = [(at, letter) for at, letter in enumerate(reading.text) if letter != " "]
    places = reading.centers
    if len(places) != len(reading.text):
        return reading.text
    steps = [places[b] - places[a] for (a, one), (b, other) in pairwise(shown) if _han(one) and _han(other)]
    if len(steps) < PAIRS or not (unit := median(steps)):
        return reading.text
    letters = list(reading.text)
    for (a, before), (at, mark), (b, after) in zip(shown, shown[1:], shown[2:], strict=False):
        if mark in HALF + FULL and _han(before) and _han(after):
            wide = places[b] - places[a] >= APART * unit
            letters[at] = mark.translate(_TO_FULL if wide else _TO_HALF)
    return "".join(letters)


def _paired(found: re.Match[str]) -> str:
    """Both brackets in one width: full around Chinese words, else as either was read."""
    full = re.search(_HAN, found[1]) is not None or "（" in found[0] or "）" in found[0]
    return f"（{found[1].strip()}）" if full else found[0]


def _han(letter: str) -> bool:
    return "\u3400" <= letter <= "\u4dbf" or "\u4e00" <= letter <= "\u9fff"
