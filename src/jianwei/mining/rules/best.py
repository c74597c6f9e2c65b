"""The best rules, without a support to choose beforehand."""

from __future__ import annotations

from typing import Any

import numpy as np

from jianwei.errors import UsageError
from jianwei.mining.baskets.reading import read_baskets
from jianwei.mining.patterns.searching import MOST_SETS, frequent_itemsets
from jianwei.mining.patterns.support import whole_number
from jianwei.mining.rules.finding import association_rules
from jianwei.mining.rules.found import Rules

__all__ = ["top_rules"]


def top_rules(
    baskets: Any,
    k: int,
    metric: str = "leverage",
    *,
    min_confidence: float = 0.0,
    max_antecedent: int = 2,
    max_consequent: int = 1,
    correction: str | None = None,
    alpha: float = 0.05,
    max_sets: int = MOST_SETS,
) -> Rules:
    """The k best rules of all that there are, by a measure that bounds the support which they can have.

    The support is halved until no rule below it could be among the best (the idea of TopKRules: Fournier-Viger, Wu & Tseng 2012). A rule
    with the support s has a leverage of at most s (1 - s).

    Args:
        baskets: whatever `read_baskets` takes.
        k: how many rules.
        metric: "leverage", or "support" (where min_confidence should be above 0). Other measures are highest for rules of a single
            basket: for them choose a support, and take the best of its rules: `association_rules(..., top_k=k)`.
        min_confidence: least confidence of a rule.
        max_antecedent, max_consequent: items before and after the arrow, at most.
        correction, alpha: see `association_rules`; the baskets being given, sizes are allowed for, too.
        max_sets: see `frequent_itemsets`.

    Returns:
        Rules, the best first; fewer than k where there are not so many.

    Raises:
        UsageError: an argument is wrong, or there are too many sets on the way.

    >>> best = top_rules([["tea", "cup"]] * 3 + [["tea"]] + [["pot"]] * 4, 1)
    >>> [(rule.antecedent, rule.consequent) for rule in best]
    [(('cup',), ('tea',))]
    """
    if metric not in ("leverage", "support"):
        raise UsageError(
            "metric", f"{metric!r} does not say how rare a rule may be", "use leverage or support, or choose a support"
        )
    k = whole_number("k", k, 1)
    max_antecedent = whole_number("max_antecedent", max_antecedent, 1)
    max_consequent = whole_number("max_consequent", max_consequent, 1)
    data = read_baskets(baskets)
    least = max(1, len(data) // 4)
    while True:
        sets = frequent_itemsets(data, least, max_length=max_antecedent + max_consequent, max_sets=max_sets)
        rules = association_rules(
            sets, metric, -1.0, max_consequent=max_consequent, correction=correction, alpha=alpha, baskets=data
        )
        rules = rules.take((rules.confidence >= min_confidence) & (rules.antecedents.lengths <= max_antecedent))
        value = rules.measure(metric)
        # What a rule in fewer than `least` baskets can reach; its bound rises up to half of the baskets.
        below = min(least - 1, len(data) / 2) / max(len(data), 1)
        bound = below * (1 - below) if metric == "leverage" else (least - 1) / max(len(data), 1)
        if least == 1 or (len(rules) >= k and value[k - 1] > bound):
            return rules.take(np.arange(min(k, len(rules))))
        least = max(1, least // 2)
