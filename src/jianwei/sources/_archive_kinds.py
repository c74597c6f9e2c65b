"""What each type of message in WeCom's archive holds, as kind, words, files and further fields."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Attached", "Said", "said"]

Body = Mapping[str, Any]
_MOST_RECORDS, _MOST_LEVELS = 5_000, 8


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that the SDK gives under `sdkfileid`."""

    sdkfileid: str
    md5: str = ""
    size: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says.

    Attributes:
        kind: message kind of `records.kinds`.
        text: words, or what is shown of other kinds (a title, a place).
        parts: the parts of a mixed message.
        records: the messages of a merged forward; `ts_us` is theirs.
        quote: the words it answers; they are not its own.
    """

    kind: str
    text: str | None = None
    attrs: Mapping[str, object] = field(default_factory=dict)
    file: Attached | None = None
    parts: Sequence[Said] = ()
    records: Sequence[Said] = ()
    quote: str = ""
    ts_us: int | None = None


# 「张三：原话」 / a line of dashes / the answer; newer clients: 这是一条引用/回复消息：\n"张三:\n原话"\n------\nthe answer
_QUOTES = (
    re.compile(r"^「(?P<quote>.*?)」\s*\n(?:-\s?){3,}\s*\n(?P<text>.*)$", re.DOTALL),
    re.compile(r"^这是一条引用/回复消息[:\uff1a]\s*\n[\"“](?P<quote>.*?)[\"”]\s*\n-{3,}\s*\n(?P<text>.*)$", re.DOTALL),
)


def _text(body: Body) -> Said:
    content = _str(body, "content")
    for form in _QUOTES:
        if found := form.match(content or ""):
            return Said("reply", found["text"].strip() or None, quote=found["quote"].strip())
    return Said("text", content)


def _str(body: Body, *names: str) -> str | None:
    for name in names:
        value = body.get(name)
        if isinstance(value, str | int) and str(value).strip():
            return str(value)
    return None


def _int(body: Body, *names: str) -> int:
    for name in names:
        try:
            return int(body[name])
        except (KeyError, TypeError, ValueError):
            continue
    return 0


def _attached(body: Body) -> Attached | None:
    name = _str(body, "sdkfileid")
    if name is None:
        return None
    seconds = _int(body, "play_length")
    return Attached(
        name, _str(body, "md5sum") or "", _int(body, "filesize", "voice_size", "imagesize"), seconds or None
    )


def _file(kind: str, *shown: str) -> Callable[[Body], Said]:
    return lambda body: Said(kind, _str(body, *shown) if shown else None, file=_attached(body))


def _shown(kind: str, *shown: str, keep: tuple[str, ...] = ()) -> Callable[[Body], Said]:
    """A type of which the first field that is there is shown and others are kept."""
    return lambda body: Said(kind, _str(body, *shown), {name: body[name] for name in keep if body.get(name)})


def _location(body: Body) -> Said:
    words = " ".join(filter(None, (_str(body, "title"), _str(body, "address"))))
    return Said("location", words or None, {name: body[name] for name in ("latitude", "longitude") if name in body})


def _news(body: Body) -> Said:
    items = [one for one in _list(body) if isinstance(one, Mapping)]
    titles = [title for one in items if (title := _str(one, "title"))]
    return Said("link", "\n".join(titles) or None, {"url": _str(items[0], "url")} if items else {})


def _vote(body: Body) -> Said:
    return Said("other", _str(body, "votetitle"), {"choices": body.get("voteitem")})


def _list(body: Body) -> list[Any]:
    found = body.get("item")
    return found[:_MOST_RECORDS] if isinstance(found, list) else []


def _inner(one: Any) -> tuple[str, Body] | None:
    """(type, body) of a part of a mixed message or a forward, whose content is JSON inside JSON."""
    if not isinstance(one, Mapping):
        return None
    kind = str(one.get("type") or "").removeprefix("ChatRecord").lower()
    content = one.get("content")
    if isinstance(content, str):
        try:
            content = json.loads(content, strict=False)
        except ValueError:
            content = {"content": content}
    return kind, content if isinstance(content, Mapping) else {}


def _mixed(body: Body, level: int) -> Said:
    parts = [said(*inner, level=level + 1) for one in _list(body) if (inner := _inner(one))]
    words = "\n".join(part.text for part in parts if part.kind in ("text", "reply") and part.text)
    kinds = [part.kind for part in parts]
    kind = "text" if words else (kinds[0] if kinds else "other")
    quote = next((part.quote for part in parts if part.quote), "")
    return Said("reply" if quote else kind, words or None, {"mixed": kinds}, parts=parts, quote=quote)


def _forward(body: Body, level: int) -> Said:
    records = []
    for one in _list(body):
        if inner := _inner(one):
            child = said(*inner, level=level + 1)
            at = _int(one, "msgtime") * 1_000_000 or None
            records.append(
                Said(child.kind, child.text, child.attrs, records=child.records, quote=child.quote, ts_us=at)
            )
    return Said("forward", _str(body, "title"), records=records)


_KINDS: Mapping[str, Callable[[Body], Said]] = {
    "text": _text,
    "markdown": _text,
    "image": _file("image"),
    "voice": _file("voice"),
    "video": _file("video"),
    "emotion": _file("emoji"),
    "file": _file("file", "filename"),
    "qydiskfile": _shown("file", "filename"),
    "location": _location,
    "link": _shown("link", "title", "description", keep=("link_url", "description")),
    "docmsg": _shown("link", "title", keep=("link_url",)),
    "news": _news,
    "weapp": _shown("share", "title", "displayname", keep=("displayname", "description")),
    "sphfeed": _shown("share", "feed_desc", "sph_name", keep=("sph_name",)),
    "card": _shown("contact", "corpname", keep=("userid",)),
    "redpacket": _shown("red_packet", "wish", keep=("totalcnt", "totalamount")),
    "external_redpacket": _shown("red_packet", "wish", keep=("totalcnt", "totalamount")),
    "voiptext": _shown("call", keep=("callduration", "invitetype")),
    "meeting_voice_call": _shown("call"),
    "voip_doc_share": _file("file", "filename"),
    "revoke": _shown("recall"),
    "agree": _shown("system", keep=("userid", "agree_time")),
    "disagree": _shown("system", keep=("userid", "disagree_time")),
    "todo": _shown("other", "title", "content"),
    "vote": _vote,
    "collect": _shown("other", "title", keep=("room_name",)),
    "meeting": _shown("other", "topic", keep=("starttime", "endtime", "address")),
    "calendar": _shown("other", "title", keep=("starttime", "endtime", "place")),
}


def said(kind: str, body: Body, *, level: int = 0) -> Said:
    """What a message of this type says; types that are not known keep their name.

    >>> said("text", {"content": "「李四：几点」\\n- - - - -\\n三点"})
    Said(kind='reply', text='三点', attrs={}, file=None, parts=(), records=(), quote='李四：几点', ts_us=None)
    """
    if level > _MOST_LEVELS:
        return Said("other", attrs={"type": kind})
    if kind == "mixed":
        return _mixed(body, level)
    if kind == "chatrecord":
        return _forward(body, level)
    read = _KINDS.get(kind)
    return read(body) if read else Said("other", _str(body, "title", "content"), {"type": kind})
