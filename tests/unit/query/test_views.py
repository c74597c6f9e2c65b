"""The joins that everybody needs, against plain Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.query import views

MINUTE = 60_000_000
Make = Callable[..., Any]


def ids(reader: Any, rows: Any, column: str) -> list[Any]:
    return sorted(reader.execute(rows)[column].to_pylist())


@pytest.mark.parametrize("recalls", [1, 1_500])
def test_a_notice_takes_back_the_message_it_names(memory_reader: Make, recalls: int) -> None:
    said = [{"message_id": f"m:{n}", "kind": "text"} for n in range(2_000)]
    taken = [{"message_id": f"r:{n}", "kind": "recall", "reply_to": f"m:{n}"} for n in range(recalls)]
    empty = {"message_id": "r:x", "kind": "recall", "reply_to": None}  # the platform does not say which
    mood = {"task": "sentiment", "model": "m", "version": "1", "label": "positive"}
    moods = [{"record_id": f"m:{n}", **mood} for n in range(2_000)]
    reader = memory_reader(messages=[*said, *taken, empty], annotations=moods)
    left = {f"m:{n}" for n in range(recalls, 2_000)}
    for view in (views.talk, views.sent):
        assert set(reader.execute(view(reader).select("message_id"))["message_id"].to_pylist()) == left
    assert set(reader.execute(views.labels(reader, "sentiment"))["record_id"].to_pylist()) == left


def test_talk_is_spoken_and_not_recalled(memory_reader: Make) -> None:
    reader = memory_reader(
        messages=[
            {"message_id": "m:1", "kind": "text"},
            {"message_id": "m:2", "kind": "reply", "recalled": False},
            {"message_id": "m:3", "kind": "text", "recalled": True},
            {"message_id": "m:4", "kind": "image"},
            {"message_id": "m:5", "kind": "system"},
        ]
    )
    assert ids(reader, views.talk(reader), "message_id") == ["m:1", "m:2"]
    assert ids(reader, views.sent(reader), "message_id") == ["m:1", "m:2", "m:4"]
    assert ids(reader, views.messages(reader), "message_id") == ["m:1", "m:2", "m:3", "m:4", "m:5"]


def test_said_leaves_out_blanks_and_adds_what_models_read(memory_reader: Make) -> None:
    reader = memory_reader(
        messages=[
            {"message_id": "m:1", "text": "你好", "user_id": "u:1"},
            {"message_id": "m:2", "text": " \n"},
            {"message_id": "m:3", "text": None},
            {"message_id": "m:4", "kind": "voice", "text": "[语音]", "user_id": "u:2"},
            {"message_id": "m:5", "kind": "image", "text": None},
            {"message_id": "m:6", "kind": "voice", "recalled": True},
        ],
        annotations=[
            {"record_id": "m:4", "task": "transcript", "text": "发货了吗"},
            {"record_id": "m:6", "task": "transcript", "text": "收回的话"},
            {"record_id": "m:5", "task": "ocr", "part": 0, "text": "订单"},
            {"record_id": "m:5", "task": "ocr", "part": 1, "text": ""},
            {"record_id": "m:5", "task": "ocr", "part": 2, "text": "旧的", "version": "0"},
        ],
    )
    rows = reader.execute(views.said(reader)).to_pylist()
    assert sorted((row["message_id"], row["text"]) for row in rows) == [
        ("m:1", "你好"),
        ("m:4", "发货了吗"),
        ("m:5", "订单"),
    ]
    assert {row["person_id"] for row in rows} == {"u:1", "u:2", None}


def test_labels_are_those_of_the_current_model_only(memory_reader: Make) -> None:
    reader = memory_reader(
        annotations=[
            {"record_id": "m:1", "task": "sentiment", "label": "positive"},
            {"record_id": "m:1", "task": "sentiment", "label": "negative", "version": "0"},
            {"record_id": "m:1", "task": "sentiment", "label": "negative", "model": "other"},
            {"record_id": "m:1", "task": "words", "text": "好"},
        ]
    )
    found = views.labels(reader, "sentiment")
    assert found is not None
    assert reader.execute(found)["label"].to_pylist() == ["positive"]
    assert views.labels(reader, "topic") is None


def test_timeline_joins_what_people_say_and_do(memory_reader: Make) -> None:
    reader = memory_reader(
        messages=[
            {"message_id": "m:1", "user_id": "u:1", "ts_us": 2, "conversation_id": "c:1", "kind": "image"},
            {"message_id": "m:2", "user_id": None, "ts_us": 3, "kind": "text"},
            {"message_id": "m:3", "user_id": "u:1", "ts_us": 4, "kind": "system"},
        ],
        events=[
            {"event_id": "e:1", "user_id": "u:1", "ts_us": 1, "name": "buy", "amount": Decimal("2.5"), "item_id": "i:1"}
        ],
    )
    rows = reader.execute(views.timeline(reader).order_by("ts_us")).to_pylist()
    assert [(row["record_id"], row["part"], row["name"], row["amount"], row["conversation_id"]) for row in rows] == [
        ("e:1", "events", "buy", Decimal("2.5000"), None),
        ("m:1", "messages", "image", None, "c:1"),
    ]


def test_names_fall_back_to_the_key_and_then_the_id(memory_reader: Make) -> None:
    reader = memory_reader(
        users=[
            {"user_id": "u:1", "key": "wxid_1", "nickname": "张三"},
            {"user_id": "u:2", "key": "wxid_2", "nickname": " "},
            {"user_id": "u:3", "key": None, "nickname": None},
        ]
    )
    names = views.names_of(reader, "person", pa.array(["u:3", "u:1", None, "u:9", "u:2", "u:1"]))
    assert names.to_pylist() == ["u:3", "张三", None, "u:9", "wxid_2", "张三"]
    found = reader.execute(views.people(reader).order_by("user_id")).to_pylist()
    assert [(row["person_id"], row["name"]) for row in found] == [("u:1", "张三"), ("u:2", "wxid_2"), ("u:3", "u:3")]


def test_many_names_are_found_as_well_as_few(memory_reader: Make) -> None:
    wanted = [f"i:{n}" for n in range(3000)]
    reader = memory_reader(items=[{"item_id": item, "title": item.upper()} for item in wanted])
    assert views.names_of(reader, "item", pa.chunked_array([wanted])).to_pylist() == [item.upper() for item in wanted]


def test_currencies_of_purchases_with_amounts(memory_reader: Make) -> None:
    paid = {"name": "buy", "amount": Decimal(1)}
    reader = memory_reader(
        events=[
            paid | {"currency": "USD"},
            paid | {"currency": "CNY"},
            paid | {"currency": None},
            {"name": "buy", "currency": "EUR"},
            {"name": "refund", "amount": Decimal(1), "currency": "JPY"},
        ]
    )
    assert views.currencies(reader) == ("CNY", "USD")


def test_baskets_of_orders_hold_every_item_once_and_no_refunds(memory_reader: Make) -> None:
    line = {"name": "buy", "basket_id": "b:1", "user_id": "u:1"}
    reader = memory_reader(
        events=[
            line | {"item_id": "i:1", "ts_us": 7},
            line | {"item_id": "i:1", "ts_us": 5},
            line | {"item_id": "i:2", "name": "refund"},
            line | {"item_id": None},
            line | {"item_id": "i:3", "basket_id": None},
        ]
    )
    rows = reader.execute(views.baskets(reader)).to_pylist()
    assert rows == [{"basket_id": "b:1", "person_id": "u:1", "item_id": "i:1", "ts_us": 5}]


deeds = st.lists(
    st.tuples(st.sampled_from(["u:1", "u:2", None]), st.integers(0, 3000), st.sampled_from(["i:1", "i:2", "i:3"])),
    max_size=30,
)


@given(deeds)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sessions_end_after_half_an_hour_of_nothing(
    memory_reader: Make, done: list[tuple[str | None, int, str]]
) -> None:
    reader = memory_reader(
        events=[{"user_id": u, "ts_us": t * MINUTE, "item_id": i, "name": "view"} for u, t, i in done]
    )
    rows = reader.execute(views.baskets(reader, "session")).to_pylist()
    found = {
        frozenset(row["item_id"] for row in rows if row["basket_id"] == basket)
        for basket in {r["basket_id"] for r in rows}
    }
    expected = []
    for _, mine in groupby(sorted((u, t, i) for u, t, i in done if u), key=lambda deed: deed[0]):
        last, basket = None, set()
        for _, minute, item in mine:
            if last is not None and minute - last > 30:
                expected.append(basket)
                basket = set()
            basket.add(item)
            last = minute
        expected.append(basket)
    assert len({row["basket_id"] for row in rows}) == len(expected)
    assert found == {frozenset(basket) for basket in expected}


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_days_are_those_of_the_readers_zone(memory_reader: Make, zone: str) -> None:
    hours = range(0, 400, 7)
    start = datetime(2024, 3, 1, tzinfo=UTC)
    moments = [start + timedelta(hours=hour) for hour in hours]
    events = [
        {"user_id": "u:1", "ts_us": int(m.timestamp()) * 1_000_000, "item_id": f"i:{n}", "name": "view"}
        for n, m in enumerate(moments)
    ]
    reader = memory_reader(events=events, zone=zone)
    rows = reader.execute(views.baskets(reader, "day")).to_pylist()
    found = sorted(sorted(r["item_id"] for r in rows if r["basket_id"] == b) for b in {r["basket_id"] for r in rows})
    days = groupby(enumerate(moments), key=lambda pair: pair[1].astimezone(ZoneInfo(zone)).date())
    assert found == sorted(sorted(f"i:{n}" for n, _ in day) for _, day in days)
