"""Rows of a chat before they have ids: what a format gives, with its contents settled by the rules of the house."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from jianwei.records.kinds import PLACEHOLDERS, SPOKEN_KINDS, kind_of_notice
from jianwei.sources._markup import Content, Quote, Record
from jianwei.sources._roster import json_of

__all__ = ["NOBODY", "ChatRows", "RowBuilder", "attrs_of", "seconds_to_micros", "settle"]

NOBODY = ("系统消息", "system", "")
"""What formats write as the sender of a notice."""

_ROW_COLUMNS: Mapping[str, pa.DataType] = {
    "conversation": pa.string(), "group": pa.bool_(), "sender": pa.string(), "ts_us": pa.int64(), "seq": pa.int64(),
    "kind": pa.string(), "text": pa.string(), "direction": pa.string(), "attrs": pa.string(),
}  # fmt: skip

_SILENT_KINDS = (
    "image",
    "voice",
    "video",
    "emoji",
)  # what they say is not text; what tools write there is a placeholder
_BRACKETED = re.compile(r"\[[^\[\]]{1,16}\]")


@dataclass(frozen=True, slots=True)
class ChatRows:
    """n messages as a format gives them, before they have ids.

    Attributes:
        conversation: keys of conversations, string [n].
        group: whether that is a group, bool [n].
        sender: wxid or whatever the format calls people, null when unknown or nobody, string [n].
        ts_us: µs since the epoch, int64 [n].
        seq: position in the source, int64 [n].
        kind, text, direction, attrs: as in `records`, string [n].
        quotes: row → the message it quotes.
        answers: row → the platform's own id of the message it replies to.
        platform_ids: the platform's own ids, string [n]; None when the format has none.
        records: row → messages of the forward that it is.
    """

    conversation: pa.StringArray
    group: pa.BooleanArray
    sender: pa.StringArray
    ts_us: pa.Int64Array
    seq: pa.Int64Array
    kind: pa.StringArray
    text: pa.StringArray
    direction: pa.StringArray
    attrs: pa.StringArray
    quotes: Mapping[int, Quote] = field(default_factory=dict)
    answers: Mapping[int, str] = field(default_factory=dict)
    platform_ids: pa.StringArray | None = None
    records: Mapping[int, tuple[Record, ...]] = field(default_factory=dict)


class RowBuilder:
    """Chat rows gathered one by one, for formats whose rows are objects.

    `names` are the columns of names that the format has (see `speakers`), `platform_ids` whether it has ids of the platform.
    """

    def __init__(self, *names: str, platform_ids: bool = False) -> None:
        self._columns: dict[str, list[Any]] = {name: [] for name in _ROW_COLUMNS}
        self._append = [column.append for column in self._columns.values()]
        self._names: dict[str, list[str | None]] = {name: [] for name in names}
        self._append_name = [column.append for column in self._names.values()]
        self._platform_ids: list[str | None] | None = [] if platform_ids else None
        self._quotes: dict[int, Quote] = {}
        self._answers: dict[int, str] = {}
        self._records: dict[int, tuple[Record, ...]] = {}

    def __len__(self) -> int:
        return len(self._columns["ts_us"])

    def add(
        self,
        conversation: str,
        group: bool,
        sender: str | None,
        ts_us: int,
        seq: int,
        content: Content,
        direction: str | None,
        names: tuple[str | None, ...],
        platform_id: str | None = None,
        answers: str | None = None,
    ) -> None:
        """One row; `content` has been settled, `names` stand in the order of the columns."""
        row = len(self)
        attrs = attrs_of(content)
        values = (conversation, group, sender, ts_us, seq, content.kind, content.text, direction, attrs)
        for append, value in zip(self._append, values, strict=True):
            append(value)
        for append, name in zip(self._append_name, names, strict=True):
            append(name)
        if self._platform_ids is not None:
            self._platform_ids.append(platform_id)
        if answers is not None:
            self._answers[row] = answers
        if content.quote:
            self._quotes[row] = content.quote
        if content.records:
            self._records[row] = content.records

    def rows(self) -> tuple[ChatRows, dict[str, pa.StringArray]]:
        """What was gathered, and the columns of names."""
        arrays = {name: pa.array(self._columns[name], type_) for name, type_ in _ROW_COLUMNS.items()}
        ids = None if self._platform_ids is None else pa.array(self._platform_ids, pa.string())
        rows = ChatRows(**arrays, quotes=self._quotes, answers=self._answers, platform_ids=ids, records=self._records)
        return rows, {name: pa.array(column, pa.string()) for name, column in self._names.items()}


def attrs_of(content: Content) -> str | None:
    """The JSON of a message's attrs; what it quotes stands under "quote".

    >>> attrs_of(Content("reply", "好", quote=Quote(name="张三")))
    '{"quote":{"name":"张三"}}'
    """
    return json_of({**content.attrs, "quote": content.quote.attrs()} if content.quote else content.attrs)


def seconds_to_micros(value: object) -> int | None:
    """A number of seconds since 1970 (or of ms, which many tools write) as µs; None for anything else and beyond 1970 to 2100.

    >>> seconds_to_micros(1704070800), seconds_to_micros(1704070800123), seconds_to_micros("soon")
    (1704070800000000, 1704070800123000, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    scale = 1_000 if value >= 10**11 else 1_000_000
    micros = value * scale if isinstance(value, int) else round(value * scale)
    return micros if 0 <= micros < 4_102_444_800_000_000 else None


def settle(content: Content) -> Content:
    """Kind, text and attrs by the rules of the house, for one message that is not plain words.

    Placeholders are no words: "[图片]" as a text is a picture, and nothing else is shown of it. Notices are told apart by what they say.

    >>> settle(Content("text", "[图片]")).kind, settle(Content("system", "你撤回了一条消息")).kind
    ('image', 'recall')
    """
    kind, text, attrs = content.kind or "text", content.text, content.attrs
    blank = text is None or not text.strip()
    inner = "" if text is None else text.strip()
    named = (
        PLACEHOLDERS.get(inner[1:-1]) if inner.startswith("[") and inner.endswith("]") and len(inner) <= 18 else None
    )
    if kind == "text" and named:
        kind, blank = named, True
    elif (
        kind not in SPOKEN_KINDS
        and inner.startswith("[")
        and inner.endswith("]")
        and "[" not in inner[1:]
        and len(inner) <= 18
    ):
        blank = True
    elif kind in _SILENT_KINDS and not blank:
        attrs, blank = {**attrs, "content": text}, True
    elif kind == "system" and text:
        kind = kind_of_notice(text)
    return Content(kind, None if blank else text, attrs, content.quote, content.records)
