"""All ways to put some items of a set after an arrow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import comb
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.rules.subsets import SetIndex

__all__ = ["MOST_RULES", "Splits", "split"]

Ints: TypeAlias = NDArray[np.int64]

MOST_RULES = 20_000_000
"""Rules that may be looked at; about five gigabytes."""


class Splits(NamedTuple):
    """Rules as splits of itemsets, int64 arrays [r].

    Attributes:
        whole: place of the set of all items of the rule.
        after: which of its items stand after the arrow, a bit for each.
        antecedent, consequent: places of the sets of both sides.
    """

    whole: Ints
    after: Ints
    antecedent: Ints
    consequent: Ints

    def take(self, at: NDArray[np.int64] | NDArray[np.bool_]) -> Splits:
        """Some of the rules."""
        return Splits(*(column[at] for column in self))


def split(itemsets: Itemsets, index: SetIndex, max_consequent: int | None) -> Splits:
    """Every rule that the itemsets give.

    Args:
        itemsets: all frequent sets.
        index: of these sets.
        max_consequent: items after the arrow, at most; None: any number.

    Raises:
        UsageError: there are more than `MOST_RULES`, or a part of a set is not among the sets.

    >>> from jianwei.mining import frequent_itemsets
    >>> sets = frequent_itemsets([["tea", "cup"], ["tea", "cup"]], 1)
    >>> len(split(sets, SetIndex.of(sets), 1).whole)
    2
    """
    parts = list(_parts(itemsets, index, max_consequent))
    if not parts:
        nothing = np.zeros(0, np.int64)
        return Splits(nothing, nothing, nothing, nothing)
    found = Splits(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    if len(found.antecedent) and min(found.antecedent.min(), found.consequent.min()) < 0:
        raise UsageError(
            "association_rules",
            "the parts of some itemsets are not among them, so nothing can be said of what the rules rest on",
            'mine them with kind="all", without min_length and include',
        )
    return found


def _parts(itemsets: Itemsets, index: SetIndex, max_consequent: int | None) -> Iterator[Splits]:
    lengths = itemsets.lengths
    numbers = np.bincount(lengths, minlength=2)
    rules = sum(
        int(numbers[length]) * sum(comb(length, size) for size in _sizes(length, max_consequent))
        for length in range(2, len(numbers))
        if numbers[length]
    )
    if rules > MOST_RULES:
        raise UsageError(
            "association_rules",
            f"{rules:,} rules would have to be looked at",
            "raise min_support of the itemsets, or set their max_length, or max_consequent=1",
        )
    for length in np.flatnonzero(numbers[2:]) + 2:
        whole = np.flatnonzero(lengths == length)
        cells = itemsets.columns[itemsets.offsets[whole][:, None] + np.arange(length)]
        keys = index.item_keys[cells]
        for size in _sizes(int(length), max_consequent):
            for after in combinations(range(length), size):
                before = [place for place in range(length) if place not in after]
                consequent = keys[:, after].sum(axis=1, dtype=np.uint64)
                yield Splits(
                    whole,
                    np.full(len(whole), sum(1 << place for place in after), np.int64),
                    index.find(index.set_keys[whole] - consequent, cells[:, before]),
                    index.find(consequent, cells[:, list(after)]),
                )


def _sizes(length: int, max_consequent: int | None) -> range:
    return range(1, min(length - 1, max_consequent or length) + 1)
