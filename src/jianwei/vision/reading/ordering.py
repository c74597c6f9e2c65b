"""The order in which people read: rows from the top, within a row from the left."""

from __future__ import annotations

from collections.abc import Sequence

from jianwei.vision._base import Line

__all__ = ["reading_order"]

SAME_ROW = 0.5
"""Lines are on one row when they overlap by this share of the lower one's height."""


def reading_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines sorted into rows, rows from the top, within a row from the left."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.box[1] + line.box[3], line.box[0])):
        if rows and _overlap(rows[-1][-1], line) >= SAME_ROW:
            rows[-1].append(line)
        else:
            rows.append([line])
    return tuple(line for row in rows for line in sorted(row, key=lambda line: line.box[0]))


def _overlap(one: Line, other: Line) -> float:
    shared = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    lower = min(one.box[3] - one.box[1], other.box[3] - other.box[1])
    return shared / lower if lower > 0 else 0.0
