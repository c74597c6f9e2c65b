"""Who a visitor is: a signed cookie that scripts cannot read.

The cookie holds a random name of the session, and after a log-in the account and the id of the person there; nothing in it is secret, and
nothing in it can be changed. The signature is HMAC-SHA256 under a key derived from JIANWEI_KEY (HKDF-SHA256, RFC 5869).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
import time
from collections.abc import Callable
from hashlib import sha256

import msgspec

from jianwei.errors import SettingsError
from jianwei.settings import Secret

__all__ = ["Session", "Sessions"]

LIFE_SECONDS = 7 * 86_400


class Session(msgspec.Struct, frozen=True, array_like=True):
    """One visitor.

    Attributes:
        name: random, new after a log-in.
        ends: seconds since the epoch.
        account: the account that they logged in with, "" before.
        openid: who they are there.
        shown: what to call them on a page.
    """

    name: str
    ends: int
    account: str = ""
    openid: str = ""
    shown: str = ""


class Sessions:
    """Writes and reads sessions as cookie values.

    Args:
        key: JIANWEI_KEY; of "new,old" the first one signs, all are accepted.
        now: seconds since the epoch.

    >>> sessions = Sessions(Secret("k"))
    >>> visitor = sessions.new()
    >>> sessions.read(sessions.write(visitor)) == visitor, sessions.read("x." + sessions.write(visitor))
    (True, None)
    """

    def __init__(self, key: Secret, now: Callable[[], float] = time.time) -> None:
        parts = [part.strip() for part in key.reveal().split(",") if part.strip()]
        if not parts:
            raise SettingsError("JIANWEI_KEY", "no key is set", "make one with `jianwei accounts key`")
        self._keys, self._now = [_derived(part) for part in parts], now

    def new(self, account: str = "", openid: str = "", shown: str = "") -> Session:
        """A session that nobody else has."""
        return Session(secrets.token_hex(16), int(self._now()) + LIFE_SECONDS, account, openid, shown[:64])

    def write(self, session: Session) -> str:
        """The value of its cookie."""
        body = _text(msgspec.json.encode(session))
        return f"{body}.{self._signed(body, self._keys[0])}"

    def read(self, value: str | None) -> Session | None:
        """The session of a cookie; None where it was not written here, or has ended."""
        body, dot, signature = (value or "").rpartition(".")
        given = signature.encode("utf-8", "replace")
        if not dot or not any(hmac.compare_digest(given, self._signed(body, key).encode()) for key in self._keys):
            return None
        try:
            session = msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), type=Session)
        except (msgspec.MsgspecError, binascii.Error, ValueError):
            return None  # the format of an older version
        return session if session.ends > self._now() else None

    def _signed(self, body: str, key: bytes) -> str:
        return _text(hmac.digest(key, body.encode("utf-8", "replace"), "sha256"))

    def __repr__(self) -> str:
        return "Sessions()"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _derived(key: str) -> bytes:
    """HKDF with one block of output; the key has 256 random bits, so that an empty salt does."""
    extracted = hmac.digest(bytes(sha256().digest_size), key.encode(), "sha256")
    return hmac.digest(extracted, b"jianwei/session/1\x01", "sha256")
