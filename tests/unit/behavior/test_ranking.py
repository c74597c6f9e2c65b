"""Rankings against counting by hand."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from jianwei.behavior.ranking import Ranking
from jianwei.common.results import Unavailable
from jianwei.errors import UsageError

Make = Callable[..., Any]


def test_people_by_messages_with_ties_by_id(memory_reader: Make) -> None:
    said = [("u:2", 1), ("u:2", 4), ("u:1", 3), ("u:1", None), ("u:3", 2), (None, 5)]
    reader = memory_reader(
        messages=[*({"user_id": user, "ts_us": ts} for user, ts in said), {"user_id": "u:3", "kind": "image"}],
        users=[{"user_id": "u:1", "nickname": "甲"}],
    )
    found = Ranking(limit=2).compute(reader)
    assert not isinstance(found, Unavailable)
    assert found.rows.to_pylist() == [
        {"id": "u:1", "name": "甲", "rows": 2, "amount": None, "share": 0.4, "first_us": 3, "last_us": 3},
        {"id": "u:2", "name": "u:2", "rows": 2, "amount": None, "share": 0.4, "first_us": 1, "last_us": 4},
    ]
    assert (found.total_rows, found.others_rows, found.total_amount, found.top_share) == (5, 1, None, 0.8)


def test_items_by_money(memory_reader: Make) -> None:
    lines = [
        ("i:1", "2.5", "buy"),
        ("i:1", "2.5", "buy"),
        ("i:2", "15", "buy"),
        ("i:3", "99", "cart"),
        ("i:4", None, "buy"),
    ]
    events = [{"item_id": i, "amount": a and Decimal(a), "name": n} for i, a, n in lines]
    found = Ranking(by="item", of="amount").compute(memory_reader(events=events))
    assert not isinstance(found, Unavailable)
    assert [(row["id"], row["rows"], row["amount"], row["share"]) for row in found] == [
        ("i:2", 1, Decimal("15.0000"), 0.75),
        ("i:1", 2, Decimal("5.0000"), 0.25),
    ]
    assert (found.total_amount, found.top_share) == (Decimal("20.0000"), 1.0)
    by_rows = Ranking(by="item", of="events").compute(memory_reader(events=events))
    assert not isinstance(by_rows, Unavailable)
    assert [(row["id"], row["rows"], row["amount"]) for row in by_rows] == [
        ("i:1", 2, Decimal("5.0000")), ("i:2", 1, Decimal("15.0000")), ("i:3", 1, None), ("i:4", 1, None),
    ]  # fmt: skip


def test_several_currencies_cannot_be_ranked_by_money(memory_reader: Make) -> None:
    paid = {"name": "buy", "amount": Decimal(1), "item_id": "i:1", "user_id": "u:1"}
    reader = memory_reader(events=[paid | {"currency": "CNY"}, paid | {"currency": "USD"}])
    found = Ranking(by="item", of="amount").compute(reader)
    assert isinstance(found, Unavailable)
    assert found.reason.code == "several_currencies"
    counted = Ranking(by="item", of="events").compute(reader)
    assert not isinstance(counted, Unavailable)
    assert counted.rows["amount"].to_pylist() == [None]


def test_events_do_not_happen_in_conversations() -> None:
    with pytest.raises(UsageError, match="rank by person or item"):
        Ranking(by="conversation", of="events")
    with pytest.raises(UsageError, match="below the minimum"):
        Ranking(limit=0)
