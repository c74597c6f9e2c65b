"""Frequent itemsets by partitions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.errors import UsageError
from jianwei.mining.baskets.labelling import Vocabulary
from jianwei.mining.baskets.merging import Merged
from jianwei.mining.baskets.rows import Codes, Ints, take_rows, tidy
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.partitions.ordering import in_total_order, of_kind
from jianwei.mining.partitions.passes import BASKETS, COUNTS, FEWEST, CountBaskets, CountSets, FindSets, found_schema
from jianwei.mining.partitions.tries import trie_of
from jianwei.mining.patterns.itemsets import Itemsets, Kind
from jianwei.mining.patterns.searching import MOST_SETS, frequent_itemsets
from jianwei.mining.patterns.support import least_rows

__all__ = ["MapBatches", "partitioned_itemsets"]


class MapBatches(Protocol):
    """Runs a function over all partitions, in any order and anywhere; each time over the same baskets, if in other partitions."""

    def __call__(
        self, function: Callable[[pa.RecordBatch], pa.RecordBatch], schema: pa.Schema, /
    ) -> Iterator[pa.RecordBatch]: ...


def partitioned_itemsets(
    map_batches: MapBatches,
    min_support: float = 0.01,
    kind: Kind = "all",
    max_length: int | None = None,
    threads: int | None = None,
    *,
    min_length: int = 1,
    fewest: int = FEWEST,
    item_type: pa.DataType | None = None,
    basket: str | None = None,
    item: str | None = None,
    max_sets: int = MOST_SETS,
    progress: Progress | None = None,
) -> Itemsets:
    """The same itemsets as `frequent_itemsets` of all baskets together, each partition being in memory at its time only.

    A set that is frequent in the whole is frequent, by proportion, in at least one partition. The first pass finds what is frequent in
    each. What was found everywhere has its number already; what cannot reach the threshold, even if the partitions that did not find it
    fall just short of finding it, is dropped; the second pass counts the others. (Savasere, Omiecinski & Navathe 1995: An efficient
    algorithm for mining association rules in large databases, VLDB.)

    Args:
        map_batches: as `lambda function, schema: session.map_batches(expression, function, schema, 1_000_000)`; its batches hold whole
            baskets, best a row each with a list of items.
        min_support, kind, max_length, min_length, threads, max_sets: see `frequent_itemsets`; the last two are for each partition.
            A number of baskets costs one more pass, to count them; a share does not.
        fewest: a partition whose share is fewer baskets is not mined, since nearly everything would be frequent in it; the baskets of
            such partitions are gathered and mined here. So partitions should hold at least `fewest` ÷ share baskets.
        item_type: Arrow type that items are cast to; default: string.
        basket, item: names of columns; see `read_baskets`.
        progress: bar over the partitions of each pass.

    Returns:
        Itemsets by length and then by item; labels are those of frequent items.

    Raises:
        UsageError: an argument is wrong, or there are too many sets in a partition.

    >>> halves = [pa.record_batch({"items": [["tea", "cup"], ["tea"]]}), pa.record_batch({"items": [["tea", "cup", "pot"]]})]
    >>> def each(function, schema):
    ...     return map(function, halves)
    >>> [(one.items, one.rows) for one in partitioned_itemsets(each, 2)]
    [(('cup',), 2), (('tea',), 3), (('cup', 'tea'), 2)]
    """
    if kind not in ("all", "closed", "maximal"):
        raise UsageError("kind", f"{kind!r} is not one of all, closed, maximal")
    if min_length < 1 or (max_length is not None and max_length < min_length):
        raise UsageError("max_length", f"no set has from {min_length} to {max_length} items")
    run = _Runs(map_batches, progress or SilentProgress(), basket, item)
    share = run.share(min_support)
    longest = max_length if kind == "all" else None  # which sets are closed or maximal shows in longer ones
    found = _Found(item_type or pa.string())
    for batch in run.found(FindSets(share, found.item_type, longest, threads, max_sets, fewest, basket, item)):
        found.add(batch)
    least = least_rows(min_support, found.baskets)
    found.mine_the_rest(least, longest, threads, max_sets)
    sets, sure = found.candidates(least)
    rows = sets.rows.copy()
    if not sure.all():
        rows[~sure] = run.counted(sets.take(np.flatnonzero(~sure)))
    sets = replace(sets, rows=rows).take(np.flatnonzero(rows >= least))
    sets = of_kind(in_total_order(sets), kind)
    lengths = sets.lengths
    chosen = (lengths >= min_length) & (lengths <= (max_length or lengths.max(initial=0)))
    return sets if chosen.all() else sets.take(np.flatnonzero(chosen))


@dataclass(frozen=True, slots=True)
class _Runs:
    """The passes, with a bar each."""

    map_batches: MapBatches
    progress: Progress
    basket: str | None
    item: str | None

    def share(self, min_support: float) -> Fraction:
        """A threshold as a share of all baskets; a number of baskets needs them counted."""
        least_rows(min_support, 1)  # is it a threshold at all
        if not isinstance(min_support, int):
            return Fraction(Decimal(repr(float(min_support))))
        batches = self._run("baskets", CountBaskets(self.basket, self.item), BASKETS)
        number = sum(sum(batch.column(0).to_pylist()) for batch in batches)
        return Fraction(min_support, max(number, min_support))

    def found(self, function: FindSets) -> Iterator[pa.RecordBatch]:
        """The first pass."""
        return self._run("itemsets", function, found_schema(function.item_type))

    def counted(self, sets: Itemsets) -> Ints:
        """The second pass: baskets with each set."""
        trie = trie_of(sets.offsets, sets.columns, sets.labels)
        rows = np.zeros(len(sets), np.int64)
        for batch in self._run("counts", CountSets(trie, self.basket, self.item), COUNTS):
            np.add.at(rows, batch.column(0).to_numpy(), batch.column(1).to_numpy())
        return rows

    def _run(
        self, name: str, function: Callable[[pa.RecordBatch], pa.RecordBatch], schema: pa.Schema
    ) -> Iterator[pa.RecordBatch]:
        with self.progress.task(name, unit="partitions") as task:
            for batch in self.map_batches(function, schema):
                yield batch
                task.advance(1)


class _Found:
    """What the first pass brings, put together."""

    def __init__(self, item_type: pa.DataType) -> None:
        self.item_type = item_type
        self.baskets = 0
        self._vocabulary = Vocabulary(item_type)
        self._sets, self._rest = Merged(), Merged()
        self._slack = 0  # baskets that a set may lie in without having been found anywhere
        self._known: Ints = np.zeros(0, np.int64)  # how much of it falls to partitions that found the set

    def add(self, batch: pa.RecordBatch) -> None:
        """Sets or baskets of a partition, or of several."""
        lists, slack = batch.column(0), batch.column(2)
        offsets = lists.offsets.to_numpy().astype(np.int64)
        places = self._vocabulary.places(lists.flatten())
        offsets, columns = tidy(offsets - offsets[0], places, len(self._vocabulary))
        rows, mined = batch.column(1).to_numpy(), slack.is_valid().to_numpy(zero_copy_only=False)
        slacks, lengths = slack.fill_null(0).to_numpy(), np.diff(offsets)
        wholes, sets, rest = mined & (lengths == 0), np.flatnonzero(mined & (lengths > 0)), np.flatnonzero(~mined)
        self.baskets += int(rows[wholes].sum() + rows[rest].sum())
        self._slack += int(slacks[wholes].sum())
        self._add_sets(*take_rows(offsets, columns, sets), rows[sets], slacks[sets])
        self._rest.add(*take_rows(offsets, columns, rest), rows[rest])

    def _add_sets(self, offsets: Ints, columns: Codes, rows: Ints, slacks: Ints) -> None:
        which = self._sets.add(offsets, columns, rows)
        known = np.bincount(which, slacks, len(self._sets)).astype(np.int64)
        known[: len(self._known)] += self._known
        self._known = known

    def mine_the_rest(self, least: int, max_length: int | None, threads: int | None, max_sets: int) -> None:
        """The baskets of the small partitions, at what the others left of the threshold: a set that none of them found must reach it."""
        if not len(self._rest):
            return
        left = least - self._slack
        offsets, columns, counts = self._rest.gathered()
        rest = Transactions(offsets, columns, self._vocabulary.labels, counts)
        sets = frequent_itemsets(rest, left, "all", max_length, threads, max_sets=max_sets)
        self._slack += left - 1
        self._add_sets(sets.offsets, sets.columns, sets.rows, np.full(len(sets), left - 1))

    def candidates(self, least: int) -> tuple[Itemsets, NDArray[np.bool_]]:
        """The sets that can be in `least` baskets, with the baskets known so far, and for which sets these are all."""
        offsets, columns, rows = self._sets.gathered()
        hidden = self._slack - self._known
        at = np.flatnonzero(rows + hidden >= least)
        sets = Itemsets(offsets, columns, rows, self.baskets, self._vocabulary.labels, "all", least)
        return sets.take(at), hidden[at] == 0
