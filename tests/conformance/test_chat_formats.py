"""The same two conversations in every chat format: docs/chat-formats.md says which field each carries, and that is what comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jianwei.common.files import InputFile, Sample, discover, sample
from jianwei.records import SPOKEN_KINDS, TABLES
from jianwei.sources import detect
from jianwei.sources._base import ReadContext

DOCS = Path(__file__).resolve().parents[2] / "docs" / "chat-formats.md"
FILES = {
    "ChatLab": {"private": "chatlab/private.jsonl", "group": "chatlab/group.json"},
    "WeChatMsg CSV": {"private": "wechatmsg/张三_utf8.csv", "group": "wechatmsg/测试群_utf8.csv"},
    "chatlog JSON": {"private": "chatlog/chatlog_private.json", "group": "chatlog/chatlog_group.json"},
    "chatlog CSV": {"private": "chatlog/chatlog_private.csv", "group": "chatlog/chatlog_group.csv"},
}

Tables = dict[str, list[dict[str, Any]]]
Values = dict[Any, Any]


def attr(row: dict[str, Any], *names: str) -> Any:
    attrs = json.loads(row["attrs"] or "{}")
    return next((attrs[name] for name in names if name in attrs), None)


def of_messages(value: Callable[[dict[str, Any]], Any], *kinds: str) -> Callable[[Tables], Values]:
    """A field of messages by second; no two messages of the samples share one."""

    def pick(tables: Tables) -> Values:
        rows = [row for row in tables["messages"] if not kinds or row["kind"] in kinds]
        return {row["ts_us"]: value(row) for row in rows if value(row) is not None}

    return pick


def of_conversation(value: Callable[[dict[str, Any]], Any]) -> Callable[[Tables], Values]:
    def pick(tables: Tables) -> Values:
        return {value(row): True for row in tables["conversations"] if value(row) is not None}

    return pick


def of_names(kind: str) -> Callable[[Tables], Values]:
    return lambda tables: {(row["user_id"], row["name"]): True for row in tables["names"] if row["kind"] == kind}


WORDED = (*SPOKEN_KINDS, "system", "recall")
FIELDS: dict[str, tuple[tuple[str, ...], Callable[[Tables], Values]]] = {
    "conversation, private": (
        ("private",),
        of_conversation(lambda row: (row["conversation_id"], row["key"], row["kind"])),
    ),
    "conversation, group": (("group",), of_conversation(lambda row: (row["conversation_id"], row["key"], row["kind"]))),
    "title": (("private", "group"), of_conversation(lambda row: row["title"])),
    "time": (("private", "group"), of_messages(lambda row: row["ts_us"])),
    "sender": (("private", "group"), of_messages(lambda row: row["user_id"])),
    "direction": (("private", "group"), of_messages(lambda row: row["direction"])),
    "kind": (("private", "group"), of_messages(lambda row: row["kind"])),
    "words": (("private", "group"), of_messages(lambda row: row["text"], *WORDED)),
    "mentions": (("group",), of_messages(lambda row: row["mentions"])),
    "title of link or file": (("private", "group"), of_messages(lambda row: row["text"], "link", "file")),
    "place": (("group",), of_messages(lambda row: row["text"], "location")),
    "greeting of red packet": (("private",), of_messages(lambda row: row["text"], "red_packet")),
    "reply to": (("private",), of_messages(lambda row: row["reply_to"])),
    "media reference": (("private", "group"), of_messages(lambda row: attr(row, "md5", "voice", "cdnurl"))),
    "id of the platform": (("private", "group"), of_messages(lambda row: attr(row, "platform_id"))),
    "owner of the export": (("private", "group"), of_conversation(lambda row: attr(row, "owner"))),
    "members": (("private", "group"), lambda tables: {row["user_id"]: True for row in tables["members"]}),
    "nickname": (("private", "group"), of_names("nickname")),
    "name in the group": (("group",), of_names("group")),
    "role": (("group",), lambda tables: {row["user_id"]: row["role"] for row in tables["members"] if row["role"]}),
    "message id, private": (("private",), of_messages(lambda row: row["message_id"])),
    "message id, group": (("group",), of_messages(lambda row: row["message_id"])),
}


def claims() -> dict[str, dict[str, str]]:
    """Field → format → yes, part or no, from the page."""
    section = DOCS.read_text("utf-8").split("## Who carries what")[1].split("\n## ")[0]
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")
    ]
    header, _, *rows = lines
    return {row[0]: dict(zip(header[1:-1], row[1:-1], strict=True)) for row in rows}


def tables_of(path: Path) -> Tables:
    (file,) = discover([path])
    assert isinstance(file, InputFile)
    seen = sample(file)
    assert isinstance(seen, Sample)
    context = ReadContext("shop", "Asia/Shanghai", "f:1", "0" * 64)
    found: Tables = {name: [] for name in TABLES}
    for piece in detect(seen, file).read(file, context):
        assert piece.rejects == ()
        for name, rows in piece.tables.items():
            assert rows.schema == TABLES[name].schema
            found[name] += rows.to_pylist()
    return found


@pytest.fixture(scope="module")
def everything(data_dir: Path) -> dict[str, dict[str, Tables]]:
    folder = data_dir / "chat_exports"
    return {name: {chat: tables_of(folder / path) for chat, path in chats.items()} for name, chats in FILES.items()}


def test_the_page_speaks_of_every_field_and_format() -> None:
    said = claims()
    assert list(said) == list(FIELDS)
    for formats in said.values():
        assert list(formats) == list(FILES)
        assert set(formats.values()) <= {"yes", "part", "no"}


@pytest.mark.parametrize("field", FIELDS)
def test_formats_that_carry_a_field_agree_on_it(field: str, everything: dict[str, dict[str, Tables]]) -> None:
    chats, pick = FIELDS[field]
    said = claims()[field]
    for chat in chats:
        found = {name: pick(everything[name][chat]) for name in FILES}
        carried = [name for name in FILES if said[name] == "yes"]
        for name in carried[1:]:
            assert found[name] == found[carried[0]], f"{name} and {carried[0]} differ"
        assert all(found[name] == {} for name in FILES if said[name] == "no")
    assert any(pick(everything[carried[0]][chat]) for chat in chats), "the samples hold no value of it"


def test_the_samples_are_whole(everything: dict[str, dict[str, Tables]]) -> None:
    for chats in everything.values():
        assert [len(chats[chat]["messages"]) for chat in ("private", "group")] == [12, 10]


def test_lists_of_chatlog_add_what_its_messages_lack(data_dir: Path) -> None:
    folder = data_dir / "chat_exports" / "chatlog"
    for ending in ("json", "csv"):
        contacts, rooms = tables_of(folder / f"contact.{ending}"), tables_of(folder / f"chatroom.{ending}")
        assert {(row["name"], row["kind"]) for row in contacts["names"]} == {
            ("三哥", "nickname"), ("张三", "remark"), ("zs2024", "alias"), ("李四", "nickname"),
        }  # fmt: skip
        (room,) = rooms["conversations"]
        messages = tables_of(folder / "chatlog_group.json")
        assert room["conversation_id"] == messages["conversations"][0]["conversation_id"]
        assert room["owner_id"] == messages["messages"][0]["user_id"]
    members = tables_of(folder / "chatroom.json")
    assert [row["name"] for row in members["names"]] == ["群主-张三"]
    assert sorted(filter(None, (row["role"] for row in members["members"]))) == ["owner"]


def test_kinds_on_the_page_are_formats_of_the_house() -> None:
    from jianwei.sources import SOURCES

    named = re.findall(r"^\| `(\w+)` \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert set(named) <= set(SOURCES)
    assert len(named) == 3
