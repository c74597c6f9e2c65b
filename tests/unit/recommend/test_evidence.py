"""What is read for recommendations, against plain Python."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from jianwei.errors import UsageError
from jianwei.recommend import Learning
from jianwei.recommend.evidence import Evidence, read_evidence
from jianwei.recommend.shelf import cannot_be_had

DAY = 86_400_000_000
Make = Callable[..., Any]


def touches(evidence: Evidence) -> dict[tuple[str, str], tuple[str, int, bool]]:
    """(person, item) → (strongest event, occasions on which it was bought, disliked)."""
    found, told = {}, evidence.touches
    for row, person in enumerate(told.persons.to_pylist()):
        for at in range(told.offsets[row], told.offsets[row + 1]):
            did = told.names[int(told.did[at])].as_py()
            found[person, evidence.shelf.id(told.items[at])] = did, int(told.bought[at]), bool(told.disliked[at])
    return found


@pytest.mark.parametrize("seed", range(4))
def test_touches_and_baskets_are_those_of_plain_python(memory_reader: Make, seed: int) -> None:
    dice = random.Random(seed)
    names = ["view", "cart", "buy", "search", "refund"]
    events = [
        {
            "ts_us": dice.choice([None, 1 + dice.randrange(20 * DAY)]),
            "user_id": dice.choice([None, *(f"u:{n}" for n in range(6))]),
            "name": dice.choice(names),
            "item_id": dice.choice([None, *(f"i:{n}" for n in range(5))]),
            "basket_id": dice.choice([None, *(f"b:{n}" for n in range(12))]),
        }
        for _ in range(150)
    ]
    evidence = read_evidence(memory_reader(events=events), Learning())
    did, occasions, told = defaultdict(set), defaultdict(set), defaultdict(list)
    for number, one in enumerate(events):
        where = one["user_id"], one["item_id"]
        if None in where:
            continue
        if one["name"] in ("view", "cart", "buy"):
            did[where].add(one["name"])
        if one["name"] == "buy":
            day = None if one["ts_us"] is None else (one["ts_us"] + DAY // 3) // DAY  # Shanghai
            occasions[where].add(one["basket_id"] or (number if day is None else ("day", day)))
        if one["name"] in ("buy", "refund"):
            told[where].append((one["ts_us"] or 0, one["name"] == "refund"))
    strongest = {where: next(n for n in ("buy", "cart", "view") if n in some) for where, some in did.items()}
    assert touches(evidence) == {
        where: (name, len(occasions[where]), bool(told[where]) and max(told[where])[1])
        for where, name in strongest.items()
    }
    baskets = defaultdict(set)
    for one in events:
        if one["name"] == "buy" and one["item_id"] and one["basket_id"]:
            baskets[one["basket_id"]].add(one["item_id"])
    assert evidence.baskets is not None
    held = evidence.baskets
    found = [
        frozenset(evidence.shelf.id(c) for c in held.columns[held.offsets[row] : held.offsets[row + 1]])
        for row in range(len(held))
    ]
    assert sorted(map(sorted, found)) == sorted(map(sorted, baskets.values()))


def test_a_history_is_in_order_of_the_last_time(memory_reader: Make) -> None:
    events = [
        {"ts_us": at, "user_id": "u:1", "name": "view", "item_id": item}
        for at, item in ((3, "i:a"), (1, "i:b"), (2, "i:c"), (9, "i:b"))
    ]
    evidence = read_evidence(memory_reader(events=events), Learning())
    assert [evidence.shelf.id(item) for item in evidence.touches.items] == ["i:c", "i:a", "i:b"]


def test_what_was_bought_and_disliked_is_known_whatever_counts_as_liking(memory_reader: Make) -> None:
    events = [
        {"ts_us": 1, "user_id": "u:1", "name": "view", "item_id": "i:a"},
        {"ts_us": 2, "user_id": "u:1", "name": "buy", "item_id": "i:b"},
        {"ts_us": 3, "user_id": "u:1", "name": "buy", "item_id": "i:c"},
        {"ts_us": 4, "user_id": "u:1", "name": "refund", "item_id": "i:c"},
    ]
    found = touches(read_evidence(memory_reader(events=events), Learning(weights={"view": 1.0})))
    assert found == {
        ("u:1", "i:a"): ("view", 0, False), ("u:1", "i:b"): ("buy", 1, False), ("u:1", "i:c"): ("buy", 1, True),
    }  # fmt: skip


def test_without_baskets_a_day_is_one(memory_reader: Make) -> None:
    # 15:30 and 16:30 UTC are two days in Shanghai.
    events = [
        {"ts_us": int(hour * DAY / 24), "user_id": "u:1", "name": "buy", "item_id": item}
        for hour, item in ((15, "i:a"), (15.5, "i:b"), (16.5, "i:c"))
    ]
    evidence = read_evidence(memory_reader(events=events), Learning())
    assert evidence.by == "day"
    assert evidence.baskets is not None
    assert sorted(evidence.baskets.offsets.tolist()) == [0, 2, 3]


def test_who_is_left_out_is_in_nothing(shop: Any) -> None:
    everybody = read_evidence(shop, Learning())
    fewer = read_evidence(shop, Learning(left_out=frozenset({"u:p00", "u:q0"})))
    assert set(everybody.touches.persons.to_pylist()) - set(fewer.touches.persons.to_pylist()) == {"u:p00", "u:q0"}
    assert everybody.baskets is not None
    assert fewer.baskets is not None
    assert len(everybody.baskets) - len(fewer.baskets) == 3  # p00 placed the orders 0, 20 and 40
    assert everybody.trend.whole - fewer.trend.whole == 1
    many = read_evidence(shop, Learning(left_out=frozenset({"u:p00", "u:q0", *(f"u:x{n}" for n in range(2000))})))
    assert many.touches.persons.equals(fewer.touches.persons)


def test_consent_that_was_withdrawn_leaves_out(memory_reader: Make) -> None:
    events = [{"ts_us": 1, "user_id": f"u:{n}", "name": "view", "item_id": "i:a"} for n in range(6)]
    consents = [
        {"user_id": "u:0", "purpose": "recommendation", "granted": True},
        {"user_id": "u:1", "purpose": "recommendation", "granted": True, "withdrawn_us": 5},
        {"user_id": "u:2", "purpose": "recommendation", "granted": False},
        {"user_id": "u:3", "purpose": "archive", "granted": False},
        {"user_id": "u:4", "purpose": "recommendation", "granted": True, "withdrawn_us": 5, "ts_us": 6},  # given anew
        {"user_id": "u:5", "purpose": "recommendation", "granted": True, "ts_us": 1 << 60},  # dated in the future
    ]
    evidence = read_evidence(memory_reader(events=events, consents=consents), Learning())
    assert evidence.touches.persons.to_pylist() == ["u:0", "u:3", "u:4"]


def test_bad_words_ratings_and_refunds_are_dislikes(memory_reader: Make) -> None:
    events = [{"ts_us": 1, "user_id": "u:1", "name": "view", "item_id": f"i:{n}"} for n in range(6)]
    events += [
        {"ts_us": 2, "user_id": "u:1", "name": "rate", "item_id": "i:0", "value": 2.0},
        {"ts_us": 2, "user_id": "u:1", "name": "rate", "item_id": "i:1", "value": 5.0},
        {"ts_us": 2, "user_id": "u:2", "name": "rate", "item_id": "i:1", "value": 1.0},
        {"ts_us": 2, "user_id": "u:1", "name": "refund", "item_id": "i:2"},
        {"ts_us": 2, "user_id": "u:1", "name": "refund", "item_id": "i:3"},
        {"ts_us": 3, "user_id": "u:1", "name": "buy", "item_id": "i:3"},
    ]
    messages = [
        {"message_id": "m:1", "user_id": "u:1", "item_id": "i:4", "ts_us": 4},
        {"message_id": "m:2", "user_id": "u:1", "item_id": "i:5", "ts_us": 4},
    ]
    annotations = [
        {"record_id": "m:1", "user_id": "u:1", "task": "sentiment", "label": "negative", "ts_us": 4},
        {"record_id": "m:2", "user_id": "u:1", "task": "sentiment", "label": "neutral", "ts_us": 4},
    ]
    found = touches(read_evidence(memory_reader(events=events, messages=messages, annotations=annotations), Learning()))
    assert {item for (person, item), (*_, bad) in found.items() if person == "u:1" and bad} == {"i:0", "i:2", "i:4"}
    assert found["u:2", "i:1"][2]


def test_trend_counts_people_in_two_stretches(shop: Any) -> None:
    evidence = read_evidence(shop, Learning(days=10))
    trend, shelf = evidence.trend, evidence.shelf
    assert (trend.what, trend.who, trend.days, trend.old) == ("buy", "people", 10, 40)
    last = 39.5
    late, early = set(), set()
    for number in range(20, 50):
        day = 0.1 + number * 40 / 60
        if day > last - 10:
            late.add(number % 20)
        elif day > last - 20:
            early.add(number % 20)
    pot = int(shelf.columns_of(["i:pot"])[0])
    assert (trend.lately[pot], trend.before[pot]) == (len(late), len(early))
    lamp = int(shelf.columns_of(["i:lamp"])[0])
    assert (trend.first_day[lamp], trend.lately[lamp]) == (0, 0)


def test_before_is_unknown_where_the_records_are_too_young(shop: Any) -> None:
    assert (read_evidence(shop, Learning(days=30)).trend.before == -1).all()


def test_without_times_everything_counts(memory_reader: Make) -> None:
    events = [{"name": "buy", "item_id": f"i:{n % 3}", "basket_id": f"b:{n // 2}"} for n in range(8)]
    trend = read_evidence(memory_reader(events=events), Learning()).trend
    assert (trend.days, trend.who, trend.whole, trend.lately.tolist()) == (0, "baskets", 4, [3, 3, 2])


def test_nothing_at_all(memory_reader: Make) -> None:
    evidence = read_evidence(memory_reader(), Learning())
    assert (len(evidence.shelf), len(evidence.touches.persons), evidence.baskets) == (0, 0, None)


@pytest.mark.parametrize(
    ("attrs", "gone"),
    [
        ('{"库存":"0"}', True), ('{"stock":-1}', True), ('{"stock":"3"}', False), ('{"Status":"Sold out"}', True),
        ('{"是否上架":"否"}', True), ('{"on_sale":"1"}', False), ('{"price":"0"}', False), ("[]", False), ("{", False),
    ],
)  # fmt: skip
def test_what_items_say_of_themselves(attrs: str, gone: bool) -> None:
    assert cannot_be_had(attrs) is gone


def test_settings_are_checked() -> None:
    with pytest.raises(UsageError, match="days"):
        Learning(days=0)
    with pytest.raises(UsageError, match="buy has -1"):
        Learning(weights={"buy": -1})
    with pytest.raises(UsageError, match="no event says anything"):
        Learning(weights={"buy": 0})
    assert Learning().settings == replace(Learning(), left_out=frozenset({"u:1"})).settings
