"""The callback of an account, for any web framework: query and body in, status and body out.

Signatures, the three modes of encryption, XML and JSON are settled here; that the handler runs once and in time, in `handling`.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from jianwei.wechat._base import Delivery, Inbox
from jianwei.wechat.crypto import CryptoError, MessageCrypto
from jianwei.wechat.handling import Handler, Handling, Late
from jianwei.wechat.messages import Event, Message, MessageError, dedupe_key, message_of, read_body
from jianwei.wechat.messages.parse import MOST_BYTES, is_json
from jianwei.wechat.signatures import verify_url_signature

__all__ = ["Answer", "Webhook"]

_TEXT, _XML, _JSON = "text/plain; charset=utf-8", "text/xml; charset=utf-8", "application/json"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send back: an HTTP status, a body, and its type."""

    status: int
    body: bytes = field(repr=False)
    media_type: str = _TEXT


_SUCCESS = Answer(200, b"success")


class _RefusedError(Exception):
    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status, self.what = status, what


@dataclass(frozen=True, slots=True)
class _Opened:
    """A delivery that is the platform's: its plain body, and whether answers are to be encrypted, and as what."""

    body: bytes
    secure: bool
    json: bool


def _clock() -> int:
    return time.time_ns() // 1_000


class Webhook:
    """The callback of one account.

    Every delivery is kept in the inbox, together with its answer, before it is acknowledged. Retries of a delivery, also while the first
    one runs, get the same answer; the handler runs once. An answer that is not there at the deadline follows through `late`, and the
    platform hears `success`; the inbox keeps what was sent as a second delivery of the same body, whose key ends in "/late". A handler that
    fails costs the answer, not the message. Only where the inbox fails up to the deadline, so that the platform must push again, may the
    handler run a second time: in another worker, or after a restart. A body that is signed and yet no message is kept
    too, so that the flusher can put it aside with a reason.

    Args:
        account: app id or name, as `Delivery.account`.
        token: the token of the callback, as configured on the platform.
        inbox: where deliveries are kept.
        handler: gets a message or event; returns a reply, text (cut to what the platform takes) or None, or an awaitable of these.
        crypto: for compatible and secure mode and for WeCom.
        late: sends answers that came after the deadline; without it they are dropped, with a line in the log.
        deadline: seconds to answer in; the platform hangs up after 5.
        max_bytes: longer bodies are refused (413).
        max_age: refuse deliveries whose timestamp is further away than so many seconds; None accepts any, as the platform does.
        require_secure: refuse deliveries that are not encrypted. The signature of those does not cover the body.
        now: the clock, µs since 1970 (UTC).
    """

    def __init__(
        self,
        account: str,
        token: str,
        inbox: Inbox,
        handler: Handler,
        *,
        crypto: MessageCrypto | None = None,
        late: Late | None = None,
        deadline: float = 4.5,
        max_bytes: int = MOST_BYTES,
        max_age: float | None = None,
        require_secure: bool = False,
        now: Callable[[], int] = _clock,
    ) -> None:
        self.account = account
        self._token = token
        self._crypto = crypto
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._require_secure = require_secure
        self._now = now
        self._handling = Handling(account, inbox, handler, late, deadline, now)

    async def verify(self, query: Mapping[str, str]) -> Answer:
        """Answer the platform's check of the callback's URL (GET): `echostr`, decrypted for WeCom; 403 for anybody else."""
        echo = query.get("echostr", "")
        try:
            signed = self._check(query)
            if signed:
                return Answer(200, echo.encode("utf-8", "replace"))
            return Answer(200, self._decrypt(query, echo))
        except _RefusedError as refused:
            return self._refuse(refused)

    async def receive(self, query: Mapping[str, str], body: bytes) -> Answer:
        """Answer a delivery (POST).

        Returns:
            200 with an answer or `success`; 403 where the signature or the key is wrong; 413 and 400 for what is no delivery;
            503 where the inbox could not keep it: the platform pushes again.
        """
        try:
            opened = self._open(query, body)
        except _RefusedError as refused:
            return self._refuse(refused)
        message, key = self._read(opened.body)
        delivery = Delivery(self.account, key, opened.body, self._now())
        answer = await self._handling.answer(message, delivery, opened.json)
        if answer is None:
            return Answer(503, b"not kept, push again")
        if not answer:
            return _SUCCESS
        if opened.secure and self._crypto is not None:
            envelope = self._crypto.encrypt(answer, self._now() // 1_000_000, query.get("nonce", ""))
            answer = envelope.to_json() if opened.json else envelope.to_xml()
        return Answer(200, answer, _JSON if opened.json else _XML)

    async def drain(self, seconds: float = 10.0) -> int:
        """Wait for handlers and late answers that still run, before the server stops; how many are left after `seconds`."""
        return await self._handling.drain(seconds)

    def _refuse(self, refused: _RefusedError) -> Answer:
        _log.warning("a request to the callback of %s was refused: %s", self.account, refused.what)
        return Answer(refused.status, refused.what.encode())

    def _check(self, query: Mapping[str, str]) -> bool:
        """Whether the URL is signed; False where only its ciphertext is. Everything else is refused."""
        timestamp = query.get("timestamp", "")
        signature = query.get("signature")
        if signature is None:
            if "msg_signature" not in query:
                raise _RefusedError(403, "not signed")
        elif not verify_url_signature(self._token, timestamp, query.get("nonce", ""), signature):
            raise _RefusedError(403, "wrong signature")
        if self._max_age is not None:
            seconds = int(timestamp) if timestamp.isdecimal() and len(timestamp) < 18 else -1
            if abs(self._now() - seconds * 1_000_000) > self._max_age * 1_000_000:
                raise _RefusedError(403, "timestamp too far away")
        return signature is not None

    def _open(self, query: Mapping[str, str], body: bytes) -> _Opened:
        if len(body) > self._max_bytes:
            raise _RefusedError(413, "too long")
        signed = self._check(query)
        json = is_json(body)
        if signed and query.get("encrypt_type", "").lower() != "aes":
            if self._require_secure:
                raise _RefusedError(403, "only encrypted deliveries are accepted")
            return _Opened(body, False, json)
        try:
            envelope = read_body(body, most_bytes=self._max_bytes)
        except MessageError:
            raise _RefusedError(400, "no delivery") from None
        encrypted = envelope.get("Encrypt")
        if self._crypto is None and signed and "MsgType" in envelope and not self._require_secure:
            return _Opened(body, False, json)  # compatible mode, and nobody here has the key
        if not isinstance(encrypted, str):
            raise _RefusedError(400, "nothing encrypted in it")
        return _Opened(self._decrypt(query, encrypted), True, json)

    def _decrypt(self, query: Mapping[str, str], encrypted: str) -> bytes:
        if self._crypto is None:
            raise _RefusedError(403, "encrypted, and this account has no EncodingAESKey")
        try:
            return self._crypto.decrypt_bytes(
                encrypted, query.get("msg_signature", ""), query.get("timestamp", ""), query.get("nonce", "")
            )
        except CryptoError as error:
            raise _RefusedError(403, f"{error.what} ({error.code})") from None

    def _read(self, body: bytes) -> tuple[Message | Event | None, str]:
        try:
            message = message_of(read_body(body, most_bytes=self._max_bytes))
        except MessageError as error:
            _log.warning("a delivery to %s is no message and is kept as it is: %s", self.account, error.what)
            return None, f"x:{hashlib.sha256(body).hexdigest()[:32]}"
        return message, dedupe_key(message)
