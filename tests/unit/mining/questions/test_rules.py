"""The question of what goes together, on planted baskets and on groceries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from jianwei.common.results import Unavailable
from jianwei.errors import UsageError
from jianwei.mining import read_baskets
from jianwei.mining.questions import rules as module
from jianwei.mining.questions.rules import AssociationRules, AssociationRulesResult

Make = Callable[..., Any]


def tables(baskets: list[list[str]], name: str = "buy") -> dict[str, Any]:
    """Orders of items that are called by their titles."""
    couples = [(row, item) for row, basket in enumerate(baskets) for item in basket]
    titles = sorted({item for _, item in couples})
    return {
        "events": pa.table(
            {
                "event_id": [f"e:{n}" for n in range(len(couples))],
                "name": [name] * len(couples),
                "basket_id": [f"b:{row}" for row, _ in couples],
                "item_id": [f"i:{item}" for _, item in couples],
            }
        ),
        "items": pa.table({"item_id": [f"i:{title}" for title in titles], "title": titles}),
    }


def planted() -> list[list[str]]:
    rng = np.random.default_rng(4)
    baskets = []
    for _ in range(1500):
        basket = [item for item in ("茶", "杯", "盘", "针", "罐") if rng.random() < 0.25]
        if rng.random() < (0.75 if "茶" in basket and "杯" in basket else 0.08):
            basket.append("壶")
        baskets.append(basket)
    return [basket for basket in baskets if basket]


def answer(reader: Any, **settings: Any) -> AssociationRulesResult:
    found = AssociationRules(**settings).compute(reader)
    assert not isinstance(found, Unavailable)
    return found


def test_a_planted_rule_of_two_items_comes_first(memory_reader: Make) -> None:
    baskets = planted()
    found = answer(memory_reader(**tables(baskets)))
    (top, *others) = found.rows.to_pylist()
    assert (set(top["antecedent_names"]), top["consequent_names"]) == ({"茶", "杯"}, ["壶"])
    assert top["antecedent"] == sorted(top["antecedent"])
    assert [f"i:{name}" for name in top["antecedent_names"]] == top["antecedent"]
    with_both = [basket for basket in baskets if {"茶", "杯"} <= set(basket)]
    assert top["antecedent_rows"] == len(with_both)
    assert top["consequent_rows"] == sum("壶" in basket for basket in baskets)
    assert top["rows"] == sum("壶" in basket for basket in with_both)
    assert top["confidence"] == pytest.approx(top["rows"] / len(with_both))
    assert (found.baskets, found.items, found.rules, found.min_rows) == (len(baskets), 6, len(found), 5)
    assert found.mean_size == pytest.approx(np.mean([len(set(basket)) for basket in baskets]))
    assert found.events == ("buy",)
    # What else is true: tea and cup each go with the kettle, and the other way round.
    named = {name for row in others for name in [*row["antecedent_names"], *row["consequent_names"]]}
    assert "壶" in named
    assert not {"盘", "针", "罐"} & named


def test_chance_gives_no_rules(memory_reader: Make) -> None:
    rng = np.random.default_rng(6)
    baskets = [[f"货{n}" for n in np.flatnonzero(rng.random(30) < 0.15)] for _ in range(1200)]
    reader = memory_reader(**tables(baskets))
    assert len(answer(reader, alpha=0.01)) == 0
    assert len(answer(reader, correction="none", productive=False)) > 0


def test_settings_narrow_the_list(memory_reader: Make) -> None:
    reader = memory_reader(**tables(planted()))
    few = answer(reader, limit=2, max_antecedent=1, metric="confidence", min_threshold=0.2)
    assert len(few) == 2
    assert few.rules >= 2
    assert all(len(row["antecedent"]) == 1 and row["confidence"] >= 0.2 for row in few)
    assert len(answer(reader, min_rows=10_000)) == 0
    with pytest.raises(UsageError, match="above the maximum"):
        AssociationRules(min_support=2.0)
    with pytest.raises(UsageError, match="metric"):
        AssociationRules(metric="luck")


def test_items_on_either_side_and_on_none(memory_reader: Make) -> None:
    reader = memory_reader(**tables(planted()))
    every = answer(reader).rows.to_pylist()
    to_pot = answer(reader, consequent=("壶",)).rows.to_pylist()
    assert to_pot == [row for row in every if row["consequent"] == ["i:壶"]] != every
    from_tea = answer(reader, antecedent=("i:茶",)).rows.to_pylist()
    assert from_tea == [row for row in every if "i:茶" in row["antecedent"]] != every
    without = answer(reader, exclude=("壶",)).rows.to_pylist()
    assert not any("i:壶" in row["antecedent"] + row["consequent"] for row in without)
    with pytest.raises(UsageError, match="no item in any basket is called '锅'"):
        answer(reader, consequent=("锅",))


@pytest.mark.parametrize("measure", ["lift", "confidence", "leverage", "support"])
def test_order_by_a_measure(memory_reader: Make, measure: str) -> None:
    found = answer(memory_reader(**tables(planted())), order=measure, productive=False)
    values = found.rows[measure].to_pylist()
    assert len(values) > 3
    assert values == sorted(values, reverse=True)


def test_several_items_after_the_arrow(memory_reader: Make) -> None:
    baskets = [["a", "b", "c"]] * 30 + [["d"]] * 60 + [["a", "d"]] * 5
    found = answer(memory_reader(**tables(baskets)), max_consequent=2, productive=False, redundant=True)
    sides = {(tuple(row["antecedent_names"]), tuple(row["consequent_names"])) for row in found}
    assert (("a",), ("b", "c")) in sides
    assert all(len(before) <= 2 and len(after) <= 2 for before, after in sides)


def test_min_support_is_a_share_taken_exactly(memory_reader: Make) -> None:
    # 7 % of 100 baskets are 7 baskets, although 0.07 * 100 is a little more than 7 in binary.
    reader = memory_reader(**tables([["a", "b"]] * 7 + [["c"]] * 93))
    assert answer(reader, min_support=0.07, min_rows=1).rows["rows"].to_pylist() == [7, 7]


def test_a_rule_that_always_holds_has_no_conviction(memory_reader: Make) -> None:
    found = answer(memory_reader(**tables([["a", "b"]] * 10 + [["c"]] * 10)))
    assert found.rows["conviction"].to_pylist() == [None, None]
    assert found.rows["confidence"].to_pylist() == [1.0, 1.0]


def test_the_direction_that_holds_more_often_comes_first(memory_reader: Make) -> None:
    found = answer(memory_reader(**tables([["a", "b"]] * 20 + [["a"]] * 20 + [["c"]] * 60)))
    assert [(row["antecedent_names"], row["confidence"]) for row in found] == [(["b"], 1.0), (["a"], 0.5)]


def test_nothing_to_put_together(memory_reader: Make) -> None:
    found = AssociationRules().compute(
        memory_reader(events=[{"name": "view", "item_id": "i:1", "user_id": "u:1", "ts_us": 1}])
    )
    assert isinstance(found, Unavailable)
    assert found.reason.code == "no_baskets"
    alone = AssociationRules().compute(memory_reader(**tables([["a"], ["b"], ["a"]])))
    assert isinstance(alone, Unavailable)
    assert (alone.reason.code, alone.reason.values) == ("single_items", {"baskets": 3})


def test_too_many_sets_raise_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of dense data the rarest combinations are given up, and the answer says where it stopped."""
    rng = np.random.default_rng(1)
    data = read_baskets([list(map(str, np.flatnonzero(rng.random(30) < 0.5))) for _ in range(300)])
    every = AssociationRules(limit=100_000, alpha=1.0, productive=False, redundant=True).mine(data)
    monkeypatch.setattr(module, "_MOST_SETS", 4_000)
    some = AssociationRules(limit=100_000, alpha=1.0, productive=False, redundant=True).mine(data)
    assert not isinstance(every, Unavailable)
    assert not isinstance(some, Unavailable)
    assert some.min_rows in (10, 20, 40, 80)
    assert [row["rows"] for row in some] != []
    keys = {(tuple(row["antecedent"]), *row["consequent"]): row["rows"] for row in every}
    kept = {(tuple(row["antecedent"]), *row["consequent"]): row["rows"] for row in some}
    assert kept == {key: rows for key, rows in keys.items() if rows >= some.min_rows}


def test_mining_needs_no_workspace() -> None:
    found = AssociationRules().mine(read_baskets([[1, 2], [1, 2], [3]] * 10))
    assert not isinstance(found, Unavailable)
    assert [(row["antecedent_names"], row["consequent_names"]) for row in found] == [(["1"], ["2"]), (["2"], ["1"])]
    assert found.events == ()


def test_groceries_against_an_independent_count(memory_reader: Make, data_dir: Path) -> None:
    lines = (data_dir / "fimi" / "groceries.csv").read_text("utf-8").splitlines()
    baskets = [[item.strip() for item in line.split(",") if item.strip()] for line in lines]
    found = answer(memory_reader(**tables(baskets)), limit=100_000, alpha=1.0, max_antecedent=1, productive=False)
    counted = Counter(pair for basket in baskets for pair in combinations(sorted(set(basket)), 2))
    single = Counter(item for basket in baskets for item in set(basket))
    assert (found.baskets, found.items) == (9835, 169)
    expected = {
        (a, b): n
        for pair, n in counted.items()
        for a, b in (pair, pair[::-1])
        if n >= 10 and n * len(baskets) > single[a] * single[b]
    }
    rows = {(row["antecedent_names"][0], row["consequent_names"][0]): row for row in found}
    assert {pair: row["rows"] for pair, row in rows.items()} == expected
    # Known from the literature on this set (arules): butter and yogurt go with whole milk.
    assert rows["butter", "whole milk"]["confidence"] == pytest.approx(0.4972, abs=1e-4)
    assert rows["whole milk", "yogurt"]["lift"] == pytest.approx(1.5717, abs=1e-4)
