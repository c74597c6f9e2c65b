"""Request ids and what is remembered of the calls that were refused: their answers are the only ones that show an id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jianwei.sandbox.platform.world import Platform
from jianwei.wechat.wire import Wire

__all__ = ["Call", "History", "new_rid", "shown"]

KEPT = 1_000
HEX = "0123456789abcdef"
SECRET = ("access_token", "code", "js_code", "refresh_token", "secret", "session_key", "ticket")


@dataclass(frozen=True, slots=True)
class Call:
    """A refused call; `app_id` is "" where nobody was known to be calling, `at` is in seconds since the epoch."""

    app_id: str
    at: int
    sent: Wire
    answer: Any
    address: str


@dataclass(slots=True)
class History:
    """The last refused calls of the platform by request id."""

    calls: dict[str, Call] = field(default_factory=dict)

    def keep(self, rid: str, call: Call) -> None:
        self.calls[rid] = call
        while len(self.calls) > KEPT:
            del self.calls[next(iter(self.calls))]


def new_rid(platform: Platform, now: float) -> str:
    """An id for a call: its second and two random numbers, each of eight hex digits.

    >>> len(new_rid(Platform(), 1_700_000_000.0)), new_rid(Platform(), 1_700_000_000.0)[:9]
    (26, '6553f100-')
    """
    return f"{int(now):08x}-{platform.name(8, HEX)}-{platform.name(8, HEX)}"


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Query or body as it may be shown: tokens, secrets and codes are hidden.

    >>> shown({"access_token": "81_abc", "openid": "o1"})
    {'access_token': '********', 'openid': 'o1'}
    """
    return {name: "********" if name.endswith(SECRET) else value for name, value in values.items()}
