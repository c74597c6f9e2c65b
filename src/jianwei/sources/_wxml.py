"""The XML that WeChat keeps in messages that are not text, as raw exports carry it.

How it is read without trust stands in `common.xml`.
"""

from __future__ import annotations

from collections.abc import Mapping

from jianwei.common.xml import parse_xml
from jianwei.sources._markup import Content, Quote, Record, records_of

__all__ = ["from_xml"]


def _at(node: object, path: str) -> str:
    """The text at "a/b/@c", empty where there is none; the first of repeated elements counts."""
    for name in path.split("/"):
        node = node[0] if isinstance(node, list) else node
        node = node.get(name, "") if isinstance(node, dict) else ""
    node = node[0] if isinstance(node, list) else node
    return str(node.get("#", "")) if isinstance(node, dict) else str(node)


# What is shown of a kind, and what goes to attrs beside it: the first path that leads to text counts.
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "reply": ("appmsg/title",), "link": ("appmsg/title",), "file": ("appmsg/title",), "forward": ("appmsg/title",),
    "share": ("appmsg/sourcedisplayname", "appmsg/finderFeed/desc", "appmsg/title"), "other": ("appmsg/title",),
    "transfer": ("appmsg/wcpayinfo/feedesc",), "red_packet": ("appmsg/wcpayinfo/sendertitle", "appmsg/wcpayinfo/receivertitle"),
    "poke": ("appmsg/title",), "location": ("location/@label", "location/@poiname"), "contact": ("@nickname",),
    "call": ("VoIPBubbleMsg/msg", "voipmsg/VoIPBubbleMsg/msg"),
    "system": (
        "delchatroommember/plain", "sysmsgtemplate/content_template/plain", "sysmsgtemplate/content_template/template",
        "appmsg/textannouncement", "#",
    ),
    "recall": ("revokemsg/replacemsg", "revokemsg/content", "#"),
}  # fmt: skip
_BESIDE: Mapping[str, tuple[str, ...]] = {
    "desc": ("appmsg/des",), "url": ("appmsg/url",), "memo": ("appmsg/wcpayinfo/pay_memo",),
    "md5": ("appmsg/md5", "img/@md5", "videomsg/@md5", "emoji/@md5"), "cdnurl": ("emoji/@cdnurl",),
    "x": ("location/@x",), "y": ("location/@y",), "poiname": ("location/@poiname",), "username": ("@username",),
    "voicelength": ("voicemsg/@voicelength",), "playlength": ("videomsg/@playlength",),
}  # fmt: skip


def from_xml(kind: str, text: str) -> Content:
    """What the XML of a message of `kind` says; XML that cannot be read safely is kept as it is in attrs."""
    start = text.find("<")
    node = parse_xml(text[start:].strip()) if start >= 0 else None
    if node is None:
        return Content(kind, None, {"xml": text})
    attrs: dict[str, object] = {
        name: value
        for name, paths in _BESIDE.items()
        if (value := next(filter(None, (_at(node, path) for path in paths)), ""))
    }
    shown = next((value for path in _SHOWN.get(kind, ()) if (value := _at(node, path))), None)
    quote = _refer(node) if kind == "reply" else None
    records: tuple[Record, ...] = ()
    if kind == "forward" and (inner := _at(node, "appmsg/recorditem")):
        records = records_of(parse_xml(inner))
    return Content(kind, shown, attrs, quote, records)


def _refer(node: dict[str, object]) -> Quote | None:
    at = "appmsg/refermsg/"
    sender = _at(node, at + "chatusr") or _at(node, at + "fromusr")
    quoted = _at(node, at + "content")
    if quoted.lstrip().startswith("<"):
        inner = parse_xml(quoted.strip())
        quoted = _at(inner, "appmsg/title") if inner else ""
    quote = Quote(
        sender or None, _at(node, at + "displayname") or None, quoted or None, _at(node, at + "createtime") or None
    )
    return quote if quote.attrs() else None
