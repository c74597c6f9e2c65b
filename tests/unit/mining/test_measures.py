"""Measures of rules by their definitions; p-values against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, hypergeom

from jianwei.mining.measures import fisher, rules_of
from jianwei.mining.supports import incidence, item_supports, pair_supports, triple_supports


@given(st.integers(1, 3000), st.data())
def test_fisher_equals_scipy(whole: int, data: st.DataObject) -> None:
    after, before = data.draw(st.integers(0, whole)), data.draw(st.integers(0, whole))
    both = data.draw(st.integers(max(0, after + before - whole), min(after, before)))
    expected = hypergeom.sf(both - 1, whole, after, before)
    assert fisher(both, whole, after, before)[0] == pytest.approx(expected, rel=1e-8, abs=1e-10)


def test_fisher_of_many_at_once_and_far_out_in_the_tail() -> None:
    found = fisher([180, 125, 0, 3], 88_162, [251, 204, 5, 3], [241, 177, 5, 88_162])
    expected = hypergeom.sf(np.array([179, 124, -1, 2]), 88_162, [251, 204, 5, 3], [241, 177, 5, 88_162])
    assert found[1] == pytest.approx(expected[1], rel=1e-6)
    assert 0 <= found[0] < 1e-300
    assert found[2:].tolist() == [1.0, 1.0]


@pytest.fixture
def shop() -> tuple[int, list[set[int]]]:
    """3,000 baskets of 8 items. 0 and 1 together lead to 2, neither alone does; 3 leads to 4, and 5 adds nothing to that."""
    rng = np.random.default_rng(11)
    baskets = []
    for _ in range(3000):
        basket = {item for item in (0, 1, 3, 5, 6, 7) if rng.random() < 0.3}
        if rng.random() < (0.8 if {0, 1} <= basket else 0.05):
            basket.add(2)
        if rng.random() < (0.7 if 3 in basket else 0.1):
            basket.add(4)
        baskets.append(basket)
    return len(baskets), baskets


def test_measures_are_what_they_are_defined_to_be_and_rules_productive(shop: tuple[int, list[set[int]]]) -> None:
    n, baskets = shop
    couples = np.array([(row, item) for row, basket in enumerate(baskets) for item in basket])
    matrix = incidence(*couples.T, (n, 8))
    pairs = pair_supports(matrix, 5)
    rules = rules_of(n, item_supports(matrix), pairs, triple_supports(matrix, pairs, 5))
    p_of = {}
    for at in range(len(rules.rows)):
        before = {int(rules.first[at])} | ({int(rules.second[at])} if rules.second[at] >= 0 else set())
        after = int(rules.consequent[at])
        with_before = [basket for basket in baskets if before <= basket]
        rows = sum(after in basket for basket in with_before)
        share = sum(after in basket for basket in baskets) / n
        confidence = rows / len(with_before)
        assert rules.rows[at] == rows
        assert rules.support[at] == pytest.approx(rows / n)
        assert rules.confidence[at] == pytest.approx(confidence)
        assert rules.lift[at] == pytest.approx(confidence / share)
        assert rules.leverage[at] == pytest.approx(rows / n - len(with_before) / n * share)
        assert rules.conviction[at] == pytest.approx((1 - share) / (1 - confidence) if confidence < 1 else np.inf)
        p_of[frozenset(before), after] = rules.p_value[at]
        if len(before) == 1:
            table = [[rows, len(with_before) - rows], [share * n - rows, n - len(with_before) - share * n + rows]]
            assert rules.p_value[at] == pytest.approx(
                fisher_exact(np.rint(table), "greater").pvalue, rel=1e-6, abs=1e-12
            )
    assert len(p_of) == 8 * 7 + 3 * 56
    assert p_of[frozenset({0, 1}), 2] < 1e-30
    assert p_of[frozenset({3}), 4] < 1e-30
    assert p_of[frozenset({3, 5}), 4] > 0.001


def test_a_second_item_must_add_something_to_both(shop: tuple[int, list[set[int]]]) -> None:
    n, baskets = shop
    couples = np.array([(row, item) for row, basket in enumerate(baskets) for item in basket])
    matrix = incidence(*couples.T, (n, 8))
    pairs = pair_supports(matrix, 5)
    rules = rules_of(n, item_supports(matrix), pairs, triple_supports(matrix, pairs, 5))
    (at,) = np.flatnonzero((rules.first == 0) & (rules.second == 1) & (rules.consequent == 2))
    tests = []
    for given_item in (None, 0, 1):
        whole = [basket for basket in baskets if given_item is None or given_item in basket]
        after, before = sum(2 in basket for basket in whole), sum({0, 1} <= basket for basket in whole)
        tests.append(hypergeom.sf(int(rules.rows[at]) - 1, len(whole), after, before))
    assert rules.p_value[at] == pytest.approx(max(tests), rel=1e-6)
