"""What tells a photograph from a drawing, as four numbers. All are taken at one size, so that they do not depend on the picture's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jianwei.vision.faces._base import Pixels
from jianwei.vision.faces.resizing import resized

__all__ = ["CUES", "cues_of"]

CUES = ("flat", "fine", "sharp", "middle")

_SIDE = 128


def cues_of(pixels: Pixels) -> NDArray[np.float64]:
    """Four numbers, in the order of `CUES`.

    flat: share of pixels that differ from no neighbour by more than one grey level (drawings have plain areas).
    fine: how much the grey of a pixel differs from the mean of its four neighbours, median over the pixels that are not at an edge,
        logarithm (grain and texture of photographs).
    sharp: share of the strongest grey steps in the sum of all steps (outlines).
    middle: share of pixels whose grey is none of the eight most frequent greys nor next to one.

    Args:
        pixels: uint8 [h, w, 3], RGB.
    """
    small = resized(np.ascontiguousarray(pixels), _SIDE, _SIDE).astype(np.float64)
    grey = small @ (0.299, 0.587, 0.114)
    across, down = np.abs(np.diff(grey, axis=1)), np.abs(np.diff(grey, axis=0))
    steps = np.concatenate([across.ravel(), down.ravel()])
    largest = np.maximum(
        np.maximum(across[1:-1, :-1], across[1:-1, 1:]),
        np.maximum(down[:-1, 1:-1], down[1:, 1:-1]),
    )
    around = (grey[1:-1, :-2] + grey[1:-1, 2:] + grey[:-2, 1:-1] + grey[2:, 1:-1]) / 4
    rest = np.abs(grey[1:-1, 1:-1] - around)
    calm = rest[largest < 20]
    strongest = np.sort(steps)[-len(steps) // 20 :]
    greys = np.bincount(grey.round().astype(np.int64).ravel(), minlength=256)
    near = np.zeros(256, bool)
    for grey_level in np.argsort(-greys, kind="stable")[:8]:
        near[max(0, grey_level - 1) : grey_level + 2] = True
    return np.array(
        [
            np.mean(largest <= 1),
            np.log(0.05 + (np.median(calm) if len(calm) else 20.0)),
            strongest.sum() / max(steps.sum(), 1e-9),
            1 - greys[near].sum() / greys.sum(),
        ]
    )
