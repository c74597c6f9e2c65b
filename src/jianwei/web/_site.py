"""What the web door is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from jianwei.store import Account
from jianwei.web.accounts import Accounts
from jianwei.web.sessions import Sessions
from jianwei.wechat.oauth_app import LoggedIn

__all__ = ["Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """The parts that the pages and routes need.

    Attributes:
        record: keeps a log-in; called in the event loop. When it returns, the log-in is on disk.
        healthy: raises when the store cannot be used; called in a thread.
        public_url: address under which people and the platform see this server, without a slash at the end; None takes what each
            request says.
        hosts: host names that are served, "*" for any; others are refused, so that a page elsewhere cannot pose as this one.
    """

    accounts: Accounts
    sessions: Sessions
    record: Callable[[Account, LoggedIn], Awaitable[None]]
    healthy: Callable[[], None]
    public_url: str | None = None
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")
