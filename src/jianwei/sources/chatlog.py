"""chatlog (sjzar/chatlog): messages as JSON and CSV, and its lists of contacts, groups and recent chats.

The key of a conversation is `talker`: the group's id, or the other person's wxid. `senderName` is whichever of remark, group name and
nickname the tool chose, so it fills a user's nickname only until a format that knows better has spoken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from jianwei.common.files import Sample, head_text
from jianwei.errors import InputError
from jianwei.records import kind_of_wechat
from jianwei.records.kinds import SPOKEN_KINDS
from jianwei.sources._base import InputFile, Piece, ReadContext, Reject
from jianwei.sources._chat import conversations, messages_of, piece_of, speakers
from jianwei.sources._chatlog_csv import COLUMNS, read_messages_csv
from jianwei.sources._chatlog_lists import LISTS, list_of, read_list_csv, read_list_json
from jianwei.sources._json import decode_elements, read_json
from jianwei.sources._markup import Content, Quote, from_markdown, records_of
from jianwei.sources._replies import Recent
from jianwei.sources._roster import Roster
from jianwei.sources._rows import NOBODY, RowBuilder, seconds_to_micros, settle
from jianwei.sources._text import encoding_for
from jianwei.sources.lines import clip

__all__ = ["ChatlogSource"]

_FIRST = re.compile(r"\s*\[\s*\{[^{}]*")
_NOTHING = re.compile(r"\s*(?:null|\[\s*\])\s*")


class ChatlogSource:
    """Reads what chatlog's HTTP interface gives; `docs/chat-formats.md` says what each form carries."""

    name = "chatlog"

    def sniff(self, sample: Sample) -> float:
        text = head_text(sample)
        if tuple(text.split("\n", 1)[0].strip().split(",")) == COLUMNS:
            return 0.98
        listed = list_of(text)
        if listed:
            return 0.3 if listed == "empty" else 0.97
        first = _FIRST.match(text)
        if first and all(f'"{name}"' in first[0] for name in ("seq", "talker", "sender")):
            return 0.98
        return 0.3 if sample.whole and _NOTHING.fullmatch(text) else 0.0

    def read(self, file: InputFile, context: ReadContext) -> Iterator[Piece]:
        """Pieces of a file.

        Raises:
            InputError: it is none of chatlog's forms, or cut short.
        """
        seen, encoding = encoding_for(file)
        text = head_text(seen)
        listed = list_of(text)
        if listed and listed in LISTS and text.lstrip()[:1] != "{":
            return read_list_csv(file, encoding, listed, context)
        if listed:
            return read_list_json(file, encoding, listed, context)
        if text.lstrip()[:1] in {"[", "n"}:
            return _read_messages(file, encoding, context)
        return read_messages_csv(file, encoding, context)


def _read_messages(file: InputFile, encoding: str, context: ReadContext) -> Iterator[Piece]:
    roster, recent, row, position = Roster(context.account), Recent(), 1, 0
    zone = ZoneInfo(context.zone)
    builder, rejects = RowBuilder("display", "title"), list[Reject]()
    try:
        for part in read_json(file, encoding=encoding):
            if part.key:
                raise InputError(file.name, "the JSON is an object where a list of messages is expected")
            position = part.consumed
            values, rows, bad = decode_elements(part, row)
            row += part.count
            rejects += bad
            for number, value in zip(rows, values, strict=True):
                _add(value, number, builder, rejects, zone)
            if len(builder) >= context.chunk_rows:
                yield _piece(builder, rejects, roster, recent, context, position)
                builder, rejects = RowBuilder("display", "title"), []
    except InputError:
        yield _piece(builder, rejects, roster, recent, context, position)
        raise
    yield _piece(builder, rejects, roster, recent, context, position)


def _piece(
    builder: RowBuilder, rejects: list[Reject], roster: Roster, recent: Recent, context: ReadContext, position: int
) -> Piece:
    rows, names = builder.rows()
    messages = messages_of(rows, context, recent)
    speakers(rows, roster, display=names["display"])
    conversations(rows, roster, title=names["title"])
    return piece_of({**roster.tables(), "messages": messages}, rejects, position)


def _add(message: object, row: int, builder: RowBuilder, rejects: list[Reject], zone: ZoneInfo) -> None:
    if not isinstance(message, dict):
        rejects.append(Reject(row, "not_an_object", type(message).__name__, clip(repr(message)[:500])))
        return
    talker, content, code = message.get("talker"), message.get("content"), message.get("type")
    ts_us = _micros(message.get("time"), zone)
    problem = None
    if not isinstance(talker, str) or not talker:
        problem = "missing_field", "talker"
    elif ts_us is None:
        problem = "bad_time", str(message.get("time"))[:40]
    elif not isinstance(code, int) or isinstance(code, bool):
        problem = "missing_field" if code is None else "wrong_type", "type"
    elif not isinstance(content, str | None):
        problem = "wrong_type", "content"
    elif content and "\0" in content:
        problem = "nul_bytes", "content"
    if problem or not isinstance(talker, str) or ts_us is None or not isinstance(code, int):
        reason, detail = problem or ("wrong_type", "")
        raw = msgspec.json.encode(message).decode().replace("\\u0000", "\u2400")
        rejects.append(Reject(row, reason, detail, clip(raw)))
        return
    own, sender = message.get("isSelf"), _word(message, "sender")
    builder.add(
        talker,
        message.get("isChatRoom") is True or talker.endswith("@chatroom"),
        None if sender in NOBODY else sender,
        ts_us,
        _whole(message.get("seq"), row),
        _content(code, _whole(message.get("subType"), 0), content or "", message.get("contents")),
        ("out" if own else "in") if isinstance(own, bool) else None,
        (_word(message, "senderName"), _word(message, "talkerName")),
    )


def _word(item: Mapping[str, object], name: str) -> str | None:
    value = item.get(name)
    return value if isinstance(value, str) and value else None


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and abs(value) < 2**63 else otherwise


def _micros(value: object, zone: ZoneInfo) -> int | None:
    """RFC 3339, as Go writes times; without an offset it is local."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        if time is None:
            return None
        seconds = (time if time.tzinfo else time.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        return None
    return seconds_to_micros(int(seconds) if seconds.is_integer() else seconds) if seconds >= 0 else None


# --- what a message holds --------------------------------------------------------------------------------------------

_TITLES = ("title", "label", "cityname")


def _content(code: int, sub_code: int, text: str, contents: object) -> Content:
    kind = kind_of_wechat(code, sub_code, text)
    if kind == "text" and not text.startswith("[") and not contents:
        return Content(kind, text)
    held = {name: value for name, value in contents.items() if name != "host"} if isinstance(contents, dict) else {}
    refer, record = held.pop("refer", None), held.pop("recordInfo", None)
    attrs: dict[str, object] = held
    if kind == "transfer" and (parsed := from_markdown(text)):
        text, attrs = parsed.text or "", {**held, **parsed.attrs}
    if kind not in SPOKEN_KINDS and not text.strip():
        shown = next((name for name in _TITLES if _word(held, name)), None)
        text = str(held[shown]) if shown else ""
        attrs = {name: value for name, value in held.items() if name != shown}
    if kind == "other":
        attrs = {**attrs, "type": code, "subtype": sub_code}
    return settle(Content(kind, text, attrs, _quote(refer), records_of(record) if record else ()))


def _quote(refer: object) -> Quote | None:
    if not isinstance(refer, dict):
        return None
    held = refer.get("contents")
    title = next((word for name in _TITLES if (word := _word(held, name))), None) if isinstance(held, dict) else None
    text = _word(refer, "content") or title
    quote = Quote(_word(refer, "sender"), _word(refer, "senderName"), text, _word(refer, "time"))
    return quote if quote.attrs() else None
