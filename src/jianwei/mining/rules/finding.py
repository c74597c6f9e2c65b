"""From frequent itemsets to association rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.common.stats import CORRECTIONS, adjusted
from jianwei.errors import UsageError
from jianwei.mining.baskets.reading import read_baskets
from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.patterns.support import real_number, whole_number
from jianwei.mining.rules.found import Rules
from jianwei.mining.rules.measures import measure
from jianwei.mining.rules.redundancy import improvements
from jianwei.mining.rules.sizes import sized_p_values
from jianwei.mining.rules.splitting import Splits, split
from jianwei.mining.rules.subsets import SetIndex
from jianwei.mining.rules.testing import hypotheses, p_values

__all__ = ["association_rules"]

Ints: TypeAlias = NDArray[np.int64]

# A difference of confidences below this is rounding.
_NOTHING = 1e-12


def association_rules(
    itemsets: Itemsets,
    metric: str = "confidence",
    min_threshold: float = 0.5,
    *,
    max_consequent: int | None = 1,
    max_length: int | None = None,
    correction: str | None = None,
    alpha: float = 0.05,
    productive: bool = True,
    baskets: Any = None,
    redundant: bool = True,
    top_k: int | None = None,
    progress: Progress | None = None,
    max_len: int | None = None,
) -> Rules:
    """Rules A → C between disjoint parts of frequent itemsets.

    Args:
        itemsets: all frequent sets, from `frequent_itemsets`; not closed or maximal ones, which do not tell how often their parts occur.
        metric: what the rules are chosen and ordered by: a name in `measures.MEASURES`.
        min_threshold: least value of it.
        max_consequent: items after the arrow, at most; None: any number. (mlxtend gives any number, with 0.8 as the least value.)
        max_length: items on both sides together, at most; as if no longer sets had been mined.
        correction: how to allow for many tests: "bonferroni" or "holm" (the probability that even one rule is false is at most alpha),
            "bh" or "by" (the expected share of false rules is); None: no test. See `common.stats.adjusted`.
        alpha: see there.
        productive: test a rule against its shorter rules, too; see `testing.p_values`.
        baskets: what the itemsets were mined from. With it a rule is also tested for being more than an effect of large baskets, in which
            everything lies together; see `sizes.sized_p_values`. The larger p-value counts.
        redundant: keep rules that are no surer than one with fewer items before the arrow and the same after it, or than the share of
            baskets with C; see `redundancy.improvements`.
        top_k: the so many first rules only.
        progress: bar over the steps; an exception raised in it ends the work.
        max_len: another name for max_length.

    Returns:
        Rules, the highest value of the metric first; then more baskets, fewer items, lower columns.

    Raises:
        UsageError: an argument is wrong, the itemsets are not all frequent ones, or they give too many rules.

    What a correction allows for are all rules between frequent sides that are short enough, whether these lie together often enough or not
    (see `testing.hypotheses`): it is not weakened by the supports and thresholds that choose among them.

    >>> from jianwei.mining import frequent_itemsets
    >>> sets = frequent_itemsets([["tea", "cup"]] * 3 + [["tea"]] + [["pot"]] * 4, 2)
    >>> [(rule.antecedent, rule.consequent, rule.confidence, rule.lift) for rule in association_rules(sets)]
    [(('cup',), ('tea',), 1.0, 2.0), (('tea',), ('cup',), 0.75, 2.0)]
    """
    if not isinstance(itemsets, Itemsets):
        raise UsageError("itemsets", f"{type(itemsets).__name__} holds no itemsets", "mine them with frequent_itemsets")
    if itemsets.kind != "all":
        raise UsageError(
            "association_rules",
            f"{itemsets.kind} itemsets do not tell how often their parts occur",
            'mine the itemsets with kind="all" (and max_length, where there are too many)',
        )
    if max_consequent is not None:
        max_consequent = whole_number("max_consequent", max_consequent, 1)
    longest = max_length if max_len is None else max_len
    if longest is not None:
        longest = whole_number("max_length", longest, 2)
    min_threshold = real_number("min_threshold", min_threshold)
    if not 0 < real_number("alpha", alpha) <= 1:
        raise UsageError("alpha", f"{alpha!r} is not above 0 and at most 1")
    if correction is not None and correction not in CORRECTIONS:
        raise UsageError("correction", f"{correction!r} is not one of {', '.join(CORRECTIONS)}")
    if top_k is not None:
        top_k = whole_number("top_k", top_k, 1)
    if longest is not None:
        itemsets = _up_to(itemsets, longest)
    with (progress or SilentProgress()).task("rules", 3, "steps") as task:
        index = SetIndex.of(itemsets)
        rules = split(itemsets, index, max_consequent)
        task.advance()
        keep = _measured(itemsets, rules, metric) >= min_threshold
        if not redundant:
            keep &= improvements(itemsets, rules) > _NOTHING
        task.advance()
        tested = 0
        p_value = q_value = np.full(len(keep), np.nan)
        if correction is not None:
            tested = max(hypotheses(itemsets, max_consequent), len(keep))
            # A p-value above alpha stays above it in every correction, whatever it is.
            p_value = p_values(itemsets, rules, productive=productive, level=alpha)
            if baskets is not None:
                # The others are not kept, whatever this test says.
                some = np.flatnonzero(p_value <= alpha)
                sized = sized_p_values(read_baskets(baskets), itemsets, index, rules.take(some))
                p_value[some] = np.maximum(p_value[some], sized)
            q_value = adjusted(p_value, correction, tested)
            keep &= q_value <= alpha
        task.advance()
    chosen = np.flatnonzero(keep)
    chosen = chosen[_order(itemsets, rules.take(chosen), metric)][:top_k]
    rules = rules.take(chosen)
    return Rules(
        itemsets.take(rules.antecedent),
        itemsets.take(rules.consequent),
        itemsets.rows[rules.whole],
        p_value[chosen],
        q_value[chosen],
        tested,
    )


def _up_to(itemsets: Itemsets, longest: int) -> Itemsets:
    """The itemsets as if longer ones had not been asked for."""
    chosen = itemsets.take(np.flatnonzero(itemsets.lengths <= longest))
    return replace(chosen, max_length=min(longest, itemsets.max_length or longest))


def _measured(itemsets: Itemsets, rules: Splits, metric: str) -> NDArray[np.float64]:
    rows = itemsets.rows
    return measure(metric, rows[rules.whole], rows[rules.antecedent], rows[rules.consequent], max(itemsets.baskets, 1))


def _order(itemsets: Itemsets, rules: Splits, metric: str) -> Ints:
    value = _measured(itemsets, rules, metric)
    ties: list[NDArray[Any]] = [*_padded(itemsets, rules.antecedent), *_padded(itemsets, rules.consequent)]
    keys = [*ties[::-1], itemsets.lengths[rules.whole], -itemsets.rows[rules.whole], -value]
    return np.lexsort(keys)


def _padded(itemsets: Itemsets, sets: Ints) -> list[NDArray[np.int32]]:
    """The first, second, … column of each set; -1 beyond its end."""
    lengths = itemsets.lengths[sets]
    begin = itemsets.offsets[sets]
    last = max(len(itemsets.columns) - 1, 0)
    return [
        np.where(place < lengths, itemsets.columns[np.minimum(begin + place, last)], -1).astype(np.int32)
        for place in range(int(lengths.max(initial=0)))
    ]
