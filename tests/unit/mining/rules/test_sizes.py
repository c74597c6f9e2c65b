"""Large baskets hold everything: that alone makes no rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import hypergeom

from jianwei.errors import UsageError
from jianwei.mining import Transactions, association_rules, frequent_itemsets

SHARES = 1 / np.arange(2, 32)


def thrown(rng: np.random.Generator, rows: int, *, planted: bool = False) -> Transactions:
    """Items thrown into baskets of very different sizes; planted: 20 goes with 21, whatever the size."""
    sizes = rng.geometric(0.25, rows)
    baskets = []
    for size in sizes.tolist():
        basket = set(rng.choice(len(SHARES), size, p=SHARES / SHARES.sum()).tolist())
        if planted and 20 in basket and rng.random() < 0.6:
            basket.add(21)
        baskets.append(sorted(basket))
    return Transactions.of(baskets)


def test_thrown_items_give_rules_only_to_who_does_not_look_at_sizes() -> None:
    rng, runs = np.random.default_rng(2), 20
    naive = wrong = 0
    for _ in range(runs):
        data = thrown(rng, 1500)
        sets = frequent_itemsets(data, 8, max_length=3)
        naive += len(association_rules(sets, "lift", 1.0, correction="bh")) > 0
        wrong += len(association_rules(sets, "lift", 1.0, correction="bh", baskets=data)) > 0
    assert naive == runs
    assert wrong <= 2  # 0.05 of 20 runs, and chance


def test_what_was_planted_is_still_found() -> None:
    data = thrown(np.random.default_rng(3), 4000, planted=True)
    sets = frequent_itemsets(data, 8, max_length=3)
    found = association_rules(sets, "lift", 1.0, correction="holm", baskets=data)
    assert {(rule.antecedent, rule.consequent) for rule in found} == {((20,), (21,)), ((21,), (20,))}


@pytest.mark.parametrize("counted", [False, True])
def test_the_p_value_of_a_pair_is_that_of_its_strata(counted: bool) -> None:
    baskets = [
        ["a", "b", "x"],
        ["a", "b"],
        ["a", "b", "y"],
        ["a", "x"],
        ["x"],
        ["b", "x", "y"],
        ["y"],
        ["x", "y"],
        ["a", "b", "x", "y"],
    ] * 6
    data = Transactions.of(baskets)
    if counted:
        short = Transactions.of(baskets[:9])
        data = Transactions(short.offsets, short.columns, short.labels, np.full(9, 6))
    found = association_rules(frequent_itemsets(data, 1), "support", 0.0, correction="bh", alpha=1.0, baskets=data)
    # By hand: among baskets with equally many items beside one, how many hold the other; all tables with these margins.
    both = sum({"a", "b"} <= set(basket) for basket in baskets)
    exact = max(tail(baskets, "a", "b", both), tail(baskets, "b", "a", both))
    at = [(rule.antecedent, rule.consequent) for rule in found].index((("a",), ("b",)))
    assert exact <= found.p_value[at] <= 300 * exact < 1


def tail(baskets: list[list[str]], item: str, other: str, both: int) -> float:
    strata: dict[int, list[tuple[bool, bool]]] = {}
    for basket in baskets:
        strata.setdefault(len(set(basket) - {item}), []).append((item in basket, other in basket))
    exact = np.ones(1)
    for rows in strata.values():
        drawn, marked = sum(one for one, _ in rows), sum(two for _, two in rows)
        exact = np.convolve(exact, hypergeom.pmf(np.arange(drawn + 1), len(rows), marked, drawn))
    return float(exact[both:].sum())


def test_sets_of_large_baskets_are_counted_too() -> None:
    rng = np.random.default_rng(5)
    baskets = [sorted(rng.choice(200, 80, replace=False).tolist()) for _ in range(50)] + [[1], [2]] * 40
    data = Transactions.of(baskets)
    sets = frequent_itemsets(data, 15, max_length=2)
    assert len(association_rules(sets, "lift", 1.0, correction="bh")) > 100
    assert len(association_rules(sets, "lift", 1.0, correction="bh", baskets=data)) == 0


def test_what_is_always_bought_together_has_nothing_to_be_compared_with_and_is_found_by_the_model() -> None:
    data = Transactions.of([["a", "b", "c"]] * 30 + [["d"]] * 60 + [["a", "d"]] * 5)
    found = association_rules(frequent_itemsets(data, 5), "lift", 1.0, correction="holm", baskets=data)
    assert (("b",), ("c",)) in {(rule.antecedent, rule.consequent) for rule in found}


@pytest.mark.parametrize("other", [1, ("x", 1), 2**70, frozenset({"b"})], ids=["kinds", "tuple", "huge", "set"])
def test_items_of_any_kind_are_tested(other: Any) -> None:
    baskets = [["a", other]] * 20 + [["b"]] * 20 + [["a"], [other]]
    found = association_rules(frequent_itemsets(baskets, 1), "lift", 1.0, correction="holm", baskets=baskets)
    assert {frozenset(rule.antecedent + rule.consequent) for rule in found} == {frozenset({"a", other})}


@pytest.mark.parametrize("others", [[["q"]] * 3, [["z", "a"]] * 100])
def test_other_baskets_than_those_that_were_mined_are_refused(others: list[list[str]]) -> None:
    sets = frequent_itemsets([["a", "b", "c"]] * 30 + [["a"]] * 30 + [["d"]] * 40, 1)
    with pytest.raises(UsageError, match="not from these baskets"):
        association_rules(sets, "lift", 1.0, correction="bh", baskets=others)
