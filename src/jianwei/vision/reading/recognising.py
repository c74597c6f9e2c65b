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

NARROWEST = 32
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


def widened(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Corners moved apart along the line, since detectors cut dots and dashes off its ends: [4, 2].

    >>> widened(np.array([[0, 0], [100, 0], [100, 10], [0, 10]], np.float32))[:, 0].tolist()
    [-2.0, 102.0, 102.0, -2.0]
    """
    across, down = corners[1] - corners[0], corners[3] - corners[0]
    step = across / max(float(np.linalg.norm(across)), 1.0) * float(np.linalg.norm(down)) * BESIDE
    moved: NDArray[np.float32] = corners + np.array([-step, step, step, -step], np.float32)
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
    straight: NDArray[np.uint8] = cv2.warpPerspective(
        part, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return straight


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
    planes = network_input(scaled)
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
