"""Perceptual hashes: pictures that look alike differ in few bits.

The DCT hash of pHash (C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2): the picture in
32 x 32 grey areas, its 8 x 8 lowest frequencies without those along one axis only, each above or below their median.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["NEAR", "hash_distance", "near_groups", "picture_hash"]

NEAR = 6
"""Bits in which two pictures may differ and still count as near-duplicates, about a tenth: room for other compression, another size, a
hundredth cut off. Of unrelated pictures 32 ± 4 bits differ; were all bits free, 0.02 pairs among 100,000 pictures would lie this near."""

_SIDE = 32
_LOW = 8
_LUMA = np.array([0.299, 0.587, 0.114])
_PATTERN = 0.05
"""Grey levels; frequencies that are weaker are rounding, not a pattern."""
_BLOCK = 1 << 24


def picture_hash(pixels: NDArray[np.uint8]) -> str:
    """64-bit perceptual hash of a picture.

    Args:
        pixels: uint8 [h, w, 3], RGB.

    Returns:
        16 hex digits; only zeros where there is no pattern (one colour, one ramp along an axis).

    >>> tiles = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8).repeat(40, axis=0).repeat(40, axis=1)
    >>> hash_distance(picture_hash(tiles), picture_hash(tiles[::2, ::4])) <= NEAR
    True
    >>> picture_hash(np.full((9, 9, 3), 77, np.uint8))
    '0000000000000000'
    """
    from scipy.fft import dctn

    low = dctn(_areas(pixels), norm="ortho")[1 : _LOW + 1, 1 : _LOW + 1].ravel()
    low[np.abs(low) < _PATTERN] = 0.0
    return np.packbits(low > np.median(low)).tobytes().hex()


def _areas(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """[_SIDE, _SIDE]: mean grey of equal areas, which share the pixels at their borders. Strip by strip: large pictures are not copied."""
    columns = _shares(pixels.shape[1])
    rows = []
    for share in _shares(pixels.shape[0]):
        (inside,) = np.nonzero(share)
        first, last = inside[0], inside[-1] + 1
        strip = np.tensordot(share[first:last], pixels[first:last].astype(np.float64), axes=1)
        rows.append(columns @ (strip @ _LUMA))
    return np.stack(rows)


def _shares(length: int) -> NDArray[np.float64]:
    """[_SIDE, length]: how much of every pixel belongs to every area; rows sum to 1."""
    edges = np.linspace(0, length, _SIDE + 1)
    pixel = np.arange(length)
    shared = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    shares: NDArray[np.float64] = np.clip(shared, 0, None) * _SIDE / length
    return shares


def hash_distance(one: str, other: str) -> int:
    """In how many bits two hashes differ.

    >>> hash_distance("00000000000000ff", "000000000000000f")
    4
    """
    return (int(one, 16) ^ int(other, 16)).bit_count()


def near_groups(hashes: Sequence[str], distance: int = NEAR) -> tuple[tuple[int, ...], ...]:
    """Groups of pictures that hang together by pairs with hashes at most `distance` bits apart. Exact.

    Of `distance` + 1 bands of bits two near hashes share one at least, so only those that share a band are compared.

    Args:
        hashes: 16 hex digits each. One of only zeros shows no pattern and joins no group.
        distance: 0 to 64.

    Returns:
        positions in `hashes`, ascending within a group; groups of two and more, in the order of their first.

    >>> near_groups(["00000000000000ff", "ffff000000000000", "000000000000007f", "0" * 16])
    ((0, 2),)
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    numbers = np.array([int(text, 16) for text in hashes], np.uint64)
    places = np.flatnonzero(numbers)
    values, at = np.unique(numbers[places], return_inverse=True)
    links = np.concatenate([np.empty((0, 2), np.int64), *_links(values, distance)])
    edges = coo_array((np.ones(len(links), np.int8), (links[:, 0], links[:, 1])), shape=(len(values), len(values)))
    _, groups = connected_components(edges, directed=False)
    members: dict[int, list[int]] = {}
    for place, group in zip(places.tolist(), groups[at].tolist(), strict=True):
        members.setdefault(group, []).append(place)
    return tuple(sorted(tuple(group) for group in members.values() if len(group) > 1))


def _links(values: NDArray[np.uint64], distance: int) -> Iterator[NDArray[np.int64]]:
    """[n, 2] at a time: enough pairs of near values to tell which hang together."""
    if distance >= 64:  # then every hash is near every other
        yield np.column_stack([np.arange(len(values) - 1), np.arange(1, len(values))])
        return
    bands = distance + 1
    edges = np.linspace(0, 64, bands + 1).astype(int)
    for low, high in pairwise(edges):
        band = values >> np.uint64(low) & np.uint64((1 << int(high - low)) - 1)
        order = np.argsort(band, kind="stable")
        for alike in np.split(order, np.flatnonzero(np.diff(band[order])) + 1):
            if len(alike) > 1:
                yield from _near(values, alike, distance)


def _near(values: NDArray[np.uint64], alike: NDArray[np.int64], distance: int) -> Iterator[NDArray[np.int64]]:
    """The near ones among `alike`, every value with every later one."""
    step = max(1, _BLOCK // len(alike))
    mine = values[alike]
    for start in range(0, len(alike), step):
        far = np.bitwise_count(mine[start : start + step, None] ^ mine[None, start:])
        rows, columns = np.nonzero(far <= distance)
        later = columns > rows
        if later.any():
            yield np.column_stack([alike[start + rows[later]], alike[start + columns[later]]])
