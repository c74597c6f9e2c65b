"""What a line says: PP-OCR's recogniser gives for every column the chances of each character, and the best path is taken.

Best path decoding of connectionist temporal classification (Graves et al. 2006): the best character of each column, repeats merged,
blanks left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.vision.reading.detecting import network_input

__all__ = ["HEIGHT", "Reading", "best_path", "characters_of", "cut", "recognise", "widened"]

HEIGHT = 48
"""Pixels that a line is high for the recogniser."""

BESIDE = 0.2
"""Room that is given to a line at both ends, in heights of the line."""

NARROWEST = 320
"""Pixels that the recogniser's input is wide at least, as in its training: shorter lines are filled up with grey."""

WIDEST = 3_200
"""Pixels that its input is wide at most; longer lines are squeezed."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A line that was read.

    Attributes:
        text: what it says; may be empty.
        score: mean probability of its characters; 0 for an empty text.
        scores: probability of each character.
        centers: of each character the middle, as a share of the line's width.
    """

    text: str
    score: float
    scores: tuple[float, ...] = ()
    centers: tuple[float, ...] = ()


def characters_of(session: Any) -> tuple[str, ...]:
    """The classes of a recogniser: the blank as "", those that its file names, the space."""
    named = session.get_modelmeta().custom_metadata_map.get("character", "").splitlines()
    return ("", *named, " ")


def widened(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Boxes made longer at both ends, since detectors cut dots and dashes off; but not into a neighbour.

    Args:
        boxes: float32 [n, 4, 2], corners clockwise from the upper left.

    >>> widened(np.array([[[0, 0], [100, 0], [100, 10], [0, 10]]], np.float32))[0, :, 0].tolist()
    [-2.0, 102.0, 102.0, -2.0]
    """
    if not len(boxes):
        return boxes
    across = boxes[:, 1] - boxes[:, 0]
    steps = BESIDE * np.linalg.norm(boxes[:, 3] - boxes[:, 0], axis=1)
    low, high = boxes.min(axis=1), boxes.max(axis=1)
    shared = np.minimum(high[:, None, 1], high[None, :, 1]) - np.maximum(low[:, None, 1], low[None, :, 1])
    in_row = shared > 0.3 * np.minimum((high - low)[:, None, 1], (high - low)[None, :, 1])
    np.fill_diagonal(in_row, False)
    between = low[None, :, 0] - high[:, None, 0]  # from the end of one to the beginning of the other
    later = in_row & (low[None, :, 0] > low[:, None, 0])
    room = np.where(later, np.maximum(between / 2, 0), np.inf)
    after, before = np.minimum(room.min(axis=1), steps), np.minimum(room.min(axis=0), steps)
    forth = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1)
    moves = np.stack([-before, after, after, -before], axis=1)[:, :, None] * forth[:, None, :]
    moved: NDArray[np.float32] = (boxes + moves).astype(np.float32)
    return moved


def cut(pixels: NDArray[np.uint8], corners: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The line between four corners, laid straight: uint8 [height, width, 3]."""
    import cv2

    across = max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3]))
    down = max(np.linalg.norm(corners[3] - corners[0]), np.linalg.norm(corners[2] - corners[1]))
    width, height = max(round(float(across)), 1), max(round(float(down)), 1)
    goal = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    # Only the part around the line is given to OpenCV, which cannot address very large pictures.
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 2, 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 3
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    turn = cv2.getPerspectiveTransform(corners - np.array([left, top], np.float32), goal)
    straight = cv2.warpPerspective(part, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(straight, np.uint8)


def recognise(session: Any, characters: tuple[str, ...], line: NDArray[np.uint8]) -> Reading:
    """Read one line.

    Args:
        session: the recogniser, an `onnxruntime.InferenceSession`.
        characters: its classes, see `characters_of`.
        line: uint8 [height, width, 3], RGB, any size.
    """
    import cv2

    height, width = line.shape[:2]
    scaled_width = min(max(ceil(HEIGHT * width / height), 1), WIDEST)
    shrinks = height > HEIGHT
    scaled = cv2.resize(line, (scaled_width, HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    planes = network_input(np.asarray(scaled, np.uint8))
    padded = max(NARROWEST, ceil(scaled_width / 32) * 32)
    filled = np.zeros((1, 3, HEIGHT, padded), np.float32)
    filled[..., :scaled_width] = planes
    (chances,) = session.run(None, {session.get_inputs()[0].name: filled})
    return best_path(chances[0], characters, scaled_width / padded)


def best_path(chances: NDArray[np.float32], characters: tuple[str, ...], used: float = 1.0) -> Reading:
    """The best path through columns of chances.

    Args:
        chances: float32 [columns, classes]; class 0 is the blank.
        characters: text of each class.
        used: share of the columns that the line fills.

    >>> chances = np.array([[0.1, 0.9, 0], [0.2, 0.8, 0], [0.9, 0.1, 0], [0, 0.4, 0.6]], np.float32)
    >>> best_path(chances, ("", "a", "b")).text
    'ab'
    """
    best = chances.argmax(axis=1)
    starts = np.flatnonzero((best != 0) & np.append(True, best[1:] != best[:-1]))
    if not starts.size:
        return Reading("", 0.0)
    kept = chances[starts, best[starts]]
    centers = np.minimum((starts + 0.5) / len(best) / used, 1.0)
    texts = [characters[at] for at in best[starts]]
    return Reading("".join(texts), float(kept.mean()), tuple(kept.tolist()), tuple(centers.tolist()))
