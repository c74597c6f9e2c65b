"""The simulated platform's world: its clock, its apps, and who follows them. Areas keep what is theirs beside it."""

from __future__ import annotations

import random
import string
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

__all__ = ["App", "Clock", "Follower", "Kind", "Platform", "Refusal", "Visit"]

S = TypeVar("S")
Kind = Literal["service", "subscription", "test", "miniprogram", "website", "component", "wecom"]


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of the simulator
    """A handler refuses a call with one of the platform's return codes."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclass(slots=True)
class Clock:
    """The platform's time: the machine's, and what it was moved by.

    >>> clock = Clock(lambda: 100.0)
    >>> clock.move(7200)
    >>> clock.now()
    7300.0
    """

    machine: Any = time.time
    offset: float = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return float(self.machine()) + self.offset

    def move(self, seconds: float) -> None:
        self.offset += seconds


@dataclass(slots=True)
class Follower:
    """Somebody who has met an app: an openid of it. Times are seconds since the epoch."""

    openid: str
    nickname: str
    union_id: str | None = None
    subscribed: bool = True
    subscribed_at: int = 0
    scene: str = "ADD_SCENE_SEARCH"
    qr_scene: int = 0
    qr_scene_str: str = ""
    remark: str = ""
    language: str = "zh_CN"
    blacklisted: bool = False
    spoke_at: int | None = None
    """When they last wrote; the window for customer messages counts from here."""


@dataclass(slots=True)
class App:
    """One app, account or application of a corp, with everything that areas keep for it."""

    app_id: str
    secret: str
    kind: Kind
    name: str = ""
    original_id: str = ""
    """"gh_…" of official accounts: whom their followers write to."""
    followers: dict[str, Follower] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)
    """Calls of today by quota or path."""
    kept: dict[type[Any], Any] = field(default_factory=dict)

    def of(self, kind: type[S]) -> S:
        """What an area keeps for this app: a dataclass of its own, made empty at first use."""
        if kind not in self.kept:
            self.kept[kind] = kind()
        found: S = self.kept[kind]
        return found

    def follower(self, openid: str) -> Follower:
        """Somebody who follows or followed.

        Raises:
            Refusal: 40003, the openid is none of this app's.
        """
        if openid not in self.followers:
            raise Refusal(40003, "invalid openid")
        return self.followers[openid]

    def subscribers(self) -> Iterator[Follower]:
        """Followers of now, in the order in which they came."""
        return (f for f in self.followers.values() if f.subscribed and not f.blacklisted)


@dataclass(slots=True)
class Platform:
    """Everything that is simulated.

    Attributes:
        apps: by app id; applications of one corp by "corp id/agent id".
        kept: what areas keep for the platform as a whole.
    """

    clock: Clock = field(default_factory=Clock)
    apps: dict[str, App] = field(default_factory=dict)
    seed: int = 7
    kept: dict[type[Any], Any] = field(default_factory=dict)
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - the same in every run, on purpose

    def add(self, app: App) -> App:
        self.apps[app.app_id] = app
        return app

    def of(self, kind: type[S]) -> S:
        """As `App.of`, for the platform."""
        if kind not in self.kept:
            self.kept[kind] = kind()
        found: S = self.kept[kind]
        return found

    def name(self, length: int, alphabet: str = string.ascii_letters + string.digits + "-_") -> str:
        """A fresh random name (token, ticket, media id); the same in every run with the same seed and calls."""
        return "".join(self._dice.choices(alphabet, k=length))

    def number(self, digits: int = 19) -> int:
        """A fresh random number of so many digits."""
        return self._dice.randrange(10 ** (digits - 1), 10**digits)


@dataclass(frozen=True, slots=True)
class Visit:
    """One call as a handler sees it."""

    platform: Platform
    app: App
    now: int
    """Seconds since the epoch."""
    address: str = "127.0.0.1"
    base_url: str = ""
    """Address of the simulator itself, for URLs in answers."""
