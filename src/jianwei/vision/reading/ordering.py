"""The order in which people read: columns from the left, in each the rows from the top, in a row from the left."""

from __future__ import annotations

from collections.abc import Sequence

from jianwei.vision._base import Box, Line

__all__ = ["reading_order"]

SAME_ROW = 0.5
"""Lines are in one row when they overlap by this share of the lower one's height."""

COLUMN = 3
"""Lines that a column has at least."""

LONG = 4.0
"""Lines of a column are at least this many times as wide as high in the middle: a table's cells are no columns of text."""


def reading_order(lines: Sequence[Line], quarters: int = 0) -> tuple[Line, ...]:
    """Lines in the order in which people read them.

    Args:
        lines: in any order.
        quarters: by how many quarters to the left the picture must be turned to stand upright.
    """
    boxes = [(_turned(line.box, quarters), line) for line in lines]
    return tuple(line for _, line in _columns(boxes))


_Placed = tuple[Box, Line]


def _turned(box: Box, quarters: int) -> Box:
    """A box after turning the picture to the left, up to a shift.

    >>> _turned((1, 2, 3, 5), 1)
    (2, -3, 5, -1)
    """
    left, top, right, bottom = box
    for _ in range(quarters % 4):
        left, top, right, bottom = top, -right, bottom, -left
    return (left, top, right, bottom)


def _columns(placed: list[_Placed]) -> list[_Placed]:
    """Columns one after the other: where a blank stripe from top to bottom has paragraphs on both sides."""
    by_left = sorted(placed, key=lambda item: item[0][0])
    reach = float("-inf")
    for at, (box, _) in enumerate(by_left):
        before, after = by_left[:at], by_left[at:]
        if at and box[0] > reach and _is_column(before) and _is_column(after):
            return [*_rows(before), *_columns(after)]
        reach = max(reach, box[2])
    return _rows(placed)


def _is_column(placed: list[_Placed]) -> bool:
    if len(placed) < COLUMN:
        return False
    shapes = sorted((box[2] - box[0]) / max(box[3] - box[1], 1.0) for box, _ in placed)
    return shapes[len(shapes) // 2] >= LONG


def _rows(placed: list[_Placed]) -> list[_Placed]:
    rows: list[list[_Placed]] = []
    for item in sorted(placed, key=lambda item: (item[0][1] + item[0][3], item[0][0])):
        if rows and _overlap(rows[-1][-1][0], item[0]) >= SAME_ROW:
            rows[-1].append(item)
        else:
            rows.append([item])
    return [item for row in rows for item in sorted(row, key=lambda item: item[0][0])]


def _overlap(one: Box, other: Box) -> float:
    shared = min(one[3], other[3]) - max(one[1], other[1])
    lower = min(one[3] - one[1], other[3] - other[1])
    return shared / lower if lower > 0 else 0.0
