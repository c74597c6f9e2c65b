"""Fisher's exact test, one side, for many tables at once."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

__all__ = ["fisher"]

Floats: TypeAlias = NDArray[np.float64]


def fisher(both: ArrayLike, whole: ArrayLike, after: ArrayLike, before: ArrayLike) -> Floats:
    """Fisher's exact test, one side: P(X >= both) for the marked ones among `before` draws from `whole` of which `after` are marked.

    The tail away from the mean is summed term by term, all tests at once: each term follows from the one before by a ratio, and they
    fall off quickly. (scipy's `hypergeom.sf` does the same one test at a time.)

    Args:
        both, whole, after, before: integers, broadcast to [n].

    >>> fisher([8, 0], 20, 10, 10).round(4).tolist()
    [0.0115, 1.0]
    """
    given = (np.atleast_1d(np.asarray(x, np.float64)) for x in (both, whole, after, before))
    k, total, marked, drawn = np.broadcast_arrays(*given)
    above = k * total > marked * drawn
    start = np.where(above, k, k - 1)
    lowest = np.maximum(0.0, drawn + marked - total)
    possible = (start >= lowest) & (start <= np.minimum(marked, drawn))
    at = np.where(possible, start, lowest)
    log_first = _log_choose(marked, at) + _log_choose(total - marked, drawn - at) - _log_choose(total, drawn)
    sums = np.ones(k.shape)
    left = np.flatnonzero(possible)
    term, i = np.ones(len(left)), at[left]
    while len(left):
        m, d, rest, up = marked[left], drawn[left], (total - marked - drawn)[left], above[left]
        term = term * np.where(
            up, (m - i) * (d - i) / ((i + 1) * (rest + i + 1)), i * (rest + i) / ((m - i + 1) * (d - i + 1))
        )
        sums[left] += term
        going = term > 1e-16 * sums[left]
        left, term, i = left[going], term[going], np.where(up, i + 1, i - 1)[going]
    tail = np.where(possible, np.exp(log_first) * sums, 0.0)
    return np.clip(np.where(above, tail, 1 - tail), 0.0, 1.0)


def _log_choose(n: Floats, k: Floats) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))
