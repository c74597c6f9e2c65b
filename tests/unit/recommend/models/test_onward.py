"""What follows what, against the sums written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.recommend.models._base import Interactions
from jianwei.recommend.models.onward import Onward

ITEMS = 8
HISTORIES = st.lists(st.lists(st.integers(0, ITEMS - 1), unique=True), max_size=8)
MODEL = Onward(reach=3, fading=0.8, backward=0.5, damping=0.7, giver=0.5, taker=0.25, since=0.7)


def interactions(histories: list[list[int]], size: int = ITEMS) -> Interactions:
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in histories])]).astype(np.int64)
    return Interactions(offsets, np.array([item for one in histories for item in one], np.int32), size)


def onward(histories: list[list[int]]) -> np.ndarray:
    table = np.zeros((ITEMS, ITEMS))
    people = np.zeros(ITEMS)
    for history in histories:
        for at, item in enumerate(history):
            people[item] += 1
            for between, other in enumerate(history[at + 1 : at + 4]):
                table[item, other] += 0.8**between
                table[other, item] += 0.5 * 0.8**between
    people = np.maximum(people, 1)
    return table**0.7 / people[:, None] ** 0.5 / people**0.25


@given(HISTORIES, st.lists(st.integers(0, ITEMS - 1), unique=True))
@settings(max_examples=60, deadline=None)
def test_scores_are_the_sums_and_reasons_their_parts(histories: list[list[int]], mine: list[int]) -> None:
    model = MODEL.fit(interactions(histories))
    table = onward(histories)
    assert model.weights.toarray() == pytest.approx(table, rel=1e-5)
    history = np.array(mine, np.int32)
    counts = 0.7 ** np.arange(len(mine))[::-1]
    (scores,) = model.score([history])
    assert scores == pytest.approx((counts[:, None] * table[mine]).sum(axis=0), rel=1e-5)
    for item in range(ITEMS):
        found = model.reasons(history, item, ITEMS)
        parts = {one: counts[at] * table[one, item] for at, one in enumerate(mine) if table[one, item] > 0}
        assert {one.item: one.weight for one in found} == pytest.approx(parts, rel=1e-5)
        assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)
        for one in found:
            both = sum({one.item, item} <= set(other) for other in histories)
            assert (one.rows, one.both) == (sum(one.item in other for other in histories), both)
            assert one.usual == pytest.approx(sum(item in other for other in histories) / len(histories))


def test_figures_of_a_reason() -> None:
    model = Onward().fit(interactions([[0, 1], [0, 1], [0, 2], [3]]))
    (one,) = model.reasons(np.array([0], np.int32), 1)
    assert (one.item, one.rows, one.both, one.share, one.usual, one.lift) == (0, 3, 2, 2 / 3, 0.5, 4 / 3)
    first, second = model.similar(0)
    assert (first.item, first.both, second.item, second.both, second.usual) == (1, 2, 2, 1, 0.25)
    assert model.similar(0, 1) == (first,)
    assert model.similar(3) == ()


def test_only_the_latest_of_a_long_history_counts() -> None:
    model = Onward(latest=50).fit(interactions([[0, 1]], 60))
    old = np.array([0, *range(2, 60)], np.int32)
    assert model.score([old])[0, 1] == 0
    assert model.reasons(old, 1) == ()
    assert model.score([old[:30]])[0, 1] > 0


def test_nobody_and_nothing() -> None:
    model = Onward().fit(interactions([], 3))
    assert model.score([]).shape == (0, 3)
    assert model.score([np.zeros(0, np.int32)]).tolist() == [[0, 0, 0]]
