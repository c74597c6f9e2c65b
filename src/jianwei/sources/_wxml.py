"""The XML that WeChat keeps in messages that are not text, as raw exports carry it.

It comes from strangers: a document type or an entity is refused, and depth and number of elements are bounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.parsers import expat

from jianwei.sources._markup import Content, Quote, Record, records_of

__all__ = ["from_xml", "parse_xml"]

_MOST_ELEMENTS, _MOST_DEPTH = 20_000, 64


class _RefusedError(Exception):
    """The XML has something that no message of WeChat has."""


def parse_xml(text: str) -> dict[str, object] | None:
    """A small XML document as nested dicts; None when it is not one or not harmless.

    An element is {"@attribute": value, "child": text | dict | list of them, "#": own text}, one without attributes and children is
    its text. Document types, entities, more than 64 levels or 20,000 elements are refused.

    >>> parse_xml('<msg><a b="1">x</a><c/><c>y</c></msg>')
    {'a': {'@b': '1', '#': 'x'}, 'c': ['', 'y']}
    >>> parse_xml('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>') is None
    True
    """
    root: dict[str, object] = {}
    path: list[dict[str, object]] = [root]
    words: list[list[str]] = [[]]
    elements = 0

    def refuse(*_: object) -> None:
        raise _RefusedError

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal elements
        elements += 1
        if elements > _MOST_ELEMENTS or len(path) > _MOST_DEPTH:
            raise _RefusedError
        path.append({f"@{key}": value for key, value in attributes.items()})
        words.append([])

    def end(name: str) -> None:
        node, own = path.pop(), "".join(words.pop()).strip()
        if node and own:
            node["#"] = own
        value: object = node or own
        parent = path[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(held := parent[name], list):
            held.append(value)
        else:
            parent[name] = [held, value]

    def text_part(data: str) -> None:
        words[-1].append(data)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text_part
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, _RefusedError, ValueError):
        return None
    (value,) = root.values()
    return value if isinstance(value, dict) else {"#": value}


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
