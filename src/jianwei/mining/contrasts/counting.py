"""In how many baskets given itemsets lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.patterns.itemsets import Itemsets

__all__ = ["rows_in"]

_BLOCK = 1 << 18
_ROOM = 1 << 25


def rows_in(baskets: Transactions, sets: Itemsets) -> NDArray[np.int64]:
    """Baskets with all items of each set, int64 [sets].

    Args:
        baskets: their columns mean the same as those of the sets.
        sets: any itemsets.

    Items are bitmaps over the baskets, a block of them at a time; a set is the AND of its items.

    >>> from jianwei.mining import Transactions, frequent_itemsets
    >>> some = Transactions.of([["cup", "tea"], ["tea"]])
    >>> rows_in(some, frequent_itemsets(some, 1)).tolist()
    [1, 1, 2]
    """
    rows = np.zeros(len(sets), np.int64)
    used, columns = np.unique(sets.columns, return_inverse=True)
    number = np.full(len(baskets.labels), -1, np.int64)
    number[used] = np.arange(len(used))
    size = len(baskets.offsets) - 1
    for begin in range(0, size, _BLOCK):
        end = min(begin + _BLOCK, size)
        bits = _bitmaps(baskets, begin, end, number, len(used))
        weights = None if baskets.counts is None else baskets.counts[begin:end]
        for length in np.unique(sets.lengths):
            at = np.flatnonzero(sets.lengths == length)
            step = max(1, _ROOM // max(bits.shape[1] * (1 if weights is None else 64), 1))
            for first in range(0, len(at), step):
                some = at[first : first + step]
                rows[some] += _common(
                    bits, columns[sets.offsets[some][:, None] + np.arange(length)], weights, end - begin
                )
    return rows


def _bitmaps(baskets: Transactions, begin: int, end: int, number: NDArray[np.int64], items: int) -> NDArray[np.uint64]:
    """One bit for each basket from `begin` to before `end`, for each item with a number: uint64 [items, words]."""
    cells = slice(int(baskets.offsets[begin]), int(baskets.offsets[end]))
    item = number[baskets.columns[cells]]
    row = np.repeat(np.arange(end - begin), np.diff(baskets.offsets[begin : end + 1]))[item >= 0]
    item = item[item >= 0]
    bits = np.zeros((items, -(-(end - begin) // 64)), np.uint64)
    # A basket holds an item once, so that adding up bits never carries.
    np.add.at(bits.reshape(-1), item * bits.shape[1] + row // 64, np.uint64(1) << (row % 64).astype(np.uint64))
    return bits


def _common(
    bits: NDArray[np.uint64], columns: NDArray[np.int64], weights: NDArray[np.int64] | None, size: int
) -> NDArray[np.int64]:
    """Baskets that have all columns of each row of `columns`."""
    both = bits[columns[:, 0]]
    for place in range(1, columns.shape[1]):
        both &= bits[columns[:, place]]
    if weights is None:
        rows: NDArray[np.int64] = np.bitwise_count(both).sum(axis=1, dtype=np.int64)
        return rows
    each = np.unpackbits(both.astype("<u8").view(np.uint8), axis=1, count=size, bitorder="little")
    total: NDArray[np.int64] = each.astype(np.int64) @ weights
    return total
