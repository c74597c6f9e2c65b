"""What stands inside a message that is not plain words: quotes, chatlog's Markdown-like text, merged forwards."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jianwei.records.kinds import PLACEHOLDERS, kind_of_wechat

__all__ = ["Content", "Quote", "Record", "from_markdown", "records_of"]

_MOST_RECORDS, _MOST_LEVELS = 5_000, 8


@dataclass(frozen=True, slots=True)
class Quote:
    """The message that a reply answers, as far as the format says.

    Attributes:
        sender: wxid, None when not carried.
        name: what the sender is called there.
        text: the quoted words as the format shows them.
        time: the time as it is written; its layout differs from tool to tool.
    """

    sender: str | None = None
    name: str | None = None
    text: str | None = None
    time: str | None = None

    def attrs(self) -> dict[str, str]:
        pairs = (("sender", self.sender), ("name", self.name), ("text", self.text), ("time", self.time))
        return {name: value for name, value in pairs if value}


@dataclass(frozen=True, slots=True)
class Record:
    """One message of a merged forward; `records` are those of a forward inside the forward."""

    name: str
    time: str
    kind: str
    text: str | None
    records: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What a message holds.

    Attributes:
        kind: message kind, None where the content does not decide it.
        text: a person's own words, or what is shown of other kinds (a title, a place, a greeting).
        attrs: further fields, by the names that chatlog gives them.
        quote: what it replies to.
        records: the messages of a merged forward.
    """

    kind: str | None = None
    text: str | None = None
    attrs: Mapping[str, object] = field(default_factory=dict)
    quote: Quote | None = None
    records: tuple[Record, ...] = ()


# --- Markdown-like text (chatlog's CSV and text) ---------------------------------------------------------------------

_TAG = re.compile(r"!?\[(?P<tag>[^\[\]|\n]{1,12})(?P<end>[|\]])")
_FORWARD = re.compile(r"\[(?P<tag>合并转发)(?:\|(?P<title>[^\n]*))?\]\n(?P<body>.*)", re.DOTALL)
_QUOTE = re.compile(r"> (?P<who>.*?) (?P<time>(?:\d{4}-)?(?:\d\d-\d\d )?\d\d:\d\d:\d\d)")
_WHO = re.compile(r"(?P<name>.*)\((?P<id>[^()]+)\)", re.DOTALL)
_PAT = re.compile(r'"\$\{[^{}\n]+\}" ?拍了拍')
_UNKNOWN = re.compile(r"Type: (?P<type>\d{1,10}) Content: (?P<content>.*)", re.DOTALL)
_COORDINATES = re.compile(r"(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)")
_KEYED = {"image": "md5", "video": "md5", "file": "md5", "voice": "voice", "emoji": "cdnurl", "transfer": "memo"}


def from_markdown(text: str) -> Content | None:
    """What chatlog's rendering of a message stands for; None for a person's plain words.

    Source: `PlainTextContent` of chatlog. Somebody who types exactly such a rendering by hand cannot be told from it.

    >>> from_markdown("[链接|报告](https://example.com/a)")
    Content(kind='link', text='报告', attrs={'url': 'https://example.com/a'}, quote=None, records=())
    >>> from_markdown("[强]") is None
    True
    """
    if text.startswith("> "):
        return _reply(text)
    if text.startswith(("[", "![")):
        if match := _FORWARD.fullmatch(text):
            return Content("forward", match["title"] or None, {"record": match["body"]})
        return _bracket(text.strip())
    if match := _UNKNOWN.fullmatch(text):
        code = int(match["type"])
        return Content(kind_of_wechat(code), None, {"content": match["content"], "type": code})
    return Content("poke", text) if _PAT.match(text) else None


def _bracket(text: str) -> Content | None:
    """[tag], [tag|title], [tag](target) or [tag|title](target), by hand: titles hold brackets of their own."""
    match = _TAG.match(text)
    kind = PLACEHOLDERS.get(match["tag"]) if match else None
    if match is None or kind is None:
        return None
    title, target = "", None
    rest = text[match.end() :] if match["end"] == "|" else text[match.end() - 1 :]
    if rest.endswith(")") and (cut := rest.rfind("](")) >= 0:
        title, target = rest[:cut], rest[cut + 2 : -1]
    elif rest.endswith("]"):
        title = rest[:-1]
    else:
        return None
    if match["end"] == "]" and title:
        return None
    return _tagged(kind, match["tag"], title, target)


def _tagged(kind: str, tag: str, title: str, target: str | None) -> Content:
    attrs: dict[str, object] = {}
    if kind == "location" and title:
        title, *rest = title.split("|")
        if rest and (point := _COORDINATES.fullmatch(rest[-1])):
            attrs |= {"x": point[1], "y": point[2]}
    if tag == "分享" and target is not None:  # app messages of type 4, links with a description
        kind = "link"
        title, _, description = title.partition("|")
        attrs |= {"desc": description} if description else {}
    if target:
        name = _KEYED.get(kind, "url")
        attrs[name] = target.rsplit("/", 1)[-1] if name in {"md5", "voice"} else target
    return Content(kind, title or None, attrs)


def _reply(text: str) -> Content | None:
    head, _, rest = text.partition("\n")
    if head == "> [引用]":
        return Content("reply", rest or None)
    match = _QUOTE.fullmatch(head)
    if match is None:
        return None
    lines = rest.split("\n")
    own = next((i for i, line in enumerate(lines) if not line.startswith("> ")), len(lines))
    who = _WHO.fullmatch(match["who"])
    quoted = "\n".join(line[2:] for line in lines[:own])
    quote = Quote(who["id"] if who else match["who"], who["name"] if who else None, quoted or None, match["time"])
    return Content("reply", "\n".join(lines[own:]) or None, quote=quote)


# --- merged forwards -------------------------------------------------------------------------------------------------

_RECORD_KINDS = {
    "1": "text", "2": "image", "3": "voice", "4": "video", "5": "link", "6": "location", "8": "file", "16": "contact",
    "17": "forward", "19": "share", "22": "share", "23": "share", "29": "share", "37": "emoji",
}  # fmt: skip


def records_of(info: object) -> tuple[Record, ...]:
    """The messages in a forward's `recordInfo`, from chatlog's JSON or WeChat's XML; bounded in number and depth."""
    return _records(_lowered(info, 0), 0)


def _lowered(value: object, depth: int) -> object:
    """Go writes DataItems where XML writes dataitem, and an attribute as any other field: one spelling for both."""
    if depth > 8 * _MOST_LEVELS:
        return None
    if isinstance(value, Mapping):
        return {str(name).lower(): _lowered(item, depth + 1) for name, item in value.items()}
    return [_lowered(item, depth + 1) for item in value] if isinstance(value, list) else value


def _records(info: object, depth: int) -> tuple[Record, ...]:
    listed = info.get("datalist") if isinstance(info, Mapping) else None
    items = listed.get("dataitems", listed.get("dataitem")) if isinstance(listed, Mapping) else None
    if isinstance(items, Mapping):
        items = [items]
    if not isinstance(items, Sequence) or isinstance(items, str) or depth > _MOST_LEVELS:
        return ()
    return tuple(_record(item, depth) for item in items[:_MOST_RECORDS] if isinstance(item, Mapping))


def _record(item: Mapping[str, object], depth: int) -> Record:
    def word(name: str) -> str:
        value = item.get(name, item.get(f"@{name}"))
        return str(value).strip() if isinstance(value, str | int) else ""

    kind = _RECORD_KINDS.get(word("datatype"), "other")
    if kind == "text" and word("datafmt") in {"pic", "jpg", "png"}:
        kind = "image"
    nested = item.get("recordxml")
    inner = _records(nested.get("recordinfo"), depth + 1) if isinstance(nested, Mapping) else ()
    text = word("datadesc") if kind == "text" else word("datatitle") or word("datadesc")
    shown = None if kind in {"image", "voice", "video", "emoji"} else text or None
    return Record(word("sourcename"), word("srcmsgcreatetime") or word("sourcetime"), kind, shown, inner)
