"""Bytes of a callback, XML or JSON, to a typed message or event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from jianwei.common.xml import parse_xml
from jianwei.wechat.messages._base import Event, Message, MessageError, UnknownEvent, UnknownMessage
from jianwei.wechat.messages._fields import read_fields
from jianwei.wechat.messages.accounts import ACCOUNTS, NOTICES, DeviceEvent, Notice
from jianwei.wechat.messages.chat import MESSAGES
from jianwei.wechat.messages.following import FOLLOWING
from jianwei.wechat.messages.jobs import JOBS
from jianwei.wechat.messages.wecom import WECOM

__all__ = ["EVENTS", "MOST_BYTES", "dedupe_key", "is_json", "message_of", "parse_message", "read_body"]

EVENTS: Mapping[str, type[Event]] = MappingProxyType({**FOLLOWING, **JOBS, **ACCOUNTS, **WECOM})
"""Event as the platform spells it, to class; names are compared without regard to case."""

MOST_BYTES = 1 << 20
"""How long a pushed message may be; real ones have some hundred bytes, the longest lists some thousand."""

_EVENTS = MappingProxyType({name.lower(): kind for name, kind in EVENTS.items()})
_MOST_VALUES, _MOST_DEPTH = 20_000, 64

# Numbers stay the text that they are: a 64-bit id has no rounding, and JSON and XML give the same.
_JSON = json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)


def is_json(body: bytes) -> bool:
    """Whether a body is JSON rather than XML.

    >>> is_json(b' {"MsgType":"text"}'), is_json(b"<xml/>")
    (True, False)
    """
    return body[:1] == b"{" or body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read_body(body: bytes | str, *, most_bytes: int = MOST_BYTES) -> dict[str, Any]:
    """XML or JSON as nested mappings of text: what `raw` of a message is.

    Raises:
        MessageError: it is neither, is not one object, or is too long or too deep.

    >>> read_body(b'{"CreateTime": 1, "List": [{"A": null}]}') == read_body("<xml><CreateTime>1</CreateTime><List><A/></List></xml>")
    True
    """
    if len(body) > most_bytes:
        raise MessageError(f"{len(body):,} bytes are more than the {most_bytes:,} allowed")
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "replace")
    if is_json(raw):
        return _from_json(raw)
    node = parse_xml(raw, keep_blanks=True)
    if node is None:
        raise MessageError("it is neither well-formed XML nor JSON, or has a document type")
    return node


def _from_json(body: bytes) -> dict[str, Any]:
    text = body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    try:
        found = _JSON.decode(text)
    except (ValueError, RecursionError):
        raise MessageError("it begins like JSON and is none") from None
    broken = "\\ud" in text or "\\uD" in text  # escapes of half a character, which no encoding can write
    left = _MOST_VALUES

    def plain(value: object, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > _MOST_DEPTH:
            raise MessageError("its JSON is too deep or has too many values")
        if isinstance(value, str):
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace") if broken else value
        if isinstance(value, dict):
            return {plain(key, depth): plain(held, depth + 1) for key, held in value.items()}
        if isinstance(value, list):
            items = [plain(item, depth + 1) for item in value]
            return items[0] if len(items) == 1 else items or ""
        return str(int(value)) if isinstance(value, bool) else ""

    node: dict[str, Any] = plain(found, 0)
    return node


def message_of(raw: Mapping[str, Any]) -> Message | Event:
    """The typed message in nested text that `read_body` gave; see `parse_message`."""
    kind, event = _name(raw.get("MsgType")), _name(raw.get("Event"))
    if kind.startswith("device_") or event.startswith("device_"):
        return read_fields(DeviceEvent, raw, raw=raw, kind=kind, event=event)
    if kind == "event" or (event and not kind):
        return read_fields(_EVENTS.get(event, UnknownEvent), raw, raw=raw, kind="event", event=event)
    if not kind and (notice := _name(raw.get("InfoType"))):
        return read_fields(NOTICES.get(notice, Notice), raw, raw=raw, event=notice)
    return read_fields(MESSAGES.get(kind, UnknownMessage), raw, raw=raw, kind=kind)


def parse_message(body: bytes | str, *, most_bytes: int = MOST_BYTES) -> Message | Event:
    """What the platform pushed, typed by its MsgType, Event or InfoType; unknown ones are whole in `raw` of UnknownMessage or UnknownEvent.

    Well-formed content never raises, however odd: a number that is none becomes None and stays in `raw` as it came.

    Args:
        body: XML or JSON, decrypted.
        most_bytes: longer ones are refused.

    Raises:
        MessageError: it is neither XML nor JSON, is not one object, or is too long or too deep.

    >>> said = parse_message("<xml><MsgType>text</MsgType><CreateTime>7</CreateTime><Content><![CDATA[hi]]></Content></xml>")
    >>> said, said.created_us
    (TextMessage(created=7, content='hi'), 7000000)
    >>> parse_message(b'{"MsgType":"event","Event":"CLICK","EventKey":"menu-1"}')
    Click(key='menu-1')
    """
    return message_of(read_body(body, most_bytes=most_bytes))


def dedupe_key(message: Message | Event) -> str:
    """What tells a message from others and is the same in every retry, as short text without anybody's name.

    A message has the platform's MsgId, a digest of it where it is not the letters and digits that it should be. Everything else is told by
    all that it says (a retry says the same to the letter), so that two events in one second are two, whatever they differ in.

    >>> dedupe_key(parse_message(b'{"MsgType":"text","MsgId":6054768590064713728}'))
    'm:6054768590064713728'
    >>> clicks = [parse_message(b'{"Event":"CLICK","EventKey":"%d"}' % n) for n in (1, 2)]
    >>> dedupe_key(clicks[0]) == dedupe_key(clicks[1])
    False
    """
    if isinstance(message, Message) and message.msg_id:
        number = message.msg_id
        plain = len(number) <= 64 and number.isascii() and number.isalnum()
        return f"m:{number if plain else _digest(number)}"
    # of an unencrypted copy in compatible mode, the ciphertext beside it differs in every retry
    said = {name: value for name, value in message.raw.items() if name != "Encrypt"}
    return f"e:{_digest(said)}"


def _digest(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _name(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
