"""Signatures of the platform: of callbacks and their URL, of pages with the JS-SDK, of cards, of a mini-program's user data.

All are SHA-1 in lower-case hex over texts that the other side knows as well; each joins them in its own way.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

__all__ = [
    "JsapiConfig",
    "card_signature",
    "jsapi_config",
    "jsapi_signature",
    "same_signature",
    "url_signature",
    "user_data_signature",
    "verify_url_signature",
]


def _sorted_sha1(parts: tuple[str | bytes, ...]) -> str:
    # "replace": a signature of a lone surrogate is never right, but asking for it must not raise
    raw = sorted([part.encode("utf-8", "replace") if isinstance(part, str) else part for part in parts])
    return hashlib.sha1(b"".join(raw), usedforsecurity=False).hexdigest()


def url_signature(token: str, timestamp: str, nonce: str, *encrypted: str | bytes) -> str:
    """Signature of a callback: SHA-1 of token, timestamp and nonce, sorted byte by byte and joined.

    With the ciphertext as the fourth part it is the `msg_signature` of encrypted deliveries.

    >>> url_signature("AAAAA", "1714036504", "1514711492")
    'f464b24fc39322e44b38aa78f5edd27bd1441696'
    """
    return _sorted_sha1((token, timestamp, nonce, *encrypted))


def same_signature(given: str, expected: str) -> bool:
    """Whether two signatures are equal, in a time that does not tell how far they are.

    >>> same_signature("f464", "f464"), same_signature("é", "f464")
    (True, False)
    """
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def verify_url_signature(token: str, timestamp: str, nonce: str, signature: str) -> bool:
    """Whether `signature` is that of a callback of the platform with this token.

    >>> verify_url_signature("AAAAA", "1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696")
    True
    """
    return same_signature(signature, url_signature(token, timestamp, nonce))


def jsapi_signature(ticket: str, nonce: str, timestamp: int | str, url: str) -> str:
    """Signature of a page that uses the JS-SDK: four raw values in fixed order, the URL without its fragment.

    Args:
        ticket: the `jsapi_ticket` of the account.
        url: address of the page as the browser shows it, with its query.

    >>> jsapi_signature("ticket", "n", 1, "http://e.com/?a=1#top") == jsapi_signature("ticket", "n", "1", "http://e.com/?a=1")
    True
    """
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url.partition('#')[0]}"
    return hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class JsapiConfig:
    """What a page hands to `wx.config`, beside `jsApiList` and `debug`."""

    app_id: str
    timestamp: int
    nonce: str
    signature: str

    def to_json(self) -> dict[str, str | int]:
        """The values under the names that `wx.config` expects (`nonceStr`, not `noncestr`)."""
        return {
            "appId": self.app_id,
            "timestamp": self.timestamp,
            "nonceStr": self.nonce,
            "signature": self.signature,
        }


def jsapi_config(app_id: str, ticket: str, url: str, *, timestamp: int, nonce: str) -> JsapiConfig:
    """A signed configuration of the JS-SDK for the page at `url`.

    Args:
        timestamp: seconds since 1970.
        nonce: a random text, new for every page.

    >>> jsapi_config("wx1", "ticket", "http://e.com/", timestamp=1, nonce="n").to_json()["nonceStr"]
    'n'
    """
    return JsapiConfig(app_id, timestamp, nonce, jsapi_signature(ticket, nonce, timestamp, url))


def card_signature(*values: str) -> str:
    """Signature of cards and coupons: the raw values (ticket, timestamp, card id, …), sorted and joined; names play no part.

    >>> card_signature("b", "a") == card_signature("a", "b")
    True
    """
    return _sorted_sha1(values)


def user_data_signature(raw_data: str, session_key: str) -> str:
    """Signature that a mini-program sends with `rawData` of a user: SHA-1 of the data and the session key, joined.

    >>> user_data_signature("foobar", "key") == hashlib.sha1(b"foobarkey").hexdigest()
    True
    """
    return hashlib.sha1((raw_data + session_key).encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
