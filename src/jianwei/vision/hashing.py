"""Perceptual hashes: pictures that look alike differ in few bits.

The DCT hash of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), section 3.2, as in pHash: the
lowest frequencies of a small grey picture, each above or below their median.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn

__all__ = ["NEAR", "hash_distance", "near_groups", "picture_hash"]

NEAR = 6
"""Bits in which two pictures may differ and still count as near-duplicates."""

_SIDE = 32
_LOW = 8


def picture_hash(pixels: NDArray[np.uint8]) -> str:
    """64-bit perceptual hash of a picture.

    Args:
        pixels: uint8 [h, w, 3], RGB.

    Returns:
        16 hex digits. A picture of one colour has only zeros.

    >>> ramp = np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 64, 3))
    >>> picture_hash(ramp) == picture_hash(ramp[::2, ::2]), picture_hash(np.zeros((9, 9, 3), np.uint8))
    (True, '0000000000000000')
    """
    grey = _small(pixels.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32))
    low = dctn(grey, norm="ortho")[1 : _LOW + 1, 1 : _LOW + 1].ravel()
    low[np.abs(low) < 1e-3] = 0.0  # rounding of flat pictures is no pattern
    bits = low > np.median(low)
    return np.packbits(bits).tobytes().hex()


def _small(grey: NDArray[np.float32]) -> NDArray[np.float64]:
    """Means of `_SIDE` x `_SIDE` areas, which may share pixels in parts."""
    return _areas(grey.shape[0]) @ grey.astype(np.float64) @ _areas(grey.shape[1]).T


def _areas(length: int) -> NDArray[np.float64]:
    """[_SIDE, length]: how much of every pixel belongs to every area; rows sum to 1."""
    edges = np.linspace(0, length, _SIDE + 1)
    starts, ends = edges[:-1, None], edges[1:, None]
    pixel = np.arange(length)[None, :]
    shared = np.minimum(ends, pixel + 1) - np.maximum(starts, pixel)
    weights: NDArray[np.float64] = np.clip(shared, 0, None) * _SIDE / length
    return weights


def hash_distance(one: str, other: str) -> int:
    """In how many bits two hashes differ.

    >>> hash_distance("00000000000000ff", "000000000000000f")
    4
    """
    return (int(one, 16) ^ int(other, 16)).bit_count()


def near_groups(hashes: Sequence[str], distance: int = NEAR) -> tuple[tuple[int, ...], ...]:
    """Groups of pictures that hang together by pairs with hashes at most `distance` bits apart.

    Args:
        hashes: 16 hex digits each.
        distance: 0 to 64.

    Returns:
        positions in `hashes`, ascending within a group; groups of two and more, in the order of their first.

    >>> near_groups(["00000000000000ff", "ffff000000000000", "000000000000007f"])
    ((0, 2),)
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    values = np.array([int(text, 16) for text in hashes], np.uint64)
    unique, at = np.unique(values, return_inverse=True)
    pairs = _near_pairs(unique, distance)
    links = coo_array((np.ones(len(pairs), np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(unique), len(unique)))
    _, of = connected_components(links, directed=False)
    members: dict[int, list[int]] = {}
    for position, group in enumerate(of[at]):
        members.setdefault(int(group), []).append(position)
    return tuple(sorted(tuple(group) for group in members.values() if len(group) > 1))


def _near_pairs(values: NDArray[np.uint64], distance: int) -> NDArray[np.int64]:
    """[n, 2]: all pairs of distinct values at most `distance` bits apart."""
    found = [np.empty((0, 2), np.int64)]
    for at in range(len(values) - 1):
        near = np.flatnonzero(np.bitwise_count(values[at + 1 :] ^ values[at]) <= distance)
        found.append(np.column_stack([np.full(len(near), at), near + at + 1]))
    return np.concatenate(found)
