"""Boxes as arrays: float64 [n, 4] of (left, top, right, bottom)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jianwei.vision._base import Box

__all__ = ["Boxes", "overlaps", "same_face", "suppress", "turned_back"]

Boxes = NDArray[np.float64]


def areas(boxes: Boxes) -> NDArray[np.float64]:
    """Areas [n]; 0 for boxes that are turned inside out."""
    return np.clip(boxes[:, 2] - boxes[:, 0], 0, None) * np.clip(boxes[:, 3] - boxes[:, 1], 0, None)


def _shared(one: Boxes, other: Boxes) -> NDArray[np.float64]:
    upper = np.maximum(one[:, None, :2], other[None, :, :2])
    lower = np.minimum(one[:, None, 2:], other[None, :, 2:])
    return np.asarray(np.clip(lower - upper, 0, None).prod(axis=2))


def overlaps(one: Boxes, other: Boxes) -> NDArray[np.float64]:
    """Shared area over joint area (intersection over union) of each with each, [n, m].

    >>> overlaps(np.array([[0.0, 0, 2, 2]]), np.array([[1.0, 0, 3, 2]])).round(2).tolist()
    [[0.33]]
    """
    shared = _shared(one, other)
    joint = areas(one)[:, None] + areas(other)[None, :] - shared
    return shared / np.maximum(joint, 1e-9)


def same_face(one: Boxes, other: Boxes) -> NDArray[np.float64]:
    """Shared area over that of the smaller box, [n, m]: high also where one detector draws its boxes much wider than another.

    >>> same_face(np.array([[0.0, 0, 4, 4]]), np.array([[1.0, 1, 2, 2]])).tolist()
    [[1.0]]
    """
    smaller = np.minimum(areas(one)[:, None], areas(other)[None, :])
    return _shared(one, other) / np.maximum(smaller, 1e-9)


def suppress(boxes: Boxes, scores: NDArray[np.float64], *, overlap: float) -> NDArray[np.intp]:
    """Non-maximum suppression: which boxes stay, best score first.

    A box goes when it overlaps with a better one that stays by more than `overlap` (intersection over union). Of equal scores the
    first is the better one.

    >>> suppress(np.array([[0.0, 0, 2, 2], [0, 0, 2, 2.1], [5, 5, 6, 6]]), np.array([0.5, 0.9, 0.1]), overlap=0.3).tolist()
    [1, 2]
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while len(order):
        best, order = int(order[0]), order[1:]
        kept.append(best)
        order = order[overlaps(boxes[[best]], boxes[order])[0] <= overlap]
    return np.array(kept, np.intp)


def turned_back(box: Box, turns: int, width: int, height: int) -> Box:
    """A box of a picture that was turned by `numpy.rot90(pixels, turns)`, in the picture as it was.

    Args:
        box: in the turned picture.
        turns: quarter turns, counter-clockwise.
        width: of the picture as it was.
        height: of the picture as it was.

    >>> turned_back((0, 0, 10, 20), 2, 100, 50)
    (90, 30, 100, 50)
    """
    left, top, right, bottom = box
    match turns % 4:
        case 1:
            return (width - bottom, left, width - top, right)
        case 2:
            return (width - right, height - bottom, width - left, height - top)
        case 3:
            return (top, height - right, bottom, height - left)
        case _:
            return box
