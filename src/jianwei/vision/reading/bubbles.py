"""Bubbles of a chat: areas of one colour, apart from the edges of the picture, that hold lines of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jianwei.vision._base import Box, Line

__all__ = ["Bubble", "Color", "Screen", "bubbles_of", "screen_of", "silent_areas"]

Color = tuple[int, int, int]
"""(red, green, blue), 0 to 255 each."""

WIDTH = 540
"""A screen is looked at in this width: bubbles are large."""

SAME = 8
"""Colours are one when no channel differs by more."""

WIDEST = 0.9
"""A bubble is at most this share of the screen wide."""

FULLEST = 0.45
"""Its colour fills this share of its box at least; letters take the rest."""


@dataclass(frozen=True, slots=True)
class Screen:
    """A screenshot made small.

    Attributes:
        pixels: uint8 [height, width, 3], RGB.
        scale: its width ÷ that of the screenshot.
        page: colour behind the messages.
    """

    pixels: NDArray[np.uint8]
    scale: float
    page: Color


@dataclass(frozen=True, slots=True)
class Bubble:
    """An area with text.

    Attributes:
        box: pixels of the screenshot.
        color: of its ground.
        lines: what it holds, in reading order.
    """

    box: Box
    color: Color
    lines: tuple[Line, ...]


def screen_of(pixels: NDArray[np.uint8]) -> Screen:
    """A screenshot made small, and the colour of its page: the one that both of its sides share most."""
    import cv2

    scale = min(WIDTH / pixels.shape[1], 1.0)
    size = (max(round(pixels.shape[1] * scale), 1), max(round(pixels.shape[0] * scale), 1))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else pixels
    rim = max(round(size[0] * 0.012), 1)
    sides = np.concatenate([small[:, :rim].reshape(-1, 3), small[:, -rim:].reshape(-1, 3)])
    return Screen(small, scale, _commonest(sides))


def bubbles_of(lines: Sequence[Line], screen: Screen) -> tuple[tuple[Bubble, ...], tuple[Line, ...]]:
    """Lines gathered into bubbles from the top down, and those that lie in none."""
    held: dict[tuple[Color, int], list[Line]] = {}
    boxes: dict[tuple[Color, int], Box] = {}
    areas: dict[Color, _Areas] = {}
    loose = []
    for line in lines:
        color = _ground(line, screen)
        known = next((other for other in areas if _same(color, other)), None)
        if known is None:
            known = color
            areas[known] = _areas(screen, known)
        number = areas[known].around(_scaled(line.box, screen.scale))
        if number is None or _same(known, screen.page):
            loose.append(line)
        else:
            held.setdefault((known, number), []).append(line)
            boxes[known, number] = areas[known].box(number, screen.scale)
    found = [Bubble(boxes[key], key[0], tuple(inside)) for key, inside in held.items()]
    return tuple(sorted(found, key=lambda bubble: bubble.box[1])), tuple(loose)


def silent_areas(color: Color, screen: Screen, known: Sequence[Box]) -> list[Box]:
    """Where something is drawn in areas of that colour that look like bubbles of one line and hold no line that was found.

    Args:
        known: boxes of the bubbles that hold lines.
    """
    areas, width = _areas(screen, color), screen.pixels.shape[1]
    found = []
    for number, (x, y, wide, high, area) in enumerate(areas.boxes.tolist()):
        apart = x > 0.05 * width and x + wide < 0.95 * width
        if not number or not apart or not 0.06 * width < high < 0.16 * width or area < 0.6 * wide * high:
            continue
        box = areas.box(number, screen.scale)
        if any(_overlap(box, other) for other in known):
            continue
        edge = high // 6  # its corners are round
        drawn = areas.numbers[y + edge : y + high - edge, x + edge : x + wide - edge] != number
        rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
        if rows.size and columns.size >= 2:
            left, right = x + edge + int(columns[0]), x + edge + int(columns[-1]) + 1
            room = 0.2 * high  # above and below, as a detector leaves it
            ink = (
                left - room / 2,
                y + edge + int(rows[0]) - room,
                right + room / 2,
                y + edge + int(rows[-1]) + 1 + room,
            )
            found.append((ink[0] / screen.scale, ink[1] / screen.scale, ink[2] / screen.scale, ink[3] / screen.scale))
    return found


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@dataclass(frozen=True, slots=True)
class _Areas:
    """The areas of one colour that may be bubbles: int32 [height, width], and statistics of OpenCV by number."""

    numbers: NDArray[np.int32]
    boxes: NDArray[np.int32]

    def around(self, box: tuple[int, int, int, int]) -> int | None:
        """The area that the ground of a line belongs to; None where that can be no bubble."""
        left, top, right, bottom = box
        inside = self.numbers[top:bottom, left:right]
        inside = inside[inside > 0]
        if not inside.size:
            return None
        number = int(np.bincount(inside).argmax())
        x, _, width, height, area = (int(value) for value in self.boxes[number])
        screen_width = self.numbers.shape[1]
        apart = x > 0.01 * screen_width and x + width < 0.99 * screen_width
        shaped = width <= WIDEST * screen_width and area >= FULLEST * width * height
        holds = x <= (left + right) / 2 <= x + width and height >= 0.9 * (bottom - top)
        return number if apart and shaped and holds else None

    def box(self, number: int, scale: float) -> Box:
        x, y, width, height = (float(value) / scale for value in self.boxes[number][:4])
        return (x, y, x + width, y + height)


def _areas(screen: Screen, color: Color) -> _Areas:
    import cv2

    low, high = (np.clip(np.array(color, int) + by, 0, 255) for by in (-SAME, SAME))
    mask = cv2.inRange(screen.pixels, low.astype(np.uint8), high.astype(np.uint8))
    _, numbers, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    return _Areas(np.asarray(numbers, np.int32), np.asarray(boxes, np.int32))


def _ground(line: Line, screen: Screen) -> Color:
    """The colour behind a line: the commonest in its box, of which letters fill less than half."""
    left, top, right, bottom = _scaled(line.box, screen.scale)
    return _commonest(screen.pixels[top:bottom, left:right].reshape(-1, 3))


def _commonest(pixels: NDArray[np.uint8]) -> Color:
    """The commonest colour, counted in steps of four: the mean of the fullest step."""
    steps = (pixels >> 2).astype(np.int32)
    keys = (steps[:, 0] << 12) | (steps[:, 1] << 6) | steps[:, 2]
    values, counts = np.unique(keys, return_counts=True)
    red, green, blue = np.median(pixels[keys == values[counts.argmax()]], axis=0)
    return int(red), int(green), int(blue)


def _same(one: Color, other: Color) -> bool:
    return all(abs(a - b) <= SAME for a, b in zip(one, other, strict=True))


def _scaled(box: Box, scale: float) -> tuple[int, int, int, int]:
    left, top, right, bottom = (value * scale for value in box)
    return int(left), int(top), max(int(right), int(left) + 1), max(int(bottom), int(top) + 1)
