"""Finding rows of numbers among other rows, all at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["places"]

Numbers = NDArray[np.signedinteger]


def places(known: Numbers, wanted: Numbers) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """For each row of `wanted` its place among the rows of `known`, and whether it is there.

    Args:
        known: integers [n, length], n >= 1, different rows in lexicographic order.
        wanted: integers [m, length].

    >>> places(np.array([[1, 2], [1, 3]]), np.array([[1, 3], [2, 2]]))
    (array([1, 1]), array([ True, False]))
    """
    at = np.zeros(len(wanted), np.int64)
    end = np.full(len(wanted), len(known))
    while (searching := at < end).any():  # a binary search of all rows side by side
        middle = np.where(searching, (at + end) // 2, 0)
        less = _before(known[middle], wanted)
        at, end = np.where(searching & less, middle + 1, at), np.where(searching & ~less, middle, end)
    inside = np.minimum(at, len(known) - 1)
    return inside, (known[inside] == wanted).all(axis=1)


def _before(one: Numbers, other: Numbers) -> NDArray[np.bool_]:
    """Whether each row comes before the other one, first cell first."""
    cell = (one != other).argmax(axis=1)[:, None]
    less: NDArray[np.bool_] = np.take_along_axis(one, cell, 1)[:, 0] < np.take_along_axis(other, cell, 1)[:, 0]
    return less
