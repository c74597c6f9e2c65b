"""What every model of people's histories must do."""

from __future__ import annotations

import random

import numpy as np
import pytest

from jianwei.recommend.models._base import Fitted, Interactions, Model
from jianwei.recommend.models.onward import Onward
from jianwei.recommend.models.popular import Popular, SameForAll
from jianwei.recommend.models.together import Together

ITEMS = 12
MODELS: list[Model] = [
    Onward(),
    Onward(reach=2, backward=0.0, since=1.0),
    Together(),
    Together(0, 0.8, 3),
    Popular(),
    Popular(days=1),
]


def people(seed: int, size: int = ITEMS) -> Interactions:
    dice = random.Random(seed)
    histories = [dice.sample(range(ITEMS - 1), dice.randrange(6)) for _ in range(40)]
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in histories])]).astype(np.int64)
    items = np.array([item for one in histories for item in one], np.int32)
    return Interactions(offsets, items, size, np.sort(np.array([dice.randrange(3 * 86_400_000_000) for _ in items])))


@pytest.fixture(params=MODELS, ids=repr)
def model(request: pytest.FixtureRequest) -> Model:
    chosen: Model = request.param
    return chosen


@pytest.fixture
def fitted(model: Model) -> Fitted:
    return model.fit(people(0))


HISTORIES = [np.array(one, np.int32) for one in ([], [3], [ITEMS - 1], [5, 0, 7, 2], [4, 5, 6, 7, 8, 9, 10])]


def test_one_row_of_finite_scores_for_each_history(fitted: Fitted) -> None:
    scores = fitted.score(HISTORIES)
    assert (scores.shape, scores.dtype) == ((len(HISTORIES), ITEMS), np.float32)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    assert fitted.score([]).shape == (0, ITEMS)


def test_histories_do_not_disturb_each_other(fitted: Fitted) -> None:
    together = fitted.score(HISTORIES)
    for row, history in enumerate(HISTORIES):
        assert fitted.score([history])[0] == pytest.approx(together[row])


def test_nothing_speaks_for_an_item_that_nobody_had(fitted: Fitted) -> None:
    assert not fitted.score(HISTORIES)[:, ITEMS - 1].any()
    assert fitted.similar(ITEMS - 1) == ()
    assert all(fitted.reasons(history, ITEMS - 1) == () for history in HISTORIES)


def test_reasons_add_up_to_the_score_where_what_people_did_counts(fitted: Fitted) -> None:
    scores = fitted.score(HISTORIES)
    for row, history in enumerate(HISTORIES):
        for item in range(ITEMS):
            found = fitted.reasons(history, item, ITEMS)
            whole = 0 if isinstance(fitted, SameForAll) else scores[row, item]
            assert sum(one.weight for one in found) == pytest.approx(whole, rel=1e-5)
            assert {one.item for one in found} <= set(history.tolist())
            assert fitted.reasons(history, item, 1) == found[:1]


def test_similar_items_are_others_and_in_order(fitted: Fitted) -> None:
    for item in range(ITEMS):
        found = fitted.similar(item, 5)
        assert len(found) <= 5
        assert item not in {one.item for one in found}
        assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)
        assert fitted.similar(item, 2) == found[:2]
        assert all(0 <= one.both <= one.rows and 0 <= one.share <= 1 for one in found)


def test_the_same_people_give_the_same_model(model: Model) -> None:
    first, second = (model.fit(people(3)).score(HISTORIES) for _ in range(2))
    assert (first == second).all()


def test_nobody_is_enough_to_learn_from(model: Model) -> None:
    nobody = Interactions(np.zeros(1, np.int64), np.zeros(0, np.int32), ITEMS, np.zeros(0, np.int64))
    assert not model.fit(nobody).score(HISTORIES).any()
    assert isinstance(model.name, str)
