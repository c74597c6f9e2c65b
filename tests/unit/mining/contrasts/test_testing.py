"""The tests behind contrasts against scipy, against their definitions, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from jianwei.mining.contrasts.testing import Counts, beyond_parts, fisher_two_sided, odds_ratio


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int, int]:
    sizes = [draw(st.integers(1, 60)) for _ in range(2)]
    return draw(st.integers(0, sizes[0])), sizes[0], draw(st.integers(0, sizes[1])), sizes[1]


@given(tables())
@settings(max_examples=300, deadline=None)
def test_fisher_against_scipy(table: tuple[int, int, int, int]) -> None:
    left, left_baskets, right, right_baskets = table
    wanted = stats.fisher_exact([[left, left_baskets - left], [right, right_baskets - right]]).pvalue
    assert fisher_two_sided([left], left_baskets, [right], right_baskets)[0] == pytest.approx(
        wanted, rel=1e-6, abs=1e-300
    )


def test_fisher_of_many_baskets_against_scipy() -> None:
    random = np.random.default_rng(3)
    left, right = random.integers(0, 400, 200), random.integers(0, 700, 200)
    found = fisher_two_sided(left, 40_000, right, 55_000)
    wanted = [
        stats.fisher_exact([[a, 40_000 - a], [b, 55_000 - b]]).pvalue
        for a, b in zip(left.tolist(), right.tolist(), strict=True)
    ]
    assert found == pytest.approx(wanted, rel=1e-6)


def test_both_groups_are_treated_alike() -> None:
    assert fisher_two_sided([3, 9], 20, [8, 2], 30) == pytest.approx(fisher_two_sided([8, 2], 30, [3, 9], 20))


def test_odds_ratio_by_hand() -> None:
    ratio, low, high = odds_ratio([9], 30, [19], 40)
    a, b, c, d = 9.5, 21.5, 19.5, 21.5
    assert ratio[0] == pytest.approx((c / d) / (a / b))
    assert (np.log(high[0]) - np.log(low[0])) / 2 / 1.959964 == pytest.approx((1 / a + 1 / b + 1 / c + 1 / d) ** 0.5)
    assert all(np.isfinite(value).all() for value in odds_ratio([0, 30], 30, [0, 40], 40))


def _draw(random: np.random.Generator, baskets: int, shares: list[float], times: int) -> tuple[np.ndarray, ...]:
    """Baskets with both items, with one, with the other; `shares`: of both, only one, only the other, neither."""
    cells = random.multinomial(baskets, shares, times)
    return cells[:, 0], cells[:, 0] + cells[:, 1], cells[:, 0] + cells[:, 2]


@pytest.mark.parametrize("baskets", [(2_000, 2_000), (900, 4_000)])
def test_parts_that_change_each_on_its_own_surprise_nobody(baskets: tuple[int, int]) -> None:
    random = np.random.default_rng(4)
    # Lift 1.5 in both groups; the shares of both items are 0.1, 0.2 in one group and 0.2, 0.3 in the other.
    left = _draw(random, baskets[0], [0.03, 0.07, 0.17, 0.73], 4_000)
    right = _draw(random, baskets[1], [0.09, 0.11, 0.21, 0.59], 4_000)
    p_value, growth = beyond_parts(*(Counts(a, b) for a, b in zip(left, right, strict=True)), baskets)
    for level in (0.05, 0.01):
        assert (p_value <= level).mean() <= level + 3 * (level * (1 - level) / 4_000) ** 0.5
    assert np.median(growth) == pytest.approx(3, rel=0.02)
    assert (p_value <= 0.05).mean() >= 0.02  # and it is no test that never says anything


def test_few_baskets_give_no_false_surprise() -> None:
    random = np.random.default_rng(6)
    left = _draw(random, 600, [0.01, 0.07, 0.09, 0.83], 20_000)
    right = _draw(random, 900, [0.015, 0.085, 0.105, 0.795], 20_000)  # the lift is 1.25, in both groups
    p_value, _ = beyond_parts(*(Counts(a, b) for a, b in zip(left, right, strict=True)), (600, 900))
    assert (p_value <= 0.05).mean() <= 0.05
    assert (p_value <= 0.005).mean() <= 0.005


def test_parts_that_go_together_more_are_found() -> None:
    random = np.random.default_rng(5)
    left = _draw(random, 3_000, [0.03, 0.07, 0.17, 0.73], 200)
    right = _draw(random, 3_000, [0.06, 0.04, 0.14, 0.76], 200)
    p_value, growth = beyond_parts(*(Counts(a, b) for a, b in zip(left, right, strict=True)), (3_000, 3_000))
    assert (p_value < 0.01).mean() > 0.95
    assert np.median(growth) == pytest.approx(1, rel=0.05)


def test_nothing_and_everything_give_a_number() -> None:
    zero, every = np.array([0, 10, 0]), np.array([10, 10, 0])
    p_value, growth = beyond_parts(Counts(zero, every), Counts(every, every), Counts(every, every), (10, 10))
    assert np.isfinite(p_value).all()
    assert np.isfinite(growth).all()
    assert ((p_value >= 0) & (p_value <= 1)).all()
