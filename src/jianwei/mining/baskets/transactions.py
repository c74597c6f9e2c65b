"""What is mined: which items lie in which basket, without a cell for those that do not."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["Labels", "Transactions"]

Ints: TypeAlias = NDArray[np.int64]
Columns: TypeAlias = NDArray[np.int32]
Labels: TypeAlias = "tuple[Hashable, ...] | pa.Array"
"""The item of each column: any values that can be keys, or an Arrow array."""


@dataclass(frozen=True, eq=False)
class Transactions:
    """Baskets as the rows of a sparse 0/1 matrix.

    Attributes:
        offsets: int64 [r + 1]; row i holds `columns[offsets[i]:offsets[i + 1]]`.
        columns: int32 [offsets[r]], ascending and different within a row, each below len(labels).
        labels: item of each column.
        counts: int64 [r]: how many baskets each row stands for; None when it is one each.
    """

    offsets: Ints
    columns: Columns
    labels: Labels
    counts: Ints | None = None

    @classmethod
    def of(cls, baskets: Iterable[Iterable[Hashable]]) -> Transactions:
        """From baskets of items; an item counts once in a basket. See `read_baskets` for everything else that holds baskets.

        >>> few = Transactions.of([["tea", "cup"], ["tea", "tea"], []])
        >>> len(few), few.item_rows.tolist(), few.labels
        (3, [1, 2], ('cup', 'tea'))
        """
        rows = [set(basket) for basket in baskets]
        known: set[Any] = set().union(*rows)
        try:
            labels = tuple(sorted(known))
        except TypeError:  # items of several kinds: in order of first occurrence
            labels = tuple(dict.fromkeys(item for row in rows for item in row))
        number = {label: column for column, label in enumerate(labels)}
        sizes = np.array([0, *map(len, rows)], np.int64)
        columns = [column for row in rows for column in sorted(number[item] for item in row)]
        return cls(np.cumsum(sizes), np.array(columns, np.int32), labels)

    def __len__(self) -> int:
        """The number of baskets, empty ones among them."""
        return len(self.offsets) - 1 if self.counts is None else int(self.counts.sum())

    @cached_property
    def item_rows(self) -> Ints:
        """Baskets with each item, int64 [items]."""
        weights = None if self.counts is None else np.repeat(self.counts, np.diff(self.offsets))
        return np.bincount(self.columns, weights, len(self.labels)).astype(np.int64)

    def labels_of(self, columns: Iterable[int]) -> tuple[Any, ...]:
        """The items of some columns."""
        if isinstance(self.labels, pa.Array):
            return tuple(self.labels.take(pa.array(columns, pa.int64())).to_pylist())
        return tuple(self.labels[column] for column in columns)
