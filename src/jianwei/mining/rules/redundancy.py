"""Rules that say no more than shorter ones."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.rules.splitting import Splits
from jianwei.mining.rules.subsets import SetIndex

__all__ = ["improvements"]

Floats: TypeAlias = NDArray[np.float64]

_MIX = np.uint64(0x9E3779B97F4A7C15)


def improvements(itemsets: Itemsets, index: SetIndex, rules: Splits) -> Floats:
    """How much surer each rule is than the surest rule with fewer items before the arrow and the same after it.

    The rule with nothing before the arrow is one of them: its confidence is the share of baskets with the consequent. (The improvement of
    Bayardo, Agrawal & Gunopulos 2000, "Constraint-based rule mining in large, dense databases".)

    Args:
        rules: all rules that the itemsets give.

    Returns:
        float64 [r]: difference of confidences; a rule with 0 or less is redundant.
    """
    confidence = itemsets.rows[rules.whole] / itemsets.rows[rules.antecedent]
    best = itemsets.rows[rules.consequent] / max(itemsets.baskets, 1)
    sizes = itemsets.lengths[rules.antecedent]
    keys = index.set_keys[rules.antecedent] * _MIX + index.set_keys[rules.consequent]
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    # From short to long: the surest shorter rule is one of those with one item fewer, or one that was surer than these already.
    for size in range(2, int(sizes.max(initial=1)) + 1):
        mine = np.flatnonzero(sizes == size)
        cells = itemsets.columns[itemsets.offsets[rules.antecedent[mine]][:, None] + np.arange(size)]
        for place in range(size):
            shorter = index.set_keys[rules.antecedent[mine]] - index.item_keys[cells[:, place]]
            wanted = shorter * _MIX + index.set_keys[rules.consequent[mine]]
            found = order[np.searchsorted(ordered, wanted)]
            best[mine] = np.maximum(best[mine], np.maximum(confidence[found], best[found]))
    return confidence - best
