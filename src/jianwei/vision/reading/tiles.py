"""How a picture is put before the detector: at which scale, and in how many pieces.

The detector's cost and memory grow with the pixels it sees at once, so that long pictures are seen in overlapping tiles. What is put
together again is the detector's map, not its boxes: a line across a seam is one line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt

__all__ = ["Tile", "scaled_size", "tiles"]

SHORT_SIDE = 736
"""Pixels of the shorter side for the detector: what is smaller is enlarged, for small text."""

LARGEST = 3.0
"""A picture is enlarged this much at most."""

MOST = 30_000_000
"""Pixels of the map at most."""

TILE = 1_280
"""Pixels of a tile's side at most."""

OVERLAP = 192
"""Pixels that neighbouring tiles share: several times the height of a line."""

STEP = 32
"""The network wants sides that are multiples of this."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Rows or columns `first` to `last` that are seen at once, of which `start` to `end` are kept."""

    first: int
    last: int
    start: int
    end: int


def scaled_size(
    height: int, width: int, short: int = SHORT_SIDE, largest: float = LARGEST, most: int = MOST
) -> tuple[int, int]:
    """(height, width) of what the detector sees of a picture, multiples of 32.

    Args:
        short: wanted pixels of the shorter side.
        largest: how much the picture is enlarged at most.
        most: pixels that the detector sees at most.

    >>> scaled_size(550, 720)
    (736, 960)
    >>> scaled_size(20_000, 1_080)
    (13632, 736)
    """
    scale = min(short / min(height, width), largest, sqrt(most / (height * width)))
    return max(round(height * scale / STEP), 1) * STEP, max(round(width * scale / STEP), 1) * STEP


def tiles(length: int) -> Iterator[Tile]:
    """Overlapping tiles of nearly equal length; the parts that are kept lie side by side.

    >>> list(tiles(960))
    [Tile(first=0, last=960, start=0, end=960)]
    >>> [(tile.first, tile.last, tile.start, tile.end) for tile in tiles(2_048)]
    [(0, 1120, 0, 1024), (928, 2048, 1024, 2048)]
    """
    count = 1 if length <= TILE else ceil(length / (TILE - OVERLAP))
    bounds = [round(at * length / count / STEP) * STEP for at in range(count + 1)]
    for start, end in pairwise(bounds):
        yield Tile(max(start - OVERLAP // 2, 0), min(end + OVERLAP // 2, length), start, end)
