"""The question of what lies together: against counting by hand, and what its settings do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from jianwei.common.results import Unavailable
from jianwei.errors import UsageError
from jianwei.mining import read_baskets
from jianwei.mining.questions.itemsets import FrequentItemsets, FrequentItemsetsResult

Make = Callable[..., Any]
SHELF = ("茶", "杯", "盘", "针", "罐", "壶")


def baskets(number: int = 400) -> list[list[str]]:
    rng = np.random.default_rng(8)
    return [[item for item in SHELF if rng.random() < 0.4] for _ in range(number)]


def reader_of(memory_reader: Make, given: list[list[str]], **titles: str) -> Any:
    events = [
        {"name": "buy", "basket_id": f"b:{row}", "item_id": f"i:{item}"}
        for row, basket in enumerate(given)
        for item in basket
    ]
    items = [{"item_id": f"i:{item}", "title": titles.get(item, item)} for item in SHELF]
    return memory_reader(events=events, items=items)


def answer(reader: Any, **settings: Any) -> FrequentItemsetsResult:
    found = FrequentItemsets(**settings).compute(reader)
    assert not isinstance(found, Unavailable)
    return found


def counted(given: list[list[str]]) -> Counter[frozenset[str]]:
    return Counter(
        frozenset(some) for basket in given for n in range(1, len(basket) + 1) for some in combinations(basket, n)
    )


def test_every_set_is_counted(memory_reader: Make) -> None:
    given = [basket for basket in baskets() if basket]
    found = answer(reader_of(memory_reader, given), min_rows=12, min_support=0.0)
    expected = {names: rows for names, rows in counted(given).items() if rows >= 12}
    assert {frozenset(row["item_names"]): row["rows"] for row in found} == expected
    assert (found.itemsets, found.baskets, found.items, found.min_rows) == (len(expected), len(given), 6, 12)
    assert found.mean_size == pytest.approx(np.mean([len(basket) for basket in given]))
    single = counted(given)
    for row in found:
        chance = np.prod([single[frozenset([name])] / len(given) for name in row["item_names"]])
        assert row["support"] == row["rows"] / len(given)
        assert row["lift"] == pytest.approx(row["support"] / chance)
        assert [f"i:{name}" for name in row["item_names"]] == row["items"] == sorted(row["items"])
    keys = [(-row["rows"], row["length"], row["items"]) for row in found]
    assert keys == sorted(keys)


@pytest.mark.parametrize("limit", [1, 2, 7, 30])
def test_a_limit_takes_the_first_ones(memory_reader: Make, limit: int) -> None:
    reader = reader_of(memory_reader, [basket for basket in baskets(60) if basket])
    every, some = answer(reader, min_rows=1), answer(reader, min_rows=1, limit=limit)
    assert some.rows.equals(every.rows.slice(0, limit))
    assert some.itemsets == len(every)


def test_settings_choose(memory_reader: Make) -> None:
    given = [basket for basket in baskets() if basket]
    reader = reader_of(memory_reader, given)
    every = {frozenset(row["item_names"]): row["rows"] for row in answer(reader, min_rows=12)}

    def sets(**settings: Any) -> dict[frozenset[str], int]:
        return {frozenset(row["item_names"]): row["rows"] for row in answer(reader, min_rows=12, **settings)}

    assert sets(min_length=2, max_length=3) == {s: n for s, n in every.items() if 2 <= len(s) <= 3}
    assert sets(include=("茶", "i:杯")) == {s: n for s, n in every.items() if {"茶", "杯"} <= s}
    assert sets(exclude=("茶",)) == {s: n for s, n in every.items() if "茶" not in s}
    assert sets(kind="maximal") == {s: n for s, n in every.items() if not any(s < other for other in every)}
    assert sets(kind="closed") == {
        s: n for s, n in every.items() if not any(s < o and m == n for o, m in every.items())
    }
    bar = sorted(every.values(), reverse=True)[4]
    assert sets(top_k=5) == {s: n for s, n in every.items() if n >= bar}


def test_an_item_that_is_not_there_is_named_with_what_is(memory_reader: Make) -> None:
    reader = reader_of(memory_reader, baskets(50), 壶="提梁壶", 罐="提梁壶")
    with pytest.raises(UsageError, match=r"no item in any basket is called '提粱壶'.*did you mean 提梁壶"):
        answer(reader, include=("提粱壶",))
    with pytest.raises(UsageError, match=r"2 items are called '提梁壶'.*i:壶"):
        answer(reader, include=("提梁壶",))
    without = answer(reader, exclude=("提梁壶",), min_rows=1)
    assert not {"i:壶", "i:罐"} & {item for row in without for item in row["items"]}


def test_settings_that_contradict_each_other() -> None:
    with pytest.raises(UsageError, match="max_length"):
        FrequentItemsets(min_length=3, max_length=2)
    with pytest.raises(UsageError, match="above the maximum"):
        FrequentItemsets(min_support=2.0)


def test_events_say_what_counts(memory_reader: Make) -> None:
    events = [
        {"name": name, "user_id": "u:1", "item_id": f"i:{item}", "ts_us": (day * 24 + 3) * 3_600_000_000}
        for day in range(6)
        for name, item in (("view", "a"), ("view", "b"), ("buy", "b"), ("buy", "c"), ("refund", "d"))
    ]
    reader = memory_reader(events=events)
    looked = answer(reader, by="day", events=("view",), min_length=2)
    assert [row["items"] for row in looked] == [["i:a", "i:b"]]
    both = answer(reader, by="day", min_length=3)
    assert [(row["items"], row["rows"]) for row in both] == [(["i:a", "i:b", "i:c"], 6)]


def test_nothing_to_put_together(memory_reader: Make) -> None:
    alone = reader_of(memory_reader, [["茶"], ["杯"], ["茶"]])
    found = FrequentItemsets(min_length=2).compute(alone)
    assert isinstance(found, Unavailable)
    assert (found.reason.code, found.reason.values) == ("single_items", {"baskets": 3})
    assert [row["item_names"] for row in answer(alone, min_rows=2)] == [["茶"]]
    nothing = FrequentItemsets().compute(
        memory_reader(events=[{"name": "view", "item_id": "i:1", "user_id": "u:1", "ts_us": 1}])
    )
    assert isinstance(nothing, Unavailable)
    assert nothing.reason.code == "no_baskets"
    rare = answer(alone, min_rows=50)
    assert (len(rare), rare.itemsets) == (0, 0)


def test_mining_needs_no_workspace() -> None:
    found = FrequentItemsets(min_rows=2).mine(read_baskets([[1, 2], [1, 2], [3]]))
    assert not isinstance(found, Unavailable)
    assert [row["item_names"] for row in found] == [["1"], ["2"], ["1", "2"]]
    assert isinstance(FrequentItemsets().mine(read_baskets([[], []])), Unavailable)
    assert found.rows.schema.field("items").type == pa.list_(pa.string())
