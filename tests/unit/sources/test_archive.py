"""Messages of WeCom's archive → canonical tables."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import InputError
from jianwei.records import key_id
from jianwei.records.kinds import MESSAGE_KINDS
from jianwei.sources.archive import conversation_key, media_of, read_message, tables_of

WM = "wmErxtDgAA9AW32YyyuYRimKr7D1KWlw"


def message(kind: str = "text", body: Any = None, **more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "msgid": "m1", "action": "send", "from": "li", "tolist": [WM], "roomid": "", "msgtime": 1_700_000_000_123,
        "msgtype": kind, kind: body if body is not None else {"content": "好"},
    }  # fmt: skip
    return {**plain, **more}


def rows(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    read = [read_message(json.dumps(one)) for one in messages]
    return tables_of(read, account="corp", input_id="f:1")["messages"].to_pylist()


def test_a_text_of_staff_goes_out_and_one_of_a_contact_comes_in() -> None:
    out, back = rows(message(), message(msgid="m2_external", **{"from": WM, "tolist": ["li"]}))
    assert (out["direction"], back["direction"]) == ("out", "in")
    assert out["conversation_id"] == back["conversation_id"] == key_id("c:", "corp", "conversation", f"li|{WM}")
    assert back["user_id"] == key_id("u:", "corp", "user", WM)
    assert out["ts_us"] == 1_700_000_000_123_000
    assert out["message_id"] == key_id("m:", "corp", "wecom", "m1")


@pytest.mark.parametrize(
    ("kind", "body", "expected", "text"),
    [
        ("image", {"sdkfileid": "f"}, "image", None),
        ("voice", {"sdkfileid": "f", "play_length": 7}, "voice", None),
        ("video", {"sdkfileid": "f"}, "video", None),
        ("emotion", {"sdkfileid": "f"}, "emoji", None),
        ("file", {"sdkfileid": "f", "filename": "a.pdf"}, "file", "a.pdf"),
        ("location", {"title": "店", "address": "西湖", "latitude": 30.2, "longitude": 120.1}, "location", "店 西湖"),
        ("link", {"title": "春茶", "link_url": "https://a"}, "link", "春茶"),
        ("weapp", {"title": "下单", "displayname": "茶铺"}, "share", "下单"),
        ("card", {"corpname": "某司", "userid": "wang"}, "contact", "某司"),
        ("redpacket", {"wish": "恭喜", "totalcnt": 1}, "red_packet", "恭喜"),
        ("external_redpacket", None, "red_packet", "发财"),
        ("docmsg", None, "link", "方案"),
        ("markdown", None, "text", "**好**"),
        ("news", None, "link", "头条"),
        ("vote", {"votetitle": "吃啥", "voteitem": ["面", "饭"]}, "other", "吃啥"),
        ("meeting_voice_call", {"endtime": 1}, "call", None),
        ("todo", {"title": "写", "content": "报告"}, "other", "写"),
        ("something_new", {"title": "新"}, "other", "新"),
    ],
)
def test_every_type_has_a_kind(kind: str, body: Any, expected: str, text: str | None) -> None:
    bodies = {
        "external_redpacket": {"redpacket": {"wish": "发财"}}, "docmsg": {"doc": {"title": "方案", "link_url": "u"}},
        "markdown": {"info": {"content": "**好**"}}, "news": {"info": {"item": [{"title": "头条", "url": "u"}]}},
    }  # fmt: skip
    (row,) = rows({**message(kind, body if body is not None else {}), **bodies.get(kind, {})})
    assert (row["kind"], row["text"]) == (expected, text)


def test_quotes_leave_only_the_new_words() -> None:
    old, new = (
        "「王五：几点开门」\n- - - - - - - - - - - - - - -\n九点",
        '这是一条引用/回复消息：\n"王五：\n几点开门"\n------\n九点',
    )
    for content in (old, new):
        (row,) = rows(message(body={"content": content}))
        assert (row["kind"], row["text"]) == ("reply", "九点")
        assert "几点开门" in json.loads(row["attrs"])["quote"]


def test_a_recall_names_what_it_recalls_and_has_no_sender() -> None:
    said, recall = rows(
        message(), message("revoke", {"pre_msgid": "m1"}, msgid="m2", action="recall", **{"from": "li"})
    )
    assert recall["kind"] == "recall"
    assert recall["reply_to"] == said["message_id"]
    assert recall["user_id"] is None
    assert recall["direction"] is None


def test_mixed_messages_keep_words_and_files() -> None:
    body = {
        "item": [
            {"type": "text", "content": json.dumps({"content": "看图"})},
            {"type": "image", "content": json.dumps({"sdkfileid": "f1", "md5sum": "ab", "filesize": 3})},
            {"type": "text", "content": json.dumps({"content": "可以吗"})},
        ]
    }
    plain = message("mixed", body)
    (row,) = rows(plain)
    assert (row["kind"], row["text"]) == ("text", "看图\n可以吗")
    (file,) = media_of(read_message(json.dumps(plain)), "corp")
    assert (file.sdkfileid, file.kind, file.size, file.record_id) == ("f1", "image", 3, row["message_id"])


def test_a_forward_brings_its_messages() -> None:
    inner = {"type": "ChatRecordText", "msgtime": 1_600_000_000, "content": json.dumps({"content": "里面"})}
    deeper = {"type": "chatrecord", "msgtime": 2, "content": json.dumps({"title": "更深", "item": [inner]})}
    parent, *children = rows(message("chatrecord", {"title": "聊天记录", "item": [inner, deeper]}))
    assert parent["kind"] == "forward"
    assert [child["text"] for child in children] == ["里面", "更深", "里面"]
    assert children[0]["ts_us"] == 1_600_000_000_000_000
    assert json.loads(children[0]["attrs"])["parent"] == parent["message_id"]
    assert len({child["message_id"] for child in children}) == 3


def test_groups_are_rooms_and_mentions_count_only_there() -> None:
    group, alone = rows(
        message(roomid="wr1", body={"content": "@小王 在吗"}), message(msgid="m2", body={"content": "@小王 在吗"})
    )
    assert json.loads(group["mentions"]) == ["小王"]
    assert alone["mentions"] is None
    assert conversation_key(read_message(json.dumps(message(roomid="wr1")))) == "wr1"


def test_switches_are_no_messages() -> None:
    switch = {"msgid": "s1", "action": "switch", "time": 1, "user": "li"}
    assert "messages" not in tables_of([read_message(json.dumps(switch))], account="corp", input_id="f:1")


@pytest.mark.parametrize("text", ["", "[]", "{}", "\x00\x01", '{"msgtype":"text"}'])
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_message(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["text", "mixed", "chatrecord", "image", "news", "vote", "revoke", "location", "x"]),
    body=st.dictionaries(
        st.sampled_from(["content", "item", "sdkfileid", "title", "pre_msgid", "play_length", "filesize"]),
        JSON,
        max_size=5,
    ),
    more=st.dictionaries(st.sampled_from(["from", "tolist", "roomid", "msgtime", "action"]), JSON, max_size=3),
)
def test_odd_shapes_never_fail(kind: str, body: dict[str, Any], more: dict[str, Any]) -> None:
    read = read_message(json.dumps({**message(kind, body), **more}))
    tables = tables_of([read], account="corp", input_id="f:1")
    assert all(row["kind"] in MESSAGE_KINDS for row in tables["messages"].to_pylist()) if "messages" in tables else True
    list(media_of(read, "corp"))
