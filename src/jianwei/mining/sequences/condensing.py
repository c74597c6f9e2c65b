"""Sequences and those that are one item shorter: which of them say nothing new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jianwei.mining.row_lookup import places
from jianwei.mining.sequences.found import Sequences

__all__ = ["Shorter", "bettered", "shorter_ones", "standing"]

Ints = NDArray[np.int64]

_ROOM = 4_000_000


class Shorter(NamedTuple):
    """Sequences and what is left of them without an item: int64 [m] both, indices of sequences; `left_out` is the place of the item."""

    longer: Ints
    left_out: int
    shorter: Ints


def shorter_ones(found: Sequences) -> Iterator[Shorter]:
    """Every sequence with every one that is found and has one item less, a portion at a time."""
    whole = 2 * found.columns.astype(np.int64) + found.joined
    lengths = found.lengths
    for length in range(2, int(lengths.max(initial=0)) + 1):
        some, every = np.flatnonzero(lengths == length - 1), np.flatnonzero(lengths == length)
        if not len(some):
            continue
        known = whole[found.offsets[some][:, None] + np.arange(length - 1)]
        step = max(1, _ROOM // (length * length))
        for start in range(0, len(every), step):
            longer = every[start : start + step]
            codes = whole[found.offsets[longer][:, None] + np.arange(length)]
            for left_out in range(length):
                at, there = places(known, _without(codes, left_out))
                yield Shorter(longer[there], left_out, some[at[there]])


def standing(found: Sequences, kind: str) -> Ints:
    """The sequences that none with one more item stands for.

    Args:
        found: all frequent sequences.
        kind: "closed": none with one more item has as many persons; "maximal": none with one more item is there.
    """
    stands = np.ones(len(found), bool)
    for one in shorter_ones(found):
        covered = (found.rows[one.shorter] <= found.rows[one.longer]) | (kind == "maximal")
        stands[one.shorter[covered]] = False
    return np.flatnonzero(stands)


def bettered(found: Sequences) -> NDArray[np.bool_]:
    """Whether the last item follows at least as surely without one of the items before it, bool [n].

    Args:
        found: all frequent sequences.
    """
    confidence = found.rows / np.maximum(found.prefix_rows, 1)
    needless = np.zeros(len(found), bool)
    for one in shorter_ones(found):
        before = found.lengths[one.longer] - 1 > one.left_out
        as_sure = confidence[one.shorter] >= confidence[one.longer]
        needless[one.longer[before & as_sure]] = True
    needless[found.lengths < 3] = False
    return needless


def _without(codes: Ints, left_out: int) -> Ints:
    """The sequences less an item: where it was the first of its moment, the next one of the moment is now."""
    less = np.delete(codes, left_out, axis=1)
    if left_out < less.shape[1]:
        began = codes[:, left_out] & 1 == 0
        less[:, left_out] -= began & (less[:, left_out] & 1 == 1)
    return less
