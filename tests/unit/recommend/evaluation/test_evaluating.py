"""Leave the last out, against doing it by hand."""

from __future__ import annotations

import random

import numpy as np
import pytest

from jianwei.errors import UsageError
from jianwei.recommend.evaluation.evaluating import best, evaluate
from jianwei.recommend.models._base import Interactions
from jianwei.recommend.models.onward import Onward
from jianwei.recommend.models.popular import Popular
from jianwei.recommend.models.together import Together

ITEMS = 30


def chains(people: int, seed: int = 0) -> list[list[int]]:
    """Each item is followed by the next one, mostly."""
    dice = random.Random(seed)
    histories = []
    for _ in range(people):
        items, at = [], dice.randrange(ITEMS)
        for _ in range(dice.randrange(1, 8)):
            items.append(at)
            at = (at + 1) % ITEMS if dice.random() < 0.8 else dice.randrange(ITEMS)
        histories.append(list(dict.fromkeys(items)))
    return histories


def interactions(histories: list[list[int]]) -> Interactions:
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in histories])]).astype(np.int64)
    return Interactions(offsets, np.array([item for one in histories for item in one], np.int32), ITEMS)


@pytest.mark.parametrize("seen", [False, True])
@pytest.mark.parametrize("back", [1, 2])
def test_popular_is_ranked_as_by_hand(back: int, seen: bool) -> None:
    histories = chains(200)
    left = [one[:-back] if len(one) > back else one for one in histories]
    counts = [sum(item in one for one in left) for item in range(ITEMS)]
    ranks = []
    for whole, rest in zip(histories, left, strict=True):
        if len(whole) > back:
            among = [item for item in range(ITEMS) if seen or item not in rest]
            own = counts[whole[-back]]
            above, same = (sum(test(counts[item]) for item in among) for test in (own.__lt__, own.__eq__))
            ranks.append(above + (same + 1) / 2)
    (row,) = evaluate([Popular()], interactions(histories), k=5, validation=back == 2, seen=seen)
    assert (row["tested"], row["hits"]) == (len(ranks), sum(rank <= 5 for rank in ranks))
    assert row["ndcg"] == pytest.approx(sum(1 / np.log2(rank + 1) for rank in ranks if rank <= 5) / len(ranks))


def test_order_is_seen_where_there_is_order() -> None:
    models = [Popular(), Together(), Onward()]
    found = evaluate(models, interactions(chains(400)), k=1)
    rates = dict(zip(found.rows["model"].to_pylist(), found.rows["hit_rate"].to_pylist(), strict=True))
    assert rates["onward"] > rates["together"] > rates["popular"]
    assert rates["onward"] > 0.6
    assert best(models, interactions(chains(400)), k=1) is models[2]


def test_the_hidden_item_is_not_learned_from() -> None:
    """Nobody else ever had the last items: only who learned from them would find them."""
    histories = [[0, 1, 5], [0, 1, 6], [1, 0, 7]]
    (row,) = evaluate([Onward()], interactions(histories), k=5)
    assert (row["tested"], row["hits"]) == (3, 0)
    whole = Onward().fit(interactions(histories))
    assert whole.score([np.array([0, 1], np.int32)])[0, 5] > 0


def test_the_last_items_do_not_matter_to_validation() -> None:
    some = [[0, 1, 2, 3], [0, 1, 2, 4], [1, 2, 5, 6]]
    other = [[*one[:-1], 29] for one in some]
    measured = [evaluate([Onward()], interactions(one), k=2, validation=True).rows for one in (some, other)]
    without = [table.drop_columns(["coverage", "novelty", "gini"]) for table in measured]
    assert without[0].equals(without[1])


def test_people_are_drawn_by_lot() -> None:
    data = interactions(chains(300))
    drawn = [evaluate([Onward()], data, most=40, seed=seed).rows for seed in (0, 0, 1)]
    assert drawn[0]["tested"].to_pylist() == [40]
    assert drawn[0].equals(drawn[1])
    assert not drawn[0].equals(drawn[2])


def test_nobody_can_be_asked() -> None:
    (row,) = evaluate([Onward()], interactions([[1], []]))
    assert (row["tested"], row["hit_rate"]) == (0, 0.0)
    with pytest.raises(UsageError):
        evaluate([Popular()], interactions([[0, 1]]), k=0)
