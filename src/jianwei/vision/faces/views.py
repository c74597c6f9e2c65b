"""How a picture of any size is shown to a detector whose input has one size: as a whole, and large ones in overlapping tiles too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from jianwei.vision._base import Box, Point
from jianwei.vision.faces._base import Pixels
from jianwei.vision.faces.resizing import resized

__all__ = ["View", "views"]


@dataclass(frozen=True, slots=True)
class View:
    """A part of a picture, brought to the size of an input.

    Attributes:
        pixels: uint8 [height, width, 3]: the part in the upper left corner, grey beside it.
        left: where the part begins in the picture.
        top: likewise.
        factor: how much larger it is here than there.
    """

    pixels: Pixels
    left: float
    top: float
    factor: float

    def back(self, point: Point) -> Point:
        """A point of the view, in the picture."""
        return (point[0] / self.factor + self.left, point[1] / self.factor + self.top)

    def box_back(self, box: Box) -> Box:
        """A box of the view, in the picture."""
        return (*self.back(box[:2]), *self.back(box[2:]))


def views(pixels: Pixels, width: int, height: int, *, tiles: int = 2) -> Iterator[View]:
    """The whole picture, then its tiles where it is at least `tiles` times as large as the input.

    Args:
        pixels: uint8 [h, w, 3].
        width: of the input.
        height: of the input.
        tiles: how many a side; they overlap by a quarter.
    """
    rows, columns = pixels.shape[:2]
    yield _view(pixels, 0, 0, width, height)
    if max(columns / width, rows / height) < tiles:
        return
    wide, high = min(columns, round(columns / tiles * 1.25)), min(rows, round(rows / tiles * 1.25))
    for top in np.linspace(0, rows - high, tiles).round().astype(int).tolist():
        for left in np.linspace(0, columns - wide, tiles).round().astype(int).tolist():
            yield _view(pixels[top : top + high, left : left + wide], left, top, width, height)


def _view(part: Pixels, left: int, top: int, width: int, height: int) -> View:
    rows, columns = part.shape[:2]
    factor = min(width / columns, height / rows)
    small = resized(np.ascontiguousarray(part), max(1, round(columns * factor)), max(1, round(rows * factor)))
    whole = np.full((height, width, 3), 127, np.uint8)
    whole[: small.shape[0], : small.shape[1]] = small[:height, :width]
    return View(whole, left, top, factor)
