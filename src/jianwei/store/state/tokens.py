"""Tokens that everybody who shares an account shares: sealed where they rest, renewed by one at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import sqlalchemy as sa

from jianwei.common.kept import Token
from jianwei.errors import LeaseError
from jianwei.store.secrets import Vault
from jianwei.store.state._sql import upsert
from jianwei.store.state.leases import hold
from jianwei.store.state.tables import tokens

__all__ = ["TokenTable"]

WAIT_SECONDS = 60.0


@dataclass(slots=True)
class _Locks:
    """One lock a key for the threads of this process: they queue here, so that only one of them asks the database."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    keys: dict[str, threading.Lock] = field(default_factory=dict)

    def of(self, key: str) -> threading.Lock:
        with self.guard:
            return self.keys.setdefault(key, threading.Lock())


@dataclass(frozen=True, slots=True)
class TokenTable:
    """The `TokenStore` of a workspace. Share one among the threads of a process."""

    engine: sa.Engine
    vault: Vault
    _locks: _Locks = field(default_factory=_Locks, repr=False, compare=False)

    def get(self, key: str) -> Token | None:
        """The token kept under `key`, ended or not.

        Raises:
            StoreError: it was sealed with another key.
        """
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(tokens).where(tokens.c.key == key)).one_or_none()
        return None if row is None else Token(self.vault.open(row.value, "tokens", key), row.expires_us)

    def put(self, key: str, token: Token) -> None:
        """Keep `token` under `key`, in place of an earlier one."""
        values = {"value": self.vault.seal(token.value, "tokens", key), "expires_us": token.expires_us}
        with self.engine.begin() as connection:
            upsert(connection, tokens, {"key": key}, values)

    def expire(self, key: str, value: str) -> None:
        """Forget the token of `key` if its value still is `value`: one that somebody else has renewed since stays."""
        with self.engine.connect() as connection:
            sealed = connection.execute(sa.select(tokens.c.value).where(tokens.c.key == key)).scalar()
        if sealed is None or self.vault.open(sealed, "tokens", key) != value:
            return
        with (
            self.engine.begin() as connection
        ):  # sealed bytes are never the same twice: a renewed row no longer matches
            connection.execute(sa.delete(tokens).where(tokens.c.key == key, tokens.c.value == sealed))

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold this while renewing `key`: one at a time among all threads, processes and hosts. It may be left in another thread.

        Raises:
            LeaseError: others held it for longer than a minute.
        """
        lock = self._locks.of(key)
        if not lock.acquire(timeout=WAIT_SECONDS):
            raise LeaseError(f"token {key}", "is being renewed by somebody who does not finish", "try again later")
        try:
            with hold(self.engine, f"token/{key}", "exclusive", wait_seconds=WAIT_SECONDS):
                yield
        finally:
            lock.release()
