"""The platform's message encryption, and that of a mini-program's user data.

A message is AES-256-CBC over random(16) ‖ length(4, big endian, bytes) ‖ message ‖ receive id, padded to 32 (PKCS#7), in base64; the
first half of the key is the initial vector. `msg_signature` covers the ciphertext. Source: the platform's guide to message encryption.
"""

from __future__ import annotations

import binascii
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from jianwei.common.xml import cdata
from jianwei.errors import JianweiError

__all__ = ["CryptoError", "Envelope", "MessageCrypto", "decrypt_user_data"]

_BLOCK = 32
_PADDINGS = tuple(bytes([count]) * count for count in range(_BLOCK + 1))
_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class CryptoError(JianweiError):
    """A message is not signed, not encrypted or not addressed as it should be, or a key is none.

    Attributes:
        code: what the platform's own libraries return: -40001 signature, -40004 EncodingAESKey, -40005 receive id,
            -40006 encryption, -40007 decryption, -40010 base64, -41003 content of the decrypted buffer.
    """

    def __init__(self, code: int, what: str, hint: str = "") -> None:
        super().__init__("encrypted message", what, hint)
        self.code = code

    def __reduce__(self) -> tuple[type[CryptoError], tuple[int, str, str]]:
        return type(self), (self.code, self.what, self.hint)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An encrypted message with its signature, ready to be sent."""

    encrypted: str
    msg_signature: str
    timestamp: str
    nonce: str

    def to_xml(self) -> bytes:
        """The answer to an XML delivery.

        >>> Envelope("a+b=", "51f0", "1", "n").to_xml().decode()[:43]
        '<xml><Encrypt><![CDATA[a+b=]]></Encrypt><Ms'
        """
        return (
            f"<xml><Encrypt><![CDATA[{self.encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{self.msg_signature}]]></MsgSignature>"
            f"<TimeStamp>{self.timestamp if self.timestamp.isdecimal() else cdata(self.timestamp)}</TimeStamp>"
            f"<Nonce>{cdata(self.nonce)}</Nonce></xml>"
        ).encode()

    def to_json(self) -> bytes:
        """The answer to a JSON delivery.

        >>> Envelope("a+b=", "51f0", "1", "n").to_json().decode()
        '{"Encrypt": "a+b=", "MsgSignature": "51f0", "TimeStamp": 1, "Nonce": "n"}'
        """
        return json.dumps({
            "Encrypt": self.encrypted,
            "MsgSignature": self.msg_signature,
            "TimeStamp": int(self.timestamp) if self.timestamp.isdecimal() else self.timestamp,
            "Nonce": self.nonce,
        }).encode()  # fmt: skip


class MessageCrypto:
    """Encrypts and decrypts the messages of one account. Safe to share among threads.

    Args:
        token: the token of the callback, as configured on the platform.
        encoding_aes_key: EncodingAESKey, 43 characters of base64; unused bits of the last one are ignored, as everywhere.
        receive_id: app id, corp id, suite id or the third-party platform's app id; empty for the few callbacks that have none.

    Raises:
        CryptoError: the key is not 43 characters of base64.

    >>> crypto = MessageCrypto("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
    >>> sent = crypto.encrypt("1616140317555161061", "1409659589", "263014780", prefix=b"c41b64491c2468d0")
    >>> sent.msg_signature
    '5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3'
    >>> crypto.decrypt(sent.encrypted, sent.msg_signature, sent.timestamp, sent.nonce)
    '1616140317555161061'
    """

    __slots__ = ("_cipher", "_receive_id", "_token", "receive_id")

    def __init__(self, token: str, encoding_aes_key: str, receive_id: str) -> None:
        if not _KEY.fullmatch(encoding_aes_key):
            raise CryptoError(
                -40004,
                "the EncodingAESKey is not 43 letters, digits, + or /",
                "copy it from the account's server configuration on the platform",
            )
        key = binascii.a2b_base64(encoding_aes_key + "=")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self.receive_id = receive_id
        self._token = token.encode()
        self._receive_id = receive_id.encode()

    def __repr__(self) -> str:
        return f"MessageCrypto(receive_id={self.receive_id!r})"

    def _signature(self, timestamp: bytes, nonce: bytes, encrypted: bytes) -> str:
        parts = sorted((self._token, timestamp, nonce, encrypted))
        return hashlib.sha1(b"".join(parts), usedforsecurity=False).hexdigest()

    def decrypt(self, encrypted: str | bytes, msg_signature: str, timestamp: str | int, nonce: str) -> str:
        """The message in `encrypted`, after its signature, padding, length and receive id have been checked.

        Raises:
            CryptoError: whatever is wrong; nothing else is ever raised.
        """
        try:
            return self.decrypt_bytes(encrypted, msg_signature, timestamp, nonce).decode()
        except UnicodeDecodeError:
            raise CryptoError(-41003, "the decrypted message is not UTF-8") from None

    def decrypt_bytes(self, encrypted: str | bytes, msg_signature: str, timestamp: str | int, nonce: str) -> bytes:
        """As `decrypt`, but the message's bytes as they are."""
        try:
            raw = encrypted.encode() if isinstance(encrypted, str) else bytes(encrypted)
            expected = self._signature(str(timestamp).encode(), nonce.encode(), raw)
            signed = compare_digest(msg_signature.encode(), expected.encode())
        except (UnicodeEncodeError, AttributeError, TypeError, ValueError):
            signed = False  # no text at all, or one with lone surrogates
        if not signed:
            raise CryptoError(
                -40001,
                "msg_signature does not match",
                "check that the token here and on the platform are the same",
            )
        return self._open(raw)

    def _open(self, encrypted: bytes) -> bytes:
        try:
            sealed = binascii.a2b_base64(encrypted, strict_mode=True)
        except ValueError:
            raise CryptoError(-40010, "the ciphertext is not base64") from None
        if not sealed or len(sealed) % _BLOCK:
            raise CryptoError(-40007, f"the ciphertext is not a multiple of {_BLOCK} bytes long")
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(sealed) + decryptor.finalize()
        padding = plain[-1]
        end = len(plain) - padding
        if not 1 <= padding <= _BLOCK or end < 20 or not plain.endswith(_PADDINGS[padding]):
            raise CryptoError(
                -41003,
                "the decrypted buffer is not padded as it should be",
                "check that the EncodingAESKey here and on the platform are the same",
            )
        stop = 20 + int.from_bytes(plain[16:20], "big")
        if stop > end:
            raise CryptoError(-41003, "the message is shorter than it claims to be")
        if plain[stop:end] != self._receive_id:
            raise CryptoError(
                -40005,
                "the message is addressed to another receive id",
                "check the app id, corp id or suite id of this account",
            )
        return plain[20:stop]

    def encrypt(self, text: str | bytes, timestamp: str | int, nonce: str, prefix: bytes | None = None) -> Envelope:
        """`text`, encrypted and signed.

        Args:
            text: the message, usually XML or JSON.
            timestamp: seconds since 1970.
            nonce: a random text, or that of the delivery which is answered.
            prefix: 16 bytes in place of the random ones, for tests only.

        Raises:
            CryptoError: `text` has no form in UTF-8 (lone surrogates), or `prefix` is not 16 bytes.
        """
        timestamp = str(timestamp)
        try:
            raw = text.encode() if isinstance(text, str) else bytes(text)
            signed = timestamp.encode(), nonce.encode()
        except UnicodeEncodeError:
            raise CryptoError(-40006, "the text has characters that UTF-8 cannot carry") from None
        prefix = os.urandom(16) if prefix is None else prefix
        if len(prefix) != 16:
            raise CryptoError(-40006, f"the prefix is {len(prefix)} bytes, not 16")
        head = prefix + len(raw).to_bytes(4, "big")
        padding = _PADDINGS[_BLOCK - (20 + len(raw) + len(self._receive_id)) % _BLOCK]
        encryptor = self._cipher.encryptor()
        sealed = encryptor.update(b"".join((head, raw, self._receive_id, padding))) + encryptor.finalize()
        encrypted = binascii.b2a_base64(sealed, newline=False)
        return Envelope(encrypted.decode(), self._signature(*signed, encrypted), timestamp, nonce)

    def verify_url(self, msg_signature: str, timestamp: str, nonce: str, echostr: str) -> str:
        """What WeCom wants to hear when it checks the callback's URL: the decrypted `echostr`.

        Raises:
            CryptoError: the request is not the platform's, or token, key or corp id differ.
        """
        return self.decrypt(echostr, msg_signature, timestamp, nonce)


def decrypt_user_data(session_key: str, encrypted: str, iv: str, app_id: str) -> Mapping[str, object]:
    """A mini-program's `encryptedData` (user info, phone number, group id, steps).

    AES-128-CBC with the session key, PKCS#7 to 16, JSON; its watermark names the app it was made for.

    Args:
        session_key: of the log-in that was current when the data were made, base64.
        encrypted: `encryptedData`, base64.
        iv: base64.
        app_id: the mini-program's own; data made for another one are refused.

    Raises:
        CryptoError: a part is not base64, the key is not the right one, or the data belong to another app.
    """
    try:
        key, vector, sealed = (binascii.a2b_base64(part, strict_mode=True) for part in (session_key, iv, encrypted))
    except (ValueError, TypeError):
        raise CryptoError(-40010, "session key, iv or data are not base64") from None
    if len(key) != 16 or len(vector) != 16:
        raise CryptoError(-40004, "session key and iv must be 16 bytes each")
    if not sealed or len(sealed) % 16:
        raise CryptoError(-40007, "the data are not a multiple of 16 bytes long")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    plain = decryptor.update(sealed) + decryptor.finalize()
    padding = plain[-1]
    hint = "log in again with wx.login: the session key has changed"
    if not 1 <= padding <= 16 or not plain.endswith(_PADDINGS[padding]):
        raise CryptoError(-41003, "the data cannot be decrypted with this session key", hint)
    try:
        data: object = json.loads(plain[:-padding], strict=False)
    except (ValueError, RecursionError):
        raise CryptoError(-41003, "the decrypted data are not JSON", hint) from None
    watermark = data.get("watermark") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(watermark, dict) or watermark.get("appid") != app_id:
        raise CryptoError(-40005, "the data were made for another app", "check the app id")
    return data
