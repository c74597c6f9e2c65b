"""Corrections against a published example, each other, and their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.common.stats import CORRECTIONS, adjusted

# The fifteen p-values of the myocardial infarction trial in Benjamini & Hochberg (1995), table 1's example.
TRIAL = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_the_published_trial_keeps_four_with_bh_and_three_with_bonferroni() -> None:
    assert int((adjusted(TRIAL, "bh") <= 0.05).sum()) == 4
    assert int((adjusted(TRIAL, "bonferroni") <= 0.05).sum()) == 3
    assert int((adjusted(TRIAL, "holm") <= 0.05).sum()) == 3


@given(P_VALUES, st.integers(0, 40))
def test_adjusted_is_the_least_level_that_keeps_it(p_values: list[float], more: int) -> None:
    p, tests = np.array(p_values), len(p_values) + more
    ranks = {"bh": 1.0, "by": sum(1 / k for k in range(1, tests + 1))}
    ordered = np.sort(p)
    for method in CORRECTIONS:
        found = adjusted(p, method, tests)
        for value, mine in zip(p, found, strict=True):
            if method == "bonferroni":
                expected = value * tests
            elif method == "holm":
                expected = max(ordered[k] * (tests - k) for k in range(len(p)) if ordered[k] <= value)
            else:
                expected = min(
                    ordered[k] * tests * ranks[method] / (k + 1) for k in range(len(p)) if ordered[k] >= value
                )
            assert mine == pytest.approx(min(expected, 1.0))


def test_by_knows_long_harmonic_sums() -> None:
    exact = sum(1 / k for k in range(1, 100_001))
    assert adjusted([1e-9], "by", 100_000)[0] == pytest.approx(1e-9 * 100_000 * exact, rel=1e-12)
