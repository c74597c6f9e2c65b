"""Finding and counting frequent itemsets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress, Task
from jianwei.errors import UsageError
from jianwei.mining.baskets.reading import read_baskets
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.patterns.crew import walk
from jianwei.mining.patterns.itemsets import Itemsets, Kind
from jianwei.mining.patterns.maximal.choosing import maximal_of
from jianwei.mining.patterns.restricting import with_all, without
from jianwei.mining.patterns.roots.making import make_root
from jianwei.mining.patterns.support import least_rows, whole_number
from jianwei.mining.patterns.walking import WIDE, Found, Limits, TooManySetsError

__all__ = ["MOST_SETS", "count_itemsets", "frequent_itemsets"]

MOST_SETS = 10_000_000
"""Sets that a search may find; about a gigabyte."""

_ANY_LENGTH = 1 << 30
_ANY = 1 << 62
_NOTHING = Found(
    np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint8)
)


def frequent_itemsets(
    baskets: Any,
    min_support: float = 0.01,
    kind: Kind = "all",
    max_length: int | None = None,
    threads: int | None = None,
    *,
    min_length: int = 1,
    top_k: int | None = None,
    include: Collection[Hashable] = (),
    exclude: Collection[Hashable] = (),
    max_sets: int = MOST_SETS,
    progress: Progress | None = None,
    max_len: int | None = None,
) -> Itemsets:
    """The itemsets that lie in enough baskets.

    Args:
        baskets: whatever `read_baskets` takes: lists of items, tables, matrices, files, `Transactions`.
        min_support: a share of all baskets as a float, rounded up to whole baskets (see `least_rows`), or their number as an int.
        kind: "all" frequent sets; "closed" ones: no larger set lies in as many baskets; "maximal" ones: no larger set is frequent.
        max_length, min_length: items in a set. They choose among the sets of the kind; what is closed or maximal does not depend on them.
        threads: processors to use; None: all of them, as soon as the search turns out to be long. The answer does not depend on it.
        top_k: only so many sets with the highest support, the highest first, and all that tie with the last of them. For "all" and
            "closed"; min_support remains the least that counts.
        include: items that every set must hold (they count towards its length).
        exclude: items to take out of the baskets beforehand.
        max_sets: sets to find before giving up (more than that fill memory and help nobody).
        progress: bar over the frequent items; an exception raised in it ends the search.
        max_len: another name for max_length.

    Returns:
        Itemsets, in an order that depends on the baskets only; the empty set is not among them.

    Raises:
        UsageError: an argument is wrong, or there are more than `max_sets` sets.

    The search is that of `patterns.compiled_kernels`.

    >>> found = frequent_itemsets([["tea", "cup"], ["tea", "cup", "pot"], ["tea"]], 2)
    >>> sorted((one.items, one.rows) for one in found)
    [(('cup',), 2), (('cup', 'tea'), 2), (('tea',), 3)]
    >>> [one.items for one in frequent_itemsets([["tea", "cup"], ["tea", "cup"], ["tea"]], 2, "maximal")]
    [('cup', 'tea')]
    """
    if max_len is not None and max_length is not None:
        raise UsageError("max_len", "is another name for max_length, which is given too", "leave one of them out")
    longest = _longest(min_length, max_length if max_len is None else max_len, threads)
    max_sets = min(whole_number("max_sets", max_sets, 1), _ANY)
    if kind not in ("all", "closed", "maximal"):
        raise UsageError("kind", f"{kind!r} is not one of all, closed, maximal")
    data = without(read_baskets(baskets), exclude)
    whole, least = len(data), least_rows(min_support, len(data))
    always = np.zeros(0, np.int32)
    if len(include):
        data, always = with_all(data, include)
    ask = _Asked(data, kind, always, min_length, longest, threads)
    if top_k is not None:
        least = _threshold(ask, least, top_k, max_sets)
    with (progress or SilentProgress()).task("itemsets", unit="items") as task:
        found = ask.search(least, max_sets, task)
    asked = None if longest == _ANY_LENGTH else longest
    sets = Itemsets(found.offsets, found.columns, found.rows, whole, data.labels, kind, least, asked)
    return sets if top_k is None else sets.take(np.lexsort((sets.lengths, -sets.rows)))


def count_itemsets(
    baskets: Any,
    min_support: float = 0.01,
    kind: Kind = "all",
    max_length: int | None = None,
    threads: int | None = None,
    *,
    progress: Progress | None = None,
) -> NDArray[np.int64]:
    """How many frequent itemsets of each length there are; all of them are counted without finding each of them.

    Args:
        baskets, min_support, kind, max_length, threads, progress: see `frequent_itemsets`.

    Returns:
        int64 [longest + 1]: at n the number of sets with n items; at 0 stands 0.

    Raises:
        UsageError: an argument is wrong, or there are more sets than a 64-bit number can tell.

    >>> count_itemsets([["tea", "cup"], ["tea", "cup"], ["tea"]], 2).tolist()
    [0, 2, 1]
    """
    if kind != "all":
        found = frequent_itemsets(baskets, min_support, kind, max_length, threads, max_sets=_ANY, progress=progress)
        return np.bincount(found.lengths, minlength=1)
    data, longest = read_baskets(baskets), _longest(1, max_length, threads)
    least = least_rows(min_support, len(data))
    root = make_root(data, least, False)
    if root is None:
        return np.zeros(1, np.int64)
    limits = Limits(least, False, 1, longest, _ANY, counting=True)
    with (progress or SilentProgress()).task("itemsets", root.size, "items") as task:
        _, walkers = walk(root, limits, threads, task)
    return _numbers(np.sum([walker.lengths for walker in walkers], axis=0).reshape(-1, WIDE), longest)


def _numbers(lengths: NDArray[np.int64], longest: int) -> NDArray[np.int64]:
    """Sets by length from sets by (length, items that may be added to it freely)."""
    numbers: Counter[int] = Counter()
    for length, frees in np.argwhere(lengths).tolist():
        for more in range(min(frees, longest - length) + 1):
            numbers[length + more] += int(lengths[length, frees]) * comb(frees, more)
    if max(numbers.values()) >= 1 << 63:
        raise UsageError("count_itemsets", f"there are {sum(numbers.values()):.1e} itemsets", "raise min_support")
    return np.array([numbers[length] for length in range(max(numbers) + 1)], np.int64)


def _longest(min_length: int, max_length: int | None, threads: int | None) -> int:
    if threads is not None:
        whole_number("threads", threads, 1)
    shortest = whole_number("min_length", min_length, 1)
    if max_length is None:
        return _ANY_LENGTH
    longest = whole_number("max_length", max_length, 1)
    if longest < shortest:
        raise UsageError("max_length", f"{longest} is below the least length {shortest}")
    return min(longest, _ANY_LENGTH)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question to some baskets; the least support is all that is open."""

    data: Transactions
    kind: Kind
    always: NDArray[np.int32]
    shortest: int
    longest: int
    threads: int | None

    def search(self, least: int, most: int, task: Task) -> Found:
        """The sets in at least `least` baskets."""
        extra = len(self.always)
        if self.kind == "all":
            limits = Limits(least, False, max(1, self.shortest - extra), self.longest - extra, most)
        else:
            limits = Limits(least, True, 1, _ANY_LENGTH, most)
        root = make_root(self.data, least, limits.closed) if limits.longest > 0 else None
        if root is None:
            found = _NOTHING
        else:
            task.total(root.size)
            found, walkers = walk(root, limits, self.threads, task)
            if limits.closed and len(walkers) > 1:
                found = found.take(_unrepeated(found))
        if self.kind == "maximal":
            found = found.take(np.flatnonzero(found.last))
            found = found.take(np.flatnonzero(maximal_of(found.offsets, found.columns)))
        if extra:
            found = _with(found, self.always, len(self.data), least, self.kind)
        lengths = np.diff(found.offsets)
        keep = (lengths >= self.shortest) & (lengths <= self.longest)
        return found if keep.all() else found.take(np.flatnonzero(keep))


def _unrepeated(found: Found) -> NDArray[np.int64]:
    """Closed sets only: of sets with the same rows, found by walkers who did not know of each other, the largest."""
    lengths = np.diff(found.offsets)
    order = np.lexsort((-lengths, found.rows, found.keys))
    keys, rows = found.keys[order], found.rows[order]
    first = np.ones(len(order), bool)
    first[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    return np.sort(order[first])


def _with(found: Found, always: NDArray[np.int32], rows: int, least: int, kind: Kind) -> Found:
    """The sets with the items that all of them hold, and, where it is one of the kind, the set of these alone first."""
    sets = len(found.rows)
    alone = rows >= least and (
        kind == "all" or (not sets if kind == "maximal" else not bool((found.rows == rows).any()))
    )
    lengths = np.concatenate([[0] * alone, np.diff(found.offsets)]).astype(np.int64) + len(always)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    owner = np.repeat(np.arange(len(lengths)), lengths - len(always))
    owners = np.concatenate([np.repeat(np.arange(len(lengths)), len(always)), owner])
    columns = np.concatenate([np.tile(always, len(lengths)), found.columns])
    columns = columns[np.lexsort((columns, owners))]
    more = np.full(int(alone), rows, np.int64)
    nothing = np.zeros(len(lengths), np.int64)
    return Found(offsets, columns, np.concatenate([more, found.rows]), nothing, nothing.astype(np.uint8))


def _threshold(ask: _Asked, least: int, top_k: int, most: int) -> int:
    """The support of the k-th best set, or `least` where there are not so many: found by halving, each trial ended by the k-th set."""
    top_k = min(whole_number("top_k", top_k, 1), _ANY)
    if ask.kind == "maximal":
        raise UsageError(
            "top_k", "maximal sets have no order by support that a lower threshold would keep", 'ask for kind "closed"'
        )
    # Only where lengths do not choose among the sets afterwards does a trial know when it has enough.
    bounded = ask.kind == "all" or (ask.shortest <= 1 and ask.longest >= _ANY_LENGTH)
    enough = top_k if bounded and not len(ask.always) else most
    low, high = least, max(least, int(ask.data.item_rows.max(initial=0)), len(ask.data) if len(ask.always) else 0)

    def reached(at: int) -> bool:
        try:
            with SilentProgress().task("") as task:
                return len(ask.search(at, enough, task).rows) >= top_k
        except TooManySetsError:
            if enough != top_k:
                raise
            return True

    while low < high:
        middle = (low + high + 1) // 2
        if reached(middle):
            low = middle
        else:
            high = middle - 1
    return low
