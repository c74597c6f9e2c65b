"""Rules against their definitions, worked out basket by basket, and against mlxtend where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from jianwei.common.progress import SilentProgress, Task
from jianwei.errors import UsageError
from jianwei.mining import Rules, Transactions, association_rules, frequent_itemsets
from jianwei.mining.rules.measures import MEASURES

Side = frozenset[Any]

BASKETS = st.lists(st.sets(st.sampled_from("abcdef"), max_size=5).map(sorted), min_size=1, max_size=25)


def rows_with(baskets: list[list[str]], items: Side) -> int:
    return sum(items <= set(basket) for basket in baskets)


def worked_out(baskets: list[list[str]], least: int, longest: int) -> dict[tuple[Side, Side], tuple[int, int, int]]:
    """Every rule of frequent sets with its three counts."""
    items = sorted({item for basket in baskets for item in basket})
    rules = {}
    for size in range(2, len(items) + 1):
        for whole in map(frozenset, combinations(items, size)):
            rows = rows_with(baskets, whole)
            if rows < least:
                continue
            for after in range(1, min(longest, size - 1) + 1):
                for consequent in map(frozenset, combinations(sorted(whole), after)):
                    antecedent = whole - consequent
                    rules[antecedent, consequent] = (
                        rows,
                        rows_with(baskets, antecedent),
                        rows_with(baskets, consequent),
                    )
    return rules


def as_counts(rules: Rules) -> dict[tuple[Side, Side], tuple[int, int, int]]:
    found = {}
    sides = zip(rules.antecedents, rules.consequents, rules.rows.tolist(), strict=True)
    for before, after, rows in sides:
        found[frozenset(before.items), frozenset(after.items)] = (rows, before.rows, after.rows)
    assert len(found) == len(rules)
    return found


@settings(max_examples=60, deadline=None)
@given(BASKETS, st.integers(1, 4), st.sampled_from([1, 2, None]))
def test_every_rule_of_frequent_sets_is_there_with_its_counts(
    baskets: list[list[str]], least: int, longest: int | None
) -> None:
    sets = frequent_itemsets(baskets, least)
    found = association_rules(sets, "support", 0.0, max_consequent=longest)
    assert as_counts(found) == worked_out(baskets, least, longest or 9)


@settings(max_examples=60, deadline=None)
@given(BASKETS, st.integers(1, 3))
def test_redundant_rules_are_no_surer_than_a_shorter_one(baskets: list[list[str]], least: int) -> None:
    everything = worked_out(baskets, least, 2)
    sure = {rule: rows / before for rule, (rows, before, _) in everything.items()}
    kept = set()
    for (antecedent, consequent), confidence in sure.items():
        shorter = [rows_with(baskets, consequent) / len(baskets)]
        for size in range(1, len(antecedent)):
            shorter += [sure[frozenset(part), consequent] for part in combinations(sorted(antecedent), size)]
        if confidence > max(shorter) + 1e-12:
            kept.add((antecedent, consequent))
    found = association_rules(frequent_itemsets(baskets, least), "support", 0.0, max_consequent=2, redundant=False)
    assert set(as_counts(found)) == kept


@settings(max_examples=40, deadline=None)
@given(BASKETS)
def test_p_values_are_the_largest_of_the_tests_that_make_a_rule_productive(baskets: list[list[str]]) -> None:
    sets = frequent_itemsets(baskets, 1)
    rules = association_rules(sets, "support", 0.0, max_consequent=2, correction="bh", alpha=1.0)

    def test(antecedent: Side, consequent: Side, within: Side) -> float:
        inside = [basket for basket in baskets if within <= set(basket)]
        both, before, after = (rows_with(inside, side) for side in (antecedent | consequent, antecedent, consequent))
        if both * len(inside) <= before * after:
            return 1.0
        return float(hypergeom.sf(both - 1, len(inside), after, before))

    for before, after, p_value in zip(rules.antecedents, rules.consequents, rules.p_value.tolist(), strict=True):
        antecedent, consequent = frozenset(before.items), frozenset(after.items)
        tests = [test(antecedent, consequent, frozenset())]
        if len(antecedent) > 1:
            tests += [test(antecedent, consequent, antecedent - {item}) for item in antecedent]
        assert p_value == pytest.approx(max(tests), rel=1e-8, abs=1e-12)


def planted(seed: int, rows: int = 2000) -> list[list[int]]:
    """0 and 1 together lead to 2, neither alone does; 3 leads to 4, and 5 adds nothing to that."""
    rng = np.random.default_rng(seed)
    baskets = []
    for _ in range(rows):
        basket = {item for item in (0, 1, 3, 5, 6, 7) if rng.random() < 0.3}
        if rng.random() < (0.8 if {0, 1} <= basket else 0.05):
            basket.add(2)
        if rng.random() < (0.7 if 3 in basket else 0.1):
            basket.add(4)
        baskets.append(sorted(basket))
    return baskets


@pytest.mark.parametrize("correction", ["bonferroni", "holm", "bh", "by"])
def test_what_was_planted_is_found_and_nothing_else(correction: str) -> None:
    sets = frequent_itemsets(planted(3), 5, max_length=3)
    found = association_rules(sets, "lift", 1.0, correction=correction, alpha=0.01)
    rules = set(as_counts(found))
    assert {(frozenset({0, 1}), frozenset({2})), (frozenset({3}), frozenset({4}))} <= rules
    assert not any(5 in before | after or 6 in before | after or 7 in before | after for before, after in rules)
    assert (frozenset({3, 5}), frozenset({4})) not in rules
    assert found.tested > len(association_rules(sets, "support", 0.0))
    assert (found.q_value >= found.p_value).all()


def shuffled(rng: np.random.Generator, rows: int) -> Transactions:
    """Baskets whose items have their own frequencies, and nothing to do with each other."""
    share = 0.4 / np.arange(1, 41)
    held = rng.random((rows, len(share))) < share
    offsets = np.concatenate([[0], np.cumsum(held.sum(axis=1))])
    return Transactions(offsets, np.nonzero(held)[1].astype(np.int32), tuple(range(len(share))))


@pytest.mark.parametrize("correction", ["holm", "bh", "by"])
def test_of_baskets_without_structure_no_more_rules_survive_than_promised(correction: str) -> None:
    rng, runs = np.random.default_rng(7), 60
    # Where nothing is true, any survivor is false: of both kinds of promise at most alpha of the runs may have one.
    wrong = 0
    for _ in range(runs):
        sets = frequent_itemsets(shuffled(rng, 800), 4, max_length=3)
        wrong += len(association_rules(sets, "lift", 1.0, correction=correction, alpha=0.1)) > 0
    assert wrong <= 0.1 * runs + 2 * (runs * 0.1 * 0.9) ** 0.5


def test_rules_without_a_correction_would_drown_in_chance() -> None:
    sets = frequent_itemsets(shuffled(np.random.default_rng(7), 800), 4, max_length=3)
    assert len(association_rules(sets, "lift", 1.2)) > 50


@pytest.mark.parametrize("metric", sorted(MEASURES))
def test_rules_come_in_one_order_from_the_least_value_on(metric: str) -> None:
    sets = frequent_itemsets(planted(1, 300), 5)
    least = 0.001 if metric == "leverage" else 0.1
    found = association_rules(sets, metric, least)
    value = found.measure(metric)
    assert len(found) > 10
    assert (value >= least).all()
    keys = [
        (-v, -rows, len(one.antecedent) + len(one.consequent), one.antecedent, one.consequent)
        for v, rows, one in zip(value.tolist(), found.rows.tolist(), found, strict=True)
    ]
    assert keys == sorted(keys)
    first = association_rules(sets, metric, least, top_k=5)
    assert as_counts(first) == dict(list(as_counts(found).items())[:5])
    np.testing.assert_array_equal(getattr(found, metric), value)


def test_edges_of_the_measures() -> None:
    found = association_rules(frequent_itemsets([["a", "b"], ["a", "b"]], 1), "support", 0.0)
    assert np.isinf(found.conviction).all()
    assert found.zhang.tolist() == [0.0, 0.0]
    assert found.certainty.tolist() == [0.0, 0.0]
    assert found.lift.tolist() == [1.0, 1.0]
    assert found.imbalance.tolist() == [0.0, 0.0]
    with pytest.raises(AttributeError):
        found.surprise  # noqa: B018


def test_the_same_as_mlxtend() -> None:
    theirs = pytest.importorskip("mlxtend.frequent_patterns")
    import pandas as pd

    baskets = planted(5, 400)
    sets = frequent_itemsets(baskets, 8)
    hot = pd.DataFrame([[item in basket for item in range(8)] for basket in baskets])
    expected = theirs.association_rules(
        theirs.apriori(hot, min_support=8 / 400), metric="confidence", min_threshold=0.3
    )
    found = association_rules(sets, "confidence", 0.3, max_consequent=None).to_pandas()
    assert list(found.columns) == list(expected.columns)
    # Rules that make the consequent rarer: ours is the certainty factor, theirs is not.
    rarer = found["lift"] < 1
    assert (found["certainty"][rarer] < 0).all()
    found.loc[rarer, "certainty"] *= found["consequent support"][rarer] / (1 - found["consequent support"][rarer])
    order = ["antecedents", "consequents"]
    for frame in (found, expected):
        frame["key"] = [
            str((sorted(before), sorted(after))) for before, after in zip(*(frame[c] for c in order), strict=True)
        ]
    pd.testing.assert_frame_equal(
        found.sort_values("key", ignore_index=True), expected.sort_values("key", ignore_index=True), check_dtype=False
    )


COLUMNS = [
    "antecedents", "consequents", "antecedent support", "consequent support", "support", "confidence", "lift", "representativity",
    "leverage", "conviction", "zhangs_metric", "jaccard", "certainty", "kulczynski",
]  # fmt: skip


def test_pandas_columns_have_mlxtends_names() -> None:
    found = association_rules(frequent_itemsets(planted(5, 100), 8)).to_pandas()
    assert list(found.columns) == COLUMNS
    assert isinstance(found["antecedents"][0], frozenset)


def test_arrow_has_all_measures_and_rules_iterate() -> None:
    found = association_rules(frequent_itemsets(planted(5, 100), 8))
    table = found.to_arrow()
    assert table.num_rows == len(found) == len(list(found))
    assert set(MEASURES) <= set(table.column_names)
    one = next(iter(found))
    assert one.confidence == pytest.approx(table["confidence"][0].as_py())


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"metric": "surprise"}, "surprise"),
        ({"max_consequent": 0}, "max_consequent"),
        ({"correction": "guess"}, "guess"),
        ({"top_k": 0}, "top_k"),
        ({"top_k": 1.5}, "top_k"),
        ({"alpha": 2}, "alpha"),
        ({"min_threshold": float("nan")}, "min_threshold"),
        ({"max_length": 1}, "max_length"),
    ],
)
def test_wrong_arguments_are_named(wrong: dict[str, Any], named: str) -> None:
    sets = frequent_itemsets([["a", "b"]], 1)
    with pytest.raises(UsageError, match=named):
        association_rules(sets, **wrong)


@pytest.mark.parametrize("kind", ["closed", "maximal"])
def test_closed_and_maximal_sets_are_refused_with_advice(kind: Any) -> None:
    with pytest.raises(UsageError, match='kind="all"'):
        association_rules(frequent_itemsets([["a", "b"]], 1, kind))


def test_sets_without_their_parts_are_refused_with_advice() -> None:
    with pytest.raises(UsageError, match="min_length"):
        association_rules(frequent_itemsets([["a", "b", "c"]], 1, min_length=2))


def test_no_sets_give_no_rules() -> None:
    for baskets in ([], [[]], [["a"]]):
        assert len(association_rules(frequent_itemsets(baskets, 1), correction="holm")) == 0


@pytest.mark.parametrize("name", ["max_length", "max_len"])
def test_short_rules_are_those_of_short_sets(name: str) -> None:
    baskets = planted(4, 300)
    expected = association_rules(frequent_itemsets(baskets, 5, max_length=3), "lift", 1.0, correction="holm")
    asked: dict[str, Any] = {name: 3}
    found = association_rules(frequent_itemsets(baskets, 5), "lift", 1.0, correction="holm", **asked)
    assert as_counts(found) == as_counts(expected)
    assert found.tested == expected.tested
    np.testing.assert_array_equal(found.q_value, expected.q_value)


def test_progress_is_told_of_and_may_end_the_work() -> None:
    class Stopping(SilentProgress):
        @contextmanager
        def task(self, label: str, total: float | None = None, unit: str = "rows") -> Iterator[Task]:
            with super().task(label, total, unit) as task:
                yield task
                raise KeyboardInterrupt(f"{label} {total}")

    sets = frequent_itemsets([["a", "b"]], 1)
    with pytest.raises(KeyboardInterrupt, match="rules 3"):
        association_rules(sets, progress=Stopping())
