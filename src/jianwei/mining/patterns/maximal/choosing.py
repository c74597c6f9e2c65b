"""Choosing the maximal sets: those that lie in no other one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jianwei.common.compiled import kernels

__all__ = ["maximal_of"]

# Items in more than one of so many sets have a bitmap; reading that is then quicker than trying the sets one by one.
_OFTEN = 256
_MOST_BITMAPS = 1 << 27  # words, one gigabyte


def maximal_of(offsets: NDArray[np.int64], columns: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Which of some different sets are part of no other one, bool [n].

    Args:
        offsets: int64 [n + 1].
        columns: int32 [offsets[n]], ascending within a set.

    >>> maximal_of(np.array([0, 1, 3]), np.array([1, 0, 1], np.int32)).tolist()
    [False, True]
    """
    sets = len(offsets) - 1
    if not sets:
        return np.zeros(0, bool)
    lengths = np.diff(offsets)
    order = np.argsort(-lengths, kind="stable")
    ends = np.cumsum(lengths[order])
    sorted_offsets = np.concatenate([[0], ends])
    within = np.arange(ends[-1]) - np.repeat(sorted_offsets[:-1], lengths[order])
    cells = columns[np.repeat(offsets[:-1][order], lengths[order]) + within]
    # Numbered anew: only items that occur.
    items, cells = np.unique(cells, return_inverse=True)
    cells = cells.astype(np.int32)
    holders = np.repeat(np.arange(sets), lengths[order])[np.argsort(cells, kind="stable")]
    number = np.bincount(cells, minlength=len(items))
    begins = np.concatenate([[0], np.cumsum(number)])
    width = (sets + 63) // 64
    often = np.flatnonzero(number > max(64, sets // _OFTEN))
    often = often[np.argsort(-number[often], kind="stable")][: max(1, _MOST_BITMAPS // width)]
    bitmap = np.full(len(items), -1, np.int32)
    bitmap[often] = np.arange(len(often), dtype=np.int32)
    bitmaps = np.zeros(max(1, len(often)) * width, np.int64)
    for at, item in enumerate(often.tolist()):
        mine = holders[begins[item] : begins[item + 1]]
        bits = np.zeros(width * 64, np.uint8)
        bits[mine] = 1
        bitmaps[at * width : (at + 1) * width] = np.packbits(bits, bitorder="little").view("<i8")
    found = np.empty(sets, np.uint8)
    kernels("jianwei.mining.patterns.maximal.compiled_kernels")["inside"](
        cells, sorted_offsets, sets, begins, holders, bitmap, bitmaps, width, np.empty(width, np.int64), found
    )
    chosen = np.empty(sets, bool)
    chosen[order] = found == 0
    return chosen
