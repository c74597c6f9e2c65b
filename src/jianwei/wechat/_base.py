"""What the protocol needs from whoever keeps things: tokens, pending log-ins, users' grants, deliveries of the webhook.

`store` satisfies all of them without importing this room; memory and file versions for use without a workspace stand beside the
clients. Every time is µs since the epoch, UTC.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from jianwei.common.kept import Claim, Delivery, Grant, PendingLogin, Token

__all__ = [
    "Claim",
    "Delivery",
    "Grant",
    "Grants",
    "Inbox",
    "LoginStates",
    "PendingLogin",
    "Token",
    "TokenStore",
]


@runtime_checkable
class TokenStore(Protocol):
    """Where tokens are kept for everybody who shares an account.

    Keys are short text such as "wx0123456789abcdef/access_token". Calls may block; asynchronous clients make them in a thread.
    """

    def get(self, key: str) -> Token | None:
        """The token kept under `key`, ended or not."""

    def put(self, key: str, token: Token) -> None:
        """Keep `token` under `key`, in place of an earlier one."""

    def expire(self, key: str, value: str) -> None:
        """Forget the token of `key` if its value still is `value`: one that somebody else has renewed since stays."""

    def lock(self, key: str) -> AbstractContextManager[object]:
        """Hold this while renewing `key`: one at a time among all threads, processes and hosts that share the store."""


@runtime_checkable
class LoginStates(Protocol):
    """Pending log-ins by their state. Calls may block."""

    def put(self, state: str, login: PendingLogin) -> None:
        """Keep a pending log-in under a new state."""

    def take(self, state: str, now_us: int) -> PendingLogin | None:
        """Give and forget: the second call with the same state gives None, and so does one after its end."""


@runtime_checkable
class Grants(Protocol):
    """Users' tokens, encrypted where they rest. Calls may block."""

    def put(self, grant: Grant) -> None:
        """Keep a grant in place of an earlier one of the same app and openid."""

    def get(self, app_id: str, openid: str) -> Grant | None:
        """The grant of one person, ended or not."""

    def remove(self, app_id: str, openid: str) -> None:
        """Forget it (the person revoked it, or is erased)."""


@runtime_checkable
class Inbox(Protocol):
    """Where deliveries are kept before they are acknowledged. Shared by all workers of a server; never blocks the loop."""

    async def begin(self, account: str, key: str, wait_seconds: float) -> Claim:
        """Claim a delivery. If somebody claimed it before, wait up to `wait_seconds` for their answer."""

    async def finish(self, delivery: Delivery, answer: bytes) -> None:
        """Keep a claimed delivery and its answer. When this returns, both are on disk: only then acknowledge.

        Raises:
            StoreError: it could not be written; do not acknowledge, and abandon the claim: the platform will push again.
        """

    async def abandon(self, account: str, key: str) -> None:
        """Give a claim back without an answer (the delivery could not be handled): the next retry is a first one again."""
