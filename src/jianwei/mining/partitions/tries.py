"""Itemsets as a trie: sets that begin alike share their beginning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.compiled import kernels
from jianwei.mining.baskets.rows import Codes, Ints, tidy
from jianwei.mining.baskets.transactions import Transactions

__all__ = ["Trie", "trie_of"]


@dataclass(frozen=True, eq=False, slots=True)
class Trie:
    """A node is the set of items on the path to it; node 0 is the root, the empty set.

    Attributes:
        labels: Arrow array, item of each column.
        items: int32 [nodes]: column of the last item of each node.
        begins: int64 [nodes + 1]: the children of node i are the nodes from begins[i] to begins[i + 1], by ascending column.
        nodes: int64 [n]: node of each set.
        depth: items of the longest set.
    """

    labels: pa.Array
    items: Codes
    begins: Ints
    nodes: Ints
    depth: int

    def count(self, baskets: Transactions) -> Ints:
        """Baskets that hold each set, int64 [n]. Items of the baskets must have the type of the labels.

        >>> few = Transactions.of([["tea", "cup"], ["tea"], ["pot", "tea", "cup"]])
        >>> sets = trie_of(np.array([0, 1, 3]), np.array([1, 0, 1], np.int32), pa.array(["cup", "tea"]))
        >>> sets.count(few).tolist()
        [3, 2]
        """
        place = pc.index_in(baskets.arrow_labels.cast(self.labels.type), value_set=self.labels)
        rank = place.fill_null(-1).to_numpy().astype(np.int32)
        offsets, columns = tidy(baskets.offsets, rank[baskets.columns], len(self.labels))
        rows = len(offsets) - 1
        counts = np.ones(rows, np.int64) if baskets.counts is None else baskets.counts
        found = np.zeros(len(self.items), np.int64)
        longest = int(np.diff(offsets).max(initial=0))
        stack = np.empty(2 * (longest * self.depth + 1), np.int64)
        kernels("jianwei.mining.partitions.compiled_kernels")["count_paths"](
            columns, offsets, counts, rows, self.items, self.begins, found, stack
        )
        return found[self.nodes]


def trie_of(offsets: Ints, columns: Codes, labels: pa.Array) -> Trie:
    """The trie of different sets.

    Args:
        offsets: int64 [n + 1].
        columns: int32 [offsets[n]], different within a set.
        labels: Arrow array, item of each column.
    """
    # Items of few sets come first: then a basket meets few nodes, since most paths begin with an item that it does not hold.
    uses = np.bincount(columns, minlength=len(labels))
    order = np.argsort(uses, kind="stable")[int((uses == 0).sum()) :]
    rank = np.full(len(labels), -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    offsets, columns = tidy(offsets, rank[columns], len(order))
    lengths = np.diff(offsets)
    nodes = np.zeros(len(lengths), np.int64)
    parents, items = [np.zeros(0, np.int64)], [np.full(1, -1, np.int32)]
    made = 1
    for depth in range(int(lengths.max(initial=0))):
        alive = np.flatnonzero(lengths > depth)
        keys = nodes[alive] * len(order) + columns[offsets[alive] + depth]
        different, which = np.unique(keys, return_inverse=True)
        parents.append(different // len(order))
        items.append((different % len(order)).astype(np.int32))
        nodes[alive] = made + which
        made += len(different)
    begins = np.searchsorted(np.concatenate(parents), np.arange(made + 1)) + 1
    begins = begins.astype(np.int64)
    return Trie(labels.take(pa.array(order)), np.concatenate(items), begins, nodes, len(parents) - 1)
