"""ChatLab's standard chat format 0.0.2, written from canonical tables (read by `sources.chatlab`).

The file keeps to the standard: what the canonical tables hold beyond it (attrs but for the platform's ids, mentions, the messages inside
merged forwards) is not written. Texts stand in it as they are; JSON needs no defusing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

import msgspec
import pyarrow as pa

from jianwei.errors import UsageError
from jianwei.records.kinds import CHATLAB_CODES, NOTICE_KINDS

__all__ = ["ChatTables", "write_chatlab"]

_META = ("name", "platform", "type", "groupId", "groupAvatar", "ownerId")
_NOTICE = ("system", "系统消息")
_REMEMBERED = 100_000  # messages with an id of their platform, twice over, that a reply can name

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatTables:
    """One conversation and its people, in canonical columns.

    Attributes:
        conversation: the row of `conversations`.
        users: at least those who speak or are members; others are passed over.
        members: the members of this conversation and perhaps of others.
        names: names that people bear; group names and aliases are taken from it.
    """

    conversation: pa.Table
    users: pa.Table
    members: pa.Table
    names: pa.Table


def write_chatlab(
    out: BinaryIO,
    chat: ChatTables,
    messages: Iterable[pa.Table | pa.RecordBatch],
    *,
    exported_us: int,
    form: Literal["json", "jsonl"] = "json",
    generator: str = "Jianwei",
) -> int:
    """Write one conversation; memory does not grow with the number of messages.

    Args:
        out: binary stream.
        chat: the conversation and its people.
        messages: its canonical messages in order, in batches.
        exported_us: time of the export, µs since the epoch; goes into the header as seconds.
        form: "json", one object, or "jsonl", an object a line.
        generator: what is named as the tool.

    Returns:
        Messages written.

    Raises:
        UsageError: `chat.conversation` is not exactly one row.
    """
    if chat.conversation.num_rows != 1:
        rows = chat.conversation.num_rows
        raise UsageError("ChatLab export", f"it needs exactly one conversation, not {rows}", "export chats one by one")
    people = _people(chat)
    header = {
        "chatlab": {"version": "0.0.2", "exportedAt": exported_us // 1_000_000, "generator": generator},
        "meta": _meta(chat, people),
    }
    written = 0
    if form == "jsonl":
        out.write(_line({"_type": "header", **header}))
        for member in _members(chat, people):
            out.write(_line({"_type": "member", **member}))
        for message in _messages(messages, people):
            out.write(_line({"_type": "message", **message}))
            written += 1
        return written
    out.write(b'{\n"chatlab":' + msgspec.json.encode(header["chatlab"]))
    out.write(b',\n"meta":' + msgspec.json.encode(header["meta"]) + b',\n"members":[')
    _separated(out, _members(chat, people))
    out.write(b'],\n"messages":[')
    written = _separated(out, _messages(messages, people))
    out.write(b"]\n}\n")
    return written


def _line(value: Row) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _separated(out: BinaryIO, values: Iterator[Row]) -> int:
    count = 0
    for value in values:
        out.write((b",\n" if count else b"\n") + msgspec.json.encode(value))
        count += 1
    return count


# --- the chat and its people -----------------------------------------------------------------------------------------


def _decoded(attrs: str | None) -> dict[str, Any]:
    value = msgspec.json.decode(attrs) if attrs else {}
    return value if isinstance(value, dict) else {}


def _people(chat: ChatTables) -> dict[str, Row]:
    return {row["user_id"]: row for row in chat.users.to_pylist()}


def _key(user_id: str, people: Mapping[str, Row]) -> str:
    return (people.get(user_id) or {}).get("key") or user_id


def _shown(user_id: str, people: Mapping[str, Row]) -> str:
    return (people.get(user_id) or {}).get("nickname") or _key(user_id, people)


def _meta(chat: ChatTables, people: Mapping[str, Row]) -> dict[str, Any]:
    row = chat.conversation.to_pylist()[0]
    attrs = _decoded(row["attrs"])
    inside = [member["user_id"] for member in _rows_of(chat.members, row["conversation_id"])]
    group = row["kind"] == "group" or (row["kind"] is None and len(inside) > 2)
    key: str = row["key"] or row["conversation_id"]
    owner = attrs.pop("owner", None)
    meta = {
        "name": row["title"] or key.removeprefix("title:"),
        "platform": attrs.pop("platform", None) or "wechat",
        "type": "group" if group else "private",
        "groupId": key if group and not key.startswith("title:") else None,
        "groupAvatar": attrs.pop("avatar", None),
        "ownerId": owner,
    }
    further = {name: value for name, value in attrs.items() if name not in _META}
    return {name: value for name, value in meta.items() if value is not None} | further


def _rows_of(table: pa.Table, conversation_id: str) -> list[Row]:
    return [row for row in table.to_pylist() if row["conversation_id"] == conversation_id]


def _members(chat: ChatTables, people: Mapping[str, Row]) -> Iterator[Row]:
    conversation_id = chat.conversation["conversation_id"][0].as_py()
    group_names: dict[str, tuple[int, str]] = {}
    aliases: dict[str, list[str]] = {}
    for row in chat.names.to_pylist():
        if row["kind"] == "group" and row["conversation_id"] == conversation_id:
            named = (row["ts_us"] or 0, row["name"])
            group_names[row["user_id"]] = max(named, group_names.get(row["user_id"], named))
        elif row["kind"] == "alias":
            aliases.setdefault(row["user_id"], []).append(row["name"])
    for row in sorted(_rows_of(chat.members, conversation_id), key=lambda row: _key(row["user_id"], people)):
        user_id = row["user_id"]
        member: dict[str, Any] = {"platformId": _key(user_id, people), "accountName": _shown(user_id, people)}
        if user_id in group_names:
            member["groupNickname"] = group_names[user_id][1]
        if user_id in aliases:
            member["aliases"] = sorted(set(aliases[user_id]))
        if avatar := _decoded((people.get(user_id) or {}).get("attrs")).get("avatar"):
            member["avatar"] = avatar
        if row["role"]:
            member["roles"] = [{"id": row["role"]}]
        yield member


# --- messages --------------------------------------------------------------------------------------------------------


class _PlatformIds:
    """The platform's ids of the messages written last, which replies are named by."""

    def __init__(self) -> None:
        self._new: dict[str, str] = {}
        self._old: dict[str, str] = {}

    def add(self, message_id: str, platform_id: str) -> None:
        if len(self._new) >= _REMEMBERED:
            self._old, self._new = self._new, {}
        self._new[message_id] = platform_id

    def of(self, message_id: str) -> str:
        return self._new.get(message_id) or self._old.get(message_id) or message_id


def _messages(batches: Iterable[pa.Table | pa.RecordBatch], people: Mapping[str, Row]) -> Iterator[Row]:
    columns = ["message_id", "user_id", "ts_us", "kind", "text", "reply_to", "attrs"]
    known = _PlatformIds()
    for batch in batches:
        for row in batch.select(columns).to_pylist():
            attrs = _decoded(row["attrs"])
            if "parent" in attrs:
                continue  # a message inside a forward: the standard has no place for it
            notice = row["user_id"] is None and row["kind"] in NOTICE_KINDS
            platform_id = str(attrs.get("platform_id") or row["message_id"])
            if platform_id != row["message_id"]:
                known.add(row["message_id"], platform_id)
            message: dict[str, Any] = {
                "platformMessageId": platform_id,
                "sender": _NOTICE[0] if notice else _key(row["user_id"], people) if row["user_id"] else "",
                "accountName": _NOTICE[1] if notice else _shown(row["user_id"], people) if row["user_id"] else "",
                "timestamp": row["ts_us"] // 1_000_000,
                "type": CHATLAB_CODES.get(row["kind"], CHATLAB_CODES["other"]),
                "content": row["text"],
            }
            answered = known.of(row["reply_to"]) if row["reply_to"] else attrs.get("reply_to")
            if answered:
                message["replyToMessageId"] = answered
            yield message
