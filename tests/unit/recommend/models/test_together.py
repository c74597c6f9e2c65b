"""Cosines and what everybody has, against counting."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.recommend.models._base import Interactions
from jianwei.recommend.models.popular import Popular
from jianwei.recommend.models.together import Together

ITEMS = 6
HISTORIES = st.lists(st.lists(st.integers(0, ITEMS - 1), unique=True), max_size=8)
DAY = 86_400_000_000


def interactions(histories: list[list[int]]) -> Interactions:
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in histories])]).astype(np.int64)
    return Interactions(offsets, np.array([item for one in histories for item in one], np.int32), ITEMS)


@given(HISTORIES)
@settings(max_examples=60, deadline=None)
def test_cosines_are_the_counts(histories: list[list[int]]) -> None:
    found = Together(shrinkage=1.0).fit(interactions(histories)).weights.toarray()
    sets = [set(one) for one in histories]
    for one in range(ITEMS):
        for other in range(ITEMS):
            both = sum({one, other} <= items for items in sets)
            alone = math.sqrt(sum(one in items for items in sets) * sum(other in items for items in sets))
            expected = 0.0 if one == other or not both else both / alone * both / (both + 1)
            assert found[one, other] == pytest.approx(expected, rel=1e-5)


def test_of_long_histories_the_latest_are_paired() -> None:
    model = Together(latest=2, shrinkage=0).fit(interactions([[0, 1, 2], [1, 2]]))
    assert not model.score([np.array([0], np.int32)]).any()
    assert model.score([np.array([1], np.int32)])[0].tolist() == pytest.approx([0, 0, 1, 0, 0, 0])


def test_popular_is_the_number_of_people() -> None:
    model = Popular().fit(interactions([[0, 1], [1], [2, 1, 0]]))
    assert model.score([np.zeros(0, np.int32)] * 2).tolist() == [[2, 3, 1, 0, 0, 0]] * 2
    assert (model.reasons(np.array([0], np.int32), 1), model.similar(1)) == ((), ())


def test_popular_lately() -> None:
    times = np.array([0, 3 * DAY, 9 * DAY, 10 * DAY])
    found = Interactions(np.array([0, 2, 4]), np.array([0, 1, 1, 2], np.int32), 3, times)
    assert Popular(days=2).fit(found).scores.tolist() == [0, 1, 1]
    assert Popular(days=8).fit(found).scores.tolist() == [0, 2, 1]
    assert Popular(days=2).name == "popular in 2 days"
    with pytest.raises(UsageError):
        Popular(days=2).fit(interactions([[0]]))
