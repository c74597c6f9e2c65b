"""What is chosen from what is known: filters, falling back, and that every reason is true."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from jianwei.recommend import Choice, Learning, Recommendation
from jianwei.recommend.choosing import (
    Chosen,
    for_basket,
    for_everybody,
    for_person,
    new_items,
    popular_items,
    similar_items,
)
from jianwei.recommend.knowledge import Knowledge, learn


@pytest.fixture
def known(shop: Any) -> Knowledge:
    return learn(shop, Learning(days=10))


def column(known: Knowledge, item: str) -> int:
    return int(known.shelf.columns_of([item])[0])


def basket(known: Knowledge, *items: str) -> np.ndarray:
    return known.shelf.columns_of(list(items))


def person(known: Knowledge, name: str, choice: Choice | None = None, k: int = 10) -> Chosen:
    return for_person(known, known.touches.row_of(f"u:{name}"), k, choice or Choice())


def ids(picks: tuple[Recommendation, ...]) -> list[str]:
    return [one.item_id for one in picks]


def code(one: Recommendation) -> str:
    return one.reasons[0].code


def test_a_basket_gets_its_rule_first_and_what_is_wanted_after(known: Knowledge) -> None:
    picks, notes = for_basket(known, basket(known, "i:tea"), 10, Choice())
    assert notes == ()
    assert picks[0].item_id == "i:cup"
    assert code(picks[0]) == "bought_together"
    figures = dict(picks[0].reasons[0].values)
    assert figures.pop("items") == ["龙井茶 50g"]
    usual = 25 / 60
    assert figures == pytest.approx({"rows": 20, "both": 15, "confidence": 0.75, "usual": usual, "lift": 0.75 / usual})
    assert [one.rank for one in picks] == list(range(1, len(picks) + 1))
    assert "i:tea" not in ids(picks)
    assert "i:lamp" not in ids(picks)  # nobody bought it


def test_no_item_twice_and_no_more_than_asked(known: Knowledge) -> None:
    for k in (1, 2, 3, 10):
        picks, _ = for_basket(known, basket(known, "i:tea", "i:matcha"), k, Choice())
        assert len(set(ids(picks))) == len(picks) <= k


def test_a_person_gets_what_follows_from_the_history(known: Knowledge) -> None:
    picks, notes = person(known, "q0")
    assert notes == ()
    # q0 looked at matcha, put the whisk into the cart and looked at the pot; nothing was bought.
    whisk = next(one for one in picks if one.item_id == "i:whisk")
    assert whisk.reasons[0].values["items"] == ["抹茶粉"]
    assert whisk.reasons[0].values["did"] == "view"
    # Eight people looked at matcha; q1 disliked the whisk after it.
    assert (whisk.reasons[0].values["rows"], whisk.reasons[0].values["both"]) == (8, 7)
    assert whisk.reasons[0].values["share"] == pytest.approx(7 / 8)
    people = len(known.touches.persons)
    assert whisk.reasons[0].values["lift"] == pytest.approx(7 / 8 / (7 / people))


def test_what_is_disliked_is_neither_recommended_nor_a_reason(known: Knowledge) -> None:
    picks, _ = person(known, "q1")
    assert "i:whisk" not in ids(picks)
    assert all("茶筅" not in one.reasons[0].values.get("items", ()) for one in picks)  # type: ignore[operator]
    assert "i:tea" not in ids(person(known, "p16", Choice(repeats="yes"))[0])  # it was given back


def test_what_was_bought_is_left_out_unless_repeats_are_wanted(known: Knowledge) -> None:
    # p05 bought tea and cup together, and the pot twice.
    assert not {"i:tea", "i:cup", "i:pot"} & set(ids(person(known, "p05")[0]))
    again, _ = person(known, "p05", Choice(repeats="often"))
    assert again[0].item_id == "i:pot"
    assert code(again[0]) == "bought_again"
    # Orders 20 to 49 are of the pot: everybody bought it, ten people twice.
    assert again[0].reasons[0].values == {"times": 2, "share": pytest.approx(10 / 20)}


def test_only_what_is_bought_again_comes_again(known: Knowledge) -> None:
    assert known.bought_again[column(known, "i:tea")] == 0
    assert "i:tea" not in ids(person(known, "p17", Choice(repeats="often"))[0])
    everything = Choice(repeats="yes")
    assert set(ids(person(known, "p17")[0])) < set(ids(person(known, "p17", everything)[0]))


def test_filters_hold_for_everything(known: Knowledge) -> None:
    out = Choice(out_of_stock=frozenset({"i:cup", "i:nothing"}))
    one = basket(known, "i:tea")
    rows = [for_basket(known, one, 10, out), person(known, "q0", out), popular_items(known, 10, out)]
    rows += [similar_items(known, column(known, "i:tea"), 10, out), for_person(known, None, 10, out)]
    rows += [chosen for _, chosen in for_everybody(known, 10, out)]
    assert all("i:cup" not in ids(picks) and "i:gone" not in ids(picks) for picks, _ in rows)
    cups = Choice(categories=frozenset({"杯", "壶"}))
    assert set(ids(for_basket(known, one, 10, cups)[0])) == {"i:cup", "i:pot"}
    assert ids(for_basket(known, one, 10, Choice(categories=frozenset({"x"})))[0]) == []


def test_a_stranger_gets_what_is_wanted_and_is_told_so(known: Knowledge) -> None:
    picks, notes = for_person(known, None, 10, Choice())
    assert [note.code for note in notes] == ["nothing_known"]
    assert code(picks[0]).startswith("much_wanted")
    assert "new" in {code(one) for one in picks}


def test_popular_and_new(known: Knowledge) -> None:
    popular, _ = popular_items(known, 10, Choice())
    assert [one.score for one in popular] == sorted((one.score for one in popular), reverse=True)
    new, notes = new_items(known, 10, Choice())
    assert (ids(new), notes) == (["i:lamp"], ())
    assert new[0].reasons[0].values == {"days": 0, "rows": 0, "what": "buy"}


def test_nothing_is_new_in_young_records(shop: Any) -> None:
    picks, notes = new_items(learn(shop, Learning(days=40)), 10, Choice())
    assert (picks, [note.code for note in notes]) == ((), ["nothing_new"])


def test_what_is_alike_says_by_how_many(known: Knowledge) -> None:
    picks, _ = similar_items(known, column(known, "i:matcha"), 10, Choice())
    assert picks[0].item_id == "i:whisk"
    assert picks[0].reasons[0].values["both"] == 7
    nothing, notes = similar_items(known, column(known, "i:lamp"), 10, Choice())
    assert (nothing, [note.code for note in notes]) == ((), ["nothing_alike"])


def test_everybody_gets_what_each_gets(known: Knowledge) -> None:
    for choice in (Choice(), Choice(repeats="often")):
        rows = dict(for_everybody(known, 5, choice))
        assert sorted(rows) == list(range(len(known.touches.persons)))
        for row, chosen in rows.items():
            assert chosen == for_person(known, row, 5, choice)


def test_nothing_known_at_all(memory_reader: Any) -> None:
    known = learn(memory_reader(), Learning())
    assert for_person(known, None, 10, Choice())[0] == ()
    assert popular_items(known, 10, Choice()) == ((), ())
    assert [note.code for note in new_items(known, 10, Choice())[1]] == ["no_times"]
    assert list(for_everybody(known, 10, Choice())) == []


def test_one_item_and_one_person(memory_reader: Any) -> None:
    known = learn(memory_reader(events=[{"user_id": "u:1", "name": "view", "item_id": "i:1", "ts_us": 1}]), Learning())
    picks, _ = for_person(known, 0, 10, Choice())
    assert [code(one) for one in picks] == ["much_wanted"]
    assert for_basket(known, np.array([0], np.int32), 10, Choice())[1][0].code == "no_baskets"


def test_where_items_say_nothing_their_categories_do(memory_reader: Any) -> None:
    def view(person: str, item: str, at: int) -> dict[str, Any]:
        return {"user_id": f"u:{person}", "name": "view", "item_id": item, "ts_us": at}

    # Nobody who saw i:rare saw anything else; five people saw i:tea, three i:leaf, four the cup.
    events = [view("me", "i:rare", 1)]
    events += [view(f"a{n}", "i:tea", n) for n in range(5)] + [view(f"b{n}", "i:leaf", n) for n in range(3)]
    events += [view(f"c{n}", "i:cup", n) for n in range(4)] + [view("d", "i:dust", 1)]
    kinds = {"i:rare": "茶", "i:tea": "茶", "i:leaf": "茶", "i:dust": "茶", "i:cup": "杯"}
    items = [{"item_id": item, "title": item, "category": kind} for item, kind in kinds.items()]
    known = learn(memory_reader(events=events, items=items), Learning())
    picks, _ = person(known, "me", k=2)
    assert ids(picks) == ["i:tea", "i:leaf"]
    assert picks[0].reasons[0].code == "in_category"
    assert picks[0].reasons[0].values == {"did": "view", "category": "茶", "rows": 5}
    assert "i:leaf" not in ids(person(known, "me", Choice(out_of_stock=frozenset({"i:leaf"})))[0])
