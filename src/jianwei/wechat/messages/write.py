"""Messages as the platform pushes them: the inverse of parsing, for the simulator and for tests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from jianwei.common.xml import cdata
from jianwei.wechat.messages._base import Event, Message, MessageError
from jianwei.wechat.messages._fields import write_fields
from jianwei.wechat.messages.accounts import Notice
from jianwei.wechat.messages.parse import EVENTS

__all__ = ["document_of", "document_to_xml", "to_json", "to_xml"]

_SPELLED = {name.lower(): name for name in EVENTS}
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_MOST_DEPTH = 64


def document_of(message: Message | Event) -> dict[str, Any]:
    """A message as nested values under their wire names: `raw` with the declared fields over it, the event as the platform spells it."""
    document = write_fields(message, dict(message.raw))
    if isinstance(message, Event) and not isinstance(message, Notice) and message.event:
        spelled = message.raw.get("Event")
        same = isinstance(spelled, str) and spelled.strip().lower() == message.event
        document["Event"] = spelled if same else _SPELLED.get(message.event, message.event)
    return document


def to_json(message: Message | Event) -> bytes:
    """A message as JSON.

    >>> from jianwei.wechat.messages.following import Click
    >>> to_json(Click(from_user="o1", created=7, key="茶")).decode()
    '{"FromUserName":"o1","CreateTime":7,"MsgType":"event","Event":"CLICK","EventKey":"茶"}'
    """
    return json.dumps(document_of(message), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def to_xml(message: Message | Event) -> bytes:
    """A message as XML. Text can hold anything: control characters go out as they are, as the platform sends them.

    Raises:
        MessageError: `raw` has a name that XML cannot have.

    >>> from jianwei.wechat.messages.chat import TextMessage
    >>> to_xml(TextMessage(created=7, content="]]>")).decode()
    '<xml><CreateTime>7</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[]]]]><![CDATA[>]]></Content></xml>'
    """
    return document_to_xml(document_of(message), keep_illegal=True)


def document_to_xml(document: Mapping[str, Any], *, keep_illegal: bool = False) -> bytes:
    """Nested values as `<xml>…</xml>`: text as CDATA, numbers bare, a list as repeated elements.

    Args:
        keep_illegal: keep characters that XML forbids; else they are dropped.

    Raises:
        MessageError: a name is none that XML can have, or it is too deep.
    """
    out: list[str] = []
    _write(out, "xml", document, keep_illegal, 0)
    return "".join(out).encode("utf-8", "replace")


def _write(out: list[str], name: str, value: object, keep_illegal: bool, depth: int) -> None:
    if not _NAME.fullmatch(name) or depth > _MOST_DEPTH:
        raise MessageError(f"{name[:40]!r} cannot be an element here", "write it as JSON")
    if isinstance(value, str):
        out.append(f"<{name}>{cdata(value, keep_illegal=keep_illegal)}</{name}>")
    elif isinstance(value, int | float):
        out.append(f"<{name}>{int(value) if isinstance(value, bool) else repr(value)}</{name}>")
    elif isinstance(value, list | tuple):
        for item in value or ("",):
            _write(out, name, item, keep_illegal, depth + 1)
    elif isinstance(value, Mapping):
        out.append(f"<{name}{_attributes(value)}>")
        for key, held in value.items():
            if key == "#":
                out.append(cdata(str(held), keep_illegal=keep_illegal))
            elif not key.startswith("@"):
                _write(out, key, held, keep_illegal, depth + 1)
        out.append(f"</{name}>")
    else:
        out.append(f"<{name}/>")


def _attributes(value: Mapping[str, Any]) -> str:
    own = {key[1:]: str(held) for key, held in value.items() if key.startswith("@")}
    if not all(map(_NAME.fullmatch, own)):
        raise MessageError("an attribute has a name that XML cannot have", "write it as JSON")
    return "".join(f' {key}="{_attribute(held)}"' for key, held in own.items())


def _attribute(text: str) -> str:
    for character, entity in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        ('"', "&quot;"),
        ("\n", "&#10;"),
        ("\r", "&#13;"),
        ("\t", "&#9;"),
    ):
        text = text.replace(character, entity)
    return text
