"""Intervals against published values, corrections against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, chi2_contingency, false_discovery_control

from jianwei.common.stats import benjamini_hochberg, log_likelihood, newcombe, unequal, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_equals_newcombe_1998_table_1(successes: int, trials: int, low: float, high: float) -> None:
    found_low, found_high = wilson([successes], [trials])
    assert found_low[0] == pytest.approx(low, abs=5e-5)
    assert found_high[0] == pytest.approx(high, abs=5e-5)


def test_wilson_has_no_bounds_without_trials_and_stays_a_share() -> None:
    low, high = wilson([0, 0, 7], [0, 5, 7])
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert low[1] == 0.0
    assert high[2] == 1.0


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_differences_equal_newcombe_1998_table_2(counts: tuple[int, ...], low: float, high: float) -> None:
    found = newcombe(*counts)
    assert [float(bound) for bound in found] == pytest.approx([low, high], abs=5e-5)


def test_a_difference_with_nobody_has_no_bounds() -> None:
    assert np.isnan(newcombe([0, 3], [0, 5], [1, 0], [4, 0])).all()


counts = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))


@given(counts)
def test_unequal_is_pearsons_test_with_one_case_less(cells: tuple[int, int, int, int]) -> None:
    a, c, b, d = cells
    (found,) = unequal(a, a + c, b, b + d)
    if not (a + c) * (b + d) * (a + b) * (c + d):
        assert found == 1.0
        return
    statistic = chi2_contingency([[a, c], [b, d]], correction=False).statistic
    whole = sum(cells)
    assert found == pytest.approx(chi2.sf(statistic * (whole - 1) / whole, 1), rel=1e-9)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_benjamini_hochberg_equals_scipy(p_values: list[float]) -> None:
    np.testing.assert_allclose(benjamini_hochberg(p_values), false_discovery_control(p_values), rtol=1e-12)


def test_benjamini_hochberg_of_nothing_is_nothing() -> None:
    assert benjamini_hochberg([]).tolist() == []


@given(st.integers(1, 200), st.integers(1, 200), st.data())
def test_log_likelihood_equals_the_g_test(inside_total: int, outside_total: int, data: st.DataObject) -> None:
    inside = data.draw(st.integers(0, inside_total))
    outside = data.draw(st.integers(0, outside_total))
    score = float(log_likelihood(inside, inside_total, outside, outside_total))
    table = np.array([[inside, outside], [inside_total - inside, outside_total - outside]])
    if 0 in table.sum(axis=1):
        assert score == pytest.approx(0, abs=1e-9)
        return
    expected = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    assert abs(score) == pytest.approx(expected, abs=1e-8)
    difference = inside / inside_total - outside / outside_total
    assert score == pytest.approx(0, abs=1e-8) or np.sign(score) == np.sign(difference)
