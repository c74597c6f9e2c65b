"""Which texts are nearly the same: the exact Jaccard similarity of sets of characters' trigrams, without comparing all with all.

Two sets that share most of their members share one of their rarest: if J(a, b) >= t, then the rarest |a| - ceil(t·|a|) + 1 members of a
and the rarest |b| - ceil(t·|b|) + 1 of b meet (prefix filtering; Chaudhuri, Ganti & Kaushik, "A Primitive Operator for Similarity Joins",
ICDE 2006). Only texts that meet so, and whose sizes allow it, are compared. Nothing is left to chance, and nothing is missed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["Near", "near_duplicates"]

_BLOCK = 1024
_MOST = 2_000_000

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Near:
    """The nearest of many others for each of n texts.

    Attributes:
        at: int64 [n], which of the others; -1 where none is near enough.
        similarity: float64 [n], its Jaccard similarity; 0 where there is none.
    """

    at: Ints
    similarity: NDArray[np.float64]


def near_duplicates(
    texts: Sequence[str],
    others: Sequence[str],
    threshold: float,
    advance: Callable[[int], None] = lambda texts: None,
) -> Near:
    """For every text the most similar of the others, the earlier one when two are equally near.

    Args:
        texts: n texts.
        others: m texts.
        threshold: the least similarity that counts, above 0, at most 1.
        advance: told of texts as they are done.

    >>> near_duplicates(["房间很大，服务也不错"], ["位置好", "房间很大，服务也不错的"], 0.7).at.tolist()
    [1]
    """
    sets = _sets([*texts, *others])
    sizes = np.diff(sets.indptr)
    needed = np.ceil(threshold * sizes - 1e-9).astype(np.int64)
    rarest = _first(sets, sizes - needed + 1)
    count = len(texts)
    wanted, theirs = sets[count:], rarest[count:].T.tocsr()
    at, similarity = np.full(count, -1), np.zeros(count)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        mine, other = (rarest[start:stop] @ theirs).nonzero()
        mine = mine.astype(np.int64) + start
        here, there = sizes[mine], sizes[count + other]
        possible = np.minimum(here, there) >= threshold * np.maximum(here, there) - 1e-9
        mine, other = mine[possible], other[possible].astype(np.int64)
        for first in range(0, len(mine), _MOST // 100):
            _keep_best(
                sets,
                wanted,
                mine[first : first + _MOST // 100],
                other[first : first + _MOST // 100],
                threshold,
                at,
                similarity,
            )
        advance(stop - start)
    return Near(at, similarity)


def _keep_best(
    sets: csr_array,
    wanted: csr_array,
    mine: Ints,
    other: Ints,
    threshold: float,
    at: Ints,
    similarity: NDArray[np.float64],
) -> None:
    """Compare pairs, and put those that are nearer than what is known into `at` and `similarity`."""
    if not len(mine):
        return
    ours, theirs = sets[mine], wanted[other]
    shared = np.asarray(ours.multiply(theirs).sum(axis=1)).ravel()
    found = shared / (np.diff(ours.indptr) + np.diff(theirs.indptr) - shared)
    order = np.lexsort((other, -found, mine))
    best = order[np.flatnonzero(np.r_[True, np.diff(mine[order]) != 0])]
    best = best[(found[best] >= threshold - 1e-9) & (found[best] > similarity[mine[best]])]
    at[mine[best]], similarity[mine[best]] = other[best], found[best]


def _sets(texts: Sequence[str]) -> csr_array:
    """0/1 csr [n, trigrams]: a text's distinct trigrams, in each row the rarest first; a text below three characters is one."""
    padded = [text if len(text) > 2 else text.ljust(3, "\0") for text in texts]
    codes = np.frombuffer("".join(padded).encode("utf-32-le"), np.uint32).astype(np.int64)
    sizes = np.fromiter(map(len, padded), np.int64, len(texts)) - 2
    rows = np.repeat(np.arange(len(texts)), sizes)
    starts = np.arange(len(rows)) + 2 * rows
    grams = codes[starts] | codes[starts + 1] << 21 | codes[starts + 2] << 42
    _, ids = np.unique(grams, return_inverse=True)
    width = int(ids.max(initial=-1)) + 1
    cells = np.unique(rows * max(width, 1) + ids)
    rows, ids = np.divmod(cells, max(width, 1))
    rank = np.empty(width, np.int64)
    rank[np.argsort(np.bincount(ids, minlength=width), kind="stable")] = np.arange(width)
    cells = np.sort(rows * max(width, 1) + rank[ids])
    ends = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(texts)))])
    return csr_array((np.ones(len(cells), np.int32), cells % max(width, 1), ends), (len(texts), max(width, 1)))


def _first(sets: csr_array, sizes: Ints) -> csr_array:
    """The same rows with their first `sizes` members."""
    place = np.arange(sets.nnz) - np.repeat(sets.indptr[:-1], np.diff(sets.indptr))
    kept = place < np.repeat(sizes, np.diff(sets.indptr))
    ends = np.concatenate([[0], np.cumsum(kept)])[sets.indptr]
    return csr_array((sets.data[kept], sets.indices[kept], ends), sets.shape)
