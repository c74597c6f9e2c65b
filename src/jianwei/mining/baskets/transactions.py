"""What is mined: which items lie in which basket, without a cell for those that do not."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa

from jianwei.mining.baskets.rows import Codes, Ints, column_sums, take_rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Labels", "Transactions"]

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
    columns: Codes
    labels: Labels
    counts: Ints | None = None

    @classmethod
    def of(cls, baskets: Iterable[Iterable[Hashable]]) -> Transactions:
        """From baskets of items; an item counts once in a basket. See `read_baskets` for everything else that holds baskets.

        >>> few = Transactions.of([["tea", "cup"], ["tea", "tea"], []])
        >>> len(few), few.item_rows.tolist(), few.labels
        (3, [1, 2], ('cup', 'tea'))
        """
        from jianwei.mining.baskets.lists import from_lists

        return cls(*from_lists(baskets))

    def __len__(self) -> int:
        """The number of baskets, empty ones among them."""
        return len(self.offsets) - 1 if self.counts is None else int(self.counts.sum())

    @cached_property
    def item_rows(self) -> Ints:
        """Baskets with each item, int64 [items]."""
        return column_sums(self.offsets, self.columns, self.counts, len(self.labels))

    @property
    def arrow_labels(self) -> pa.Array:
        """The labels as an Arrow array.

        Raises:
            pa.ArrowInvalid: items of several kinds.
        """
        return self.labels if isinstance(self.labels, pa.Array) else pa.array(self.labels)

    def labels_of(self, columns: Iterable[int]) -> tuple[Any, ...]:
        """The items of some columns."""
        if isinstance(self.labels, pa.Array):
            return tuple(self.labels.take(pa.array(columns, pa.int64())).to_pylist())
        return tuple(self.labels[column] for column in columns)

    def to_csr(self) -> csr_array:
        """A row a basket, a column an item, uint8 ones; rows that stand for several baskets are repeated.

        >>> Transactions.of([["tea", "cup"], ["tea"]]).to_csr().toarray().tolist()
        [[1, 1], [0, 1]]
        """
        from scipy.sparse import csr_array

        offsets, columns = self.offsets, self.columns
        if self.counts is not None:
            offsets, columns = take_rows(offsets, columns, np.repeat(np.arange(len(offsets) - 1), self.counts))
        ones = np.ones(len(columns), np.uint8)
        return csr_array((ones, columns, offsets), shape=(len(offsets) - 1, len(self.labels)))
