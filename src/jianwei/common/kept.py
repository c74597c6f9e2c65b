"""What the protocol hands to whoever keeps it: tokens, pending log-ins, users' grants, deliveries and their claims.

`wechat` says what it needs (`wechat._base`), `store` keeps it; both speak in these values. Every time is µs since the epoch, UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Answered", "Claim", "Delivery", "Grant", "PendingLogin", "Token"]


@dataclass(frozen=True, slots=True)
class Token:
    """A token or ticket and when it ends."""

    value: str = field(repr=False)
    expires_us: int


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """What the server remembers of a log-in between the redirect and the callback.

    Attributes:
        app_id: the app that was asked.
        scope: what was asked for.
        session: the visitor's own session, as the web side names it: a callback from another one is refused.
        next: path on this site to go to afterwards.
    """

    app_id: str
    scope: str
    session: str
    next: str
    expires_us: int


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person granted to an app: the tokens of one openid.

    Attributes:
        scope: scopes joined by commas, as the platform gives them.
        expires_us: end of the access token.
        refresh_expires_us: end of the refresh token; afterwards the person must consent again.
    """

    app_id: str
    openid: str
    union_id: str | None
    scope: str
    access_token: str = field(repr=False)
    expires_us: int
    refresh_token: str = field(repr=False)
    refresh_expires_us: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One push of the platform, verified and decrypted.

    Attributes:
        account: app id or name of the account it was sent to.
        key: what tells it from others and is the same in every retry (see `wechat.messages`).
        body: the message itself, XML or JSON, as it was after decryption.
        received_us: when it came here.
    """

    account: str
    key: str
    body: bytes = field(repr=False)
    received_us: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Who answers a delivery.

    Attributes:
        first: the caller is to answer it, and to call `finish` or `abandon`.
        answer: when not the first: what the first one answered (b"" where it only acknowledged); None while it has not.
    """

    first: bool
    answer: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answered:
    """A delivery as it was kept, and what was answered (b"" where it was only acknowledged)."""

    delivery: Delivery
    answer: bytes = field(default=b"", repr=False)
