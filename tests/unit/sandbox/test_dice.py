from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.sandbox.population.dice import Dice

# Written down once: another Python, another machine or another hash seed must roll the same.
ROLLED = [2, 3, 3, 4, 4, 3, 4, 4]


def test_rolls_are_the_same_everywhere() -> None:
    dice = Dice(7, "pin")
    assert [dice.whole(1, 6) for _ in range(8)] == ROLLED


def test_names_give_different_dice() -> None:
    assert [Dice(7, "a").random() for _ in range(3)] != [Dice(7, "b").random() for _ in range(3)]


@given(st.integers(), st.integers(-50, 50), st.integers(0, 100))
def test_whole_stays_in_its_bounds(seed: int, low: int, width: int) -> None:
    dice = Dice(seed)
    assert all(low <= dice.whole(low, low + width) <= low + width for _ in range(50))


@given(st.integers(), st.lists(st.integers(), unique=True), st.integers(0, 30))
def test_sample_takes_different_ones(seed: int, options: list[int], count: int) -> None:
    taken = Dice(seed).sample(options, count)
    assert len(taken) == len(set(taken)) == min(count, len(options))
    assert set(taken) <= set(options)


def test_weighted_follows_the_weights() -> None:
    dice = Dice("weights")
    counts = Counter(dice.weighted("abc", (1, 0, 3)) for _ in range(8000))
    assert counts["b"] == 0
    assert counts["c"] / counts["a"] == pytest.approx(3, rel=0.15)


def test_poisson_has_its_mean_and_variance() -> None:
    dice = Dice("poisson")
    draws = [dice.poisson(1.7) for _ in range(8000)]
    mean = sum(draws) / len(draws)
    assert mean == pytest.approx(1.7, rel=0.05)
    assert sum((draw - mean) ** 2 for draw in draws) / len(draws) == pytest.approx(1.7, rel=0.08)


def test_lognormal_has_its_median() -> None:
    dice = Dice("lognormal")
    draws = sorted(dice.lognormal(60, 0.8) for _ in range(8000))
    assert draws[4000] == pytest.approx(60, rel=0.06)
