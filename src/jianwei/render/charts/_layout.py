"""Where the words of a cloud go.

Words are boxes, which Chinese words nearly are, and none is turned: turned Chinese is hard to read. Each word, largest first, takes
the first place along an Archimedean spiral from the middle where its box is free (Wordle; Viégas, Wattenberg & Feinberg 2009).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Spot", "place_words", "text_width"]

_STEPS = 3000
_GAP = 1.5


@dataclass(frozen=True, slots=True)
class Spot:
    """A word that found a place: its index, its middle and its font size, in pixels of the canvas."""

    index: int
    x: float
    y: float
    size: float


def text_width(text: str) -> float:
    """Width in units of the font size: East Asian characters are one wide, others a little over half.

    >>> text_width("客服"), round(text_width("ok"), 2)
    (2.0, 1.2)
    """
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.6 for char in text)


def place_words(texts: Sequence[str], sizes: np.ndarray, width: float, height: float) -> tuple[Spot, ...]:
    """Places for words on a canvas; a word that fits nowhere is left out.

    Args:
        texts: the words, most important first.
        sizes: font sizes in pixels, float64 [n].
        width, height: the canvas.

    >>> [spot.index for spot in place_words(["茶", "杯"], np.array([40.0, 20.0]), 200, 100)]
    [0, 1]
    """
    turn = np.linspace(0.0, 1.0, _STEPS) ** 0.6
    angle = turn * 2 * np.pi * 24
    paths = np.stack(
        [width / 2 + turn * np.cos(angle) * width * 0.5, height / 2 + turn * np.sin(angle) * height * 0.5], axis=1
    )
    taken = np.empty((0, 4))
    spots: list[Spot] = []
    for index, (text, size) in enumerate(zip(texts, sizes, strict=True)):
        half = np.array([text_width(text) * size / 2 + _GAP, size * 0.56 + _GAP])
        boxes = np.concatenate([paths - half, paths + half], axis=1)
        inside = (boxes[:, :2] >= 0).all(axis=1) & (boxes[:, 2] <= width) & (boxes[:, 3] <= height)
        boxes = boxes[inside]
        apart = (
            (boxes[:, None, 0] >= taken[None, :, 2])
            | (boxes[:, None, 2] <= taken[None, :, 0])
            | (boxes[:, None, 1] >= taken[None, :, 3])
            | (boxes[:, None, 3] <= taken[None, :, 1])
        ).all(axis=1)
        if not apart.any():
            continue
        box = boxes[int(np.argmax(apart))]
        taken = np.vstack([taken, box])
        spots.append(
            Spot(
                index, round(float(box[0] + box[2]) / 2, 1), round(float(box[1] + box[3]) / 2, 1), round(float(size), 1)
            )
        )
    return tuple(spots)
