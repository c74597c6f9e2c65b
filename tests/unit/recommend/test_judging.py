"""Hidden items: ranks and measures against plain Python."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from jianwei.common.stats import wilson
from jianwei.recommend import Learning
from jianwei.recommend.judging import judge
from jianwei.recommend.knowledge import learn


def chains(people: int, seed: int = 0) -> list[dict[str, Any]]:
    """Whoever looks at an item looks at the next one mostly; everybody looks at item 0 at first."""
    dice = random.Random(seed)
    events = []
    for person in range(people):
        at, items = dice.randrange(1, 12), [0]
        for _ in range(dice.randrange(1, 7)):
            items.append(at)
            at = at % 12 + 1 if dice.random() < 0.8 else dice.randrange(1, 13)
        for when, item in enumerate(dict.fromkeys(items)):
            events.append(
                {"user_id": f"u:{person:03d}", "name": "view", "item_id": f"i:{item:02d}", "ts_us": person * 100 + when}
            )
    return events


def test_what_is_measured_is_what_is_told(memory_reader: Any) -> None:
    events = chains(150)
    known = learn(memory_reader(events=events), Learning())
    found = judge(known, k=3)
    histories: dict[str, list[str]] = {}
    for one in events:
        histories.setdefault(one["user_id"], []).append(one["item_id"])
    tested = {person: items for person, items in histories.items() if len(items) >= 3}
    counts: dict[str, int] = {}
    for person, items in histories.items():
        for item in items[:-1] if person in tested else items:
            counts[item] = counts.get(item, 0) + 1
    every = {item for items in histories.values() for item in items}
    ranks = []
    for items in tested.values():
        rest = {item: counts.get(item, 0) for item in every - set(items[:-1])}
        own = rest[items[-1]]
        ranks.append(1 + sum(n > own for n in rest.values()) + (sum(n == own for n in rest.values()) - 1) / 2)
    ours, popular = found.rows.to_pylist()
    assert (ours["of"], ours["model"], popular["model"]) == ("people", "histories", "popular")
    hits = [rank for rank in ranks if rank <= 3]
    assert (popular["tested"], popular["hits"]) == (len(ranks), len(hits))
    assert popular["hit_rate"] == pytest.approx(len(hits) / len(ranks))
    assert popular["ndcg"] == pytest.approx(sum(1 / math.log2(rank + 1) for rank in hits) / len(ranks))
    assert popular["mrr"] == pytest.approx(sum(1 / rank for rank in hits) / len(ranks))
    low, high = wilson([len(hits)], [len(ranks)])
    assert (popular["hit_rate_low"], popular["hit_rate_high"]) == pytest.approx((low[0], high[0]))
    assert ours["hit_rate"] > popular["hit_rate"] + 0.2
    assert ours["coverage"] > popular["coverage"]
    assert [note.code for note in found.notes] == ["judged_people", "few_tested"]


def test_chance_is_called_chance(memory_reader: Any) -> None:
    dice = random.Random(1)
    events = [
        {"user_id": f"u:{person}", "name": "view", "item_id": f"i:{item}", "ts_us": when}
        for person in range(400)
        for when, item in enumerate(dice.sample(range(40), 4))
    ]
    found = judge(learn(memory_reader(events=events), Learning()), k=5)
    assert [note.code for note in found.notes] == ["judged_people", "no_better"]
    assert all(0.05 < row["hit_rate"] < 0.25 for row in found)  # 5 of 37


def test_baskets_are_judged_too(shop: Any) -> None:
    known = learn(shop, Learning())
    found = judge(known, k=1, seed=2)
    rows = {(row["of"], row["model"]): row for row in found}
    assert rows["baskets", "rules"]["tested"] == 15 // 5  # tea and cup, in fifteen orders
    assert judge(known, k=1, seed=2).rows.equals(found.rows)


def test_people_are_drawn_by_lot(memory_reader: Any) -> None:
    known = learn(memory_reader(events=chains(100)), Learning())
    assert judge(known, most=20).rows["tested"].to_pylist() == [20, 20]
    assert not judge(known, most=20, seed=1).rows.equals(judge(known, most=20).rows)


def test_nothing_to_judge(memory_reader: Any) -> None:
    found = judge(learn(memory_reader(), Learning()))
    assert (len(found), [note.code for note in found.notes]) == (0, ["nothing_to_judge"])
    assert np.array(found.rows["hit_rate"]).size == 0
