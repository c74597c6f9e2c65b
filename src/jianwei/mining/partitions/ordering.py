"""Itemsets in an order of their own, and the closed and maximal ones among all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from jianwei.mining.baskets.labelling import columns_of
from jianwei.mining.baskets.rows import tidy
from jianwei.mining.patterns.itemsets import Itemsets, Kind
from jianwei.mining.patterns.maximal.choosing import maximal_of

__all__ = ["in_total_order", "of_kind"]


def in_total_order(sets: Itemsets) -> Itemsets:
    """The same sets with sorted labels, those of their items only; by length, then by their columns."""
    used, columns = np.unique(sets.columns, return_inverse=True)
    known = sets.labels if isinstance(sets.labels, pa.Array) else pa.array(sets.labels)
    labels, rank = columns_of(known.take(pa.array(used)))
    offsets, cells = tidy(sets.offsets, rank[columns], len(labels))
    lengths = np.diff(offsets)
    order = []
    for length in np.unique(lengths):
        at = np.flatnonzero(lengths == length)
        rows = cells[offsets[at][:, None] + np.arange(length)]
        order.append(at[np.lexsort(rows.T[::-1])])
    whole = replace(sets, offsets=offsets, columns=cells, labels=labels)
    return whole.take(np.concatenate(order)) if order else whole


def of_kind(sets: Itemsets, kind: Kind) -> Itemsets:
    """The closed or maximal sets among all frequent ones.

    A set is closed when it is maximal among those in as many baskets; so the number of baskets is put into each set as one more item.
    """
    if kind == "all" or not len(sets):
        return replace(sets, kind=kind)
    offsets, columns = sets.offsets, sets.columns
    if kind == "closed":
        _, number = np.unique(sets.rows, return_inverse=True)
        columns = np.insert(columns, offsets[1:], (number + len(sets.labels)).astype(np.int32))
        offsets = offsets + np.arange(len(offsets))
    return replace(sets.take(np.flatnonzero(maximal_of(offsets, columns))), kind=kind)
