"""Itemsets found by others: by counting every subset of every basket, and by PyFIM."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from itertools import chain, combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.mining import Itemsets

__all__ = ["KINDS", "Sets", "counted", "fingerprints", "from_pyfim", "of_kind", "pyfim_fingerprints", "sets_of"]

KINDS = ("all", "closed", "maximal")
_TARGETS = {"all": "s", "closed": "c", "maximal": "m"}
Sets = dict[frozenset[Any], int]


def counted(
    baskets: Sequence[Collection[Hashable]], least: int, kind: str = "all", counts: Sequence[int] | None = None
) -> Sets:
    """Every subset of every basket, counted one by one; for baskets of about ten items."""
    found: Counter[frozenset[Hashable]] = Counter()
    for basket, weight in zip(baskets, counts or [1] * len(baskets), strict=True):
        items = list(dict.fromkeys(basket))
        for size in range(1, len(items) + 1):
            for chosen in combinations(items, size):
                found[frozenset(chosen)] += weight
    return of_kind({items: rows for items, rows in found.items() if rows >= least}, kind)


def of_kind(frequent: Sets, kind: str) -> Sets:
    """Those of the frequent sets that are closed or maximal, by the definition."""
    items = set().union(*frequent)
    larger = {one: [frequent.get(one | {item}, 0) for item in items - one] for one in frequent}
    if kind == "closed":
        return {one: rows for one, rows in frequent.items() if rows not in larger[one]}
    if kind == "maximal":
        return {one: rows for one, rows in frequent.items() if not any(larger[one])}
    return frequent


def from_pyfim(baskets: Sequence[Collection[Any]], least: int, kind: str) -> list[tuple[tuple[Any, ...], int]]:
    """PyFIM's answer.

    PyFIM leaves out what consists of items in every basket: eclat, fpgrowth and apriori of all kinds of sets, sam and relim of maximal
    ones. An empty basket more, and there are no such items.
    """
    import fim

    found: list[tuple[tuple[Any, ...], int]] = fim.sam([*baskets, []], target=_TARGETS[kind], supp=-least)
    return found


def sets_of(found: Itemsets) -> Sets:
    """What was found, after a look at its form: arrays of the promised kind, sets sorted and told once."""
    assert (found.offsets.dtype, found.columns.dtype, found.rows.dtype) == (np.int64, np.int32, np.int64)
    assert len(found.offsets) == len(found) + 1
    assert found.offsets[0] == 0
    assert found.offsets[-1] == len(found.columns)
    assert (found.lengths >= 1).all()
    within = np.ones(len(found.columns), bool)
    within[found.offsets[:-1]] = False
    assert (np.diff(found.columns, prepend=-1)[within] > 0).all()
    sets = {frozenset(one.items): one.rows for one in found}
    assert len(sets) == len(found)
    assert [one.rows for one in found] == found.rows.tolist()
    return sets


def fingerprints(items: NDArray[np.int64], lengths: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Each set and its support as one number, sorted: equal arrays mean equal sets (but for a chance of about n² / 2⁶⁴)."""
    keys = np.random.default_rng(7).integers(0, 1 << 64, int(items.max(initial=0)) + 1, np.uint64)
    starts = np.concatenate([[0], np.cumsum(lengths)])[:-1]
    sums = np.add.reduceat(keys[items], starts) if len(starts) else np.zeros(0, np.uint64)
    mixed = (sums ^ (sums >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15)
    return np.sort(mixed + rows.astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9))


def pyfim_fingerprints(found: Sequence[tuple[tuple[int, ...], int]]) -> NDArray[np.uint64]:
    lengths = np.fromiter((len(items) for items, _ in found), np.int64, len(found))
    rows = np.fromiter((rows for _, rows in found), np.int64, len(found))
    items = np.fromiter(chain.from_iterable(items for items, _ in found), np.int64, int(lengths.sum()))
    return fingerprints(items, lengths, rows)
