"""Comments of Weibo's licensed interface → canonical tables."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import InputError
from jianwei.records import key_id
from jianwei.sources.weibo import parse_time, read_page, tables_of

NOW = 1_772_000_000_000_000


def comment(number: int, text: str = "好喝", **more: Any) -> dict[str, Any]:
    user = {
        "id": 100 + number,
        "screen_name": f"网友{number}",
        "gender": "f",
        "location": "浙江 杭州",
        "verified": False,
    }
    plain = {"id": number, "created_at": "Sat Nov 16 22:38:31 +0800 2024", "text": text, "rootid": number, "user": user}
    return {**plain, "source": "来自北京", "like_count": "3", "total_number": 0, "comments": False, **more}


def rows(*comments: dict[str, Any], own: str = "") -> dict[str, list[dict[str, Any]]]:
    page = read_page({"comments": list(comments), "total_number": len(comments), "max_id": 0})
    tables = tables_of(page, account="shop", mid="42", own=own, input_id="f:1", now_us=NOW)
    return {name: table.to_pylist() for name, table in tables.items()}


def test_a_comment_its_writer_and_its_post() -> None:
    found = rows(comment(1))
    (message,), (user,) = found["messages"], found["users"]
    assert message["message_id"] == key_id("m:", "shop", "weibo", "1")
    assert message["ts_us"] == 1_731_767_911_000_000
    assert (message["text"], message["kind"], message["direction"]) == ("好喝", "text", "in")
    assert json.loads(message["attrs"]) == {"region": "北京"}
    assert (user["key"], user["gender"], user["region"]) == ("101", "female", "浙江 杭州")
    assert found["items"][0]["item_id"] == message["item_id"] == found["conversations"][0]["item_id"]


def test_markup_becomes_words() -> None:
    text = '谢谢<a href="/n/x">@掌柜</a><span class="url-icon"><img alt="[心]" src="//a/b.png"/></span>&lt;3'
    (message,) = rows(comment(1, text))["messages"]
    assert message["text"] == "谢谢@掌柜[心]<3"


@pytest.mark.parametrize("colon", [":", "\uff1a"])
def test_an_answer_keeps_only_its_own_words(colon: str) -> None:
    answer = comment(2, f"回复<a>@网友1</a>{colon}同意", rootid=1)
    first, second = rows(comment(1, comments=[answer], total_number=1))["messages"]
    assert (second["text"], second["kind"]) == ("同意", "reply")
    assert second["reply_to"] == first["message_id"]
    assert json.loads(second["mentions"])[0] == "网友1"


def test_the_accounts_own_comments_go_out() -> None:
    (message,) = rows(comment(1), own="101")["messages"]
    assert message["direction"] == "out"


@pytest.mark.parametrize(
    "wrap", [lambda p: p, lambda p: {"data": p}, lambda p: {"ok": 1, "data": {**p, "data": p["comments"]}}]
)
def test_pages_are_read_however_they_are_wrapped(wrap: Any) -> None:
    page = read_page(
        wrap({"comments": [comment(1), comment(2)], "total_number": "9", "max_id": "77", "max_id_type": 1})
    )
    assert (len(page.comments), page.total_number, page.max_id, page.max_id_type) == (2, 9, 77, 1)


def test_one_odd_comment_does_not_spoil_its_page() -> None:
    page = read_page({"comments": [comment(1), {"id": "x"}, "nonsense"], "max_id": 0})
    assert (len(page.comments), page.bad) == (1, 2)


def test_a_field_that_is_null_spoils_no_comment() -> None:
    nulls = dict.fromkeys(("created_at", "text", "rootid", "source", "total_number", "floor_number"))
    user = {"id": 2, **dict.fromkeys(("screen_name", "gender", "location", "description", "verified"))}
    page = read_page({
        "comments": [comment(1, user=user), comment(2, **nulls), comment(3, comments=[comment(4, source=None), None])],
        "max_id": 0,
    })  # fmt: skip
    assert ([one.id for one in page.comments], page.bad) == ([1, 2, 3], 0)
    assert [one.id for one in page.comments[2].replies] == [4]
    found = rows(comment(1, user=user), comment(2, **nulls))
    assert [row["text"] for row in found["messages"]] == ["好喝", None]
    assert found["users"][0]["region"] is None


@pytest.mark.parametrize("body", [None, [], {}, {"ok": 0}, "x", {"comments": 5}])
def test_what_is_no_page_is_refused(body: Any) -> None:
    with pytest.raises(InputError):
        read_page(body)


@pytest.mark.parametrize("text", ["", "yesterday", "Sat Foo 16 22:38:31 +0800 2024", "Sat Feb 31 22:38:31 +0800 2024"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert parse_time(text) is None


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=60), source=st.text(max_size=10), likes=st.none() | st.integers() | st.text(max_size=4))
def test_odd_texts_never_fail(text: str, source: str, likes: Any) -> None:
    (message,) = rows(comment(1, text, source=source, like_count=likes))["messages"]
    assert message["text"] is None or message["text"].strip()
