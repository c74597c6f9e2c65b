"""How a push travels: address, signature, and a body that is plain, encrypted or both."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.crypto import MessageCrypto
from jianwei.wechat.messages.write import document_to_xml
from jianwei.wechat.signatures import url_signature

__all__ = ["Format", "Mode", "Wiring", "receive_id", "sealed", "signed"]

Mode = Literal["plain", "compatible", "secure"]
Format = Literal["xml", "json"]

_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}")
_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


@dataclass(frozen=True, slots=True)
class Wiring:
    """A callback as it stands in an account's settings. `timeout` is how many seconds one try may take."""

    url: str
    token: str = field(repr=False)
    aes_key: str | None = field(default=None, repr=False)
    mode: Mode = "plain"
    format: Format = "xml"
    timeout: float = 5.0

    def address(self, app: App) -> str:
        """The URL; a third-party platform may have the app id in it."""
        return self.url.replace("$APPID$", app.app_id)

    def mode_for(self, app: App) -> Mode:
        """How messages travel: WeCom and third-party platforms always encrypt."""
        return "secure" if app.kind in ("wecom", "component") else self.mode

    def problem(self, app: App) -> tuple[str, str] | None:
        """(what is wrong with the settings, what to do), if anything."""
        if not self.url.startswith(("http://", "https://")):
            return "the URL is none", "begin it with http:// or https://"
        if not _TOKEN.fullmatch(self.token):
            return "the token is none", "use 3 to 32 letters and digits"
        if self.mode not in ("plain", "compatible", "secure") or self.format not in ("xml", "json"):
            return "the mode or format is unknown", "use plain, compatible or secure; xml or json"
        if self.aes_key is None and self.mode_for(app) != "plain":
            return "encrypted messages need an EncodingAESKey", "give its 43 characters"
        if self.aes_key is not None and not _KEY.fullmatch(self.aes_key):
            return "the EncodingAESKey is none", "use 43 letters, digits, + or /"
        return None

    def crypto(self, app: App) -> MessageCrypto:
        return MessageCrypto(self.token, self.aes_key or "", receive_id(app))


def receive_id(app: App) -> str:
    """Whom encrypted messages are addressed to: the app id, or the corp's.

    >>> receive_id(App("ww1/1000002", "secret", "wecom"))
    'ww1'
    """
    return app.app_id.split("/")[0]


def signed(platform: Platform, app: App, wiring: Wiring, echo: str) -> dict[str, str]:
    """The query that verifies a URL. WeCom's echostr is encrypted."""
    with platform.lock:
        stamp, nonce = str(int(platform.clock.now())), str(platform.number(10))
    if app.kind == "wecom":
        sent = wiring.crypto(app).encrypt(echo, stamp, nonce)
        return {"msg_signature": sent.msg_signature, "timestamp": stamp, "nonce": nonce, "echostr": sent.encrypted}
    signature = url_signature(wiring.token, stamp, nonce)
    return {"signature": signature, "timestamp": stamp, "nonce": nonce, "echostr": echo}


def sealed(
    platform: Platform, app: App, wiring: Wiring, fields: Mapping[str, Any]
) -> tuple[dict[str, str], bytes, str]:
    """(query, body, media type) of one try; every try is signed and encrypted anew."""
    stamp, nonce = str(int(platform.clock.now())), str(platform.number(10))
    mode, write = wiring.mode_for(app), _json if wiring.format == "json" else _xml
    query = {"timestamp": stamp, "nonce": nonce}
    if app.kind != "wecom":
        query["signature"] = url_signature(wiring.token, stamp, nonce)
        if "InfoType" not in fields and fields.get("FromUserName") in app.followers:
            query["openid"] = str(fields["FromUserName"])
    plain = write(fields)
    body = plain
    if mode != "plain":
        sent = wiring.crypto(app).encrypt(plain, stamp, nonce)
        query["msg_signature"] = sent.msg_signature
        if app.kind != "wecom":
            query["encrypt_type"] = "aes"
        body = write(_around(app, fields, mode) | {"Encrypt": sent.encrypted})
    return query, body, "application/json" if wiring.format == "json" else "text/xml"


def _around(app: App, fields: Mapping[str, Any], mode: Mode) -> dict[str, Any]:
    """What stands beside the ciphertext."""
    if mode == "compatible":
        return dict(fields)
    if app.kind == "component":
        return {"AppId": app.app_id}
    beside = {"ToUserName": fields.get("ToUserName", "")}
    return beside | {"AgentID": fields.get("AgentID", "")} if app.kind == "wecom" else beside


def _xml(fields: Mapping[str, Any]) -> bytes:
    return document_to_xml(fields, keep_illegal=True)


def _json(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")
