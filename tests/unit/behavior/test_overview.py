"""Figures of the overview, counted by hand and on real data."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jianwei.behavior.overview import Overview
from jianwei.common.results import Unavailable

Make = Callable[..., Any]


def test_figures_and_rows(memory_reader: Make) -> None:
    reader = memory_reader(
        messages=[
            {"ts_us": 5, "user_id": "u:1", "conversation_id": "c:1", "item_id": "i:9"},
            {"ts_us": 3, "user_id": "u:2", "conversation_id": "c:1", "kind": "reply"},
            {"ts_us": None, "user_id": "u:2", "conversation_id": "c:2", "recalled": True},
            {"ts_us": 9, "user_id": None, "conversation_id": "c:2", "kind": "system"},
        ],
        events=[
            {
                "ts_us": 20,
                "user_id": "u:1",
                "name": "buy",
                "basket_id": "b:1",
                "item_id": "i:1",
                "amount": Decimal("2.50"),
            },
            {
                "ts_us": 21,
                "user_id": "u:3",
                "name": "buy",
                "basket_id": "b:1",
                "item_id": "i:2",
                "amount": Decimal("0.25"),
            },
            {"ts_us": 22, "user_id": "u:3", "name": "view", "item_id": "i:1", "amount": Decimal(100)},
        ],
    )
    found = Overview().compute(reader)
    assert not isinstance(found, Unavailable)
    assert found.rows.to_pylist() == [
        {"part": "messages", "kind": "text", "rows": 2, "people": 2, "first_us": 5, "last_us": 5},
        {"part": "messages", "kind": "reply", "rows": 1, "people": 1, "first_us": 3, "last_us": 3},
        {"part": "messages", "kind": "system", "rows": 1, "people": 0, "first_us": 9, "last_us": 9},
        {"part": "events", "kind": "buy", "rows": 2, "people": 2, "first_us": 20, "last_us": 21},
        {"part": "events", "kind": "view", "rows": 1, "people": 1, "first_us": 22, "last_us": 22},
    ]
    assert (found.messages, found.spoken, found.people, found.conversations) == (4, 2, 3, 2)
    assert (found.events, found.baskets, found.items, found.buyers) == (3, 1, 3, 2)
    assert (found.amount, found.currencies, found.first_us, found.last_us) == (Decimal("2.7500"), (), 3, 22)


def test_amounts_in_two_currencies_are_not_added(memory_reader: Make) -> None:
    paid = {"name": "buy", "amount": Decimal(1)}
    found = Overview().compute(memory_reader(events=[paid | {"currency": "CNY"}, paid | {"currency": "USD"}]))
    assert not isinstance(found, Unavailable)
    assert (found.amount, found.currencies) == (None, ("CNY", "USD"))


def test_the_sum_of_cdnow_is_exact(memory_reader: Make, data_dir: Path) -> None:
    rows = pq.read_table(data_dir / "cdnow" / "data.parquet")
    reader = memory_reader(
        events=pa.table(
            {
                "event_id": [f"e:{n}" for n in range(rows.num_rows)],
                "user_id": rows["customer_id"],
                "name": ["buy"] * rows.num_rows,
                "ts_us": rows["date"].cast(pa.timestamp("us")).cast(pa.int64()),
                "amount": pc.round(rows["amount"], 2).cast(pa.string()).cast(pa.decimal128(18, 4)),
            }
        )
    )
    found = Overview().compute(reader)
    assert not isinstance(found, Unavailable)
    assert (found.amount, found.buyers, found.events) == (Decimal("2500315.6300"), 23_570, 69_659)
