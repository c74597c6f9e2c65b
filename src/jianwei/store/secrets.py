"""Secrets at rest: AES-256-GCM under a key that lives outside the workspace.

A sealed text is bound to its place (table, row, column): moved elsewhere it does not open. The format is one byte 1, 4 bytes that name
the key, 12 bytes nonce, then ciphertext and tag. The key text holds 256 random bits, so that HKDF-SHA256 (RFC 5869) is enough to derive
from it; there is no pass-phrase to stretch.
"""

from __future__ import annotations

import base64
import binascii
import os
from hashlib import sha256
from typing import TYPE_CHECKING

from jianwei.errors import SettingsError, StoreError
from jianwei.settings import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["Vault"]

_KEY_BYTES = 32
_VERSION = b"\x01"
_NAME, _NONCE = 4, 12
_HOW = "make one with `jianwei accounts key` and set it as JIANWEI_KEY; keep it outside the workspace"


class Vault:
    """Seals and opens texts.

    Args:
        key: what `Vault.new_key` made; while keys are being changed "new,old": the first seals, all open.

    Raises:
        SettingsError: there is no key, or it is none that `new_key` made.

    >>> vault = Vault(Vault.new_key())
    >>> sealed = vault.seal("hunter2", "tokens", "wx1/access_token")
    >>> vault.open(sealed, "tokens", "wx1/access_token"), vault
    ('hunter2', Vault(1 key))
    """

    __slots__ = ("_keys",)

    def __init__(self, key: Secret | None) -> None:
        if key is None or not key.reveal().strip():
            raise SettingsError("JIANWEI_KEY", "no key is set, and secrets are kept encrypted only", _HOW)
        parts = [part.strip() for part in key.reveal().split(",") if part.strip()]
        self._keys: dict[bytes, AESGCM] = dict(_derived(part) for part in parts)

    @staticmethod
    def new_key() -> Secret:
        """A new random key: 43 characters."""
        return Secret(base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode().rstrip("="))

    def seal(self, text: str, *place: str) -> bytes:
        """The text encrypted under the first key, bound to its place."""
        name, cipher = next(iter(self._keys.items()))
        nonce = os.urandom(_NONCE)
        return _VERSION + name + nonce + cipher.encrypt(nonce, text.encode(), _bound(place))

    def open(self, sealed: bytes, *place: str) -> str:
        """The text again.

        Raises:
            StoreError: no key of this vault sealed it, or it was sealed for another place, or it is damaged.
        """
        from cryptography.exceptions import InvalidTag

        where = "/".join(place)
        start = len(_VERSION) + _NAME
        if len(sealed) < start + _NONCE or not sealed.startswith(_VERSION):
            raise StoreError(where, "holds nothing that was sealed here", "enter the secret again")
        cipher = self._keys.get(sealed[len(_VERSION) : start])
        if cipher is None:
            raise StoreError(
                where,
                "was sealed with another key than JIANWEI_KEY",
                'set the key it was sealed with (or "new,old" while changing keys), or enter the secret again',
            )
        try:
            return cipher.decrypt(sealed[start : start + _NONCE], sealed[start + _NONCE :], _bound(place)).decode()
        except (InvalidTag, UnicodeDecodeError):
            raise StoreError(where, "was changed since it was sealed", "enter the secret again") from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the first key sealed it: the others can be dropped once this holds for everything."""
        return sealed[len(_VERSION) : len(_VERSION) + _NAME] == next(iter(self._keys))

    def __repr__(self) -> str:
        count = len(self._keys)
        return f"Vault({count} key{'' if count == 1 else 's'})"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a vault is not pickled")


def _derived(key: str) -> tuple[bytes, AESGCM]:
    """(name of the key, cipher)"""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    try:
        material = base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        material = b""
    if len(material) != _KEY_BYTES:
        raise SettingsError("JIANWEI_KEY", "is no key that Jianwei made", _HOW)
    derived = HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"jianwei/vault/1").derive(material)
    return sha256(b"jianwei/vault/name" + derived).digest()[:_NAME], AESGCM(derived)


def _bound(place: tuple[str, ...]) -> bytes:
    """The place with lengths, so that ("ab", "c") and ("a", "bc") differ."""
    return b"".join(b"%d:%b" % (len(part.encode()), part.encode()) for part in place)
