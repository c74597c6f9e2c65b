"""Where lines of text are: a segmentation network says of every pixel how likely it lies in a line, and its islands become slanted boxes.

The network is PP-OCR's detector; the way from its map to boxes is that of differentiable binarization (Liao et al. 2020, "Real-time Scene
Text Detection with Differentiable Binarization").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.vision.reading.tiles import scaled_size, tiles

__all__ = ["Regions", "boxes_of_map", "find_text", "network_input", "text_map"]

PIXEL = 0.3
"""A pixel is text above this; the value that the network was trained with."""

ISLAND = 0.5
"""An island is a line when its pixels' mean is above this."""

GROWTH = 1.6
"""The network marks the core of a line; its box is grown by area × this ÷ perimeter."""

SMALLEST = 3.0
"""Pixels that the shorter side of an island has at least."""


TINY = 11.5
"""Boxes that are lower for the detector hold letters of five pixels or less."""

TRACE = 8
"""Pixels of text that are a reason to look again where there was no line."""

NEARER = 1_472
"""Pixels of the shorter side when the part with the traces is looked at again."""

MOST_AGAIN = 6_000_000
"""Pixels that the second look sees at most."""

ROOM = 48
"""Pixels of the map that this part is larger than the traces, on every side."""


@dataclass(frozen=True, slots=True)
class Regions:
    """Boxes that hold text.

    Attributes:
        corners: float32 [n, 4, 2], pixels, clockwise from the upper left.
        scores: float32 [n], 0 to 1.
    """

    corners: NDArray[np.float32]
    scores: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scores)


NO_REGIONS = Regions(np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32))


def find_text(session: Any, pixels: NDArray[np.uint8]) -> Regions:
    """The lines of a picture, in no order. A picture whose letters turn out to be tiny is looked at again from nearer.

    Args:
        session: the detector, an `onnxruntime.InferenceSession`.
        pixels: uint8 [height, width, 3], RGB.
    """
    chances = text_map(session, pixels, scaled_size(pixels.shape[0], pixels.shape[1]))
    found = boxes_of_map(chances)
    if chances.shape[0] < pixels.shape[0] and _is_tiny(found, chances):
        left, top, right, bottom = _traces(chances, pixels.shape)
        part = pixels[top:bottom, left:right]
        size = scaled_size(part.shape[0], part.shape[1], NEARER, 1.5, MOST_AGAIN)
        if size[0] * pixels.shape[0] > part.shape[0] * chances.shape[0]:
            nearer = text_map(session, part, size)
            return _placed(boxes_of_map(nearer), nearer.shape, part.shape, (left, top))
    return _placed(found, chances.shape, pixels.shape, (0, 0))


def _placed(found: Regions, seen: Sequence[int], shape: Sequence[int], corner: tuple[int, int]) -> Regions:
    """Boxes in a map as boxes in the picture, of which the map shows the part of that shape at that corner (left, top)."""
    back = np.array([shape[1] / seen[1], shape[0] / seen[0]], np.float32)
    return Regions(found.corners * back + np.array(corner, np.float32), found.scores)


def _is_tiny(found: Regions, chances: NDArray[np.uint8]) -> bool:
    """Whether most lines are hardly high enough to be seen, or there are traces of lines and no line."""
    if not len(found):
        return int((chances > PIXEL * 255).sum()) >= TRACE
    return float(np.median(np.linalg.norm(found.corners[:, 3] - found.corners[:, 0], axis=1))) < TINY


def _traces(chances: NDArray[np.uint8], shape: Sequence[int]) -> tuple[int, int, int, int]:
    """The part of a picture in which there are traces of text, with room around: left, top, right, bottom."""
    rows, columns = (np.flatnonzero((chances > PIXEL * 255).any(axis=axis)) for axis in (1, 0))
    high, wide = shape[0] / chances.shape[0], shape[1] / chances.shape[1]
    top, bottom = max(int((rows[0] - ROOM) * high), 0), min(int((rows[-1] + ROOM) * high), shape[0])
    left, right = max(int((columns[0] - ROOM) * wide), 0), min(int((columns[-1] + ROOM) * wide), shape[1])
    return left, top, right, bottom


def text_map(session: Any, pixels: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """How likely each pixel of a picture lies in a line: uint8 of `size` (height, width), 255 for certain."""
    import cv2

    method = cv2.INTER_AREA if size[0] < pixels.shape[0] else cv2.INTER_LINEAR
    scaled = np.asarray(cv2.resize(pixels, size[::-1], interpolation=method), np.uint8)
    name = session.get_inputs()[0].name
    whole = np.empty(size, np.uint8)
    for rows in tiles(size[0]):
        for columns in tiles(size[1]):
            seen = scaled[rows.first : rows.last, columns.first : columns.last]
            (chances,) = session.run(None, {name: network_input(seen)})
            top, left = rows.start - rows.first, columns.start - columns.first
            height, width = rows.end - rows.start, columns.end - columns.start
            kept = chances[0, 0, top : top + height, left : left + width]
            whole[rows.start : rows.end, columns.start : columns.end] = kept * 255 + 0.5
    return whole


def network_input(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What PP-OCR's networks take: float32 [1, 3, height, width], blue first, from -1 to 1.

    >>> network_input(np.full((1, 1, 3), (255, 0, 0), np.uint8))[0, :, 0, 0].tolist()
    [-1.0, -1.0, 1.0]
    """
    planes = np.ascontiguousarray(pixels[:, :, ::-1].transpose(2, 0, 1)[np.newaxis], np.float32)
    planes *= np.float32(2 / 255)
    planes -= np.float32(1)
    return planes


def boxes_of_map(chances: NDArray[np.uint8]) -> Regions:
    """The islands of a map as boxes.

    Args:
        chances: uint8 [height, width], how likely each pixel lies in a line, 255 for certain.
    """
    import cv2

    mask = cv2.dilate((chances > PIXEL * 255).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    corners, scores = [], []
    for outline in outlines:
        (center, (width, height), angle) = cv2.minAreaRect(outline)
        if min(width, height) < SMALLEST:
            continue
        score = _mean_inside(chances, _corners(center, width, height, angle))
        if score < ISLAND:
            continue
        grown = GROWTH * width * height / (width + height)  # on both sides: twice area × growth ÷ perimeter
        corners.append(_clockwise(_corners(center, width + grown, height + grown, angle)))
        scores.append(score)
    if not corners:
        return NO_REGIONS
    bounds = np.array(chances.shape[::-1], np.float32)
    return Regions(np.clip(np.array(corners, np.float32), 0, bounds), np.array(scores, np.float32))


def _corners(center: Sequence[float], width: float, height: float, angle: float) -> NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.boxPoints((tuple(center), (width, height), angle)), np.float32)


def _mean_inside(chances: NDArray[np.uint8], corners: NDArray[np.float32]) -> float:
    import cv2

    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    part = chances[top:bottom, left:right]
    inside = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(inside, (corners - (left, top)).astype(np.int32)[np.newaxis], 1)
    return float(cv2.mean(part, inside)[0]) / 255


def _clockwise(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """The four corners clockwise from the upper left."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = (pair[np.argsort(pair[:, 1], kind="stable")] for pair in (by_x[:2], by_x[2:]))
    return np.array([left[0], right[0], right[1], left[1]], np.float32)
