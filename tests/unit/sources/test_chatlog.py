"""chatlog: messages as JSON and CSV, lists of contacts, groups and recent chats."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.files import InputFile, Sample, sample
from jianwei.errors import InputError
from jianwei.records import TABLES, key_id
from jianwei.sources._base import Piece, ReadContext
from jianwei.sources.chatlog import ChatlogSource

ROOM, ME = "1@chatroom", "wxid_me"


def said(
    content: str,
    sender: str = "wxid_zs",
    second: int = 0,
    code: tuple[int, int] = (1, 0),
    talker: str = "wxid_zs",
    **more: Any,
) -> dict[str, Any]:
    return {
        "seq": 1704070800_000 + second * 1000,
        "time": f"2024-01-01T09:00:{second:02d}+08:00",
        "talker": talker,
        "talkerName": "张三",
        "isChatRoom": talker.endswith("@chatroom"),
        "sender": sender,
        "senderName": "" if sender == ME else sender[5:],
        "isSelf": sender == ME,
        "type": code[0],
        "subType": code[1],
        "content": content,
    } | more


def row(
    content: str,
    sender: str = "wxid_zs",
    time: str = "2024-01-01 09:00:00",
    name: str = "张三",
    talker: str = "wxid_zs",
) -> list[str]:
    return [time, name, sender, "聊天", talker, content]


def as_csv(rows: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([["Time", "SenderName", "Sender", "TalkerName", "Talker", "Content"], *rows])
    return out.getvalue().encode()


def pieces(data: Any, name: str = "a.json", chunk_rows: int = 100_000) -> list[Piece]:
    raw = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    file = InputFile(name, len(raw), lambda: io.BytesIO(raw))
    seen = sample(file)
    assert isinstance(seen, Sample)
    assert ChatlogSource().sniff(seen) > 0.2
    return list(
        ChatlogSource().read(file, ReadContext("shop", "Asia/Shanghai", "f:1", "0" * 64, chunk_rows=chunk_rows))
    )


def table(found: list[Piece], name: str) -> list[dict[str, Any]]:
    tables = [piece.tables[name] for piece in found if name in piece.tables]
    assert all(one.schema == TABLES[name].schema for one in tables)
    return [one for part in tables for one in part.to_pylist()]


def rejects(found: list[Piece]) -> list[tuple[int, str]]:
    return [(reject.line, reject.reason) for piece in found for reject in piece.rejects]


def user(key: str) -> str:
    return key_id("u:", "shop", "user", key)


# --- JSON ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "content", "contents", "kind", "text", "attrs"),
    [
        ((3, 0), "", {"md5": "d41d", "path": "a/b", "host": "h"}, "image", None, {"md5": "d41d", "path": "a/b"}),
        ((34, 0), "", {"voice": "12"}, "voice", None, {"voice": "12"}),
        (
            (48, 0),
            "",
            {"x": "1", "y": "2", "label": "大街1号", "cityname": "北京"},
            "location",
            "大街1号",
            {"x": "1", "y": "2", "cityname": "北京"},
        ),
        ((49, 5), "", {"title": "标题", "desc": "说明", "url": "u"}, "link", "标题", {"desc": "说明", "url": "u"}),
        ((49, 6), "", {"title": "周报.xlsx", "md5": "0c"}, "file", "周报.xlsx", {"md5": "0c"}),
        ((49, 51), "", {"title": "视频", "url": "u"}, "share", "视频", {"url": "u"}),
        ((49, 2000), "[转账|发送 ￥1.00](饭钱)", None, "transfer", "发送 ￥1.00", {"memo": "饭钱"}),
        ((49, 2001), "", None, "red_packet", None, None),
        ((49, 777), "", None, "other", None, {"type": 49, "subtype": 777}),
        ((1, 0), "[图片]", None, "image", None, None),
        ((1, 0), "[强]", None, "text", "[强]", None),
        ((1, 0), "> 引用\n不是", None, "text", "> 引用\n不是", None),
        ((3, 0), "", ["not", "an", "object"], "image", None, None),
    ],
)
def test_kinds_and_contents(
    code: tuple[int, int], content: str, contents: Any, kind: str, text: str | None, attrs: Any
) -> None:
    message = said(content, code=code) | ({"contents": contents} if contents else {})
    (got,) = table(pieces([message]), "messages")
    assert (got["kind"], got["text"]) == (kind, text)
    assert (json.loads(got["attrs"]) if got["attrs"] else None) == attrs


def test_who_where_and_when() -> None:
    found = pieces(
        [
            said("好", "wxid_a", 1, talker=ROOM),
            said("@A 嗯", ME, 2, talker=ROOM),
            said("张三退出了群聊", "系统消息", 3, (10000, 0), ROOM),
        ]
    )
    first, second, notice = table(found, "messages")
    assert (first["direction"], second["direction"], notice["direction"]) == ("in", "out", None)
    assert (first["seq"], second["mentions"], notice["user_id"]) == (1704070801_000, '["A"]', None)
    (chat,) = table(found, "conversations")
    assert (chat["key"], chat["kind"], chat["title"], chat["attrs"]) == (ROOM, "group", "张三", f'{{"owner":"{ME}"}}')
    assert {one["key"]: (one["nickname"], one["ts_us"]) for one in table(found, "users")} == {
        "wxid_a": ("a", None),
        ME: (None, None),
    }


def test_a_quote_finds_the_last_such_message_before_it() -> None:
    refer = {"type": 1, "sender": ME, "senderName": "我", "content": "好的", "time": "2024-01-01T09:00:09+08:00"}
    messages = [
        said("好的", ME, 1),
        said("好的", "wxid_zs", 2),
        said("好的", ME, 3),
        said("收到", second=4, code=(49, 57), contents={"refer": refer}),
        said("好的", ME, 5),
        said("x", second=6, code=(49, 57), contents={"refer": {**refer, "content": "没说过"}}),
        said(
            "y", second=7, code=(49, 57), contents={"refer": {"type": 49, "sender": ME, "contents": {"title": "报告"}}}
        ),
    ]
    rows = table(pieces(messages), "messages")
    assert [one["reply_to"] for one in rows[3:]] == [rows[2]["message_id"], None, None, None]
    assert json.loads(rows[6]["attrs"]) == {"quote": {"sender": ME, "text": "报告"}}


def test_a_quote_reaches_over_pieces() -> None:
    refer = {"type": 1, "sender": "wxid_zs", "content": "第0句"}
    messages = [said(f"第{n}句", second=n % 60) for n in range(2000)] + [
        said("收到", ME, 9, (49, 57), contents={"refer": refer})
    ]
    found = pieces(messages, chunk_rows=300)
    assert len(found) > 3
    rows = table(found, "messages")
    assert rows[-1]["reply_to"] == rows[0]["message_id"]


def test_a_forward_gives_its_messages() -> None:
    items = [
        {"DataType": "1", "SourceName": "王五", "SourceTime": "2023-12-31 08:00:00", "DataDesc": "旧话"},
        {"DataType": "2", "SourceName": "王五"},
    ]
    contents = {"title": "聊天记录", "desc": "…", "recordInfo": {"DataList": {"DataItems": items}}}
    parent, first, second = table(pieces([said("", code=(49, 19), contents=contents)]), "messages")
    assert (parent["kind"], parent["text"], parent["attrs"]) == ("forward", "聊天记录", '{"desc":"…"}')
    assert (first["text"], first["user_id"], first["direction"]) == ("旧话", user("name:王五"), None)
    assert (second["kind"], second["ts_us"]) == ("image", parent["ts_us"])  # no time of its own
    assert len({parent["message_id"], first["message_id"], second["message_id"]}) == 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"time": "soon"}, "bad_time"),
        ({"time": None}, "missing_field"),
        ({"time": 7.5}, "wrong_type"),
        ({"talker": None}, "missing_field"),
        ({"type": "x"}, "wrong_type"),
        ({"content": {"a": 1}}, "wrong_type"),
        ({"isSelf": 1}, "wrong_type"),
        ({"content": "a\0"}, "nul_bytes"),
        ({"time": "0001-01-01T00:00:00Z"}, "bad_time"),
    ],
)
def test_messages_of_the_wrong_shape(change: dict[str, Any], reason: str) -> None:
    found = pieces([said("好"), said("x") | change, said("嗯", second=1)])
    assert [one["text"] for one in table(found, "messages")] == ["好", "嗯"]
    assert rejects(found) == [(2, reason)]


def test_nothing_is_an_empty_answer() -> None:
    for data in (b"null", b"[]", b'{"items": []}', b'{"items": null}'):
        found = pieces(data)
        assert [piece.tables for piece in found if piece.tables] == []


def test_an_answer_that_is_cut_short_is_said() -> None:
    data = b"[" + json.dumps(said("x")).encode()
    with pytest.raises(InputError, match="ends in the middle"):
        pieces(data)


ANY = (
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats()
    | st.text(max_size=6)
    | st.lists(st.integers(), max_size=2)
)
NAMES = st.sampled_from([*said(""), "contents", "other"])


@settings(deadline=None)
@given(st.lists(st.dictionaries(NAMES, ANY, max_size=4), max_size=4))
def test_no_object_breaks_the_reader(changes: list[dict[str, Any]]) -> None:
    found = pieces([said("好"), *(said("x") | change for change in changes)])
    assert len(table(found, "messages")) + len(rejects(found)) == len(changes) + 1


# --- CSV -------------------------------------------------------------------------------------------------------------


def test_csv_kinds_come_from_the_text() -> None:
    found = pieces(as_csv([
        row("你好"), row("![图片](http://h/image/d41d)"), row("> 张三(wxid_zs) 09:00:00\n> 你好\n收到", ME, name=""),
        row('"张三" 撤回了一条消息', "系统消息", name=""), row("[位置|北京市|39.9,116.3]"), row("", time="2024-01-01 09:00:01"),
    ]), "a.csv")  # fmt: skip
    rows = table(found, "messages")
    assert [one["kind"] for one in rows] == ["text", "image", "reply", "recall", "location", "text"]
    assert [one["text"] for one in rows] == ["你好", None, "收到", '"张三" 撤回了一条消息', "北京市", None]
    assert rows[2]["reply_to"] == rows[0]["message_id"]
    assert json.loads(rows[2]["attrs"]) == {
        "quote": {"name": "张三", "sender": "wxid_zs", "text": "你好", "time": "09:00:00"}
    }


def test_csv_direction() -> None:
    private = table(
        pieces(as_csv([row("a"), row("b", ME, name=""), row("c", ME, name="我有备注")]), "a.csv"), "messages"
    )
    assert [one["direction"] for one in private] == ["in", "out", "out"]
    group = pieces(
        as_csv(
            [
                row("a", "wxid_a", talker=ROOM),
                row("b", ME, name="", talker=ROOM),
                row("c", "系统消息", name="", talker=ROOM),
            ]
        ),
        "a.csv",
    )
    assert [one["direction"] for one in table(group, "messages")] == ["in", "out", None]


def test_csv_rows_that_cannot_be_read() -> None:
    found = pieces(
        as_csv([row("好"), row("x", time="昨天 18:30"), row("x", talker=""), row("嗯", time="2024-01-01 09:00:01")]),
        "a.csv",
    )
    assert [one["text"] for one in table(found, "messages")] == ["好", "嗯"]
    assert rejects(found) == [(3, "bad_time"), (4, "missing_field")]


# --- lists -----------------------------------------------------------------------------------------------------------


def test_contacts() -> None:
    item = {"userName": "wxid_zs", "alias": "zs2024", "remark": "张三", "nickName": "三哥", "isFriend": True}
    room = {"userName": ROOM, "alias": "", "remark": "", "nickName": "测试群", "isFriend": False}
    found = pieces({"items": [item, room, {"userName": ""}, 7]})
    (person,) = table(found, "users")
    assert (person["nickname"], person["ts_us"], json.loads(person["attrs"])) == (
        "三哥",
        0,
        {"alias": "zs2024", "friend": True},
    )
    assert {(one["name"], one["kind"]) for one in table(found, "names")} == {
        ("三哥", "nickname"),
        ("张三", "remark"),
        ("zs2024", "alias"),
    }
    assert [(one["key"], one["title"]) for one in table(found, "conversations")] == [(ROOM, "测试群")]
    assert rejects(found) == [(3, "missing_field"), (4, "not_an_object")]
    assert sum(sum(piece.read.values()) for piece in found) == 1 + 3 + 1 + 2


def test_groups() -> None:
    users = [{"userName": "wxid_zs", "displayName": "群主"}, {"userName": ME, "displayName": ""}, "junk"]
    found = pieces({"items": [{"name": ROOM, "owner": "wxid_zs", "remark": "", "nickName": "测试群", "users": users}]})
    (chat,) = table(found, "conversations")
    assert (chat["key"], chat["kind"], chat["title"], chat["owner_id"]) == (ROOM, "group", "测试群", user("wxid_zs"))
    assert {(one["user_id"], one["role"]) for one in table(found, "members")} == {
        (user("wxid_zs"), "owner"),
        (user(ME), None),
    }
    assert [(one["name"], one["kind"], one["conversation_id"]) for one in table(found, "names")] == [
        ("群主", "group", key_id("c:", "shop", "conversation", ROOM))
    ]


def test_recent_chats_give_titles() -> None:
    items = [
        {"userName": ROOM, "nOrder": 1, "nickName": "测试群", "content": "x", "nTime": "2024-01-01T09:00:00+08:00"}
    ]
    assert [(one["title"], one["kind"], one["ts_us"]) for one in table(pieces({"items": items}), "conversations")] == [
        ("测试群", "group", 0)
    ]


def test_unquoted_lists_are_not_guessed() -> None:
    data = 'UserName,Alias,Remark,NickName\nwxid_zs,zs,张三,三哥\nwxid_ls,,李,四,李四\nwxid_w\n\nwxid_q,,"引号,三哥\n'.encode()
    found = pieces(data, "contact.csv")
    assert {one["key"]: one["nickname"] for one in table(found, "users")} == {"wxid_zs": "三哥", "wxid_q": "三哥"}
    assert ('"引号', "remark") in {(one["name"], one["kind"]) for one in table(found, "names")}
    assert rejects(found) == [(3, "shifted_columns"), (4, "shifted_columns")]
    rooms = pieces(f"Name,Remark,NickName,Owner,UserCount\n{ROOM},,测试群,wxid_zs,3\n".encode(), "chatroom.csv")
    assert [(one["title"], one["owner_id"]) for one in table(rooms, "conversations")] == [("测试群", user("wxid_zs"))]
    chats = pieces(
        f"UserName,NOrder,NickName,Content,NTime\n{ROOM},1,测试群,好,t\n{ROOM},1,测试群,a,b,t\n".encode(), "session.csv"
    )
    assert [one["title"] for one in table(chats, "conversations")] == ["测试群"]
    assert rejects(chats) == [(3, "shifted_columns")]
