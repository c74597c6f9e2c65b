"""ChatLab files written from canonical tables: within the standard, streamed, and the same when they are read again."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.files import InputFile, Sample, discover, sample
from jianwei.errors import UsageError
from jianwei.records import TABLES, empty, key_id
from jianwei.render.export.chatlab import ChatTables, write_chatlab
from jianwei.sources import by_name, detect
from jianwei.sources._base import ReadContext

Form = Literal["json", "jsonl"]
FORMS: tuple[Form, ...] = ("json", "jsonl")
EXPORTED = 1704157200_000000
Tables = dict[str, pa.Table]


def read(file: InputFile) -> Tables:
    """Canonical tables of a file, upserted ones merged as the store does."""
    seen = sample(file)
    assert isinstance(seen, Sample)
    found: dict[str, list[pa.Table]] = {}
    for piece in detect(seen, file).read(file, ReadContext("shop", "Asia/Shanghai", "f:1", "0" * 64)):
        assert piece.rejects == ()
        for name, rows in piece.tables.items():
            found.setdefault(name, []).append(rows)
    return {name: merged(name, pa.concat_tables(found[name])) if name in found else empty(name) for name in TABLES}


def merged(name: str, rows: pa.Table) -> pa.Table:
    if TABLES[name].writes != "upsert":
        return rows
    by_key: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows.to_pylist():
        known = by_key.setdefault(tuple(row[column] for column in TABLES[name].key), dict.fromkeys(row))
        known |= {column: value for column, value in row.items() if value is not None}
    return pa.Table.from_pylist(list(by_key.values()), TABLES[name].schema)


def write(tables: Tables, form: Form = "json", batches: Iterator[pa.Table] | None = None) -> bytes:
    out = io.BytesIO()
    chat = ChatTables(tables["conversations"], tables["users"], tables["members"], tables["names"])
    write_chatlab(out, chat, batches or iter([tables["messages"]]), exported_us=EXPORTED, form=form)
    return out.getvalue()


def reread(data: bytes, form: Form = "json") -> Tables:
    return read(InputFile(f"again.{form}", len(data), lambda: io.BytesIO(data)))


def without(table: pa.Table, *columns: str) -> list[dict[str, Any]]:
    kept = [name for name in table.column_names if name not in columns]
    return sorted(table.select(kept).to_pylist(), key=repr)


def of(text: str) -> Tables:
    data = text.encode()
    return read(InputFile("a.jsonl", len(data), lambda: io.BytesIO(data)))


def lines(messages: list[dict[str, Any]], members: list[dict[str, Any]] | None = None, **meta: Any) -> str:
    about = {"name": "测试群", "platform": "wechat", "type": "group", "groupId": "1@chatroom", "ownerId": "me", **meta}
    found: list[dict[str, Any]] = [
        {"_type": "header", "chatlab": {"version": "0.0.2", "exportedAt": 1704157200}, "meta": about}
    ]
    found += [{"_type": "member", **member} for member in members or []]
    found += [{"_type": "message", "accountName": message["sender"], **message} for message in messages]
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in found)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ["group.json", "private.jsonl"])
def test_what_chatlab_carries_survives_the_round_trip(data_dir: Path, name: str, form: Form) -> None:
    (file,) = discover([data_dir / "chat_exports" / "chatlab" / name])
    assert isinstance(file, InputFile)
    first = read(file)
    again = reread(write(first, form), form)
    for table in ("messages", "users", "names", "members", "conversations"):
        assert without(again[table]) == without(first[table]), table


@pytest.mark.parametrize("form", FORMS)
def test_extras_of_the_standard_survive_too(form: Form) -> None:
    members = [
        {"platformId": "zs", "accountName": "张三", "groupNickname": "群主", "aliases": ["三哥", "老张"], "avatar": "https://e.com/a.png",
         "roles": [{"id": "owner"}]},
        {"platformId": "me", "accountName": "<b>我</b>"}, {"platformId": "quiet", "accountName": "=1+1"},
    ]  # fmt: skip
    messages = [
        {"sender": "zs", "timestamp": 1704070800, "type": 0, "content": "=HYPERLINK(\"x\")<script>", "platformMessageId": "p0"},
        {"sender": "me", "timestamp": 1704070801, "type": 25, "content": "好\n的", "replyToMessageId": "p0"},
        {"sender": "me", "timestamp": 1704070802, "type": 25, "content": "嗯", "replyToMessageId": "gone", "platformMessageId": "p2"},
        {"sender": "system", "timestamp": 1704070803, "type": 80, "content": "你领取了红包"},
        {"sender": "", "timestamp": 1704070804, "type": 0, "content": "谁说的"},
        {"sender": "zs", "timestamp": 1704070805, "type": 99, "content": None},
    ]  # fmt: skip
    names = {member["platformId"]: member["accountName"] for member in members}
    messages = [message | {"accountName": names.get(message["sender"], "")} for message in messages]
    first = of(lines(messages, members, groupAvatar="https://e.com/g.png", topic="茶"))
    again = reread(write(first, form), form)
    for table in ("messages", "users", "names", "members", "conversations"):
        assert without(again[table]) == without(first[table]), table


@pytest.mark.parametrize(
    "path", ["wechatmsg/张三_utf8.csv", "chatlog/chatlog_private.json", "chatlog/chatlog_group.csv"]
)
def test_chats_from_other_formats_keep_their_ids(data_dir: Path, path: str) -> None:
    (file,) = discover([data_dir / "chat_exports" / path])
    assert isinstance(file, InputFile)
    first = read(file)
    again = reread(write(first))
    columns = ("message_id", "conversation_id", "user_id", "ts_us", "kind", "text", "direction", "reply_to", "mentions")
    for column in columns:
        assert again["messages"][column].to_pylist() == first["messages"][column].to_pylist(), column


def test_a_file_keeps_to_the_standard(data_dir: Path) -> None:
    (file,) = discover([data_dir / "chat_exports" / "chatlog" / "chatlog_private.json"])
    assert isinstance(file, InputFile)
    tables = read(file)
    document = json.loads(write(tables))
    assert list(document) == ["chatlab", "meta", "members", "messages"]
    assert document["chatlab"] == {"version": "0.0.2", "exportedAt": 1704157200, "generator": "Jianwei"}
    assert document["meta"] == {
        "name": "张三",
        "platform": "wechat",
        "type": "private",
        "ownerId": "wxid_self000000001",
    }
    allowed = {"sender", "accountName", "timestamp", "type", "content", "platformMessageId", "replyToMessageId"}
    for message in document["messages"]:
        assert {"sender", "accountName", "timestamp", "type", "content"} <= message.keys() <= allowed
        assert type(message["timestamp"]) is int
        assert type(message["type"]) is int
    ids = [message["platformMessageId"] for message in document["messages"]]
    assert {message["replyToMessageId"] for message in document["messages"] if "replyToMessageId" in message} <= set(
        ids
    )
    parsed = [json.loads(line) for line in write(tables, "jsonl").splitlines()]
    assert [line["_type"] for line in parsed] == ["header", *["member"] * 2, *["message"] * 12]
    assert [{"_type": "message", **message} for message in document["messages"]] == parsed[3:]


def test_messages_inside_forwards_are_left_out() -> None:
    first = of(lines([{"sender": "zs", "timestamp": 1704070800, "type": 26, "content": "聊天记录"}]))
    parent = first["messages"].to_pylist()[0]
    child = parent | {
        "message_id": key_id("m:", "shop", "record", "x"),
        "attrs": json.dumps({"parent": parent["message_id"]}),
    }
    first["messages"] = pa.Table.from_pylist([parent, child], TABLES["messages"].schema)
    out = io.BytesIO()
    chat = ChatTables(first["conversations"], first["users"], first["members"], first["names"])
    assert write_chatlab(out, chat, [first["messages"]], exported_us=0) == 1
    assert len(json.loads(out.getvalue())["messages"]) == 1


def test_messages_are_written_as_they_come() -> None:
    first = of(lines([{"sender": "zs", "timestamp": 1704070800, "type": 0, "content": "好"}]))
    out = io.BytesIO()
    sizes = []

    def batches() -> Iterator[pa.Table]:
        for _ in range(3):
            yield first["messages"]
            sizes.append(out.tell())

    chat = ChatTables(first["conversations"], first["users"], first["members"], first["names"])
    assert write_chatlab(out, chat, batches(), exported_us=EXPORTED, form="jsonl") == 3
    assert sizes == sorted(set(sizes))


def test_it_takes_exactly_one_conversation() -> None:
    chat = ChatTables(empty("conversations"), empty("users"), empty("members"), empty("names"))
    with pytest.raises(UsageError, match="exactly one conversation"):
        write_chatlab(io.BytesIO(), chat, [], exported_us=0)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
MESSAGES = st.fixed_dictionaries(
    {
        "sender": st.sampled_from(["zs", "me", "system", ""]),
        "timestamp": st.integers(1704070800, 1704070803),
        "type": st.sampled_from([0, 1, 2, 4, 7, 8, 20, 22, 25, 80, 81, 99]),
        "content": st.none() | TEXTS | st.sampled_from(["[图片]", "[链接]", "@李四 好"]),
    },
    optional={
        "platformMessageId": st.text('ab"', min_size=1, max_size=2),
        "replyToMessageId": st.text('ab"', min_size=1, max_size=2),
    },
)


@settings(deadline=None, max_examples=60)
@given(st.lists(MESSAGES, max_size=8), st.sampled_from(FORMS))
def test_any_chat_survives_the_round_trip(messages: list[dict[str, Any]], form: Form) -> None:
    first = of(lines(messages))
    again = reread(write(first, form), form)
    columns = ("message_id", "user_id", "ts_us", "kind", "direction", "text", "mentions")
    for column in columns:
        assert again["messages"][column].to_pylist() == first["messages"][column].to_pylist(), column
    assert by_name("chatlab").name == "chatlab"
