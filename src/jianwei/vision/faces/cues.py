"""What tells a photograph from a drawing, as seven numbers. All are taken at one size, so that they do not depend on the picture's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jianwei.vision.faces._base import Pixels
from jianwei.vision.faces.resizing import resized

__all__ = ["CUES", "cues_of"]

CUES = ("flat", "fine", "calm", "slope", "uneven", "upright", "filled")

_SIDE, _BLOCK = 128, 8
_LOWEST, _HIGHEST = 4, 48  # cycles a side, between which the spectrum is looked at
_STRONG, _STILL = 20.0, 1.5  # grey levels from a pixel to the next: an outline, and a plain area


def cues_of(pixels: Pixels) -> NDArray[np.float64]:
    """Seven numbers, in the order of `CUES`.

    flat: share of pixels that differ from no neighbour by more than one grey level (drawings have plain areas).
    fine: how much the grey of a pixel differs from the mean of its four neighbours, median over the pixels that are not at an edge,
        logarithm (grain and texture of photographs).
    calm: spread of the grey in the calmest tenth of the blocks of 8 x 8, logarithm (nothing in a photograph is quite even).
    slope: how fast the power of the spectrum falls with the frequency, both as logarithms (of photographs by -2 to -3; Field 1987).
    uneven: how far the spectrum is from falling evenly (patterns have lines in it).
    upright: share of the grey steps that go straight across or straight down (what is built and grown stands upright; ovals do not).
    filled: share of the outlines that have a plain area beside them.

    Args:
        pixels: uint8 [h, w, 3], RGB.
    """
    small = resized(np.ascontiguousarray(pixels), _SIDE, _SIDE).astype(np.float64)
    grey = small @ (0.299, 0.587, 0.114)
    across, down = np.abs(np.diff(grey, axis=1)), np.abs(np.diff(grey, axis=0))
    return np.array([*_grain(grey, across, down), _calm(grey), *_spectrum(grey), *_outlines(grey, across, down)])


def _grain(grey: NDArray[np.float64], across: NDArray[np.float64], down: NDArray[np.float64]) -> tuple[float, float]:
    """flat and fine."""
    largest = np.maximum(
        np.maximum(across[1:-1, :-1], across[1:-1, 1:]),
        np.maximum(down[:-1, 1:-1], down[1:, 1:-1]),
    )
    around = (grey[1:-1, :-2] + grey[1:-1, 2:] + grey[:-2, 1:-1] + grey[2:, 1:-1]) / 4
    rest = np.abs(grey[1:-1, 1:-1] - around)[largest < _STRONG]
    return float(np.mean(largest <= 1)), float(np.log(0.05 + (np.median(rest) if len(rest) else 20.0)))


def _calm(grey: NDArray[np.float64]) -> float:
    blocks = grey.reshape(_SIDE // _BLOCK, _BLOCK, _SIDE // _BLOCK, _BLOCK).std(axis=(1, 3))
    return float(np.log(0.3 + np.percentile(blocks, 10)))


def _spectrum(grey: NDArray[np.float64]) -> tuple[float, float]:
    """slope and uneven: a straight line through the logarithms of the power on rings of one frequency."""
    window = np.hanning(_SIDE)
    power = np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * np.outer(window, window)))) ** 2
    place = np.arange(_SIDE) - _SIDE // 2
    ring = np.hypot(place[:, None], place).round().astype(np.int64).ravel()
    means = np.bincount(ring, power.ravel()) / np.bincount(ring)
    frequency, height = np.log(np.arange(_LOWEST, _HIGHEST)), np.log(means[_LOWEST:_HIGHEST] + 1e3)
    slope, start = np.polyfit(frequency, height, 1)
    return float(slope), float((height - slope * frequency - start).std())


def _outlines(grey: NDArray[np.float64], across: NDArray[np.float64], down: NDArray[np.float64]) -> tuple[float, float]:
    """upright and filled."""
    from scipy import ndimage

    right, below = across[:-1], down[:, :-1]
    steps = np.hypot(right, below)
    straight = np.minimum(right, below) < 0.15 * steps
    change = np.hypot(ndimage.sobel(grey, 0), ndimage.sobel(grey, 1)) / 8
    beside = ndimage.minimum_filter(change, 5)[:-1, :-1][steps > _STRONG]
    filled = float((beside < _STILL).mean()) if len(beside) > 20 else 0.5
    return float(steps[straight].sum() / max(steps.sum(), 1e-9)), filled
