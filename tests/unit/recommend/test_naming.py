"""Who and what is meant by a name."""

from __future__ import annotations

from typing import Any

import pytest

from jianwei.errors import UsageError
from jianwei.recommend.naming import item_called, items_called, items_listed, people_listed, person_called
from jianwei.recommend.shelf import Shelf, read_shelf


@pytest.fixture
def shelf(shop: Any) -> Shelf:
    return read_shelf(shop)


@pytest.mark.parametrize("name", ["i:tea", "T1", "龙井茶 50g", "龙井", " t1 ".strip().upper(), "茶 50"])
def test_an_item_by_any_of_its_names(shelf: Shelf, name: str) -> None:
    assert shelf.id(item_called(shelf, name)) == "i:tea"


def test_an_exact_title_goes_before_parts_of_others(shelf: Shelf) -> None:
    assert shelf.id(item_called(shelf, "茶壶")) == "i:pot"


def test_several_items_are_listed(shelf: Shelf) -> None:
    with pytest.raises(UsageError, match=r"5 items are called '茶'.*旧茶盘 \(G1\)"):
        item_called(shelf, "茶")


def test_what_comes_close_is_told(shelf: Shelf) -> None:
    with pytest.raises(UsageError, match="did you mean '白瓷杯'"):
        item_called(shelf, "白瓷怀")
    with pytest.raises(UsageError, match="no item is called ''"):
        item_called(shelf, "")
    with pytest.raises(UsageError, match="basket: no item is called 'xyz'"):
        items_called(shelf, ["T1", "xyz"])


def test_an_item_named_twice_counts_once(shelf: Shelf) -> None:
    assert items_called(shelf, ["T1", "C1", "i:tea"]) == [item_called(shelf, "T1"), item_called(shelf, "C1")]


def test_a_list_of_items_tells_what_it_does_not_know(shelf: Shelf) -> None:
    assert items_listed(shelf, ["T1", "白瓷杯", "i:nothing", ""]) == (frozenset({"i:tea", "i:cup"}), 2)


def test_a_person(shop: Any) -> None:
    assert person_called(shop, "小林") == person_called(shop, "wx0") == person_called(shop, "u:q0") == "u:q0"
    with pytest.raises(UsageError, match="2 people are called '小王'"):
        person_called(shop, "小王")
    with pytest.raises(UsageError, match=r"did you mean .*'小林'"):
        person_called(shop, "小淋")


def test_a_list_of_people_is_taken_at_its_word(shop: Any) -> None:
    people, strange = people_listed(shop, ["小王", "wx0", "u:p00", " ", "nobody"])
    assert people == {"u:q0", "u:q1", "u:q2", "u:p00"}  # both who are called 小王; p00 is known by events only
    assert strange == 1
