"""Finding the itemsets that differ between two groups of baskets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.stats import CORRECTIONS, adjusted
from jianwei.errors import UsageError
from jianwei.mining.baskets.reading import read_baskets
from jianwei.mining.baskets.transactions import Labels, Transactions
from jianwei.mining.contrasts.counting import rows_in
from jianwei.mining.contrasts.found import Contrasts
from jianwei.mining.contrasts.testing import Counts, beyond_parts, fisher_two_sided
from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.patterns.searching import frequent_itemsets
from jianwei.mining.patterns.support import least_rows
from jianwei.mining.row_lookup import places

__all__ = ["contrast_sets"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def contrast_sets(
    left: Any,
    right: Any,
    min_support: float = 0.01,
    max_length: int | None = 3,
    *,
    min_rows: int = 5,
    alpha: float = 0.05,
    correction: str = "bh",
    surprising: bool = True,
    max_sets: int = 1_000_000,
    progress: Progress | None = None,
) -> Contrasts:
    """The items and itemsets whose support differs between two groups of baskets (contrast sets: Bay & Pazzani 2001; emerging
    patterns: Dong & Li 1999).

    Which sets are tested is told from both groups together, and so has nothing to do with the difference: all that lie in as many
    baskets as would be enough in the group where fewer are. What is listed is frequent in at least one group. (To test only what is
    frequent in a group would be a choice by the difference itself: rare sets would come in because they differ, and the correction
    would not know of the others.)

    A single item's p-value is Fisher's exact test, two sides. A larger set must also differ from what its parts say: for each of its
    items, the item and the others must go together more in one group than in the other (see `testing.beyond_parts`). Its p-value is the
    largest of all these, so that a set of items that became more frequent each on its own is not listed.

    Args:
        left, right: whatever `read_baskets` takes; items with the same label are the same item.
        min_support: a share of each group's baskets as a float, rounded up, or a number of them as an int.
        max_length: items in a set, at most.
        min_rows: baskets of a group that must hold a set at least, whatever the share.
        alpha: what the corrected p-value may be, at most: with "bh" and "by" the share of what is listed that may be expected to be
            wrong; with "holm" and "bonferroni" the probability that anything is. 1 lists everything.
        correction: one of these (see `common.stats.adjusted`) or "none", for all sets tested.
        surprising: whether a larger set must say more than its parts.
        max_sets: sets to test before giving up.
        progress: where to report.

    Raises:
        UsageError: a group is empty, an argument is wrong, or there is more to test than `max_sets`.

    >>> before, after = [["tea"]] * 40 + [["cup"]] * 60, [["tea"]] * 70 + [["cup"]] * 30
    >>> for one in contrast_sets(before, after):
    ...     print(one.items, one.left_support, one.right_support)
    ('cup',) 0.6 0.3
    ('tea',) 0.4 0.7
    """
    if correction not in (*CORRECTIONS, "none"):
        raise UsageError("correction", f"{correction!r} is not one of {', '.join(CORRECTIONS)}, none")
    if not 0 < alpha <= 1:
        raise UsageError("alpha", f"{alpha!r} is not a share above 0")
    first, second = _same_columns(read_baskets(left), read_baskets(right))
    sizes = (len(first), len(second))
    if not all(sizes):
        raise UsageError("contrast_sets", f"the {'right' if sizes[0] else 'left'} group has no baskets")
    least = tuple(max(least_rows(min_support, size), min_rows) for size in sizes)
    together = frequent_itemsets(
        _together(first, second), min(least), max_length=max_length, max_sets=max_sets, progress=progress
    )
    with (progress or SilentProgress()).task("contrast", len(together), "itemsets"):
        in_left = rows_in(first, together)
        rows = Counts(in_left, together.rows - in_left)
        p_value, growth = _tests(together, rows, sizes, surprising)
    q_value = p_value if correction == "none" else adjusted(p_value, correction)
    listed = np.flatnonzero((q_value <= alpha) & ((rows.left >= least[0]) | (rows.right >= least[1])))
    at = listed[_order(together, rows, sizes, p_value, listed)]
    sets = together.take(at)
    return Contrasts(
        sets.offsets, sets.columns, rows.left[at], rows.right[at], *sizes, p_value[at], q_value[at], growth[at], len(together), sets.labels
    )  # fmt: skip


def _same_columns(left: Transactions, right: Transactions) -> tuple[Transactions, Transactions]:
    """Both groups with the items of both, in one order."""
    labels, of_left, of_right = _merged(left.labels, right.labels)
    return _recoded(left, of_left, labels), _recoded(right, of_right, labels)


def _merged(left: Labels, right: Labels) -> tuple[Labels, Ints, Ints]:
    """All labels, sorted where they can be, and the place of each side's labels among them."""
    if isinstance(left, pa.Array) and isinstance(right, pa.Array) and left.type == right.type:
        known = pc.unique(pa.concat_arrays([left, right]))
        known = known.take(pc.sort_indices(known))
        of_left, of_right = (pc.index_in(side, value_set=known).to_numpy().astype(np.int64) for side in (left, right))
        return known, of_left, of_right
    one, other = (side.to_pylist() if isinstance(side, pa.Array) else list(side) for side in (left, right))
    every = dict.fromkeys([*one, *other])
    try:
        labels = tuple(sorted(every))
    except TypeError:  # items of several kinds
        labels = tuple(every)
    number = {label: at for at, label in enumerate(labels)}
    of_left, of_right = (np.array([number[label] for label in side], np.int64) for side in (one, other))
    return labels, of_left, of_right


def _recoded(baskets: Transactions, place: Ints, labels: Labels) -> Transactions:
    columns = place[baskets.columns]
    if len(place) and (np.diff(place) < 0).any():  # the order within a basket may be another one now
        row = np.repeat(np.arange(len(baskets.offsets) - 1), np.diff(baskets.offsets))
        columns = columns[np.lexsort((columns, row))]
    return replace(baskets, columns=columns.astype(np.int32), labels=labels)


def _together(left: Transactions, right: Transactions) -> Transactions:
    counts = None
    if left.counts is not None or right.counts is not None:
        each = (side.counts if side.counts is not None else np.ones(len(side), np.int64) for side in (left, right))
        counts = np.concatenate(list(each))
    offsets = np.concatenate([left.offsets, left.offsets[-1] + right.offsets[1:]])
    return Transactions(offsets, np.concatenate([left.columns, right.columns]), left.labels, counts)


def _tests(sets: Itemsets, rows: Counts, sizes: tuple[int, int], surprising: bool) -> tuple[Floats, Floats]:
    """The p-value of each set, and the growth that its parts make one expect."""
    p_value = fisher_two_sided(rows.left, sizes[0], rows.right, sizes[1]) if len(sets) else np.zeros(0)
    growth = np.ones(len(sets))
    found: dict[
        int, tuple[Ints, NDArray[np.int32]]
    ] = {}  # by length: sets in the order of their columns, and those columns
    for length in np.unique(sets.lengths).tolist():
        at = np.flatnonzero(sets.lengths == length)
        columns = sets.columns[sets.offsets[at][:, None] + np.arange(length)]
        order = np.lexsort(columns.T[::-1])
        found[length] = at, columns = at[order], columns[order]
        if length == 1:
            continue
        ones, rest = found[1], found[length - 1]
        strongest = np.full(len(at), -1.0)
        for place in range(length):
            one = ones[0][places(ones[1], columns[:, [place]])[0]]
            other = rest[0][places(rest[1], np.delete(columns, place, axis=1))[0]]
            parts = [Counts(rows.left[which], rows.right[which]) for which in (at, one, other)]
            p_parts, expected = beyond_parts(parts[0], parts[1], parts[2], sizes)
            # What says most of the set are the parts that leave the least to be surprised at.
            growth[at] = np.where(p_parts > strongest, expected, growth[at])
            strongest = np.maximum(strongest, p_parts)
        if surprising:
            p_value[at] = np.maximum(p_value[at], strongest)
    return p_value, growth


def _order(sets: Itemsets, rows: Counts, sizes: tuple[int, int], p_value: Floats, at: Ints) -> Ints:
    """By p-value, then by difference, then fewer items, then columns."""
    if not len(at):
        return np.zeros(0, np.int64)
    some = sets.take(at)
    columns = np.full((len(at), int(some.lengths.max())), -1, np.int64)
    columns[np.arange(columns.shape[1]) < some.lengths[:, None]] = some.columns
    difference = np.abs(rows.left[at] * sizes[1] - rows.right[at] * sizes[0])
    return np.lexsort((*columns.T[::-1], some.lengths, -difference, p_value[at]))
