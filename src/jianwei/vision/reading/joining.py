"""Lines of one message joined again: where the screen broke them they are one text, where the sender did they stay apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

from jianwei.vision._base import Line

__all__ = ["joined"]

_WORD = re.compile(r"[\x21-\x7e\u00a1-\u024f]+")
_UNBROKEN = re.compile(r"[\x21-\x7e\u00a1-\u024f]+|[（《【“‘]*.[，。！？、…：；）》】”’～~]*")

_ADDRESS = re.compile(r"://|www\.|\.(?:com|cn|net)/?|@")

ROOM = 1.2
"""A break is the sender's own when the next word would have fitted into the line, and this many characters more."""


def joined(lines: Sequence[Line], room: float = 0.0) -> str:
    """The text of lines that belong together, from the top down.

    Chinese lines are joined without a blank, words of other languages with one. A line that ends early, though the next word had room, was
    ended by the sender: its break is kept.

    Args:
        room: pixels that a line may be wide; the widest of these lines at least.

    >>> def line(text, right, y): return Line(text, (0, y, right, y + 20), ((0, y), (right, y), (right, y + 20), (0, y + 20)), 1.0)
    >>> joined([line("今天的天气真", 120, 0), line("好", 20, 24)])
    '今天的天气真好'
    >>> joined([line("See you", 120, 0), line("tomorrow", 100, 24)])
    'See you tomorrow'
    >>> joined([line("收到", 40, 0), line("谢谢", 40, 24)], room=240)
    '收到\\n谢谢'
    """
    if not lines:
        return ""
    text, last = lines[0].text, lines[0]
    start = min(line.box[0] for line in lines)
    end = max(start + room, *(line.box[2] for line in lines))
    for line in lines[1:]:
        if line.box[1] < (last.box[1] + last.box[3]) / 2:  # two pieces of one row
            text += " " + line.text
        elif _is_apart(last, line) or _fits(last, line, end):
            text += "\n" + line.text
        else:
            text += (" " if _needs_blank(text, line.text) else "") + line.text
        last = line
    return text


def _is_apart(upper: Line, lower: Line) -> bool:
    """Whether more than a line has room between two: they are two things of a card, not one text."""
    return lower.box[1] - upper.box[3] > 0.9 * min(upper.box[3] - upper.box[1], lower.box[3] - lower.box[1])


def _fits(upper: Line, lower: Line, end: float) -> bool:
    """Whether the first word of the next line would have fitted into this one."""
    units = max(_units(lower.text), 1.0)
    unit = (lower.box[2] - lower.box[0]) / units
    first = _UNBROKEN.match(lower.text)
    wanted = _units(first[0]) if first else 1.0
    return end - upper.box[2] > (wanted + ROOM) * unit


def _units(text: str) -> float:
    """Width of a text in Chinese characters."""
    return sum(0.55 if ord(character) < 0x250 else 1.0 for character in text)


def _needs_blank(before: str, after: str) -> bool:
    """Whether two words meet, and not two pieces of one address."""
    last, first = before.split()[-1:], after.split()[:1]
    if not last or not first or not _WORD.match(last[0][-1]) or not _WORD.match(first[0][0]):
        return False
    return not _ADDRESS.search(last[0])
