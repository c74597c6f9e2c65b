"""Rules that large baskets alone do not explain.

Who buys much buys everything: two items that have nothing to do with each other lie together more often than independence has it, just
because both lie in large baskets. So an item is compared among baskets that are as large without it: with items thrown at random into
baskets of fixed sizes, what else lies in a basket depends on how much else lies in it, and not on whether the item is there.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.mining.baskets.rows import take_rows
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.partitions.tries import trie_of
from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.rules.splitting import Splits
from jianwei.mining.rules.subsets import SetIndex

__all__ = ["sized_p_values"]

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

# Sizes up to here are told apart; larger ones are put into classes whose ends are this much larger than their beginnings.
_EXACT, _RATIO = 32, 1.15
_PORTION = 4096


def sized_p_values(data: Transactions, itemsets: Itemsets, index: SetIndex, rules: Splits) -> Floats:
    """How probable so many common baskets are at most, if an item of the antecedent had nothing to do with the consequent beyond the size
    of baskets; the largest over the items of the antecedent, each tested among the baskets that hold the others.

    Within baskets that hold equally many other items, the number of common baskets is hypergeometric; over all sizes it is a sum of
    independent trials (Vatutin & Mikhailov 1982), whose tail is at most that of the binomial distribution with the same mean (Hoeffding
    1956). The stratified test is that of Cochran, Mantel and Haenszel; the null model that of swap randomization (Gionis et al. 2007).

    Args:
        data: the baskets that the itemsets were mined from.
        rules: rules of these itemsets.

    Returns:
        float64 [r].
    """
    p_value = np.zeros(len(rules.whole))
    sizes = itemsets.lengths[rules.antecedent]
    for size in np.unique(sizes):
        mine = np.flatnonzero(sizes == size)
        before = itemsets.columns[itemsets.offsets[rules.antecedent[mine]][:, None] + np.arange(size)]
        for place in range(int(size)):
            # Places of the sets: the others, the antecedent, the others with the consequent, and all; -1 is the empty set.
            others, having = np.full(len(mine), -1), rules.consequent[mine]
            if size > 1:
                keys = index.item_keys[before[:, place]]
                others = index.find(index.set_keys[rules.antecedent[mine]] - keys, np.delete(before, place, axis=1))
                having = index.without(rules.whole[mine], before[:, place])
            tables = (others, rules.antecedent[mine], having, rules.whole[mine])
            p_value[mine] = np.maximum(p_value[mine], _stratified(data, itemsets, tables))
    return p_value


def _stratified(data: Transactions, itemsets: Itemsets, sets: tuple[Ints, Ints, Ints, Ints]) -> Floats:
    from scipy.special import betainc

    wanted = np.unique(np.concatenate(sets))
    histograms = _histograms(data, itemsets, wanted[wanted >= 0])
    if wanted[0] >= 0:
        histograms = histograms[1:]
    expected = np.zeros(len(sets[0]))
    for begin in range(0, len(expected), _PORTION):
        portion = slice(begin, begin + _PORTION)
        base, item, marked, both = (histograms[np.searchsorted(wanted, one[portion])] for one in sets)
        drawn, drawn_marked = _without_one(item), _without_one(both)
        whole, all_marked = drawn + base - item, drawn_marked + marked - both
        expected[portion] = (drawn * all_marked / np.maximum(whole, 1)).sum(axis=1)
    rows, trials = itemsets.rows[sets[3]], itemsets.rows[sets[1]]
    above = rows >= expected + 1
    result = np.ones(len(rows))
    result[above] = betainc(rows[above], trials[above] - rows[above] + 1, expected[above] / trials[above])
    return result


def _histograms(data: Transactions, itemsets: Itemsets, wanted: Ints) -> Ints:
    """How many baskets of each class of sizes hold each set, int64 [1 + n, classes]; first comes the empty set, which all hold."""
    classes = _class_of(np.diff(data.offsets))
    chosen = itemsets.take(wanted)
    trie = trie_of(chosen.offsets, chosen.columns, data.arrow_labels)
    found = np.zeros((1 + len(wanted), int(classes.max(initial=0)) + 1), np.int64)
    for one in np.unique(classes):
        rows = np.flatnonzero(classes == one)
        counts = None if data.counts is None else data.counts[rows]
        part = Transactions(*take_rows(data.offsets, data.columns, rows), data.labels, counts)
        found[0, one] = len(part)
        found[1:, one] = trie.count(part)
    return found


def _class_of(sizes: Ints) -> Ints:
    large = np.log(np.maximum(sizes, _EXACT + 1) / (_EXACT + 1)) / np.log(_RATIO)
    return np.where(sizes <= _EXACT, sizes, _EXACT + 1 + large.astype(np.int64))


def _without_one(histogram: Ints) -> Ints:
    """The histogram of sizes less one; of large baskets one item changes nothing."""
    result = histogram.copy()
    exact = min(_EXACT, histogram.shape[1] - 1)
    result[:, :exact] = histogram[:, 1 : exact + 1]
    result[:, exact] = 0
    return result
