"""Itemsets that differ between two groups, as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.mining.baskets.transactions import Labels
from jianwei.mining.contrasts.testing import odds_ratio
from jianwei.mining.label_arrays import as_array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ContrastSet", "Contrasts"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class ContrastSet(NamedTuple):
    """One itemset: baskets with it and their share in each group, and how sure the difference is."""

    items: tuple[Any, ...]
    left_rows: int
    right_rows: int
    left_support: float
    right_support: float
    q_value: float


@dataclass(frozen=True, eq=False)
class Contrasts:
    """Itemsets with their supports in two groups of baskets: the surest first, then the largest differences, fewer items, columns.

    Attributes:
        offsets: int64 [n + 1]; set i is `columns[offsets[i]:offsets[i + 1]]`.
        columns: int32 [offsets[n]], ascending within a set.
        left_rows, right_rows: int64 [n]: baskets of each group with all items of the set.
        left_baskets, right_baskets: all baskets of each group.
        p_value, q_value: float64 [n]: see `contrast_sets`; the second is corrected for all sets tested.
        expected_growth: float64 [n]: the growth that a set's parts make one expect; 1 for a single item.
        tested: number of sets that were tested.
        labels: item of each column.
    """

    offsets: Ints
    columns: NDArray[np.int32]
    left_rows: Ints
    right_rows: Ints
    left_baskets: int
    right_baskets: int
    p_value: Floats
    q_value: Floats
    expected_growth: Floats
    tested: int
    labels: Labels

    def __len__(self) -> int:
        return len(self.left_rows)

    @property
    def lengths(self) -> Ints:
        """Items in each set, int64 [n]."""
        return np.diff(self.offsets)

    @property
    def left_support(self) -> Floats:
        """Share of the left group's baskets that hold the set, float64 [n]."""
        return self.left_rows / max(self.left_baskets, 1)

    @property
    def right_support(self) -> Floats:
        """Share of the right group's baskets that hold the set, float64 [n]."""
        return self.right_rows / max(self.right_baskets, 1)

    @property
    def difference(self) -> Floats:
        """Right support less left support, float64 [n]."""
        return self.right_support - self.left_support

    @property
    def growth(self) -> Floats:
        """Right support ÷ left support (Dong & Li 1999), float64 [n]; infinite where no basket of the left group holds the set."""
        with np.errstate(divide="ignore"):
            return self.right_support / self.left_support

    @property
    def odds_ratio(self) -> tuple[Floats, Floats, Floats]:
        """The odds of the right group ÷ those of the left one, lower and upper bound of its 95 % interval; see `testing.odds_ratio`."""
        return odds_ratio(self.left_rows, self.left_baskets, self.right_rows, self.right_baskets)

    def __iter__(self) -> Iterator[ContrastSet]:
        figures = (self.left_rows, self.right_rows, self.left_support, self.right_support, self.q_value)
        labels = self.labels.to_pylist() if isinstance(self.labels, pa.Array) else self.labels
        for at, row in enumerate(zip(*(column.tolist() for column in figures), strict=True)):
            columns = self.columns[self.offsets[at] : self.offsets[at + 1]]
            yield ContrastSet(tuple(labels[column] for column in columns.tolist()), *row)

    def to_arrow(self) -> pa.Table:
        """Columns items (list), left_rows, right_rows, left_support, right_support, difference, growth, expected_growth, odds_ratio,
        odds_low, odds_high, p_value, q_value. Items that Arrow has no type for are written as text.
        """
        labels = as_array(self.labels)
        ratio, low, high = self.odds_ratio
        names = ("left_rows", "right_rows", "left_support", "right_support", "difference", "growth", "expected_growth")
        return pa.table(
            {
                "items": pa.ListArray.from_arrays(
                    pa.array(self.offsets.astype(np.int32)), labels.take(pa.array(self.columns))
                ),
                **{name: getattr(self, name) for name in names},
                "odds_ratio": ratio,
                "odds_low": low,
                "odds_high": high,
                "p_value": self.p_value,
                "q_value": self.q_value,
            }
        )

    def to_pandas(self) -> pd.DataFrame:
        """The same as a DataFrame."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame
