"""One look for digits and blanks, character for character, so that places in the folded text are places in the text.

People write numbers so that they are read by people and not by machines: in full width, in circles, with blanks or invisible characters
between the digits. Folding undoes what can be undone without moving anything; Chinese numerals stay, since most of them are words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["BLANK", "CHINESE", "DIGIT", "GAP", "NUMERAL", "Finder", "Hit", "digits_of", "each", "fold"]

BLANK = "\ufdd0"
"""Stands where another finder was first; Unicode promises that it never is a character."""

_ZEROS = "０𝟎𝟘𝟢𝟬𝟶⁰₀⓪⓿"
_ONES = "１①⑴⒈❶➀➊⓵₁𝟏𝟙𝟣𝟭𝟷"  # behind each stand its 2 to 9


def _table() -> dict[int, str]:
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) != "，"}  # no mark of thousands
    table |= dict.fromkeys(map(ord, _ZEROS), "0")
    for one in _ONES:
        table |= {ord(one) + step: str(1 + step) for step in range(9)}
    table |= {ord(c): str(i) for i, c in enumerate("¹²³⁴⁵⁶⁷⁸⁹", 1)}
    blanks = "\t\xa0\u3000\xad\u180e\u2060\ufeff\ufe0f\u20e3" + "".join(map(chr, range(0x2000, 0x2010)))
    table |= dict.fromkeys(map(ord, blanks), " ")
    table |= dict.fromkeys(map(ord, "‐‑‒–—−─－"), "-")
    table |= dict.fromkeys(map(ord, "•‧・∙"), "·")
    return table


_TABLE = _table()
CHINESE = "零〇一幺壹二贰三叁四肆五伍六陆七柒八捌九玖"
"""The numerals that people read out digit by digit; 幺 is a one on the telephone."""

_VALUES = {ord(c): d for c, d in zip(CHINESE, "001112233445566778899", strict=True)}

DIGIT = "[0-9" + "".join(re.escape(chr(code)) for code, to in sorted(_TABLE.items()) if to.isdigit()) + "]"
"""RE2 class of what folds to a digit, for hints over texts that are not folded."""

GAP = "[ \\-·._/\t\xa0\u3000\xad\u180e\u2000-\u2015\u2060\u2212\ufeff\ufe0f\u20e3－•]"
"""RE2 class of what may stand between digits, for hints."""

NUMERAL = f"[0-9{CHINESE}]"
"""A digit of folded text, or a Chinese one."""


class Hit(NamedTuple):
    """What was found: characters [start, end) of the text, and its value in one spelling."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Finder:
    """How one kind of entity is found.

    Attributes:
        kind: name of the kind.
        hint: RE2 pattern that every text with a hit matches as it stands; most texts must not, for speed.
        find: folded text → hits that do not overlap.
    """

    kind: str
    hint: str
    find: Callable[[str], Iterator[Hit]]


def fold(text: str) -> str:
    """The text with full-width, circled and raised digits as plain ones, all blanks as blanks; the same length.

    >>> fold("１３①\\u200b—")
    '131 -'
    """
    return text.translate(_TABLE)


def digits_of(text: str) -> str:
    """The digits of folded text, Chinese ones included.

    >>> digits_of("一三8-0零")
    '13800'
    """
    return "".join(c for c in text.translate(_VALUES) if c.isascii() and c.isdigit())


LONGEST = 64
"""Characters; no number that anybody is found by is longer, blanks and signs between its digits included."""


def each(pattern: re.Pattern[str], text: str, read: Callable[[re.Match[str]], Hit | None]) -> Iterator[Hit]:
    """Hits of a pattern that `read` accepts; one that it refuses hides nothing that begins behind it."""
    at = 0
    while at <= len(text) and (found := pattern.search(text, at)):
        hit = read(found)
        if hit:
            yield hit
        # A long match that is refused is left behind but for its last part: to try every place in it takes its length squared.
        at = max(hit.end if hit else 0, found.start() + 1, found.end() - LONGEST)
