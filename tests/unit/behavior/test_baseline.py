"""The baseline cries wolf no more often than it says, and finds what was planted. Seeded; the seeds are not chosen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from jianwei.behavior.baseline import Judged, Rhythm, judge_counts, judge_shares, judge_sums
from jianwei.common.stats import benjamini_hochberg

DAILY = Rhythm(7, 29)
WEEK = np.array([1.0, 1.0, 0.95, 1.0, 1.1, 1.5, 1.6])
FDR = 0.01
RUNS = 60

Series = NDArray[np.int64]


def counts(rng: np.random.Generator, mean: NDArray[np.float64], over: float | None) -> Series:
    """Poisson counts, or with a gamma-distributed mean of shape `over`."""
    return rng.poisson(mean if over is None else rng.gamma(over, mean / over))


def weekly(days: int, mean: float) -> NDArray[np.float64]:
    return mean * WEEK[np.arange(days) % 7]


def false_alarms(judge: Callable[[np.random.Generator], Judged]) -> float:
    """Share of runs with any finding, when there is nothing to be found."""
    rng = np.random.default_rng(20_240_131)
    return sum(bool((benjamini_hochberg(judge(rng).p_value) <= FDR).any()) for _ in range(RUNS)) / RUNS


@pytest.mark.parametrize("over", [None, 10.0])
@pytest.mark.parametrize("mean", [0.3, 8.0, 400.0])
@pytest.mark.parametrize("days", [9, 15, 30, 90])
def test_counts_with_a_weekly_rhythm_raise_no_alarm(days: int, mean: float, over: float | None) -> None:
    assert false_alarms(lambda rng: judge_counts(counts(rng, weekly(days, mean), over), DAILY)) <= 0.05


def test_flat_poisson_counts_raise_no_alarm() -> None:
    assert false_alarms(lambda rng: judge_counts(rng.poisson(20, 60), DAILY)) <= 0.05


def test_a_growing_series_raises_no_alarm() -> None:
    assert false_alarms(lambda rng: judge_counts(counts(rng, np.linspace(20, 120, 100), 30), DAILY)) <= 0.05


@pytest.mark.parametrize("rho", [0.0, 0.02])
@pytest.mark.parametrize("days", [9, 60])
def test_shares_raise_no_alarm(days: int, rho: float) -> None:
    def judge(rng: np.random.Generator) -> Judged:
        trials = rng.poisson(weekly(days, 80))
        share = rng.beta(0.12 * (1 / rho - 1), 0.88 * (1 / rho - 1), days) if rho else np.full(days, 0.12)
        return judge_shares(rng.binomial(trials, share), trials, DAILY)

    assert false_alarms(judge) <= 0.05


def test_sums_of_uneven_amounts_raise_no_alarm() -> None:
    def judge(rng: np.random.Generator) -> Judged:
        orders = [rng.lognormal(3, 0.8, rng.poisson(mean)) for mean in weekly(60, 25)]
        unit = float(np.median([(day**2).sum() / day.sum() for day in orders]))
        return judge_sums(np.array([day.sum() for day in orders]), unit, DAILY)

    assert false_alarms(judge) <= 0.05


@pytest.mark.parametrize("over", [None, 50.0])
def test_two_days_of_three_times_as_much_are_found(over: float | None) -> None:
    rng = np.random.default_rng(7)
    mean = weekly(60, 60)
    mean[30:32] *= 3
    judged = judge_counts(counts(rng, mean, over), DAILY)
    assert np.flatnonzero(benjamini_hochberg(judged.p_value) <= FDR).tolist() == [30, 31]
    usual = weekly(60, 60)[30:32]
    assert judged.expected[30:32] == pytest.approx(usual, rel=0.2)


@pytest.mark.parametrize("days", [12, 60])
def test_two_angry_days_are_found(days: int) -> None:
    rng = np.random.default_rng(8)
    trials, share = rng.poisson(weekly(days, 60)), np.full(days, 0.1)
    share[5:7] = 0.5
    judged = judge_shares(rng.binomial(trials, share), trials, DAILY)
    assert np.flatnonzero(benjamini_hochberg(judged.p_value) <= FDR).tolist() == [5, 6]
    assert judged.expected[5:7] == pytest.approx(0.1 * trials[5:7], rel=0.5)


def test_a_day_without_sales_is_found_where_sales_are_steady() -> None:
    rng = np.random.default_rng(9)
    sums = rng.gamma(200, 1.0, 40)
    sums[20] = 0.0
    judged = judge_sums(sums, 1.0, DAILY)
    assert np.flatnonzero(benjamini_hochberg(judged.p_value) <= FDR).tolist() == [20]


def test_periods_without_trials_are_never_unusual() -> None:
    trials = np.array([50] * 20 + [0] * 5 + [50] * 15)
    judged = judge_shares(np.where(trials > 0, 5, 0), trials, DAILY)
    assert (judged.p_value[20:25] == 1).all()
    assert np.isfinite(judged.expected).all()


def test_constant_and_empty_series_are_usual() -> None:
    for series in (np.zeros(30, np.int64), np.full(30, 7), np.zeros(1, np.int64)):
        judged = judge_counts(series, DAILY)
        assert np.isfinite(judged.p_value).all()
        assert (judged.p_value > 0.05).all()
