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
from jianwei.mining.pairs import Pairs

Make = Callable[..., Any]


def tables(baskets: list[list[str]]) -> dict[str, Any]:
    """Orders of items that are called by their titles."""
    couples = [(row, item) for row, basket in enumerate(baskets) for item in basket]
    titles = sorted({item for _, item in couples})
    return {
        "events": pa.table(
            {
                "event_id": [f"e:{n}" for n in range(len(couples))],
                "name": ["buy"] * len(couples),
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


def test_a_planted_rule_of_two_items_comes_first(memory_reader: Make) -> None:
    baskets = planted()
    found = Pairs().compute(memory_reader(**tables(baskets)))
    assert not isinstance(found, Unavailable)
    (top, *others) = found.rows.to_pylist()
    assert (set(top["antecedent_names"]), top["consequent_name"]) == ({"茶", "杯"}, "壶")
    assert top["antecedent"] == sorted(top["antecedent"])
    with_both = [basket for basket in baskets if {"茶", "杯"} <= set(basket)]
    assert top["rows"] == sum("壶" in basket for basket in with_both)
    assert top["confidence"] == pytest.approx(top["rows"] / len(with_both))
    assert (found.baskets, found.items, found.rules) == (len(baskets), 6, len(found))
    assert found.mean_size == pytest.approx(np.mean([len(set(basket)) for basket in baskets]))
    # What else is true: tea and cup each go with the kettle, and the other way round.
    assert {"壶"} <= {name for row in others for name in [*row["antecedent_names"], row["consequent_name"]]}
    assert not {"盘", "针", "罐"} & {
        name for row in others for name in [*row["antecedent_names"], row["consequent_name"]]
    }


def test_chance_gives_no_rules(memory_reader: Make) -> None:
    rng = np.random.default_rng(6)
    baskets = [[f"货{n}" for n in np.flatnonzero(rng.random(30) < 0.15)] for _ in range(1200)]
    found = Pairs(alpha=0.01).compute(memory_reader(**tables(baskets)))
    assert not isinstance(found, Unavailable)
    assert len(found) == 0


def test_settings_narrow_the_list(memory_reader: Make) -> None:
    reader = memory_reader(**tables(planted()))
    few = Pairs(limit=2, max_antecedent=1, min_confidence=0.2).compute(reader)
    assert not isinstance(few, Unavailable)
    assert len(few) == 2
    assert few.rules >= 2
    assert all(len(row["antecedent"]) == 1 and row["confidence"] >= 0.2 for row in few)
    rare = Pairs(min_rows=10_000).compute(reader)
    assert not isinstance(rare, Unavailable)
    assert len(rare) == 0
    with pytest.raises(UsageError, match="above the maximum"):
        Pairs(min_support=2.0)


def test_min_support_is_a_share_taken_exactly(memory_reader: Make) -> None:
    # 7 % of 100 baskets are 7 baskets, although 0.07 * 100 is a little more than 7 in binary.
    reader = memory_reader(**tables([["a", "b"]] * 7 + [["c"]] * 93))
    found = Pairs(min_support=0.07, min_rows=1).compute(reader)
    assert not isinstance(found, Unavailable)
    assert found.rows["rows"].to_pylist() == [7, 7]


def test_a_rule_that_always_holds_has_no_conviction(memory_reader: Make) -> None:
    found = Pairs().compute(memory_reader(**tables([["a", "b"]] * 10 + [["c"]] * 10)))
    assert not isinstance(found, Unavailable)
    assert found.rows["conviction"].to_pylist() == [None, None]
    assert found.rows["confidence"].to_pylist() == [1.0, 1.0]


def test_no_baskets(memory_reader: Make) -> None:
    found = Pairs().compute(memory_reader(events=[{"name": "view", "item_id": "i:1", "user_id": "u:1", "ts_us": 1}]))
    assert isinstance(found, Unavailable)
    assert found.reason.code == "no_baskets"


def test_groceries_against_an_independent_count(memory_reader: Make, data_dir: Path) -> None:
    lines = (data_dir / "fimi" / "groceries.csv").read_text("utf-8").splitlines()
    baskets = [[item.strip() for item in line.split(",") if item.strip()] for line in lines]
    found = Pairs(limit=100_000, alpha=1.0, max_antecedent=1).compute(memory_reader(**tables(baskets)))
    assert not isinstance(found, Unavailable)
    counted = Counter(pair for basket in baskets for pair in combinations(sorted(set(basket)), 2))
    single = Counter(item for basket in baskets for item in set(basket))
    assert (found.baskets, found.items) == (9835, 169)
    expected = {
        (a, b): n
        for pair, n in counted.items()
        for a, b in (pair, pair[::-1])
        if n >= 10 and n * len(baskets) > single[a] * single[b]
    }
    rows = {(row["antecedent_names"][0], row["consequent_name"]): row for row in found}
    assert {pair: row["rows"] for pair, row in rows.items()} == expected
    # Known from the literature on this set (arules): butter and yogurt go with whole milk.
    assert rows["butter", "whole milk"]["confidence"] == pytest.approx(0.4972, abs=1e-4)
    assert rows["whole milk", "yogurt"]["lift"] == pytest.approx(1.5717, abs=1e-4)
