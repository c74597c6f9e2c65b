"""What follows what, against the sums written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.recommend.neighbours import fit_neighbours

ITEMS = 8
HISTORIES = st.lists(st.lists(st.integers(0, ITEMS - 1), unique=True), max_size=8)


def onward(histories: list[list[int]]) -> np.ndarray:
    table = np.zeros((ITEMS, ITEMS))
    people = np.zeros(ITEMS)
    for history in histories:
        for at, item in enumerate(history):
            people[item] += 1
            for later, other in enumerate(history[at + 1 : at + 9]):
                table[item, other] += 0.8**later
                table[other, item] += 0.5 * 0.8**later
    people = np.maximum(people, 1)
    return table / people[:, None] ** 0.5 / people**0.25


@given(HISTORIES, st.lists(st.integers(0, ITEMS - 1), unique=True))
@settings(max_examples=60, deadline=None)
def test_scores_are_the_sums(histories: list[list[int]], mine: list[int]) -> None:
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in histories])]).astype(np.int64)
    items = np.array([item for one in histories for item in one], np.int32)
    model = fit_neighbours(offsets, items, ITEMS)
    table = onward(histories)
    assert model.onward.toarray() == pytest.approx(table, rel=1e-5)
    history = np.array(mine, np.int32)
    fading = 0.8 ** np.arange(len(mine))[::-1]
    (scores,) = model.score([history])
    assert scores == pytest.approx((fading[:, None] * table[mine]).sum(axis=0), rel=1e-5)
    for item in range(ITEMS):
        assert model.parts(history, item) == pytest.approx(fading * table[mine, item], rel=1e-5)


def test_only_the_latest_of_a_long_history_counts() -> None:
    model = fit_neighbours(np.array([0, 2]), np.array([0, 1], np.int32), 60)
    old = np.array([0, *range(2, 60)], np.int32)
    assert model.score([old])[0, 1] == 0
    assert model.parts(old, 1).shape == (59,)
    assert model.score([old[:30]])[0, 1] > 0


def test_nobody_and_nothing() -> None:
    model = fit_neighbours(np.zeros(1, np.int64), np.zeros(0, np.int32), 3)
    assert model.score([]).shape == (0, 3)
    assert model.score([np.zeros(0, np.int32)]).tolist() == [[0, 0, 0]]
