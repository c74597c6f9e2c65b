"""Pictures made smaller or larger, and cuts that may reach over the border."""

from __future__ import annotations

import numpy as np

from jianwei.vision._base import Box
from jianwei.vision.faces._base import Pixels
from jianwei.vision.libraries import pillow

__all__ = ["cut", "fitted", "resized"]


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    """The picture at another size, bilinear; areas are averaged where it becomes smaller."""
    if pixels.shape[:2] == (height, width):
        return pixels
    image = pillow("faces")
    return np.asarray(image.fromarray(pixels).resize((width, height), image.Resampling.BILINEAR))


def fitted(pixels: Pixels, *, longest: int) -> tuple[Pixels, float]:
    """The picture with its longer side at most `longest` pixels, and the factor by which it became smaller (1.0 at most)."""
    height, width = pixels.shape[:2]
    factor = min(1.0, longest / max(height, width))
    return resized(pixels, max(1, round(width * factor)), max(1, round(height * factor))), factor


def cut(pixels: Pixels, box: Box, side: int) -> Pixels:
    """What is in a box, as a square of `side` pixels; what lies beyond the border repeats the pixels there.

    >>> cut(np.full((4, 4, 3), 9, np.uint8), (-2, -2, 2, 2), 8).shape
    (8, 8, 3)
    """
    height, width = pixels.shape[:2]
    left, top, right, bottom = (round(value) for value in box)
    right, bottom = max(right, left + 1), max(bottom, top + 1)
    rows = slice(min(max(top, 0), height - 1), max(min(bottom, height), 1))
    columns = slice(min(max(left, 0), width - 1), max(min(right, width), 1))
    inside = pixels[rows, columns]
    if inside.shape[:2] != (bottom - top, right - left):
        above, before = min(max(-top, 0), bottom - top - 1), min(max(-left, 0), right - left - 1)
        below, behind = bottom - top - above - inside.shape[0], right - left - before - inside.shape[1]
        inside = np.pad(inside, ((above, max(below, 0)), (before, max(behind, 0)), (0, 0)), mode="edge")
    return resized(np.ascontiguousarray(inside), side, side)
