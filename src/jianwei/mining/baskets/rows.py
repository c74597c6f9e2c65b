"""Rows of columns as arrays: put in order, without what stands twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Codes", "Ints", "column_sums", "take_rows", "tidy"]

Ints: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int32]

_CELLS = 1 << 22  # sorted at a time: keeps what is needed beside the rows small


def tidy(offsets: Ints, columns: Codes, width: int) -> tuple[Ints, Codes]:
    """The same rows, ascending and without repetition.

    Args:
        offsets: int64 [r + 1].
        columns: int32 [offsets[r]], below width; -1 is nothing and falls away.
        width: number of columns.

    >>> [part.tolist() for part in tidy(np.array([0, 3, 3, 5]), np.array([2, 0, 2, -1, 1], np.int32), 3)]
    [[0, 2, 2, 3], [0, 2, 1]]
    """
    if (columns < 0).any():
        there = columns >= 0
        before = np.concatenate([[0], np.cumsum(there)])
        offsets, columns = before[offsets], columns[there]
    parts: list[Codes] = []
    ends = [np.zeros(1, np.int64)]
    done = 0
    for first, last in _pieces(offsets):
        begin, end = offsets[first], offsets[last]
        rows = np.arange(last - first + 1, dtype=np.int64) * width
        keys = np.repeat(rows[:-1], np.diff(offsets[first : last + 1]))
        keys += columns[begin:end]
        if (keys[1:] > keys[:-1]).all():
            parts.append(columns[begin:end])
            ends.append(offsets[first + 1 : last + 1] - begin + done)
        else:
            keys.sort()
            fresh = np.ones(len(keys), bool)
            np.not_equal(keys[1:], keys[:-1], out=fresh[1:])
            keys = keys[fresh]
            bounds = np.searchsorted(keys, rows)
            keys -= np.repeat(rows[:-1], np.diff(bounds))
            parts.append(keys.astype(np.int32))
            ends.append(bounds[1:] + done)
        done += len(parts[-1])
    return np.concatenate(ends), np.concatenate(parts) if parts else np.zeros(0, np.int32)


def column_sums(offsets: Ints, columns: Codes, counts: Ints | None, width: int) -> Ints:
    """How often each column occurs, int64 [width]; a row counts as often as `counts` says, int64 [r].

    >>> column_sums(np.array([0, 2, 3]), np.array([0, 1, 1], np.int32), np.array([5, 2]), 3).tolist()
    [5, 7, 0]
    """
    sums = np.zeros(width, np.int64)
    for first, last in _pieces(offsets):
        weights = None if counts is None else np.repeat(counts[first:last], np.diff(offsets[first : last + 1]))
        sums += np.bincount(columns[offsets[first] : offsets[last]], weights, width).astype(np.int64)
    return sums


def take_rows(offsets: Ints, columns: Codes, at: Ints) -> tuple[Ints, Codes]:
    """Some of the rows, in the order given.

    >>> [part.tolist() for part in take_rows(np.array([0, 2, 3]), np.array([4, 5, 6], np.int32), np.array([1, 0]))]
    [[0, 1, 3], [6, 4, 5]]
    """
    sizes = np.diff(offsets)[at]
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return ends, columns[np.repeat(offsets[:-1][at] - ends[:-1], sizes) + np.arange(ends[-1])]


def _pieces(offsets: Ints) -> Iterator[tuple[int, int]]:
    """Ranges of rows with about `_CELLS` cells each."""
    first, rows = 0, len(offsets) - 1
    while first < rows:
        last = int(np.searchsorted(offsets, offsets[first] + _CELLS, "right")) - 1
        last = min(max(last, first + 1), rows)
        yield first, last
        first = last
