"""Ranks and measures against plain Python and against figures made by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.stats import wilson
from jianwei.recommend.evaluation.trials import Trial, first, gini, measured, ranks

SCORES = st.lists(st.integers(-2, 3), min_size=1, max_size=7)


@given(SCORES, st.data())
@settings(max_examples=100, deadline=None)
def test_a_rank_is_the_mean_over_all_orders_of_the_ties(scores: list[int], data: st.DataObject) -> None:
    target = data.draw(st.integers(0, len(scores) - 1))
    (found,) = ranks(np.array([scores], np.float32), np.array([target], np.int32))
    tied = [at for at, score in enumerate(scores) if score == scores[target]]
    above = sum(score > scores[target] for score in scores)
    assert found == pytest.approx(np.mean([above + 1 + place for place in range(len(tied))]))


@given(st.lists(st.permutations(range(-2, 4)), max_size=5), st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_the_first_are_the_highest_that_are_positive(rows: list[list[int]], k: int) -> None:
    scores = np.array(rows, np.float32).reshape(len(rows), 6)
    expected = np.zeros(6, int)
    for row in rows:
        for at in sorted(range(6), key=lambda at: -row[at])[:k]:
            expected[at] += row[at] > 0
    assert first(scores, k).tolist() == expected.tolist()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=9))
@settings(max_examples=60, deadline=None)
def test_gini_is_half_the_relative_mean_difference(counts: list[int]) -> None:
    n, whole = len(counts), sum(counts)
    expected = sum(abs(a - b) for a in counts for b in counts) / (2 * n * whole) if whole else 0.0
    assert gini(np.array(counts)) == pytest.approx(expected)


def test_measures_by_hand() -> None:
    """Ranks 1, 3, 11 and none; four people, of whom four, two and one have the items, and nobody the last."""
    one = Trial("one", np.array([1.0, 3.0, 11.0, math.inf]), np.array([4, 2, 0, 0]))
    (row,) = measured([one], np.array([4, 2, 1, 0]), 4, 10).to_pylist()
    gains = [1.0, 0.5, 0.0, 0.0]
    half = 1.959963984540054 * float(np.std(gains)) / 2
    low, high = wilson([2], [4])
    assert row == {
        "model": "one",
        "tested": 4,
        "hits": 2,
        "hit_rate": 0.5,
        "hit_rate_low": pytest.approx(low[0]),
        "hit_rate_high": pytest.approx(high[0]),
        "ndcg": 0.375,
        "ndcg_low": pytest.approx(max(0, 0.375 - half)),
        "ndcg_high": pytest.approx(0.375 + half),
        "mrr": pytest.approx((1 + 1 / 3) / 4),
        "coverage": pytest.approx(2 / 3),
        "novelty": pytest.approx((4 * 0 + 2 * 1) / 6),
        "gini": pytest.approx(gini(np.array([4, 2, 0]))),
    }


def test_nothing_was_tried() -> None:
    (row,) = measured([Trial("none", np.zeros(0), np.zeros(2, np.int64))], np.zeros(2, np.int64), 0, 10).to_pylist()
    figures = {name: value for name, value in row.items() if not name.startswith("hit_rate_")}
    assert figures == {"model": "none"} | dict.fromkeys(set(figures) - {"model"}, 0)
