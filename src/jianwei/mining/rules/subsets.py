"""Looking itemsets up by their items, millions at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.mining.patterns.itemsets import Itemsets

__all__ = ["SetIndex"]

Ints: TypeAlias = NDArray[np.int64]
Keys: TypeAlias = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class SetIndex:
    """Itemsets by the sum of random keys of their items: the key of a part is that of the whole less that of the rest.

    Attributes:
        itemsets: what is looked up in.
        item_keys: uint64 [labels].
        set_keys: uint64 [n]; all different.
        order: int64 [n]: the sets in the order of their keys.
        sorted_keys: uint64 [n].
        singles: int64 [labels]: place of the set of one item alone, -1 where it is not there.
    """

    itemsets: Itemsets
    item_keys: Keys
    set_keys: Keys
    order: Ints
    sorted_keys: Keys
    singles: Ints

    @classmethod
    def of(cls, itemsets: Itemsets) -> SetIndex:
        """The index of some itemsets."""
        singles = np.full(len(itemsets.labels), -1, np.int64)
        alone = np.flatnonzero(itemsets.lengths == 1)
        singles[itemsets.columns[itemsets.offsets[alone]]] = alone
        seed = 0
        while True:
            # Two sets with one key are as good as impossible; then other keys are drawn.
            item_keys = np.random.default_rng(seed).integers(
                0, 1 << 64, len(itemsets.labels), np.uint64, endpoint=False
            )
            sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(item_keys[itemsets.columns], dtype=np.uint64)])
            set_keys = np.diff(sums[itemsets.offsets])
            order = np.argsort(set_keys, kind="stable")
            sorted_keys = set_keys[order]
            if len(order) < 2 or bool((sorted_keys[1:] != sorted_keys[:-1]).all()):
                return cls(itemsets, item_keys, set_keys, order, sorted_keys, singles)
            seed += 1

    def place(self, keys: Keys) -> Ints:
        """Places of sets that are known to be there, by their keys alone, int64 [m]."""
        return self.order[np.searchsorted(self.sorted_keys, keys)]

    def find(self, keys: Keys, cells: NDArray[np.int32]) -> Ints:
        """Places of sets given by their keys and, to be sure, their items.

        Args:
            keys: uint64 [m].
            cells: int32 [m, length], ascending in each row.

        Returns:
            int64 [m]; -1 where there is no such set.
        """
        if not len(self.order):
            return np.full(len(keys), -1, np.int64)
        if cells.shape[1] == 1:
            return self.singles[cells[:, 0]]
        at = np.minimum(np.searchsorted(self.sorted_keys, keys), len(self.order) - 1)
        found = self.order[at]
        right = (self.sorted_keys[at] == keys) & (self.itemsets.lengths[found] == cells.shape[1])
        begin = np.where(right, self.itemsets.offsets[found], 0)
        for place in range(cells.shape[1]):
            column = self.itemsets.columns[np.minimum(begin + place, len(self.itemsets.columns) - 1)]
            right &= column == cells[:, place]
        return np.where(right, found, -1)

    def without(self, sets: Ints, columns: NDArray[np.int32]) -> Ints:
        """Places of sets less one of their items each.

        Args:
            sets: int64 [m]: places of sets with at least two items.
            columns: int32 [m]: the item of each to leave out.

        Returns:
            int64 [m]; -1 where there is no such set.
        """
        found = np.empty(len(sets), np.int64)
        lengths = self.itemsets.lengths[sets]
        keys = self.set_keys[sets] - self.item_keys[columns]
        for length in np.unique(lengths):
            mine = np.flatnonzero(lengths == length)
            cells = self.itemsets.columns[self.itemsets.offsets[sets[mine]][:, None] + np.arange(length)]
            rest = cells[cells != columns[mine][:, None]].reshape(len(mine), int(length) - 1)
            found[mine] = self.find(keys[mine], rest)
        return found
