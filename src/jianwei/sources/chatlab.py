"""ChatLab's standard chat format 0.0.2, JSON and JSONL (written by `render.export.chatlab`).

One file is one conversation. Its key is the group's id, "title:<name>" for a group without one, and the other person's id for a private
chat; who that is follows from the owner, the members, or the senders. Fields beyond the standard stay in attrs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from jianwei.common.files import Sample, head_text
from jianwei.errors import InputError
from jianwei.records import kind_of_chatlab
from jianwei.sources._base import InputFile, Piece, ReadContext, Reject
from jianwei.sources._chat import conversation_attrs, messages_of, piece_of, speakers
from jianwei.sources._json import decode_elements, decode_line, read_json
from jianwei.sources._markup import Content
from jianwei.sources._replies import Recent
from jianwei.sources._roster import Roster, json_of
from jianwei.sources._rows import NOBODY, RowBuilder, seconds_to_micros, settle
from jianwei.sources._text import encoding_for
from jianwei.sources.lines import clip, read_stretches, too_long

__all__ = ["ChatLabSource"]

_FIRST_LINE = re.compile(r'\s*(?:#[^\n]*\n\s*)*\{[^\n]*"_type"\s*:\s*"header"')
_OBJECT = re.compile(r'\s*\{\s*"(?:chatlab|meta|members|messages)"\s*:')
_OWN_ID = re.compile(r"m:[0-9a-f]{32}")
_STANDARD = {
    "_type", "sender", "accountName", "groupNickname", "timestamp", "type", "content", "platformMessageId", "replyToMessageId",
}  # fmt: skip
_PLAIN = ("text", "reply")


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
        chat = _describe(file, _batches(file, encoding, lines))
        roster, recent, seq = Roster(context.account), Recent(), 0
        roster.conversation(
            chat.key, chat.exported_us, kind="group" if chat.group else "private", title=chat.title, attrs=chat.attrs
        )
        rows, rejects, position = _builder(), [], 0
        try:
            for batch in _batches(file, encoding, lines):
                position = batch.consumed
                rejects += batch.rejects
                for member in batch.members:
                    _enter(member, chat, roster, rejects)
                for row, message in zip(batch.rows, batch.messages, strict=True):
                    seq += 1
                    _add(message, row, seq, chat, rows, rejects)
                if len(rows) >= context.chunk_rows:
                    yield _piece(rows, rejects, roster, recent, context, position)
                    rows, rejects = _builder(), []
        except InputError:
            yield _piece(rows, rejects, roster, recent, context, position)
            raise
        yield _piece(rows, rejects, roster, recent, context, position)


def _builder() -> RowBuilder:
    return RowBuilder("nickname", "group", platform_ids=True)


def _piece(
    builder: RowBuilder, rejects: list[Reject], roster: Roster, recent: Recent, context: ReadContext, position: int
) -> Piece:
    rows, names = builder.rows()
    messages = messages_of(rows, context, recent)
    speakers(rows, roster, nickname=names["nickname"], group=names["group"])
    return piece_of({**roster.tables(), "messages": messages}, rejects, position)


# --- files to objects ------------------------------------------------------------------------------------------------


def _batches(file: InputFile, encoding: str, lines: bool) -> Iterator[_Batch]:
    return _of_lines(file, encoding) if lines else _of_document(file, encoding)


def _of_document(file: InputFile, encoding: str) -> Iterator[_Batch]:
    header: dict[str, object] = {}
    row, listed = 1, False
    for part in read_json(file, encoding=encoding):
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


def _of_lines(file: InputFile, encoding: str) -> Iterator[_Batch]:
    decode = msgspec.json.Decoder().decode
    for stretch in read_stretches(file, encoding=encoding, block_bytes=1 << 20):
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
            elif kind == "header":
                batch.header = value
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
            owner = _word(meta, "ownerId")
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
    title, group = _word(meta, "name") or "", meta.get("type") != "private"
    key = _word(meta, "groupId") if group else _other(meta, people)
    about = header.get("chatlab")
    exported = seconds_to_micros(about.get("exportedAt")) if isinstance(about, Mapping) else None
    more = {name: value for name, value in meta.items() if name not in _META}
    owner = _word(meta, "ownerId")
    attrs = conversation_attrs(owner, _word(meta, "platform"), {**more, "avatar": _word(meta, "groupAvatar")})
    return _Chat(key or f"title:{title}", group, title, owner, exported, attrs)


_META = {"name", "platform", "type", "groupId", "groupAvatar", "ownerId"}


def _word(mapping: object, name: str) -> str | None:
    value = mapping.get(name) if isinstance(mapping, Mapping) else None
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def _people(objects: list[object], field_: str) -> dict[str, str]:
    found = ((_word(item, field_), _word(item, "accountName")) for item in objects)
    return {key: name or "" for key, name in found if key and key not in NOBODY}


def _other(meta: Mapping[str, object], people: Mapping[str, str]) -> str | None:
    """The other person of a private chat: not the owner; without an owner, whose name stands in the chat's name."""
    owner, title = _word(meta, "ownerId"), _word(meta, "name") or ""
    others = [key for key in people if key != owner]
    named = [key for key in others if people[key] == title] or [
        key for key in others if people[key] and people[key] in title
    ]
    if owner is None:
        return named[0] if len(named) == 1 else None
    return (named or others)[0] if others else None


def _enter(member: object, chat: _Chat, roster: Roster, rejects: list[Reject]) -> None:
    key = _word(member, "platformId")
    if key is None or not isinstance(member, Mapping):
        rejects.append(Reject(0, "missing_field", "members: platformId", clip(repr(member)[:500])))
        return
    ts_us, avatar = chat.exported_us, _word(member, "avatar")
    roster.user(key, ts_us, nickname=_word(member, "accountName"), attrs=json_of({"avatar": avatar} if avatar else {}))
    roster.name(key, _word(member, "accountName"), "nickname", ts_us)
    roster.name(key, _word(member, "groupNickname"), "group", ts_us, chat.key)
    aliases = member.get("aliases")
    for alias in aliases if isinstance(aliases, list) else ():
        roster.name(key, alias if isinstance(alias, str) else None, "alias", ts_us)
    listed = member.get("roles")
    roles = [role for item in listed if (role := _word(item, "id"))] if isinstance(listed, list) else []
    role = next((name for name in ("owner", "admin") if name in roles), roles[0] if roles else None)
    roster.member(chat.key, key, ts_us, role=role)
    if role == "owner":
        roster.conversation(chat.key, ts_us, owner=key)


# --- messages --------------------------------------------------------------------------------------------------------


def _add(message: object, row: int, seq: int, chat: _Chat, rows: RowBuilder, rejects: list[Reject]) -> None:
    if not isinstance(message, dict):
        rejects.append(Reject(row, "not_an_object", type(message).__name__, clip(repr(message)[:500])))
        return
    sender, content = message.get("sender"), message.get("content")
    code, ts_us = message.get("type"), seconds_to_micros(message.get("timestamp"))
    if isinstance(sender, int) and not isinstance(sender, bool):
        sender = str(sender)
    problem = None
    if not isinstance(sender, str):
        problem = ("missing_field", "sender") if sender is None else ("wrong_type", "sender")
    elif ts_us is None:
        problem = ("bad_time", str(message.get("timestamp"))[:40])
    elif not isinstance(code, int) or isinstance(code, bool):
        problem = ("missing_field", "type") if code is None else ("wrong_type", "type")
    elif content is not None and not isinstance(content, str):
        problem = ("wrong_type", "content")
    elif content is not None and "\0" in content:
        problem = ("nul_bytes", "content")
    if problem or not isinstance(sender, str) or ts_us is None or not isinstance(code, int):
        reason, detail = problem or ("wrong_type", "")
        rejects.append(Reject(row, reason, detail, _raw(message)))
        return
    kind = kind_of_chatlab(code)
    held = Content(kind, content)
    if kind not in _PLAIN or content is None or content.startswith("[") or not content.strip():
        held = settle(held)
    platform_id = _word(message, "platformMessageId")
    attrs = {name: value for name, value in message.items() if name not in _STANDARD} if len(message) > 6 else {}
    if held.attrs:
        attrs |= held.attrs
    if platform_id and not _OWN_ID.fullmatch(platform_id):
        attrs["platform_id"] = platform_id
    if attrs:
        held = Content(held.kind, held.text, attrs)
    rows.add(
        chat.key,
        chat.group,
        None if sender in NOBODY else sender,
        ts_us,
        seq,
        held,
        None if chat.owner is None else "out" if sender == chat.owner else "in",
        (_word(message, "accountName"), _word(message, "groupNickname")),
        platform_id,
        _word(message, "replyToMessageId"),
    )


def _raw(message: Mapping[str, object]) -> str:
    return clip(msgspec.json.encode(message).decode().replace("\\u0000", "\u2400"))
