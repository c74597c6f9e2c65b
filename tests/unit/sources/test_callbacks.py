"""Deliveries of the webhook as canonical rows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.kept import Answered, Delivery
from jianwei.records import EVENT_NAMES, MESSAGE_KINDS, TABLES, key_id
from jianwei.sources.callbacks import LATE, Callbacks, callbacks_of, webhook_input
from jianwei.wechat.messages import EVENTS, MESSAGES, dedupe_key, parse_message

RECEIVED = 1_700_000_000_500_000
HEAD = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": 1_700_000_000}


def delivery(fields: dict[str, Any], *, account: str = "shop", at: int = RECEIVED) -> Delivery:
    body = json.dumps({**HEAD, **fields}).encode()
    return Delivery(account, dedupe_key(parse_message(body)), body, at)


def read(*fields: dict[str, Any], answer: bytes = b"") -> Callbacks:
    return callbacks_of([Answered(delivery(one, at=RECEIVED + 10 * at), answer) for at, one in enumerate(fields)])


def rows(found: Callbacks, name: str) -> list[dict[str, Any]]:
    if name not in found.tables:
        return []
    return [
        {k: json.loads(v) if k == "attrs" and v else v for k, v in row.items()}
        for row in found.tables[name].to_pylist()
    ]


def text(content: str = "你好", msg_id: int = 7) -> dict[str, Any]:
    return {"MsgType": "text", "Content": content, "MsgId": msg_id}


def test_text_is_an_incoming_message_of_a_private_chat() -> None:
    found = read(text())
    (message,) = rows(found, "messages")
    assert message == {
        "account": "shop",
        "ts_us": 1_700_000_000_000_000,
        "seq": RECEIVED,
        "message_id": key_id("m:", "shop", "wechat", "7"),
        "conversation_id": key_id("c:", "shop", "conversation", "o1"),
        "user_id": key_id("u:", "shop", "user", "o1"),
        "direction": "in",
        "kind": "text",
        "text": "你好",
        "mentions": None,
        "reply_to": None,
        "item_id": None,
        "recalled": None,
        "attrs": None,
        "input_id": webhook_input("shop"),
    }
    (user,) = rows(found, "users")
    assert (user["key"], user["user_id"], user["subscribed"]) == ("o1", message["user_id"], None)
    (place,) = rows(found, "conversations")
    assert (place["key"], place["kind"], place["conversation_id"]) == ("o1", "private", message["conversation_id"])


@pytest.mark.parametrize(
    ("fields", "kind", "words", "attrs"),
    [
        (
            {"MsgType": "image", "PicUrl": "http://p", "MediaId": "M"},
            "image",
            None,
            {"media_id": "M", "url": "http://p"},
        ),
        (
            {"MsgType": "voice", "MediaId": "M", "Format": "amr", "Recognition": "多少钱"},
            "voice",
            "多少钱",
            {"media_id": "M", "format": "amr"},
        ),
        (
            {"MsgType": "shortvideo", "MediaId": "M", "ThumbMediaId": "T"},
            "video",
            None,
            {"media_id": "M", "thumb_media_id": "T"},
        ),
        (
            {"MsgType": "location", "Location_X": 23.1, "Location_Y": 113.3, "Scale": 20, "Label": "店"},
            "location",
            "店",
            {"latitude": 23.1, "longitude": 113.3, "scale": 20.0},
        ),
        (
            {"MsgType": "link", "Title": "文", "Description": "d", "Url": "http://u"},
            "link",
            "文",
            {"desc": "d", "url": "http://u"},
        ),
        (
            {"MsgType": "miniprogrampage", "Title": "页", "AppId": "wx2", "PagePath": "p"},
            "share",
            "页",
            {"app_id": "wx2", "path": "p"},
        ),
        ({"MsgType": "file", "Title": "a.pdf", "FileTotalLen": 5}, "file", "a.pdf", {"size": 5}),
        ({"MsgType": "hologram", "Depth": 3}, "other", None, {"type": "hologram", "Depth": "3"}),
    ],
)
def test_kinds(fields: dict[str, Any], kind: str, words: str | None, attrs: dict[str, Any]) -> None:
    (message,) = rows(read({**fields, "MsgId": 1}), "messages")
    assert (message["kind"], message["text"], message["attrs"]) == (kind, words, attrs)


def test_media_are_listed_with_their_messages() -> None:
    found = read(
        {"MsgType": "image", "PicUrl": "http://p", "MediaId": "A", "MsgId": 1},
        {"MsgType": "voice", "MediaId": "B", "MsgId": 2},
        {"MsgType": "video", "MediaId": "C", "MsgId": 3},
        text(msg_id=4),
    )
    assert [(m.media_id, m.kind, m.url, m.record_id) for m in found.media] == [
        ("A", "image", "http://p", key_id("m:", "shop", "wechat", "1")),
        ("B", "voice", None, key_id("m:", "shop", "wechat", "2")),
        ("C", "video", None, key_id("m:", "shop", "wechat", "3")),
    ]


@pytest.mark.parametrize(
    ("event", "more", "name"),
    [
        ("subscribe", {"EventKey": "qrscene_店7", "Ticket": "t"}, "subscribe"),
        ("unsubscribe", {}, "unsubscribe"),
        ("SCAN", {"EventKey": "7"}, "scan"),
        ("CLICK", {"EventKey": "MENU"}, "click"),
        ("VIEW", {"EventKey": "http://x"}, "view"),
        ("LOCATION", {"Latitude": "1"}, "other"),
        ("scancode_push", {"EventKey": "k"}, "scan"),
        ("user_get_card", {"CardId": "c"}, "receive"),
        ("TEMPLATESENDJOBFINISH", {"MsgID": 5, "Status": "success"}, "other"),
        ("never_heard_of", {"A": {"B": "c"}}, "other"),
    ],
)
def test_events(event: str, more: dict[str, Any], name: str) -> None:
    given = delivery({"MsgType": "event", "Event": event, **more})
    found = callbacks_of([Answered(given)])
    (row,) = rows(found, "events")
    assert row["name"] == name
    assert row["event_id"] == key_id("e:", "shop", "wechat", given.key)
    assert row["user_id"] == key_id("u:", "shop", "user", "o1")
    assert row["attrs"]["event"] == event.lower()
    told = json.loads(json.dumps(more), parse_int=str)
    assert told.items() <= row["attrs"].items()
    assert rows(found, "messages") == []


def test_following_is_a_state_of_the_user_and_other_things_are_not() -> None:
    def follows(*events: dict[str, Any]) -> list[object]:
        return [row["subscribed"] for row in rows(read(*events), "users")]

    event = {"MsgType": "event"}
    assert follows({**event, "Event": "subscribe"}, text(), {**event, "Event": "unsubscribe"}) == [True, False]
    assert follows(text(), text("again", 8)) == [None]


def test_scenes_of_codes_are_told_alike() -> None:
    found = read(
        {"MsgType": "event", "Event": "subscribe", "EventKey": "qrscene_7"},
        {"MsgType": "event", "Event": "SCAN", "EventKey": "7"},
    )
    assert [row["attrs"]["scene"] for row in rows(found, "events")] == ["7", "7"]


def test_menu_entries_are_items() -> None:
    found = read(
        {"MsgType": "event", "Event": "CLICK", "EventKey": "MENU"},
        {"MsgType": "event", "Event": "VIEW", "EventKey": "https://x/y"},
    )
    assert [(i["key"], i["category"], i["url"]) for i in rows(found, "items")] == [
        ("menu/MENU", "menu", None),
        ("menu/https://x/y", "menu", "https://x/y"),
    ]
    assert [e["item_id"] for e in rows(found, "events")] == [i["item_id"] for i in rows(found, "items")]


def test_what_the_platform_says_by_itself_is_nobodys() -> None:
    found = read(
        {"MsgType": "event", "Event": "change_contact", "FromUserName": "sys", "ChangeType": "create_user"},
        {"InfoType": "component_verify_ticket", "ComponentVerifyTicket": "hunter2", "FromUserName": ""},
        {"MsgType": "event", "Event": "kf_msg_or_event", "Token": "hunter2", "FromUserName": "sys"},
    )
    assert [row["user_id"] for row in rows(found, "events")] == [None] * 3
    assert "users" not in found.tables
    assert "hunter2" not in str(rows(found, "events"))


def test_customer_and_owner_of_data_are_who_it_is_about() -> None:
    found = read(
        {"MsgType": "event", "Event": "change_external_contact", "FromUserName": "sys", "ExternalUserID": "wm1"},
        {"MsgType": "event", "Event": "user_authorization_revoke", "OpenID": "o9"},
    )
    assert [row["key"] for row in rows(found, "users")] == ["wm1", "o9"]


# --- answers ---------------------------------------------------------------------------------------------------------


def test_answer_is_an_outgoing_message_after_the_question() -> None:
    answer = "<xml><MsgType>text</MsgType><CreateTime>1700000003</CreateTime><Content>在的</Content></xml>".encode()
    question, said = rows(read(text(), answer=answer), "messages")
    assert (said["direction"], said["kind"], said["text"], said["user_id"]) == ("out", "text", "在的", None)
    assert said["reply_to"] == question["message_id"] != said["message_id"]
    assert said["conversation_id"] == question["conversation_id"]
    assert said["ts_us"] == 1_700_000_003_000_000
    assert (question["ts_us"], question["seq"]) < (said["ts_us"], said["seq"])


def test_answer_to_an_event_is_a_message_without_a_question() -> None:
    answer = b'{"MsgType": "text", "Content": "welcome"}'
    (said,) = rows(read({"MsgType": "event", "Event": "subscribe"}, answer=answer), "messages")
    assert (said["text"], said["reply_to"], said["ts_us"]) == ("welcome", None, 1_700_000_000_000_000)


@pytest.mark.parametrize(
    ("answer", "kind", "words", "attrs"),
    [
        ("<Image><MediaId>M</MediaId></Image>", "image", None, {"content": {"MediaId": "M"}}),
        (
            "<Articles><item><Title>一</Title></item><item><Title>二</Title></item></Articles>",
            "news",
            "一\n二",
            {"articles": [{"Title": "一"}, {"Title": "二"}]},
        ),
        ("<Articles><item><Title>一</Title></item></Articles>", "news", "一", {"articles": [{"Title": "一"}]}),
        ("<Music><Title>歌</Title></Music>", "music", "歌", {"content": {"Title": "歌"}}),
        ("<Video><MediaId>M</MediaId></Video>", "video", None, {"content": {"MediaId": "M"}}),
    ],
)
def test_kinds_of_answers(answer: str, kind: str, words: str | None, attrs: dict[str, Any]) -> None:
    xml = f"<xml><MsgType>{kind}</MsgType>{answer}</xml>".encode()
    said = rows(read(text(), answer=xml), "messages")[1]
    assert (said["text"], said["attrs"]) == (words, attrs)
    assert said["kind"] == {"news": "link", "music": "share"}.get(kind, kind)


@pytest.mark.parametrize(
    "answer", [b"", b"success", b"\xff", b"<xml><MsgType>transfer_customer_service</MsgType></xml>", b"<xml/>"]
)
def test_answers_that_say_nothing_are_no_messages(answer: bytes) -> None:
    assert len(rows(read(text(), answer=answer), "messages")) == 1


# --- everything ------------------------------------------------------------------------------------------------------


def test_what_is_no_message_is_rejected_with_its_text() -> None:
    bad = [Delivery("shop", "x:1", b"no xml", 1), Delivery("b", "x:2", "表".encode() * 20_000, 1)]
    found = callbacks_of([Answered(bad[0]), Answered(delivery(text())), Answered(bad[1])])
    assert len(rows(found, "messages")) == 1
    (one,), (two,) = found.rejects["shop"], found.rejects["b"]
    assert (one.reason, one.raw) == ("bad_push", "no xml")
    assert one.detail.startswith("x:1")
    assert one.line != two.line
    assert len(two.raw) < 17_000
    assert "more characters" in two.raw


@pytest.mark.parametrize("created", [None, "", "soon", -5, 0, 10**15])
def test_impossible_times_become_the_time_of_arrival(created: object) -> None:
    (message,) = rows(read({**text(), "CreateTime": created}), "messages")
    assert message["ts_us"] == RECEIVED


def test_accounts_are_kept_apart() -> None:
    found = callbacks_of([Answered(delivery(text(), account=name)) for name in ("a", "b")])
    messages = rows(found, "messages")
    assert [message["account"] for message in messages] == ["a", "b"]
    for column in ("message_id", "user_id", "conversation_id", "input_id"):
        assert len({message[column] for message in messages}) == 2


def test_same_delivery_gives_the_same_rows_whatever_comes_with_it() -> None:
    one, two = text(), text("别的", 8)
    alone, together = read(one), callbacks_of([Answered(delivery(two, at=1)), Answered(delivery(one))])
    assert rows(alone, "messages")[0] == rows(together, "messages")[1]


def test_nothing_gives_nothing() -> None:
    assert callbacks_of([]) == Callbacks({}, {}, ())


NAMES = [
    "EventKey",
    "Content",
    "Recognition",
    "MediaId",
    "Title",
    "ScanCodeInfo",
    "MenuId",
    "FromUserName",
    "CreateTime",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([("MsgType", name) for name in MESSAGES] + [("Event", name) for name in EVENTS]),
    st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), VALUES, max_size=6),
    st.binary(max_size=30),
)
def test_odd_deliveries_become_sound_rows(kind: tuple[str, str], fields: dict[str, Any], answer: bytes) -> None:
    body = json.dumps({**HEAD, **fields, kind[0]: kind[1]}).encode()
    given_one = Delivery("shop", dedupe_key(parse_message(body)), body, RECEIVED)
    found = callbacks_of([Answered(given_one, answer)])
    assert len(rows(found, "messages")) + len(rows(found, "events")) == 1
    for name, table in found.tables.items():
        assert table.schema.equals(TABLES[name].schema)
        assert table.column(TABLES[name].key[0]).null_count == 0
    assert all(row["name"] in EVENT_NAMES for row in rows(found, "events"))
    assert all(row["kind"] in MESSAGE_KINDS for row in rows(found, "messages"))


def late(fields: dict[str, Any], answer: bytes) -> list[Answered]:
    first = delivery(fields)
    second = Delivery(first.account, f"{first.key}{LATE}", first.body, RECEIVED + 9_000_000)
    return [Answered(first, b""), Answered(second, answer)]


LATE_WORDS = b"<xml><MsgType>text</MsgType><CreateTime>1700000009</CreateTime><Content>late</Content></xml>"


def test_later_answer_is_a_message_and_what_it_answers_is_there_once() -> None:
    found = callbacks_of(late(text(), LATE_WORDS))
    asked, said = rows(found, "messages")
    assert (asked["direction"], asked["text"], said["direction"], said["text"]) == ("in", "你好", "out", "late")
    assert said["reply_to"] == asked["message_id"]
    assert said["conversation_id"] == asked["conversation_id"]
    assert said["ts_us"] == 1_700_000_009_000_000
    assert said["message_id"] not in {row["message_id"] for row in rows(read(text(), answer=LATE_WORDS), "messages")}


def test_later_answer_alone_is_only_an_answer() -> None:
    """It may come with another batch."""
    (_, second) = late({"MsgType": "image", "MediaId": "M", "MsgId": 3}, LATE_WORDS)
    found = callbacks_of([second])
    (said,) = rows(found, "messages")
    assert (said["direction"], said["reply_to"]) == ("out", key_id("m:", "shop", "wechat", "3"))
    assert found.media == ()


def test_later_answer_to_an_event_is_no_second_event() -> None:
    found = callbacks_of(late({"MsgType": "event", "Event": "CLICK", "EventKey": "K"}, LATE_WORDS))
    assert len(rows(found, "events")) == 1
    (said,) = rows(found, "messages")
    assert (said["direction"], said["reply_to"]) == ("out", None)


def test_later_answer_to_a_message_without_an_id_finds_it() -> None:
    asked, said = rows(callbacks_of(late({"MsgType": "text", "Content": "hi"}, LATE_WORDS)), "messages")
    assert said["reply_to"] == asked["message_id"]
