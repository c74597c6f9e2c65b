"""Closed and maximal sequences, told from all frequent ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jianwei.mining.row_lookup import places
from jianwei.mining.sequences.found import Sequences

__all__ = ["condensed"]

_ROOM = 4_000_000


def condensed(found: Sequences, min_length: int = 1) -> Sequences:
    """Those sequences that no sequence with one more item stands for.

    Args:
        found: all frequent sequences; their kind says what is asked for: "closed" (none with one more item has as many persons) or
            "maximal" (none with one more item is there).
        min_length: shorter ones are left out in the end.
    """
    whole = 2 * found.columns.astype(np.int64) + found.joined
    stays = found.lengths >= min_length
    lengths = found.lengths
    for length in range(2, int(lengths.max(initial=0)) + 1):
        shorter, longer = np.flatnonzero(lengths == length - 1), np.flatnonzero(lengths == length)
        if not len(shorter) or not len(longer):
            continue
        known = _codes(whole, found.offsets, shorter, length - 1)
        step = max(1, _ROOM // (length * length))
        for start in range(0, len(longer), step):
            some = longer[start : start + step]
            codes = _codes(whole, found.offsets, some, length)
            for less, rows in ((_without(codes, left_out), found.rows[some]) for left_out in range(length)):
                at, there = places(known, less)
                covered = there if found.kind == "maximal" else there & (found.rows[shorter[at]] <= rows)
                stays[shorter[at[covered]]] = False
    return found.take(np.flatnonzero(stays))


def _codes(
    whole: NDArray[np.int64], offsets: NDArray[np.int64], at: NDArray[np.int64], length: int
) -> NDArray[np.int64]:
    codes: NDArray[np.int64] = whole[offsets[at][:, None] + np.arange(length)]
    return codes


def _without(codes: NDArray[np.int64], left_out: int) -> NDArray[np.int64]:
    """The sequences less an item: where it was the first of its moment, the next one of the moment is now."""
    less = np.delete(codes, left_out, axis=1)
    if left_out < less.shape[1]:
        began = codes[:, left_out] & 1 == 0
        less[:, left_out] -= began & (less[:, left_out] & 1 == 1)
    return less
