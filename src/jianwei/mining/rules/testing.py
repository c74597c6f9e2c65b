"""How sure a rule is."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.mining.exact_test import fisher
from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.rules.shortening import shorter_rules
from jianwei.mining.rules.splitting import Splits

__all__ = ["hypotheses", "p_values"]

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]


def p_values(itemsets: Itemsets, rules: Splits, *, productive: bool, level: float = 1.0) -> Floats:
    """Fisher's exact test of every rule, one side: how probable so many common baskets are if both sides were independent.

    Args:
        rules: all rules that the itemsets give.
        productive: a rule must also be better than each rule with one item fewer before the arrow: its p-value is then the largest of the
            test of the whole antecedent among all baskets and the tests of each of its items among the baskets that hold the others
            (Webb 2007, "Discovering significant patterns", Machine Learning 68). So an item that adds nothing gives a large p-value.
        level: where one test of a rule gives more than that, its other ones may be left out.

    Returns:
        float64 [r]; 1 for rules that hold no more often than chance has it (or than a shorter rule).
    """
    rows = itemsets.rows[rules.whole]
    before, after = itemsets.rows[rules.antecedent], itemsets.rows[rules.consequent]
    p_value = np.ones(len(rows))
    better = np.flatnonzero(rows.astype(float) * itemsets.baskets > before.astype(float) * after)
    p_value[better] = fisher(rows[better], itemsets.baskets, after[better], before[better])
    if not productive:
        return p_value
    for block, shorter in shorter_rules(itemsets, rules):
        mine = block.start + np.flatnonzero((p_value[block] <= level) & (p_value[block] < 1))
        wider = shorter[mine - block.start]
        whole, marked = itemsets.rows[rules.antecedent[wider]], itemsets.rows[rules.whole[wider]]
        some = rows[mine].astype(float) * whole > marked.astype(float) * before[mine]
        p_value[mine[~some]] = 1.0
        test = mine[some]
        p_value[test] = np.maximum(p_value[test], fisher(rows[test], whole[some], marked[some], before[test]))
    return p_value


def hypotheses(itemsets: Itemsets, max_consequent: int | None) -> int:
    """How many rules there could have been: what a correction has to allow for.

    Only looking at rules whose items lie together often enough would favour those that do so by chance. So all pairs of frequent sides
    count that are short enough to make a set together, whether they do or not; which sides are frequent says nothing about how they go
    together. (Sides that share an item are counted, too, which errs on the safe side.)
    """
    numbers = np.bincount(itemsets.lengths).tolist()
    longest = len(numbers) if itemsets.max_length is None else itemsets.max_length
    return sum(
        number * other
        for length, number in enumerate(numbers)
        for size, other in enumerate(numbers)
        if length and size and length + size <= longest and size <= (max_consequent or size)
    )
