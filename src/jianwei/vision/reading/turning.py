"""Pages that lie on a side or on their head: how they lie, and where things are once they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from jianwei.vision._base import Box, Line, Point

__all__ = ["quarters_of", "turned_box", "turned_line"]


def quarters_of(lines: Sequence[Line]) -> int:
    """By how many quarters to the left a page must be turned so that most letters stand; 0 where nothing was read.

    >>> down = Line("你好", (0, 0, 10, 40), ((10, 0), (10, 40), (0, 40), (0, 0)), 1.0)
    >>> quarters_of([down]), quarters_of([])
    (1, 0)
    """
    letters: Counter[int] = Counter()
    for line in lines:
        (left, top), (right, bottom) = line.corners[:2]  # where the line begins, and where its upper edge ends
        across, down = right - left, bottom - top
        letters[(0 if across >= 0 else 2) if abs(across) >= abs(down) else (1 if down > 0 else 3)] += len(line.text)
    return letters.most_common(1)[0][0] if letters else 0


def turned_box(box: Box, quarters: int, size: tuple[int, int]) -> Box:
    """Where a box lies after the page is turned to the left.

    Args:
        size: (width, height) of the page before.

    >>> turned_box((1, 2, 3, 5), 1, (10, 20)), turned_box((1, 2, 3, 5), 2, (10, 20))
    ((2, 7, 5, 9), (7, 15, 9, 18))
    """
    left, top, right, bottom = box
    (one, other), (third, fourth) = _moved((left, top), quarters, size), _moved((right, bottom), quarters, size)
    return (min(one, third), min(other, fourth), max(one, third), max(other, fourth))


def turned_line(line: Line, quarters: int, size: tuple[int, int]) -> Line:
    """The line after its page is turned to the left; arguments as in `turned_box`."""
    first, second, third, fourth = (_moved(point, quarters, size) for point in line.corners)
    return replace(line, box=turned_box(line.box, quarters, size), corners=(first, second, third, fourth))


def _moved(point: Point, quarters: int, size: tuple[int, int]) -> Point:
    x, y = point
    width, height = size
    for _ in range(quarters % 4):
        x, y, width, height = y, width - x, height, width
    return (x, y)
