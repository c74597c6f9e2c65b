"""Rules with one item fewer before the arrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.rules.splitting import Splits

__all__ = ["shorter_rules"]

Ints: TypeAlias = NDArray[np.int64]


def shorter_rules(itemsets: Itemsets, rules: Splits) -> Iterator[tuple[slice, Ints]]:
    """For rules with several items before the arrow, the rules that lack one of these, the same after it; rules of fewer items first.

    Nothing is searched for: rules stand in blocks, one for each length and each choice of what stands after the arrow, and in a block in
    the order of their sets.

    Args:
        itemsets: all frequent sets.
        rules: all rules that they give, as `split` orders them.

    Yields:
        A block of rules, and the places of their shorter rules, int64 [rules of the block]; each block comes once for every item before
        the arrow.

    >>> from jianwei.mining import frequent_itemsets
    >>> from jianwei.mining.rules.splitting import split
    >>> from jianwei.mining.rules.subsets import SetIndex
    >>> sets = frequent_itemsets([["cup", "pot", "tea"]], 1)
    >>> rules = split(sets, SetIndex.of(sets), 1)
    >>> len(rules.whole), [(block.stop - block.start, len(shorter)) for block, shorter in shorter_rules(sets, rules)]
    (9, [(1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (1, 1)])
    """
    lengths = itemsets.lengths
    numbers = np.bincount(lengths, minlength=1).tolist()
    rank = np.empty(len(lengths), np.int64)
    for length, number in enumerate(numbers):
        rank[lengths == length] = np.arange(number)
    items = lengths[rules.whole]
    begins = np.flatnonzero((np.diff(items, prepend=-1) != 0) | (np.diff(rules.after, prepend=-1) != 0))
    begin_of = dict(
        zip(zip(items[begins].tolist(), rules.after[begins].tolist(), strict=True), begins.tolist(), strict=True)
    )
    for (length, after), begin in begin_of.items():
        if length - after.bit_count() < 2:
            continue
        for place in range(length):
            if after >> place & 1:
                continue
            # The rule with this item alone after the arrow has the set without it before the arrow.
            alone = begin_of[length, 1 << place]
            rest = rules.antecedent[alone : alone + numbers[length]]
            left = (after & ((1 << place) - 1)) | (after >> (place + 1) << place)
            yield slice(begin, begin + numbers[length]), begin_of[length - 1, left] + rank[rest]
