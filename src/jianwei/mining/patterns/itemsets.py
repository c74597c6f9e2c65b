"""Frequent itemsets as arrays: millions of them in a few bytes each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.mining.baskets.transactions import Labels

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Itemset", "Itemsets", "Kind"]

Kind = Literal["all", "closed", "maximal"]

_PORTION = 8192


class Itemset(NamedTuple):
    """One itemset: its items, the baskets that hold all of them, and their share of all baskets."""

    items: tuple[Any, ...]
    rows: int
    support: float


@dataclass(frozen=True, eq=False)
class Itemsets:
    """Itemsets with their supports, in an order that depends on the baskets alone, not on threads.

    Attributes:
        offsets: int64 [n + 1]; set i is `columns[offsets[i]:offsets[i + 1]]`.
        columns: int32 [offsets[n]], ascending within a set.
        rows: int64 [n]: baskets with all items of the set.
        baskets: number of all baskets.
        labels: item of each column.
        kind: "all" frequent sets, "closed" ones (no larger set is in as many baskets), "maximal" ones (no larger set is frequent).
        min_rows: least number of baskets that was asked for.
        max_length: longest sets that were asked for; None: any length.

    >>> from jianwei.mining import frequent_itemsets
    >>> found = frequent_itemsets([["tea", "cup"], ["tea"], ["tea", "cup"]], min_support=0.5)
    >>> sorted((len(one.items), one.items, one.rows) for one in found)
    [(1, ('cup',), 2), (1, ('tea',), 3), (2, ('cup', 'tea'), 2)]
    """

    offsets: NDArray[np.int64]
    columns: NDArray[np.int32]
    rows: NDArray[np.int64]
    baskets: int
    labels: Labels
    kind: Kind = "all"
    min_rows: int = 1
    max_length: int | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Items in each set, int64 [n]."""
        return np.diff(self.offsets)

    @property
    def support(self) -> NDArray[np.float64]:
        """Share of all baskets that hold the set, float64 [n]."""
        return self.rows / max(self.baskets, 1)

    def take(self, at: NDArray[np.int64]) -> Itemsets:
        """Some of the sets, in the order given."""
        lengths = self.lengths[at]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
        columns = self.columns[np.repeat(self.offsets[at], lengths) + within]
        return replace(self, offsets=offsets, columns=columns, rows=self.rows[at])

    def __getitem__(self, at: int) -> Itemset:
        """The set at a place; negative places count from the end."""
        at = range(len(self))[at]
        columns = self.columns[self.offsets[at] : self.offsets[at + 1]]
        rows = int(self.rows[at])
        return Itemset(self.labels_of(columns), rows, rows / max(self.baskets, 1))

    def __iter__(self) -> Iterator[Itemset]:
        for begin in range(0, len(self), _PORTION):
            offsets = self.offsets[begin : begin + _PORTION + 1]
            items = self.labels_of(self.columns[offsets[0] : offsets[-1]])
            ends = (offsets - offsets[0]).tolist()
            for at, rows in enumerate(self.rows[begin : begin + _PORTION].tolist()):
                yield Itemset(items[ends[at] : ends[at + 1]], rows, rows / max(self.baskets, 1))

    def to_arrow(self) -> pa.Table:
        """Columns items (list), rows, support. Items that Arrow has no type for are written as text."""
        labels = self.labels
        if not isinstance(labels, pa.Array):
            try:
                labels = pa.array(labels)
            except (pa.ArrowException, OverflowError, TypeError, ValueError):
                labels = pa.array([str(label) for label in labels])
        items = labels.take(pa.array(self.columns))
        # Lists of more than 2³¹ cells in all need long offsets.
        kind = pa.ListArray if self.offsets[-1] < 1 << 31 else pa.LargeListArray
        offsets = self.offsets.astype(np.int32) if kind is pa.ListArray else self.offsets
        return pa.table(
            {"items": kind.from_arrays(pa.array(offsets), items), "rows": self.rows, "support": self.support}
        )

    def to_pandas(self) -> pd.DataFrame:
        """As mlxtend gives it: columns support and itemsets (frozensets)."""
        import pandas as pd

        return pd.DataFrame({"support": self.support, "itemsets": [frozenset(one.items) for one in self]})

    def labels_of(self, columns: NDArray[np.int32]) -> tuple[Any, ...]:
        """The items of some columns."""
        if isinstance(self.labels, pa.Array):
            return tuple(self.labels.take(pa.array(columns)).to_pylist())
        return tuple(self.labels[column] for column in columns)
