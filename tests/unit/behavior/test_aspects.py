"""Praise and blame by aspect, by item, by person and over time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from jianwei.behavior.aspects import Aspects
from jianwei.common.results import Unavailable

Make = Callable[..., Any]
DAY = 86_400_000_000


def told(*messages: tuple[int, str, str, dict[str, str]]) -> dict[str, list[dict[str, Any]]]:
    """Messages of (day, person, item, {aspect: sentiment}); one that praises nothing has a part without a label."""
    tables: dict[str, list[dict[str, Any]]] = {"messages": [], "annotations": []}
    for n, (day, user, item, found) in enumerate(messages):
        common = {"ts_us": day * DAY, "user_id": user}
        tables["messages"].append({"message_id": f"m:{n}", "conversation_id": f"c:{user}", "item_id": item, **common})
        for part, (aspect, mood) in enumerate((found or {None: "neutral"}).items()):
            value = json.dumps({"sentiment": mood, "probability": 0.9})
            row = {"record_id": f"m:{n}", "task": "aspect", "part": part, "label": aspect, "value": value}
            tables["annotations"].append({**row, **common})
    return tables


TOLD = told(
    (0, "u:1", "i:1", {"taste": "positive", "price": "negative"}),
    (0, "u:2", "i:1", {"taste": "negative"}),
    (1, "u:2", "i:2", {"taste": "positive", "service": "neutral"}),
    (3, "u:3", "i:2", {}),
    (3, "u:3", "i:2", {"taste": "positive"}),
)


def test_aspects_of_everything(memory_reader: Make) -> None:
    found = Aspects().compute(memory_reader(**TOLD))
    assert not isinstance(found, Unavailable)
    rows = [(r["aspect"], r["positive"], r["neutral"], r["negative"], r["total"], r["negative_share"]) for r in found]
    assert rows == [("taste", 3, 0, 1, 4, 0.25), ("price", 0, 0, 1, 1, 1.0), ("service", 0, 1, 0, 1, 0.0)]
    first = found.rows.to_pylist()[0]
    assert (first["low"], first["high"]) == (pytest.approx(0.0456, abs=1e-4), pytest.approx(0.6994, abs=1e-4))
    assert (first["period_us"], first["id"]) == (None, "")
    assert found.every == ""


def test_aspects_of_each_item(memory_reader: Make) -> None:
    tables = TOLD | {"items": [{"item_id": "i:1", "title": "蛋糕"}]}
    found = Aspects(by="item").compute(memory_reader(**tables))
    assert not isinstance(found, Unavailable)
    rows = [(r["id"], r["name"], r["aspect"], r["total"], r["negative"]) for r in found]
    assert rows == [
        ("i:1", "蛋糕", "taste", 2, 1), ("i:1", "蛋糕", "price", 1, 1), ("i:2", "i:2", "taste", 2, 0), ("i:2", "i:2", "service", 1, 0),
    ]  # fmt: skip
    fewer = Aspects(by="item", limit=1, min_rows=2).compute(memory_reader(**tables))
    assert not isinstance(fewer, Unavailable)
    assert [(r["id"], r["aspect"]) for r in fewer] == [("i:1", "taste")]


@pytest.mark.parametrize(
    ("by", "ids"), [("person", ["u:2", "u:1", "u:3"]), ("conversation", ["c:u:2", "c:u:1", "c:u:3"])]
)
def test_aspects_of_each_person_and_conversation(memory_reader: Make, by: str, ids: list[str]) -> None:
    found = Aspects(by=by).compute(memory_reader(**TOLD))
    assert not isinstance(found, Unavailable)
    assert list(dict.fromkeys(row["id"] for row in found)) == ids


def test_aspects_over_time(memory_reader: Make) -> None:
    found = Aspects(every="day").compute(memory_reader(**TOLD))
    assert not isinstance(found, Unavailable)
    assert [(r["label"], r["aspect"], r["positive"], r["negative"]) for r in found] == [
        ("1970-01-01", "taste", 1, 1),
        ("1970-01-01", "price", 0, 1),
        ("1970-01-02", "service", 0, 0),
        ("1970-01-02", "taste", 1, 0),
        ("1970-01-04", "taste", 1, 0),
    ]
    assert found.every == "day"


@pytest.mark.parametrize(("direction", "total"), [("in", 3), ("out", 1), ("all", 4)])
def test_the_accounts_own_praise_counts_only_when_asked_for(memory_reader: Make, direction: str, total: int) -> None:
    tables = told(*((0, f"u:{n}", "i:1", {"price": "positive"}) for n in range(4)))
    for row, given in zip(tables["messages"], ("in", "out", "unknown", None), strict=True):
        row["direction"] = given
    found = Aspects(direction=direction).compute(memory_reader(**tables))
    assert not isinstance(found, Unavailable)
    assert found.rows["total"].to_pylist() == [total]


def test_nothing_praised_and_no_model_are_not_the_same(memory_reader: Make) -> None:
    nothing = Aspects().compute(memory_reader(**told((0, "u:1", "i:1", {}))))
    assert isinstance(nothing, Unavailable)
    assert nothing.reason.code == "no_rows"
    unread = Aspects().compute(memory_reader(messages=TOLD["messages"]))
    assert isinstance(unread, Unavailable)
    assert unread.reason.code == "no_annotations"
