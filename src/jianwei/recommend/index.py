"""Rows of items (baskets, people), indexed both ways, so that what goes with an item is counted when it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Index"]

Ints: TypeAlias = NDArray[np.int64]
Columns: TypeAlias = NDArray[np.int32]

_REMEMBERED = 200_000


@dataclass(frozen=True, eq=False)
class Index:
    """A sparse 0/1 matrix of rows and items, by row and by item.

    Attributes:
        offsets, columns: row i holds the items `columns[offsets[i]:offsets[i + 1]]`; int64 [r + 1] and int32.
        item_offsets, item_rows: item j lies in the rows `item_rows[item_offsets[j]:item_offsets[j + 1]]`, ascending; int64 [m + 1], int32.
    """

    offsets: Ints
    columns: Columns
    item_offsets: Ints
    item_rows: Columns

    @classmethod
    def of(cls, offsets: Ints, columns: Columns, items: int) -> Index:
        """From the items of each row; every item at most once in a row.

        >>> index = Index.of(np.array([0, 2, 3]), np.array([0, 1, 1], np.int32), 3)
        >>> index.sizes.tolist(), index.counted_with(1).tolist(), index.common(0, 1)
        ([1, 2, 0], [1, 2, 0], 1)
        """
        holders = np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets))
        sizes = np.bincount(columns, minlength=items)
        by_item = np.argsort(columns, kind="stable")
        item_offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        return cls(offsets.astype(np.int64), columns.astype(np.int32), item_offsets, holders[by_item])

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def sizes(self) -> Ints:
        """Rows with each item, int64 [m]."""
        return np.diff(self.item_offsets)

    def rows_with(self, item: int) -> Columns:
        """Numbers of the rows with an item."""
        return self.item_rows[self.item_offsets[item] : self.item_offsets[item + 1]]

    def size(self, item: int) -> int:
        """Rows with an item."""
        return int(self.item_offsets[item + 1] - self.item_offsets[item])

    def common(self, one: int, other: int) -> int:
        """Rows with both items. Remembered, since frequent items are asked for again and again."""
        pair = (one, other) if one < other else (other, one)
        if (known := self._commons.get(pair)) is not None:
            return known
        if len(self._commons) >= _REMEMBERED:
            self._commons.clear()
        self._commons[pair] = both = self._both(*pair)
        return both

    def _both(self, one: int, other: int) -> int:
        fewer, more = sorted((self.rows_with(one), self.rows_with(other)), key=len)
        if not len(fewer):
            return 0
        places = np.searchsorted(more, fewer)
        places[places == len(more)] = 0
        return int(np.count_nonzero(more[places] == fewer))

    @cached_property
    def _commons(self) -> dict[tuple[int, int], int]:
        return {}

    def counted_with(self, item: int) -> Ints:
        """In how many rows each item lies together with `item`, int64 [m]; itself included."""
        rows = self.rows_with(item)
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        ends = np.cumsum(lengths)
        starts = np.repeat(self.offsets[rows] - ends + lengths, lengths)
        inside = self.columns[starts + np.arange(len(starts))]
        return np.bincount(inside, minlength=len(self.item_offsets) - 1).astype(np.int64)
