"""Rules that say no more than shorter ones."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.rules.shortening import shorter_rules
from jianwei.mining.rules.splitting import Splits

__all__ = ["improvements"]

Floats: TypeAlias = NDArray[np.float64]


def improvements(itemsets: Itemsets, rules: Splits) -> Floats:
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
    # The surest of a rule and all that are shorter: shorter ones come first, so theirs is known.
    surest = np.maximum(confidence, best)
    for block, shorter in shorter_rules(itemsets, rules):
        found = surest[shorter]
        np.maximum(best[block], found, out=best[block])
        np.maximum(surest[block], found, out=surest[block])
    return confidence - best
