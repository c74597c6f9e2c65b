"""Groups, their members, and mentions, against plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jianwei.errors import UsageError
from jianwei.query.groups import find_person, groups, members, mentions

Make = Callable[..., Any]


@pytest.fixture
def reader(memory_reader: Make) -> Any:
    def member(place: str, user: str, **more: Any) -> dict[str, Any]:
        return {"conversation_id": place, "user_id": user, **more}

    def said(
        number: int, place: str, user: str, text: str, mentions: str | None = None, kind: str = "text"
    ) -> dict[str, Any]:
        return {
            "message_id": f"m:{number}", "conversation_id": place, "user_id": user, "text": text, "mentions": mentions,
            "kind": kind, "ts_us": number,
        }  # fmt: skip

    return memory_reader(
        conversations=[
            {"conversation_id": "c:1", "key": "wr1", "kind": "group", "title": "春茶群", "owner_id": "u:1"},
            {"conversation_id": "c:2", "key": "wr2", "kind": "group", "title": "福利群"},
            {"conversation_id": "c:3", "key": "o1", "kind": "private", "title": "小满"},
            {"conversation_id": "c:4", "key": "wr4", "kind": "group", "title": "福利群"},
        ],
        users=[
            {"user_id": "u:1", "key": "li", "nickname": "小李"}, {"user_id": "u:2", "key": "wang", "nickname": "小王"},
            {"user_id": "u:3", "key": "zhao", "nickname": None}, {"user_id": "u:4", "key": "x", "nickname": "小王"},
        ],
        names=[
            {"user_id": "u:2", "name": "王店长", "kind": "group", "conversation_id": "c:1"},
            {"user_id": "u:2", "name": "老王", "kind": "remark"},
        ],
        members=[
            member("c:1", "u:1", role="owner", joined_us=5), member("c:1", "u:2", role="member"),
            member("c:1", "u:3", role="member", left_us=9), member("c:1", "u:4", joined_us=20, left_us=10),
        ],
        messages=[
            said(1, "c:1", "u:1", "@王店长 在吗", '["王店长"]'), said(2, "c:1", "u:2", "在"),
            said(3, "c:1", "u:1", "@所有人 开门", '["所有人"]'),
            said(4, "c:2", "u:1", "@小李子 好", '["小李子"]'), said(5, "c:3", "u:2", "私聊"),
            said(6, "c:1", "u:2", "撤回", kind="recall"),
        ],
    )  # fmt: skip


def test_groups_count_who_is_there_and_what_was_said(reader: Any) -> None:
    found = {row["key"]: row for row in groups(reader).to_pylist()}
    assert set(found) == {"wr1", "wr2", "wr4"}
    assert (found["wr1"]["members"], found["wr1"]["messages"], found["wr1"]["owner"]) == (3, 3, "小李")
    assert (found["wr2"]["members"], found["wr2"]["messages"], found["wr2"]["owner"]) == (0, 1, None)
    assert groups(reader).column("key")[0].as_py() == "wr1"


def test_members_here_come_first_and_who_came_back_is_here(reader: Any) -> None:
    rows = members(reader, "春茶群").to_pylist()
    assert [row["user_id"] for row in rows] == ["u:1", "u:2", "u:4", "u:3"]
    assert [row["messages"] for row in rows] == [2, 1, 0, 0]
    assert rows[1]["in_group"] == "王店长"
    assert [row["left_us"] for row in rows] == [None, None, None, 9]


@pytest.mark.parametrize(("name", "said"), [("福利群", "2 groups are called"), ("没有这个群", "no group is called")])
def test_a_group_is_never_guessed(reader: Any, name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        members(reader, name)
    assert len(members(reader, "wr1")) == len(members(reader, "c:1")) == 4


def test_mentions_of_somebody_by_any_name_and_with_everybody(reader: Any) -> None:
    assert mentions(reader).column("message_id").to_pylist() == ["m:4", "m:3", "m:1"]
    assert mentions(reader, "wang").column("message_id").to_pylist() == ["m:3", "m:1"]
    assert mentions(reader, "老王", limit=1).column("message_id").to_pylist() == ["m:3"]
    assert mentions(reader, "li").column("message_id").to_pylist() == ["m:3"]  # 小李子 is somebody else


def test_a_person_is_never_guessed(reader: Any) -> None:
    assert find_person(reader, "老王") == "u:2"
    with pytest.raises(UsageError, match="u:2, u:4"):
        find_person(reader, "小王")
    with pytest.raises(UsageError, match="nobody is called 'nobody'"):
        find_person(reader, "nobody")
