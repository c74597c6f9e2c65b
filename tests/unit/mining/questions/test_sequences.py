"""The question of what follows what: which events count, in what time, with what names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jianwei.common.results import Unavailable
from jianwei.errors import UsageError
from jianwei.mining.questions.sequences import SEQUENCES_SCHEMA, FrequentSequences

DAY = 86_400_000_000
START = 1_704_067_200_000_000


def event(person: int, day: float, item: str | None, name: str = "buy") -> dict[str, Any]:
    return {"user_id": f"u:{person}", "ts_us": START + round(day * DAY), "item_id": item, "name": name}


@pytest.fixture
def shop(memory_reader: Callable[..., Any]) -> Any:
    """Six of ten people bought a pot and then tea, four of them within a week; everybody looked at a cup first."""
    rows = [event(person, 0, "i:cup", "view") for person in range(10)]
    rows += [event(person, 1, "i:pot") for person in range(6)]
    rows += [event(person, 3 if person < 4 else 20, "i:tea") for person in range(6)]
    rows += [event(9, 1, "i:tea"), event(9, 1, "i:pot"), event(9, 30, "i:pot", "refund")]
    items = [
        {"item_id": "i:pot", "title": "茶壶", "category": "器"},
        {"item_id": "i:tea", "title": "龙井", "category": "茶"},
        {"item_id": "i:cup", "title": "茶杯", "category": "器"},
    ]
    return memory_reader(events=rows, items=items)


def rows_of(result: Any) -> dict[tuple[str, ...], int]:
    return {tuple(row["items"]): row["rows"] for row in result}


def test_sequences_of_what_people_did(shop: Any) -> None:
    result = FrequentSequences(min_rows=3).compute(shop)
    assert result.rows.schema.equals(SEQUENCES_SCHEMA)
    assert rows_of(result) == {
        ("i:cup", "i:pot"): 7, ("i:cup", "i:tea"): 7, ("i:pot", "i:tea"): 6, ("i:cup", "i:pot", "i:tea"): 6,
    }  # fmt: skip
    assert result.persons == 10
    first = next(row for row in result if row["items"] == ["i:pot", "i:tea"])
    assert first["item_names"] == ["茶壶", "龙井"]
    assert (first["antecedent_rows"], first["consequent_rows"]) == (7, 7)
    assert first["confidence"] == pytest.approx(6 / 7)
    assert first["lift"] == pytest.approx(6 / 7 / 0.7)


def test_events_and_bounds_of_time(shop: Any) -> None:
    bought = {"events": ("buy",), "min_rows": 2}
    assert rows_of(FrequentSequences(**bought).compute(shop)) == {("i:pot", "i:tea"): 6}
    assert rows_of(FrequentSequences(**bought, max_gap_days=7).compute(shop)) == {("i:pot", "i:tea"): 4}
    assert rows_of(FrequentSequences(**bought, window_days=1.5).compute(shop)) == {}
    within = FrequentSequences(min_rows=2, window_days=3, min_length=3).compute(shop)
    assert rows_of(within) == {("i:cup", "i:pot", "i:tea"): 4}


def test_categories_and_names_of_events(shop: Any) -> None:
    kinds = FrequentSequences(of="category", min_rows=3, max_length=2).compute(shop)
    assert rows_of(kinds) == {("器", "茶"): 7, ("器", "器"): 7}
    assert all(row["item_names"] == row["items"] for row in kinds)
    once = FrequentSequences(of="category", min_rows=3, max_length=2, repeats=False).compute(shop)
    assert rows_of(once) == {("器", "茶"): 7}
    done = FrequentSequences(of="event", min_rows=3, max_length=2).compute(shop)
    assert rows_of(done) == {("view", "buy"): 7, ("buy", "buy"): 6}


def test_only_what_says_something(shop: Any) -> None:
    every = FrequentSequences(min_rows=3).compute(shop)
    better = FrequentSequences(min_rows=3, only_better=True).compute(shop)
    assert set(rows_of(every)) - set(rows_of(better)) == {("i:cup", "i:pot", "i:tea")}
    closed = FrequentSequences(min_rows=3, kind="closed").compute(shop)
    assert ("i:pot", "i:tea") not in rows_of(closed)
    assert len(FrequentSequences(min_rows=3, alpha=0.01).compute(shop)) == 0


def test_order_and_limit(shop: Any) -> None:
    every = [row["items"] for row in FrequentSequences(min_rows=3).compute(shop)]
    assert every == [["i:cup", "i:pot"], ["i:cup", "i:tea"], ["i:pot", "i:tea"], ["i:cup", "i:pot", "i:tea"]]
    two = FrequentSequences(min_rows=3, limit=2).compute(shop)
    assert ([row["items"] for row in two], two.sequences) == (every[:2], 4)


def test_a_planted_sequence_is_the_strongest(memory_reader: Callable[..., Any]) -> None:
    rows = [event(p, d, f"i:{(p * 7 + d * 3) % 11}") for p in range(200) for d in range(4)]
    rows += [event(p, 5 + d, f"i:{name}") for p in range(0, 200, 5) for d, name in enumerate(("kettle", "cleaner"))]
    found = FrequentSequences(order="strength", alpha=0.05, only_better=True).compute(memory_reader(events=rows))
    assert next(iter(found))["items"] == ["i:kettle", "i:cleaner"]


def test_nothing_to_go_by(memory_reader: Callable[..., Any]) -> None:
    def reason(**tables: Any) -> str:
        found = FrequentSequences().compute(memory_reader(**tables))
        assert isinstance(found, Unavailable)
        return found.reason.code

    assert reason() == "no_rows"
    assert reason(events=[{"name": "buy", "item_id": "i:1", "user_id": "u:1"}]) == "no_times"
    assert reason(events=[{"name": "buy", "item_id": "i:1", "ts_us": START}]) == "no_person"


def test_wrong_settings() -> None:
    with pytest.raises(UsageError):
        FrequentSequences(min_length=4)
    with pytest.raises(UsageError):
        FrequentSequences(of="person")
    with pytest.raises(UsageError):
        FrequentSequences(max_gap_days=-1)
