"""Frequent sequences as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.mining.baskets.transactions import Labels
from jianwei.mining.label_arrays import as_array
from jianwei.mining.patterns.itemsets import Kind

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Sequence", "Sequences"]

Ints = NDArray[np.int64]

_PORTION = 8192


class Sequence(NamedTuple):
    """One sequence: its moments, each with its items; the persons with it, and their share of all persons."""

    moments: tuple[tuple[Any, ...], ...]
    rows: int
    support: float


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences with their supports: by columns, each before those that begin with it.

    Attributes:
        offsets: int64 [n + 1]; sequence i is `columns[offsets[i]:offsets[i + 1]]`.
        columns: int32 [offsets[n]], in the order of time, ascending within a moment.
        joined: bool [offsets[n]]: the item is of the same moment as the one before it.
        rows: int64 [n]: persons with the sequence.
        prefix_rows: int64 [n]: persons with the sequence less its last item; all persons for one item.
        persons: number of all persons.
        item_rows: int64 [items]: persons with each item at all.
        labels: item of each column.
        kind: see `frequent_sequences`.
        min_rows: least number of persons that was asked for.

    >>> from jianwei.mining import frequent_sequences
    >>> for one in frequent_sequences([["tea", "cup"], ["tea", "pot", "cup"], ["pot"]], 2):
    ...     print(one.moments, one.rows)
    (('cup',),) 2
    (('pot',),) 2
    (('tea',),) 2
    (('tea',), ('cup',)) 2
    """

    offsets: Ints
    columns: NDArray[np.int32]
    joined: NDArray[np.bool_]
    rows: Ints
    prefix_rows: Ints
    persons: int
    item_rows: Ints
    labels: Labels
    kind: Kind = "all"
    min_rows: int = 1

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def lengths(self) -> Ints:
        """Items in each sequence, int64 [n]."""
        return np.diff(self.offsets)

    @property
    def support(self) -> NDArray[np.float64]:
        """Share of all persons, float64 [n]."""
        return self.rows / max(self.persons, 1)

    def take(self, at: Ints) -> Sequences:
        """Some of the sequences, in the order given."""
        lengths = self.lengths[at]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        cells = np.repeat(self.offsets[at] - offsets[:-1], lengths) + np.arange(offsets[-1])
        return Sequences(
            offsets,
            self.columns[cells],
            self.joined[cells],
            self.rows[at],
            self.prefix_rows[at],
            self.persons,
            self.item_rows,
            self.labels,
            self.kind,
            self.min_rows,
        )

    def __getitem__(self, at: int) -> Sequence:
        """The sequence at a place; negative places count from the end."""
        return next(iter(self.take(np.array([range(len(self))[at]]))))

    def __iter__(self) -> Iterator[Sequence]:
        labels = self.labels.to_pylist() if isinstance(self.labels, pa.Array) else self.labels
        for begin in range(0, len(self), _PORTION):  # lists of Python's numbers take room
            some = self.take(np.arange(begin, min(begin + _PORTION, len(self))))
            items = [labels[column] for column in some.columns.tolist()]
            begins = np.flatnonzero(~some.joined)
            moments = [tuple(items[a:b]) for a, b in pairwise([*begins.tolist(), len(items)])]
            bounds = pairwise(np.searchsorted(begins, some.offsets).tolist())
            for (first, end), rows in zip(bounds, some.rows.tolist(), strict=True):
                yield Sequence(tuple(moments[first:end]), rows, rows / max(self.persons, 1))

    def to_arrow(self) -> pa.Table:
        """Columns moments (list of lists of items), rows, support. Items that Arrow has no type for are written as text."""
        begins = np.flatnonzero(~self.joined)
        each = pa.ListArray.from_arrays(_int32(np.append(begins, len(self.columns))), self.items())
        of_sequence = np.searchsorted(begins, self.offsets)
        moments = pa.ListArray.from_arrays(_int32(of_sequence), each)
        return pa.table({"moments": moments, "rows": self.rows, "support": self.support})

    def to_pandas(self) -> pd.DataFrame:
        """The same as a DataFrame."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def items(self) -> pa.Array:
        """The item of each of `columns`."""
        return as_array(self.labels).take(pa.array(self.columns))


def _int32(values: Ints) -> pa.Array:
    return pa.array(values.astype(np.int32))
