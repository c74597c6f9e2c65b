"""Rules from sequences by their definitions, and on histories without any order."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from jianwei.errors import UsageError
from jianwei.mining import frequent_sequences, sequence_rules


def shop(random: np.random.Generator, people: int) -> list[list[int]]:
    return [random.choice(30, random.integers(1, 9), p=_SHARES).tolist() for _ in range(people)]


_SHARES = 1 / np.arange(1, 31) / (1 / np.arange(1, 31)).sum()


def test_measures_by_hand() -> None:
    people = [["tea", "milk", "cup"], ["tea", "cup"], ["cup", "tea"], ["cup"], ["tea"]]
    (rule,) = [r for r in sequence_rules(frequent_sequences(people, 2)) if r.consequent == "cup"]
    assert rule.antecedent == (("tea",),)
    assert (rule.rows, rule.antecedent_rows, rule.confidence, rule.lift) == (2, 4, 0.5, 0.5 / (4 / 5))
    found = sequence_rules(frequent_sequences(people, 2))
    assert found.p_value[0] == pytest.approx(stats.hypergeom.sf(1, 5, 4, 4))


def test_a_planted_sequence_leads_and_its_reverse_does_not() -> None:
    random = np.random.default_rng(1)
    people = shop(random, 800)
    for person in people[::8]:
        person += [27, 28]
    rules = sequence_rules(frequent_sequences(people, 20, max_length=2))
    sure = {(*rule.antecedent[0], rule.consequent): rule for rule in rules if rule.q_value <= 0.05 and rule.lift > 1}
    assert (27, 28) in sure
    assert (28, 27) not in sure
    assert sure[27, 28].confidence > 0.75


def test_histories_without_order_or_company_give_no_rules() -> None:
    """Single events thrown together: whoever has one thing has another only as often as anybody."""
    alarms = 0
    for seed in range(30):
        random = np.random.default_rng(seed)
        held = random.random((300, 20)) < 0.4 / np.arange(1, 21) ** 0.5
        people = [random.permutation(np.flatnonzero(row)).tolist() for row in held]
        rules = sequence_rules(frequent_sequences(people, 10, max_length=3))
        assert len(rules) > 0
        alarms += bool((rules.q_value <= 0.05).any())
    assert alarms <= 5  # P(more of 30 at 5 %) is 0.3 %


def test_items_of_the_same_moment_follow_nothing() -> None:
    rules = sequence_rules(frequent_sequences([["tea", {"cup", "pot"}]] * 5, 3, together=True))
    assert {(rule.antecedent, rule.consequent) for rule in rules} == {((("tea",),), "cup"), ((("tea",),), "pot")}


def test_confidence_bars_rules_after_the_correction() -> None:
    found = frequent_sequences(shop(np.random.default_rng(2), 400), 10, max_length=2)
    every, some = sequence_rules(found), sequence_rules(found, 0.2)
    assert 0 < len(some) < len(every)
    assert set(some.q_value) <= set(every.q_value)
    assert (some.confidence >= 0.2).all()


def test_others_than_all_sequences_are_refused() -> None:
    with pytest.raises(UsageError, match="kind='all'"):
        sequence_rules(frequent_sequences([["tea", "cup"]], 1, "closed"))


def test_tables() -> None:
    rules = sequence_rules(frequent_sequences([["tea", "cup"]] * 3, 2))
    (row,) = rules.to_arrow().to_pylist()
    assert row["moments"] == [["tea"], ["cup"]]
    assert (row["rows"], row["antecedent_rows"], row["consequent_rows"], row["lift"]) == (3, 3, 3, 1.0)
    assert len(sequence_rules(frequent_sequences([["tea"]], 1))) == 0
    assert len(rules.to_pandas()) == 1
