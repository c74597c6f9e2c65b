"""What the platform makes of the answer to a push: acknowledged, a passive reply, or nothing that it can use.

Source: the platform's guide to passive replies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jianwei.common.xml import parse_xml
from jianwei.sandbox.platform.envelopes import Wiring
from jianwei.wechat.crypto import CryptoError, MessageCrypto

__all__ = ["Heard", "hear"]

MOST_TEXT = 2_048
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "text": ("Content",),
    "image": ("Image/MediaId",),
    "voice": ("Voice/MediaId",),
    "video": ("Video/MediaId",),
    "music": ("Music/ThumbMediaId",),
    "news": ("ArticleCount", "Articles/item"),
    "transfer_customer_service": (),
    "update_taskcard": ("TaskCard/ReplaceName",),
    "update_button": ("Button/ReplaceName",),
}
"""Elements without which a reply is none, by its MsgType."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What an answer was taken for. `again` says that the message is pushed once more."""

    outcome: Literal["success", "reply", "silent", "unavailable"]
    reply: Mapping[str, Any] | None = None
    problem: str = ""
    again: bool = False


def hear(wiring: Wiring, receive_id: str, fields: Mapping[str, Any], body: bytes) -> Heard:
    """What the platform makes of the answer `body` to a push of `fields`.

    >>> hear(Wiring("http://a", "token"), "wx1", {}, b"success").outcome
    'success'
    >>> hear(Wiring("http://a", "token"), "wx1", {}, b"<html>").problem
    'the answer is neither success nor XML'
    """
    if body in (b"", b"success"):
        return Heard("success")
    reply = _document(wiring, body)
    if reply is None:
        return Heard("unavailable", problem=f"the answer is neither success nor {wiring.format.upper()}")
    encrypts = wiring.aes_key is not None and (wiring.mode != "plain" or "AgentID" in fields)
    if "Encrypt" in reply and encrypts:
        reply, problem = _opened(wiring, receive_id, reply)
        if reply is None:
            return Heard("unavailable", problem=problem)
    elif encrypts and (wiring.mode == "secure" or "AgentID" in fields):
        return Heard("unavailable", problem="the answer is not encrypted")
    if problem := _problem(fields, reply):
        return Heard("unavailable", problem=problem)
    if len(str(reply.get("Content", "")).encode()) > MOST_TEXT:
        return Heard("silent", problem=f"the text is longer than {MOST_TEXT:,} bytes")
    return Heard("reply", reply)


def _document(wiring: Wiring, body: bytes) -> dict[str, Any] | None:
    if wiring.format == "json" and body.lstrip()[:1] == b"{":
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            return None
        return found if isinstance(found, dict) else None
    return parse_xml(body, keep_blanks=True)


def _opened(wiring: Wiring, receive_id: str, outer: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    parts = [str(outer.get(name, "")) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")]
    try:
        plain = MessageCrypto(wiring.token, wiring.aes_key or "", receive_id).decrypt(*parts)
    except CryptoError as error:
        return None, f"the answer cannot be decrypted: {error.what}"
    found = _document(wiring, plain.encode())
    return found, "" if found is not None else "the decrypted answer is no document"


def _problem(fields: Mapping[str, Any], reply: Mapping[str, Any]) -> str:
    kind = str(reply.get("MsgType", ""))
    if kind not in _NEEDED:
        return f"MsgType {kind[:40]!r} is no reply"
    for path in _NEEDED[kind]:
        value: Any = reply
        for step in path.split("/"):
            value = value.get(step) if isinstance(value, Mapping) else None
        if value in (None, "", []):
            return f"{path} is missing"
    if reply.get("ToUserName") != fields.get("FromUserName") or reply.get("FromUserName") != fields.get("ToUserName"):
        return "ToUserName and FromUserName are not those of the message, swapped"
    if not str(reply.get("CreateTime", "")).isdecimal():
        return "CreateTime is no number"
    return _too_many(fields, reply) if kind == "news" else ""


def _too_many(fields: Mapping[str, Any], reply: Mapping[str, Any]) -> str:
    """Whether a reply has more articles than it may, or another number than it says."""
    articles = reply["Articles"]["item"]
    number = len(articles) if isinstance(articles, list) else 1
    most = 8 if fields.get("MsgType") == "event" else 1
    if str(reply["ArticleCount"]) != str(number):
        return f"ArticleCount is not {number}"
    return f"{number} articles, at most {most} are allowed here" if number > most else ""
