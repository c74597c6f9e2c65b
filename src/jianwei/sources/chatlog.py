"""chatlog (sjzar/chatlog): messages as JSON and CSV, and its lists of contacts, groups and recent chats.

The key of a conversation is `talker`: the group's id, or the other person's wxid. `senderName` is whichever of remark, group name and
nickname the tool chose, so it fills a user's nickname only until a format that knows better has spoken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.files import Sample, head_text
from jianwei.common.times import to_micros
from jianwei.errors import InputError
from jianwei.records import kind_of_wechat
from jianwei.records.kinds import SPOKEN_KINDS
from jianwei.sources._base import InputFile, Piece, ReadContext
from jianwei.sources._chat import conversations, messages_of, piece_of, speakers
from jianwei.sources._chatlog_csv import COLUMNS, read_messages_csv
from jianwei.sources._chatlog_lists import LISTS, list_of, read_list_csv, read_list_json
from jianwei.sources._frames import flags, spread
from jianwei.sources._json import decode_elements, read_json
from jianwei.sources._markup import Content, Quote, from_markdown, records_of
from jianwei.sources._objects import Field, Objects, objects_of, text_of
from jianwei.sources._replies import Recent
from jianwei.sources._roster import Roster
from jianwei.sources._rows import NOBODY, ChatRows, settle
from jianwei.sources._text import encoding_for

__all__ = ["ChatlogSource"]

_FIRST = re.compile(r"\s*\[\s*\{[^{}]*")
_FIELDS = (
    Field("seq", pa.int64()), Field("time", pa.string(), required=True), Field("talker", pa.string(), required=True),
    Field("talkerName", pa.string()), Field("isChatRoom", pa.bool_()), Field("sender", pa.string()),
    Field("senderName", pa.string()), Field("isSelf", pa.bool_()), Field("type", pa.int64(), required=True),
    Field("subType", pa.int64()), Field("content", pa.string()),
)  # fmt: skip
_NOBODY = pa.array(NOBODY)
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
            return 0.7 if listed == "empty" else 0.97
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
    roster, recent, row = Roster(context.account), Recent(), 1
    block_bytes = min(max(context.chunk_rows * 200, 1 << 16), 8 << 20)
    for part in read_json(file, encoding=encoding, block_bytes=block_bytes):
        if part.key:
            raise InputError(file.name, "the JSON is an object where a list of messages is expected")
        values, numbers, rejects = decode_elements(part, row)
        row += part.count
        found = objects_of(values, numbers, _FIELDS)
        ts_us = to_micros(found.columns["time"], context.zone, "iso_zone")
        found = found.without(pc.is_null(ts_us), "bad_time", "time")
        rows = _rows(found, ts_us.drop_null())
        messages = messages_of(rows, context, recent)
        speakers(rows, roster, display=found.columns["senderName"])
        title = found.columns["talkerName"]
        conversations(rows, roster, title=pc.if_else(pc.equal(title, ""), None, title))
        yield piece_of({**roster.tables(), "messages": messages}, rejects + found.rejects, part.consumed)


def _rows(found: Objects, ts_us: pa.Int64Array) -> ChatRows:
    columns = found.columns
    code, sub_code, text, sender = columns["type"], columns["subType"], columns["content"], columns["sender"]
    held = [value.get("contents") for value in found.values]
    odd = pc.or_(
        pc.or_(pc.not_equal(code, 1), pc.fill_null(pc.starts_with(text, "["), False)),
        pa.array([bool(contents) for contents in held], pa.bool_()),
    )
    looked = np.flatnonzero(flags(odd)).tolist()
    codes = [column.filter(odd).to_pylist() for column in (code, sub_code, text)]
    inside = [_content(a, b, said, held[row]) for row, a, b, said in zip(looked, *codes, strict=True)]
    contents = spread(text, odd, inside, pa.array(range(len(inside)), pa.int64()))
    own = columns["isSelf"]
    return ChatRows(
        conversation=columns["talker"],
        group=pc.or_(pc.fill_null(columns["isChatRoom"], False), pc.ends_with(columns["talker"], "@chatroom")),
        sender=pc.if_else(pc.is_in(sender, value_set=_NOBODY), None, sender),
        ts_us=ts_us,
        seq=pc.coalesce(columns["seq"], pa.array(found.rows, pa.int64())),
        kind=contents.kind,
        text=contents.text,
        direction=pc.if_else(pc.is_null(own), None, pc.if_else(own, "out", "in")),
        attrs=contents.attrs,
        quotes=contents.quotes,
        records=contents.records,
    )


# --- what a message holds --------------------------------------------------------------------------------------------

_TITLES = ("title", "label", "cityname")


def _content(code: int, sub_code: int | None, content: str | None, contents: object) -> Content:
    text = content or ""
    kind = kind_of_wechat(code, sub_code or 0, text)
    held = {name: value for name, value in contents.items() if name != "host"} if isinstance(contents, dict) else {}
    refer, record = held.pop("refer", None), held.pop("recordInfo", None)
    attrs: dict[str, object] = held
    if kind == "transfer" and (parsed := from_markdown(text)):
        text, attrs = parsed.text or "", {**held, **parsed.attrs}
    if kind not in SPOKEN_KINDS and not text.strip():
        shown = next((name for name in _TITLES if text_of(held, name)), None)
        text = str(held[shown]) if shown else ""
        attrs = {name: value for name, value in held.items() if name != shown}
    if kind == "other":
        attrs = {**attrs, "type": code, "subtype": sub_code or 0}
    return settle(Content(kind, text, attrs, _quote(refer), records_of(record) if record else ()))


def _quote(refer: object) -> Quote | None:
    if not isinstance(refer, dict):
        return None
    held = refer.get("contents")
    title = next((word for name in _TITLES if (word := text_of(held, name))), None) if isinstance(held, dict) else None
    text = text_of(refer, "content") or title
    quote = Quote(text_of(refer, "sender"), text_of(refer, "senderName"), text, text_of(refer, "time"))
    return quote if quote.attrs() else None
