"""Keeping tokens: one fetch for everybody who shares a store, a renewal before the end, and never a token thrown away that somebody
else has renewed.

Stores in memory and in a file stand here; the one in the workspace's state database, encrypted, is `store`'s.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import msgspec

from jianwei.common.locking import locked_file
from jianwei.wechat._base import Token, TokenStore
from jianwei.wechat.errors import WeChatError

__all__ = ["FileTokens", "Issued", "MemoryTokens", "TokenKeeper"]

MARGIN_SECONDS = 300
"""The platform renews a stable token in its last five minutes, in which both the old and the new one are valid."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What a token endpoint gave: the value and how many seconds it has left."""

    value: str = field(repr=False)
    seconds: int


class MemoryTokens:
    """Tokens of one process.

    >>> store = MemoryTokens()
    >>> store.put("wx1/access_token", Token("T", 9))
    >>> store.expire("wx1/access_token", "another")
    >>> store.get("wx1/access_token").expires_us
    9
    """

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._mutex = threading.Lock()

    def get(self, key: str) -> Token | None:
        return self._tokens.get(key)

    def put(self, key: str, token: Token) -> None:
        with self._mutex:
            self._tokens[key] = token

    def expire(self, key: str, value: str) -> None:
        with self._mutex:
            if (token := self._tokens.get(key)) and token.value == value:
                del self._tokens[key]

    def lock(self, key: str) -> AbstractContextManager[object]:
        with self._mutex:
            return self._locks.setdefault(key, threading.Lock())


class _Kept(msgspec.Struct, frozen=True):
    value: str
    expires_us: int


class FileTokens:
    """Tokens of all processes on one host, in a file that only its owner can read. They are not encrypted there.

    Args:
        path: the file; lock files stand beside it. The folder is created when missing.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)

    def get(self, key: str) -> Token | None:
        kept = self._read().get(key)
        return None if kept is None else Token(kept.value, kept.expires_us)

    def put(self, key: str, token: Token) -> None:
        with self._held(".write"):
            self._write({**self._read(), key: _Kept(token.value, token.expires_us)})

    def expire(self, key: str, value: str) -> None:
        with self._held(".write"):
            kept = self._read()
            if key in kept and kept[key].value == value:
                self._write({k: v for k, v in kept.items() if k != key})

    def lock(self, key: str) -> AbstractContextManager[object]:
        # One file a key: renewing a ticket needs the token, which may have to be renewed first.
        return self._held(f".{sha256(key.encode()).hexdigest()[:16]}.lock")

    def _read(self) -> dict[str, _Kept]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, _Kept])
        except FileNotFoundError:
            return {}
        except msgspec.DecodeError:
            raise WeChatError(
                str(self._path), "is not a file of tokens", "move it away; tokens are fetched anew"
            ) from None

    def _write(self, kept: dict[str, _Kept]) -> None:
        aside = self._path.with_name(f".{self._path.name}.{os.getpid()}.{threading.get_ident()}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(kept))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)

    def _held(self, end: str) -> AbstractContextManager[None]:
        """Hold a lock file; the system lets it go when the process ends."""
        return locked_file(self._path.with_name(self._path.name + end))


class TokenKeeper:
    """Gives valid tokens of one key, whoever shares the store.

    Args:
        store: where they are kept.
        key: see `TokenStore`.
        fetch: asks the platform for a token; called by one caller at a time.
        now: seconds since the epoch.
    """

    def __init__(
        self, store: TokenStore, key: str, fetch: Callable[[], Issued], now: Callable[[], float] = time.time
    ) -> None:
        self._store, self._key, self._fetch, self._now = store, key, fetch, now
        self._mutex = threading.Lock()
        self._known: Token | None = None

    def known(self, refused: str | None = None) -> str | None:
        """The token in hand, without waiting; None when it must be looked for."""
        token = self._known
        return token.value if token is not None and self._good(token, refused) else None

    def token(self, refused: str | None = None) -> str:
        """A valid token: the one in hand, the store's, or a new one. May wait for another caller who fetches it.

        Args:
            refused: a token that the platform has just refused: it is forgotten in the store if nobody renewed it since.
        """
        if value := self.known(refused):
            return value
        with self._mutex:
            if value := self.known(refused):
                return value
            if value := self._stored(refused):
                return value
            with self._store.lock(self._key):
                if value := self._stored(refused):
                    return value
                if refused is not None:
                    self._store.expire(self._key, refused)
                issued = self._fetch()
                # Renewed before the end: five minutes, or a tenth of a short life.
                seconds = issued.seconds - min(MARGIN_SECONDS, issued.seconds // 10)
                self._known = Token(issued.value, int((self._now() + seconds) * 1_000_000))
                self._store.put(self._key, self._known)
                return issued.value

    def _stored(self, refused: str | None) -> str | None:
        token = self._store.get(self._key)
        if token is None or not self._good(token, refused):
            return None
        self._known = token
        return token.value

    def _good(self, token: Token, refused: str | None) -> bool:
        return token.value != refused and token.expires_us > self._now() * 1_000_000
