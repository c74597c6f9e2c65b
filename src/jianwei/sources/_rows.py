"""Rows of a chat before they have ids: what a format gives, with its contents settled by the rules of the house."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.records.kinds import PLACEHOLDERS, SPOKEN_KINDS, kind_of_notice
from jianwei.sources._markup import Content, Quote, Record
from jianwei.sources._roster import json_of

__all__ = ["NOBODY", "ChatRows", "attrs_of", "seconds_to_micros", "settle"]

NOBODY = ("系统消息", "system", "")
"""What formats write as the sender of a notice."""

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


def attrs_of(content: Content) -> str | None:
    """The JSON of a message's attrs; what it quotes stands under "quote".

    >>> attrs_of(Content("reply", "好", quote=Quote(name="张三")))
    '{"quote":{"name":"张三"}}'
    """
    return json_of({**content.attrs, "quote": content.quote.attrs()} if content.quote else content.attrs)


def seconds_to_micros(seconds: pa.DoubleArray) -> pa.Int64Array:
    """Seconds since 1970 (or ms, which many tools write) as µs; null for what lies outside 1970 to 2100.

    >>> seconds_to_micros(pa.array([1704070800.5, 1704070800123, -1, None])).to_pylist()
    [1704070800500000, 1704070800123000, None, None]
    """
    scaled = pc.multiply(seconds, pc.if_else(pc.greater_equal(seconds, 1e11), 1e3, 1e6))
    sane = pc.and_(pc.greater_equal(scaled, 0), pc.less(scaled, 4_102_444_800e6))
    return pc.round(pc.if_else(sane, scaled, None)).cast(pa.int64())


def settle(content: Content) -> Content:
    """Kind, text and attrs by the rules of the house, for one message that is not plain words.

    Placeholders are no words: "[图片]" as a text is a picture, and nothing else is shown of it. Notices are told apart by what they say.

    >>> settle(Content("text", "[图片]")).kind, settle(Content("system", "你撤回了一条消息")).kind
    ('image', 'recall')
    """
    kind, text, attrs = content.kind or "text", content.text, content.attrs
    inner = text.strip() if text else ""
    blank = not inner
    named = PLACEHOLDERS.get(inner[1:-1]) if _BRACKETED.fullmatch(inner) else None
    if kind == "text" and named:
        kind, blank = named, True
    elif kind not in SPOKEN_KINDS and (named or (kind in _SILENT_KINDS and _BRACKETED.fullmatch(inner))):
        blank = True
    elif kind in _SILENT_KINDS and not blank:
        attrs, blank = {**attrs, "content": text}, True
    elif kind == "system" and text:
        kind = kind_of_notice(text)
    return Content(kind, None if blank else text, attrs, content.quote, content.records)
