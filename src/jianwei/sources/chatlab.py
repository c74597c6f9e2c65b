"""ChatLab's standard chat format 0.0.2, JSON and JSONL (written by `render.export.chatlab`).

One file is one conversation. Its key is the group's id, "title:<name>" for a group without one, and the other person's id for a private
chat; who that is follows from the owner, the members, or the senders. Fields beyond the standard stay in attrs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.files import Sample, head_text
from jianwei.errors import InputError
from jianwei.records import SPOKEN_KINDS, kind_of_chatlab
from jianwei.sources._base import InputFile, Piece, ReadContext, Reject
from jianwei.sources._chat import messages_of, piece_of, speakers
from jianwei.sources._frames import contents_of, flags
from jianwei.sources._json import decode_elements, decode_line, read_json
from jianwei.sources._markup import Content
from jianwei.sources._objects import Field, Objects, objects_of, text_of
from jianwei.sources._replies import Recent
from jianwei.sources._roster import Roster, json_of, merged
from jianwei.sources._rows import NOBODY, ChatRows, seconds_to_micros, settle
from jianwei.sources._text import encoding_for
from jianwei.sources.lines import clip, read_stretches, too_long

__all__ = ["ChatLabSource"]

_FIRST_LINE = re.compile(r'\s*(?:#[^\n]*\n\s*)*\{[^\n]*"_type"\s*:\s*"header"')
_OBJECT = re.compile(r'\s*\{\s*"(?:chatlab|meta|members|messages)"\s*:')
_OWN_ID = "^m:[0-9a-f]{32}$"
_STANDARD = {
    "_type", "sender", "accountName", "groupNickname", "timestamp", "type", "content", "platformMessageId", "replyToMessageId",
}  # fmt: skip
_FIELDS = (
    Field("sender", pa.string(), required=True), Field("timestamp", pa.float64(), required=True),
    Field("type", pa.int64(), required=True), Field("content", pa.string()), Field("accountName", pa.string()),
    Field("groupNickname", pa.string()), Field("platformMessageId", pa.string()), Field("replyToMessageId", pa.string()),
)  # fmt: skip
_SPOKEN, _NOBODY = pa.array(SPOKEN_KINDS), pa.array(NOBODY)


@dataclass(slots=True)
class _Batch:
    """Some objects of a file, in file order; `rows` number the messages (lines in JSONL, elements in JSON)."""

    consumed: int
    header: Mapping[str, object] = field(default_factory=dict)
    members: list[object] = field(default_factory=list)
    messages: list[object] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Chat:
    """The conversation that a file holds."""

    key: str
    group: bool
    title: str
    owner: str | None
    exported_us: int | None
    attrs: str | None


class ChatLabSource:
    """Reads ChatLab JSON and JSONL; see the module's text for keys and `docs/chat-formats.md` for what is carried."""

    name = "chatlab"

    def sniff(self, sample: Sample) -> float:
        text = head_text(sample)
        if _FIRST_LINE.match(text):
            return 0.99
        if _OBJECT.match(text) and '"chatlab"' in text:
            return 0.99
        return 0.6 if _OBJECT.match(text) and '"platformId"' in text else 0.0

    def read(self, file: InputFile, context: ReadContext) -> Iterator[Piece]:
        """Pieces of a file.

        Raises:
            InputError: there is no `meta` or no list of messages, or the file is cut short.
        """
        seen, encoding = encoding_for(file)
        lines = bool(_FIRST_LINE.match(head_text(seen)))
        block_bytes = min(max(context.chunk_rows * 200, 1 << 16), 8 << 20)
        chat = _describe(file, _batches(file, encoding, lines, 1 << 20))
        roster, recent, met = Roster(context.account), Recent(), 0
        kind = "group" if chat.group else "private"
        roster.conversation(chat.key, chat.exported_us, kind=kind, title=chat.title, attrs=chat.attrs)
        for batch in _batches(file, encoding, lines, block_bytes):
            rejects = batch.rejects
            for member in batch.members:
                _enter(member, chat, roster, rejects)
            found = objects_of(batch.messages, batch.rows, _FIELDS)
            ts_us = seconds_to_micros(found.columns["timestamp"])
            found = found.without(pc.is_null(ts_us), "bad_time", "timestamp")
            seq = pa.array(met + 1 + np.searchsorted(batch.rows, found.rows), pa.int64())
            rows = _rows(found, ts_us.drop_null(), seq, chat)
            messages = messages_of(rows, context, recent)
            speakers(rows, roster, nickname=found.columns["accountName"], group=found.columns["groupNickname"])
            met += len(batch.messages)
            yield piece_of({**roster.tables(), "messages": messages}, rejects + found.rejects, batch.consumed)


# --- files to objects ------------------------------------------------------------------------------------------------


def _batches(file: InputFile, encoding: str, lines: bool, block_bytes: int) -> Iterator[_Batch]:
    return _of_lines(file, encoding, block_bytes) if lines else _of_document(file, encoding, block_bytes)


def _of_document(file: InputFile, encoding: str, block_bytes: int) -> Iterator[_Batch]:
    header: dict[str, object] = {}
    row, listed = 1, False
    for part in read_json(file, encoding=encoding, block_bytes=block_bytes):
        batch = _Batch(part.consumed)
        if part.key == "messages" and part.listed:
            listed = True
            batch.messages, batch.rows, batch.rejects = decode_elements(part, row)
            row += part.count
        elif part.key == "members" and part.listed:
            batch.members, _, _ = decode_elements(part, 1)
        elif part.key in {"chatlab", "meta"}:
            header[part.key] = decode_line(part.data, 1)
            batch.header = header
        elif part.key == "messages" and part.data.strip() != b"null":
            raise InputError(file.name, "'messages' is not a list", "export the chat again as ChatLab JSON")
        yield batch
    if not listed:
        raise InputError(file.name, "it has no list of 'messages'", "export the chat again as ChatLab JSON")


def _of_lines(file: InputFile, encoding: str, block_bytes: int) -> Iterator[_Batch]:
    decode = msgspec.json.Decoder().decode
    header: Mapping[str, object] = {}
    for stretch in read_stretches(file, encoding=encoding, block_bytes=block_bytes):
        batch = _Batch(stretch.consumed)
        if stretch.skipped:
            batch.rejects.append(too_long(stretch))
            yield batch
            continue
        for number, line in enumerate(stretch.data.split(b"\n"), stretch.line):
            if not line or line.startswith(b"#") or not line.strip():
                continue
            try:
                value = decode(line)
            except (ValueError, RecursionError):
                value = decode_line(line, number)
            kind = value.get("_type") if isinstance(value, dict) else None
            if kind == "message":
                batch.messages.append(value)
                batch.rows.append(number)
            elif kind == "member":
                batch.members.append(value)
            elif kind == "header" and header and value.get("meta") != header.get("meta"):
                hint = "cut the file in two before this line"
                yield batch
                raise InputError(file.name, f"line {number} is the header of another chat", hint)
            elif kind == "header":
                header = batch.header = value
            elif isinstance(value, Reject):
                batch.rejects.append(value)
            else:
                raw = line.decode("utf-8", "replace")
                batch.rejects.append(Reject(number, "unknown_line", str(kind or "")[:40], clip(raw)))
        yield batch


# --- the conversation ------------------------------------------------------------------------------------------------


def _describe(file: InputFile, batches: Iterator[_Batch]) -> _Chat:
    """Reads as far as it takes to know which conversation it is: in files in the usual order, one block."""
    header: Mapping[str, object] = {}
    people: dict[str, str] = {}
    try:
        for batch in batches:
            header = {**header, **batch.header}
            meta = header.get("meta")
            if isinstance(meta, Mapping) and meta.get("type") != "private":
                break
            people |= _people(batch.members, "platformId")
            owner = text_of(meta, "ownerId")
            if batch.messages and not people.keys() - {owner}:
                people |= _people(batch.messages, "sender")
            if isinstance(meta, Mapping) and batch.messages and (owner is None or people.keys() - {owner}):
                break
    except InputError:
        if "meta" not in header:
            raise
    meta = header.get("meta")
    if not isinstance(meta, Mapping):
        raise InputError(file.name, "it has no 'meta' object, which names the chat", "export it again as ChatLab 0.0.2")
    title, group = text_of(meta, "name") or "", meta.get("type") != "private"
    key = text_of(meta, "groupId") if group else _other(meta, people)
    about = header.get("chatlab")
    exported = _moment(about.get("exportedAt")) if isinstance(about, Mapping) else None
    owner = text_of(meta, "ownerId")
    named = (("owner", owner), ("platform", text_of(meta, "platform")), ("avatar", text_of(meta, "groupAvatar")))
    attrs = {name: value for name, value in meta.items() if name not in _META}
    attrs |= {name: value for name, value in named if value is not None}
    return _Chat(key or f"title:{title}", group, title, owner, exported, json_of(attrs))


def _moment(value: object) -> int | None:
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    moment: int | None = seconds_to_micros(pa.array([value if whole else None], pa.float64()))[0].as_py()
    return moment


_META = {"name", "platform", "type", "groupId", "groupAvatar", "ownerId"}


def _people(objects: list[object], field_: str) -> dict[str, str]:
    found = ((text_of(item, field_), text_of(item, "accountName")) for item in objects)
    return {key: name or "" for key, name in found if key and key not in NOBODY}


def _other(meta: Mapping[str, object], people: Mapping[str, str]) -> str | None:
    """The other person of a private chat: not the owner; without an owner, whose name stands in the chat's name."""
    owner, title = text_of(meta, "ownerId"), text_of(meta, "name") or ""
    others = [key for key in people if key != owner]
    named = [key for key in others if people[key] == title] or [
        key for key in others if people[key] and people[key] in title
    ]
    if owner is None:
        return named[0] if len(named) == 1 else None
    return (named or others)[0] if others else None


def _enter(member: object, chat: _Chat, roster: Roster, rejects: list[Reject]) -> None:
    key = text_of(member, "platformId")
    if key is None or not isinstance(member, Mapping):
        rejects.append(Reject(0, "missing_field", "members: platformId", clip(repr(member)[:500])))
        return
    ts_us, avatar = chat.exported_us, text_of(member, "avatar")
    roster.user(
        key, ts_us, nickname=text_of(member, "accountName"), attrs=json_of({"avatar": avatar} if avatar else {})
    )
    roster.name(key, text_of(member, "accountName"), "nickname", ts_us)
    roster.name(key, text_of(member, "groupNickname"), "group", ts_us, chat.key)
    aliases = member.get("aliases")
    for alias in aliases if isinstance(aliases, list) else ():
        roster.name(key, alias if isinstance(alias, str) else None, "alias", ts_us)
    listed = member.get("roles")
    roles = [role for item in listed if (role := text_of(item, "id"))] if isinstance(listed, list) else []
    role = next((name for name in ("owner", "admin") if name in roles), roles[0] if roles else None)
    roster.member(chat.key, key, ts_us, role=role)
    if role == "owner":
        roster.conversation(chat.key, ts_us, owner=key)


# --- messages --------------------------------------------------------------------------------------------------------


def _rows(found: Objects, ts_us: pa.Int64Array, seq: pa.Int64Array, chat: _Chat) -> ChatRows:
    columns, count = found.columns, len(ts_us)
    codes = columns["type"].dictionary_encode()
    kind = pa.array([kind_of_chatlab(code) for code in codes.dictionary.to_pylist()], pa.string()).take(codes.indices)
    text, sender = columns["content"], columns["sender"]
    plain = pc.is_in(kind, value_set=_SPOKEN)
    odd = pc.or_(pc.invert(plain), pc.fill_null(pc.starts_with(text, "["), False))
    contents = contents_of(text, odd, [kind], lambda kind, text: settle(Content(kind, text)), kind)
    ids = columns["platformMessageId"]
    direction = pa.nulls(count, pa.string())
    if chat.owner is not None:
        direction = pc.if_else(pc.equal(sender, chat.owner), "out", "in")
    answered = columns["replyToMessageId"]
    answers = {row: key for row, key in enumerate(answered.to_pylist()) if key} if answered.null_count < count else {}
    return ChatRows(
        conversation=pa.repeat(pa.scalar(chat.key, pa.string()), count),
        group=pa.repeat(pa.scalar(chat.group), count),
        sender=pc.if_else(pc.is_in(sender, value_set=_NOBODY), None, sender),
        ts_us=ts_us,
        seq=seq,
        kind=contents.kind,
        text=contents.text,
        direction=direction,
        attrs=_attrs(contents.attrs, ids, found.values),
        answers=answers,
        platform_ids=ids,
    )


def _attrs(attrs: pa.StringArray, ids: pa.StringArray, values: list[dict[str, Any]]) -> pa.StringArray:
    """attrs with the platform's id (unless it is one of ours, from a file that Jianwei wrote) and the fields beyond the standard."""
    foreign = pc.if_else(pc.match_substring_regex(ids, _OWN_ID), None, ids)
    simple = pc.fill_null(pc.match_substring_regex(foreign, "^[A-Za-z0-9_.:@-]+$"), False)
    alone = pc.and_(simple, pc.is_null(attrs))
    written = pc.binary_join_element_wise(pa.scalar('{"platform_id":"'), foreign, pa.scalar('"}'), "")
    more: dict[int, dict[str, object]] = {}
    left = pc.and_(pc.is_valid(foreign), pc.invert(alone))
    for row in np.flatnonzero(flags(left)).tolist():
        more[row] = {"platform_id": foreign[row].as_py()}
    for row, value in enumerate(values):
        if not value.keys() <= _STANDARD:
            more.setdefault(row, {}).update({name: item for name, item in value.items() if name not in _STANDARD})
    return merged(pc.if_else(alone, written, attrs), more)
