"""ChatLab JSON and JSONL: keys, people, replies, extensions, and whatever is wrong with a file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.files import InputFile, discover
from jianwei.errors import InputError
from jianwei.records import TABLES, key_id
from jianwei.sources._base import Piece, ReadContext
from jianwei.sources.chatlab import ChatLabSource

HEAD = {"version": "0.0.2", "exportedAt": 1704157200}
GROUP = {"name": "测试群", "platform": "wechat", "type": "group", "groupId": "1@chatroom", "ownerId": "me"}
PRIVATE = {"name": "张三", "platform": "wechat", "type": "private", "ownerId": "me"}


def said(content: Any, sender: Any = "zs", second: Any = 0, kind: Any = 0, **more: Any) -> dict[str, Any]:
    return {
        "sender": sender,
        "accountName": sender,
        "timestamp": 1704070800 + second,
        "type": kind,
        "content": content,
        **more,
    }


def as_json(
    messages: list[Any], meta: Any = GROUP, members: Any = (), order: str = "chatlab meta members messages"
) -> bytes:
    parts = {"chatlab": HEAD, "meta": meta, "members": list(members), "messages": messages}
    return json.dumps({name: parts[name] for name in order.split()}, ensure_ascii=False).encode()


def as_jsonl(messages: list[Any], meta: Any = GROUP, members: Any = ()) -> bytes:
    lines = [{"_type": "header", "chatlab": HEAD, "meta": meta}, *({"_type": "member", **member} for member in members)]
    lines += [{"_type": "message", **message} for message in messages]
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()


def pieces(data: bytes, name: str = "a.json", chunk_rows: int = 100_000) -> list[Piece]:
    file = InputFile(name, len(data), lambda: io.BytesIO(data))
    context = ReadContext("shop", "Asia/Shanghai", "f:1", "0" * 64, chunk_rows=chunk_rows)
    return list(ChatLabSource().read(file, context))


def table(found: list[Piece], name: str) -> list[dict[str, Any]]:
    tables = [piece.tables[name] for piece in found if name in piece.tables]
    for one in tables:
        assert one.schema == TABLES[name].schema
    return [row for one in tables for row in one.to_pylist()]


def merged(found: list[Piece], name: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Rows by key as the store merges them, without their times."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in table(found, name):
        known = rows.setdefault(tuple(row[column] for column in TABLES[name].key), {})
        known |= {column: value for column, value in row.items() if value is not None and column != "ts_us"}
    return rows


def rejects(found: list[Piece]) -> list[tuple[int, str]]:
    return [(reject.line, reject.reason) for piece in found for reject in piece.rejects]


def user(key: str) -> str:
    return key_id("u:", "shop", "user", key)


def conversation(key: str) -> str:
    return key_id("c:", "shop", "conversation", key)


@pytest.mark.parametrize("name", ["group", "private"])
def test_json_and_jsonl_give_the_same(data_dir: Path, name: str) -> None:
    found = {}
    for ending in ("json", "jsonl"):
        (file,) = discover([data_dir / "chat_exports" / "chatlab" / f"{name}.{ending}"])
        assert isinstance(file, InputFile)
        found[ending] = list(ChatLabSource().read(file, ReadContext("shop", "Asia/Shanghai", "f:1", "0" * 64)))
    assert table(found["json"], "messages") == table(found["jsonl"], "messages")
    for canonical in ("users", "names", "members", "conversations"):
        assert merged(found["json"], canonical) == merged(found["jsonl"], canonical)


def test_a_message_becomes_a_canonical_row() -> None:
    found = pieces(as_json([said("@李四 看一下", second=5, platformMessageId="p1"), said(None, "me", 6, 2)]))
    first, second = table(found, "messages")
    assert first == {
        "account": "shop", "ts_us": 1704070805_000000, "seq": 1, "message_id": first["message_id"],
        "conversation_id": conversation("1@chatroom"), "user_id": user("zs"), "direction": "in", "kind": "text",
        "text": "@李四 看一下", "mentions": '["李四"]', "reply_to": None, "item_id": None, "recalled": None,
        "attrs": '{"platform_id":"p1"}', "input_id": "f:1",
    }  # fmt: skip
    assert (second["direction"], second["kind"], second["text"], second["seq"]) == ("out", "voice", None, 2)


def test_ids_depend_on_what_was_said_and_not_on_the_file() -> None:
    once = table(pieces(as_json([said("好"), said("好"), said("嗯", second=1)])), "messages")
    again = table(pieces(as_jsonl([said("好 "), said("嗯", second=1, platformMessageId="other")])), "messages")
    assert len({row["message_id"] for row in once}) == 3  # two "好" in one second are two messages
    assert [row["message_id"] for row in again] == [once[0]["message_id"], once[2]["message_id"]]


def test_pieces_do_not_change_what_is_read() -> None:
    messages = [
        said(f"第{n % 700}句", second=n // 3, kind=0 if n % 5 else 1, platformMessageId=f"p{n}") for n in range(3000)
    ]
    for n in range(10, 3000, 7):
        messages[n] |= {"type": 25, "replyToMessageId": f"p{n - 9}"}
    for data, name in ((as_json(messages), "a.json"), (as_jsonl(messages), "a.jsonl")):
        whole, parts = pieces(data, name), pieces(data, name, chunk_rows=300)
        assert len(parts) > len(whole)
        assert table(parts, "messages") == table(whole, "messages")
        for canonical in ("users", "names", "members", "conversations"):
            assert merged(parts, canonical) == merged(whole, canonical)
        assert sum(piece.read["messages"] for piece in parts) == 3000
        assert parts[-1].consumed == len(data)


@pytest.mark.parametrize(
    "order", ["chatlab meta members messages", "messages members meta chatlab", "members messages chatlab meta"]
)
def test_the_order_of_the_document_does_not_matter(order: str) -> None:
    members = [{"platformId": "me", "accountName": "我"}, {"platformId": "zs", "accountName": "张三"}]
    found = pieces(as_json([said("好")], PRIVATE, members, order))
    (row,) = table(found, "messages")
    assert (row["conversation_id"], row["direction"]) == (conversation("zs"), "in")
    assert {one["user_id"]: one["nickname"] for one in table(found, "users")} == {user("me"): "我", user("zs"): "张三"}


@pytest.mark.parametrize(
    ("meta", "members", "messages", "key"),
    [
        (PRIVATE, ["me", "zs"], [], "zs"),
        (PRIVATE, [], [said("嗯", "me"), said("好")], "zs"),
        (PRIVATE, ["me"], [said("嗯", "me"), said("好")], "zs"),
        (PRIVATE, ["me"], [said("嗯", "me")], "title:张三"),
        ({**PRIVATE, "ownerId": None, "name": "与zs的对话"}, ["a", "zs"], [said("好")], "zs"),
        ({**PRIVATE, "ownerId": None, "name": "两人"}, ["a", "zs"], [said("好")], "title:两人"),
        ({**GROUP, "groupId": None}, [], [said("好")], "title:测试群"),
        (GROUP, [], [said("好")], "1@chatroom"),
    ],
)
def test_the_key_of_a_conversation(meta: Any, members: list[str], messages: list[Any], key: str) -> None:
    people = [{"platformId": name, "accountName": name} for name in members]
    for data in (as_json(messages, meta, people), as_jsonl(messages, meta, people)):
        assert table(pieces(data), "conversations")[0]["conversation_id"] == conversation(key)


def test_members_carry_names_roles_and_avatars() -> None:
    members = [
        {"platformId": "zs", "accountName": "张三", "groupNickname": "群主", "aliases": ["三哥", "老张"],
         "avatar": "data:image/png;base64,AA", "roles": [{"id": "vip", "name": "VIP"}, {"id": "owner"}]},
        {"platformId": "ls", "accountName": "李四", "roles": [{"id": "tech", "name": "技术组"}]},
        {"accountName": "没有号"}, 7,
    ]  # fmt: skip
    found = pieces(as_json([said("好")], GROUP, members))
    assert {(row["user_id"], row["role"]) for row in table(found, "members")} == {
        (user("zs"), "owner"),
        (user("ls"), "tech"),
    }
    assert table(found, "conversations")[-1]["owner_id"] == user("zs")
    assert json.loads(table(found, "users")[0]["attrs"]) == {"avatar": "data:image/png;base64,AA"}
    names = {(row["name"], row["kind"], row["conversation_id"]) for row in table(found, "names")}
    assert {("群主", "group", conversation("1@chatroom")), ("三哥", "alias", None), ("张三", "nickname", None)} <= names
    assert rejects(found) == [(0, "missing_field"), (0, "missing_field")]


def test_without_an_owner_nobody_knows_the_direction() -> None:
    (row,) = table(pieces(as_json([said("好")], {**GROUP, "ownerId": None})), "messages")
    assert row["direction"] is None


def test_notices_have_no_sender() -> None:
    found = pieces(
        as_json(
            [said("你撤回了一条消息", "system", 0, 80), said("群公告：开会", "zs", 1, 80), said("x", "系统消息", 2, 81)]
        )
    )
    rows = table(found, "messages")
    assert [(row["kind"], row["user_id"], row["direction"]) for row in rows] == [
        ("recall", None, None), ("system", None, None), ("recall", None, None),
    ]  # fmt: skip
    assert json.loads(rows[1]["attrs"]) == {"sender": "zs"}
    assert table(found, "members") == []


def test_replies_find_their_message_or_keep_its_platform_id() -> None:
    found = pieces(
        as_json([
            said("后到的", second=1, replyToMessageId="p3", kind=25), said("问", platformMessageId="p2"),
            said("问的", platformMessageId="p3"), said("答", second=2, replyToMessageId="p2", kind=25),
            said("没有", second=3, replyToMessageId="gone", kind=25, platformMessageId='p"4'),
        ])
    )  # fmt: skip
    rows = table(found, "messages")
    assert [row["reply_to"] for row in rows] == [rows[2]["message_id"], None, None, rows[1]["message_id"], None]
    assert json.loads(rows[4]["attrs"]) == {"platform_id": 'p"4', "reply_to": "gone"}


def test_fields_beyond_the_standard_stay_in_attrs() -> None:
    (row,) = table(pieces(as_json([said("好", reactions=["👍"], z={"b": 1, "a": None})])), "messages")
    assert row["attrs"] == '{"reactions":["👍"],"z":{"a":null,"b":1}}'


def test_html_and_formulas_are_texts() -> None:
    nasty = '<script>alert(1)</script>=HYPERLINK("x")'
    found = pieces(as_json([said(nasty)], GROUP, [{"platformId": "zs", "accountName": nasty}]))
    assert table(found, "messages")[0]["text"] == nasty
    assert table(found, "users")[0]["nickname"] == nasty


def test_rows_that_cannot_be_read_are_rejected_one_by_one() -> None:
    messages = [
        said("好"), 7, said("x", sender=None), said("x") | {"timestamp": "soon"}, said("x") | {"timestamp": -5},
        said("x", kind="text"), said(["x"]), said("a\0b"), said("x") | {"type": None}, said("x", sender=["a"]), said("好2", sender=12),
        said("x") | {"timestamp": 10**20}, said("x", kind=True),
    ]  # fmt: skip
    found = pieces(as_json(messages))
    rows = table(found, "messages")
    assert [row["text"] for row in rows] == ["好", "好2"]
    assert rows[1]["user_id"] == user("12")
    assert [row["seq"] for row in rows] == [1, 11]
    assert sorted(rejects(found)) == [
        (2, "not_an_object"), (3, "missing_field"), (4, "wrong_type"), (5, "bad_time"), (6, "wrong_type"), (7, "wrong_type"),
        (8, "nul_bytes"), (9, "missing_field"), (10, "wrong_type"), (12, "wrong_type"), (13, "wrong_type"),
    ]  # fmt: skip
    assert sum(piece.read["messages"] for piece in found) == 13
    assert all(len(reject.raw) < 1000 for piece in found for reject in piece.rejects)


def test_times_in_milliseconds_and_fractions() -> None:
    rows = table(
        pieces(as_json([said("a") | {"timestamp": 1704070800123}, said("b") | {"timestamp": 1704070800.5}])), "messages"
    )
    assert [row["ts_us"] for row in rows] == [1704070800_123000, 1704070800_500000]


def test_lines_that_are_no_messages() -> None:
    data = as_jsonl([said("好"), said("嗯", second=1)]).replace(b"\n", b"\r\n# note\n\n", 1)
    data += (
        b'\nnot json\n{"_type":"poem"}\n[1]\n'
        + b'{"_type":"message","sender":"'
        + b"x" * (2 << 20)
        + b'"}\n'
        + as_jsonl([said("完")])
    )
    found = pieces(b"# first\n" + data, "a.jsonl")
    assert [row["text"] for row in table(found, "messages")] == ["好", "嗯", "完"]
    assert sorted(rejects(found)) == [(7, "bad_json"), (8, "unknown_line"), (9, "unknown_line"), (10, "row_too_long")]


def test_a_file_that_is_cut_gives_what_came_before() -> None:
    data = as_json([said(f"第{n}句", second=n) for n in range(2000)])
    cut = data[: len(data) // 2]
    got: list[Piece] = []

    def gather() -> None:
        file = InputFile("a.json", len(cut), lambda: io.BytesIO(cut))
        for piece in ChatLabSource().read(file, ReadContext("shop", "UTC", "f:1", "", chunk_rows=100)):
            got.append(piece)

    with pytest.raises(InputError, match="ends in the middle"):
        gather()
    assert len(table(got, "messages")) == cut.count(b"}, {")


def test_two_exports_in_one_file_are_not_mixed_up() -> None:
    same = pieces(as_jsonl([said("好")]) + b"\n" + as_jsonl([said("嗯")]), "a.jsonl")
    assert len(table(same, "messages")) == 2
    with pytest.raises(InputError, match="line 3"):
        pieces(as_jsonl([said("好")]) + b"\n" + as_jsonl([said("嗯")], PRIVATE), "a.jsonl")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (json.dumps({"chatlab": HEAD, "messages": []}).encode(), "no 'meta'"),
        (json.dumps({"chatlab": HEAD, "meta": [1], "messages": []}).encode(), "no 'meta'"),
        (json.dumps({"chatlab": HEAD, "meta": GROUP}).encode(), "no list of 'messages'"),
        (json.dumps({"chatlab": HEAD, "meta": GROUP, "messages": {"a": 1}}).encode(), "not a list"),
        (json.dumps([1, 2]).encode(), "no list of 'messages'"),
        (b"\0" * 100, "no text"),
        (b"", "empty"),
    ],
)
def test_files_of_the_wrong_shape(data: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        pieces(data)


def test_deep_nesting_costs_one_row() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    data = as_json([said("好"), {"sender": "zs", "x": "DEEP"}, said("嗯")]).replace(b'"DEEP"', deep.encode())
    found = pieces(data)
    assert [row["text"] for row in table(found, "messages")] == ["好", "嗯"]
    assert rejects(found) == [(2, "bad_json")]


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["_type", "sender", "accountName", "timestamp", "type", "content", "platformMessageId", "replyToMessageId", "x"]
)
LINES = st.dictionaries(FIELDS, JUNK | st.sampled_from(["message", "member", 0, 1704070800]), max_size=8)


@settings(deadline=None)
@given(st.lists(LINES | JUNK, max_size=6))
def test_no_line_of_json_breaks_the_reader(lines: list[Any]) -> None:
    body = "\n".join(json.dumps(line, ensure_ascii=True) for line in lines).encode()
    found = pieces(as_jsonl([said("好")]) + b"\n" + body, "a.jsonl")
    assert [row["text"] for row in table(found, "messages")][:1] == ["好"]
    counted = sum(piece.read.get("messages", 0) for piece in found)
    assert counted == len(table(found, "messages")) + len(rejects(found))


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10), st.integers(0, 3)
        ),
        max_size=12,
    )
)
def test_jsonl_gives_what_was_written(messages: list[tuple[str, int]]) -> None:
    found = pieces(as_jsonl([said(text, second=second) for text, second in messages]), "a.jsonl", chunk_rows=2)
    rows = table(found, "messages")
    assert len(rows) == len({row["message_id"] for row in rows}) == len(messages)
    plain = [(text, row["text"]) for (text, _), row in zip(messages, rows, strict=True) if row["kind"] == "text"]
    assert all(got == (text if text.strip() else None) for text, got in plain)
    assert isinstance(pa.Table.from_pylist(rows, TABLES["messages"].schema), pa.Table)
