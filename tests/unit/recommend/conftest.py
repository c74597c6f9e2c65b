"""A small shop whose figures can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

DAY = 86_400_000_000
START = 1_772_323_200_000_000
"""2026-03-01 00:00 UTC."""

Event = dict[str, Any]


def event(day: float, user: str, name: str, item: str | None, **more: Any) -> Event:
    return {"ts_us": START + int(day * DAY), "user_id": f"u:{user}", "name": name, "item_id": item, **more}


@pytest.fixture
def shop(memory_reader: Callable[..., Any]) -> Any:
    """60 orders over 40 days: tea brings the cup in 15 of 20, the pot is bought alone; who drinks matcha looks at whisks."""
    events: list[Event] = []
    for number in range(60):
        user, day = f"p{number % 20:02d}", 0.1 + number * 40 / 60
        items = (
            ["i:tea", "i:cup"] if number < 15 else ["i:tea"] if number < 20 else ["i:pot"] if number < 50 else ["i:cup"]
        )
        events += [event(day, user, "buy", item, basket_id=f"b:{number}") for item in items]
    for number in range(8):
        events.append(event(5 + number, f"q{number}", "view", "i:matcha"))
        events.append(event(5.5 + number, f"q{number}", "cart" if number < 6 else "view", "i:whisk"))
    events += [
        event(6, "q0", "view", "i:pot"),
        event(20, "q1", "rate", "i:whisk", value=1.0),
        event(20, "q2", "rate", "i:whisk", value=5.0),
        event(21, "p16", "refund", "i:tea"),
        event(39, "q7", "view", "i:lamp"),
        event(39.5, "q6", "view", "i:lamp"),
    ]
    items = [
        {"item_id": "i:tea", "key": "T1", "title": "龙井茶 50g", "category": "茶"},
        {"item_id": "i:cup", "key": "C1", "title": "白瓷杯", "category": "杯"},
        {"item_id": "i:pot", "key": "P1", "title": "茶壶", "category": "壶"},
        {"item_id": "i:matcha", "key": "M1", "title": "抹茶粉", "category": "茶"},
        {"item_id": "i:whisk", "key": "W1", "title": "茶筅", "category": "具"},
        {"item_id": "i:gone", "key": "G1", "title": "旧茶盘", "attrs": '{"状态":"下架"}'},
    ]
    users = [
        {"user_id": "u:q0", "key": "wx0", "nickname": "小林"},
        {"user_id": "u:q1", "key": "wx1", "nickname": "小王"},
        {"user_id": "u:q2", "key": "wx2", "nickname": "小王"},
    ]
    return memory_reader(events=events, items=items, users=users)
