"""The two passes as functions from batch to batch: without side effects, picklable, with a fixed schema, so that any engine can run them.

A batch holds whole baskets: a row each with a list of items, or couples of which no basket goes on in another batch.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pyarrow as pa

from jianwei.mining.baskets.merging import Merged
from jianwei.mining.baskets.reading import read_baskets
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.partitions.tries import Trie
from jianwei.mining.patterns.searching import frequent_itemsets

__all__ = ["BASKETS", "COUNTS", "FEWEST", "CountBaskets", "CountSets", "FindSets", "found_schema"]

FEWEST = 5
"""Baskets in a partition's proportional share below which it is not mined: nearly everything would be frequent in it."""

_MARGIN = Fraction(1, 20)  # partitions are mined at so much less than their share: what the rest may be mined above

BASKETS = pa.schema([("baskets", pa.int64())])
COUNTS = pa.schema([("place", pa.int64()), ("rows", pa.int64())])


def found_schema(item: pa.DataType) -> pa.Schema:
    """What `FindSets` gives for items of a type.

    items: a set that is frequent in a partition; the empty set is one of them and lies in all baskets of the partition.
    rows: baskets of the partition with the set.
    slack: baskets of the partition that a set may lie in without being found; null: the row is no set but a basket, of which there are
        `rows`, because the partition is too small to be mined.
    """
    return pa.schema([("items", pa.list_(item)), ("rows", pa.int64()), ("slack", pa.int64())])


@dataclass(frozen=True, slots=True)
class CountBaskets:
    """Number of baskets, for a threshold that is no share; schema BASKETS."""

    basket: str | None = None
    item: str | None = None

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        number = len(read_baskets(batch, basket=self.basket, item=self.item))
        return pa.record_batch([pa.array([number], pa.int64())], BASKETS)


@dataclass(frozen=True, slots=True)
class FindSets:
    """First pass: the sets that are frequent in a partition; schema `found_schema(item_type)`.

    Attributes:
        share: of all baskets.
        item_type: type that items are cast to.
        max_length, threads, max_sets: see `frequent_itemsets`.
        fewest: see `FEWEST`.
        basket, item: columns; see `read_baskets`.
    """

    share: Fraction
    item_type: pa.DataType
    max_length: int | None
    threads: int | None
    max_sets: int
    fewest: int = FEWEST
    basket: str | None = None
    item: str | None = None

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        data = _typed(read_baskets(batch, basket=self.basket, item=self.item), self.item_type)
        wanted = self.share * (1 - _MARGIN) * len(data)
        least = max(1, -(-wanted.numerator // wanted.denominator))
        if least < self.fewest:
            merged = Merged()
            merged.add(data.offsets, data.columns, data.counts)
            offsets, columns, rows = merged.gathered()
            slack = pa.nulls(len(rows), pa.int64())
        else:
            sets = frequent_itemsets(data, least, "all", self.max_length, self.threads, max_sets=self.max_sets)
            offsets, columns, rows = np.append(0, sets.offsets), sets.columns, np.append(len(data), sets.rows)
            slack = pa.array(np.full(len(rows), least - 1))
        lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), data.arrow_labels.take(pa.array(columns)))
        return pa.record_batch([lists, pa.array(rows), slack], found_schema(self.item_type))


@dataclass(frozen=True, slots=True)
class CountSets:
    """Second pass: how many baskets of a partition hold each of the sets; those that none holds are left out. Schema COUNTS.

    Attributes:
        sets: what is counted.
        basket, item: columns; see `read_baskets`.
    """

    sets: Trie
    basket: str | None = None
    item: str | None = None

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        data = _typed(read_baskets(batch, basket=self.basket, item=self.item), self.sets.labels.type)
        rows = self.sets.count(data)
        there = np.flatnonzero(rows)
        return pa.record_batch([pa.array(there), pa.array(rows[there])], COUNTS)


def _typed(data: Transactions, item: pa.DataType) -> Transactions:
    return replace(data, labels=data.arrow_labels.cast(item))
