"""The simulated platform's world: its clock, its apps, and who follows them. Areas keep what is theirs beside it."""

from __future__ import annotations

import random
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from jianwei.sandbox.platform.faults import Faults

if TYPE_CHECKING:
    from jianwei.sandbox.platform.callbacks import Format, Mode, Wiring
    from jianwei.sandbox.platform.people import People

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

    machine: Callable[[], float] = time.time
    offset: float = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return float(self.machine()) + self.offset

    def move(self, seconds: float) -> None:
        """Put it on, or back where `seconds` is negative."""
        self.offset += seconds

    def set(self, at: float) -> None:
        """Let it be `at` now; it goes on from there."""
        self.offset = at - float(self.machine())

    def pace(self, speed: float) -> None:
        """From now on let `speed` seconds go by in one of the machine's.

        >>> ticks = iter([10.0, 10.0, 12.0])
        >>> clock = Clock(lambda: next(ticks))
        >>> clock.pace(3600)
        >>> clock.now()
        7210.0
        """
        machine, began = self.machine, float(self.machine())
        self.offset, now = 0.0, self.offset + float(machine())
        self.machine = lambda: now + (float(machine()) - began) * speed


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
    acted: dict[str, int] = field(default_factory=dict)
    """When they last did what else lets the account write to them: "click", "subscribe", "scan", "enter"."""


@dataclass(slots=True)
class App:
    """One app, account or application of a corp, with everything that areas keep for it.

    Attributes:
        verified: whether the account has passed the platform's verification; without it most areas are refused with 48001.
        frozen: whether the platform has frozen the account.
        addresses: addresses that may ask for tokens; None lets all.
        domains: domains that a log-in may return to ("shop.example"); None lets all.
        denied: areas or paths for which the account has no permission, beside those that its kind lacks.
        quotas, rates: calls a day (by quota or path) and a minute (by path), where they differ from the usual.
        day, minute, recent: which day and minute the counts are of, and the calls of this minute by path.
    """

    app_id: str
    secret: str
    kind: Kind
    name: str = ""
    original_id: str = ""
    """"gh_…" of official accounts: whom their followers write to."""
    followers: dict[str, Follower] = field(default_factory=dict)
    used: Counter[str] = field(default_factory=Counter)
    """Calls of today by quota or path."""
    verified: bool = True
    frozen: bool = False
    addresses: frozenset[str] | None = None
    domains: frozenset[str] | None = None
    denied: frozenset[str] = frozenset()
    quotas: dict[str, int] = field(default_factory=dict)
    rates: dict[str, int] = field(default_factory=dict)
    day: int = -1
    minute: int = -1
    recent: Counter[str] = field(default_factory=Counter)
    wiring: Wiring | None = None
    """Where the account's callback is; None where it has none."""
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
        faults: what goes wrong, on demand.
        lock: held while state is read or changed; the server and the people that are simulated share it.
    """

    clock: Clock = field(default_factory=Clock)
    apps: dict[str, App] = field(default_factory=dict)
    seed: int = 7
    kept: dict[type[Any], Any] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    lock: RLock = field(default_factory=RLock, repr=False)
    _dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - the same in every run, on purpose

    def add(self, app: App) -> App:
        with self.lock:
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

    def connect(
        self,
        app: App,
        url: str,
        token: str,
        aes_key: str | None = None,
        *,
        mode: Mode = "plain",
        format: Format = "xml",
        timeout: float = 5.0,
    ) -> People:
        """Push what the app's people do to `url`, after checking it as the platform does; gives those people.

        Args:
            token: 3 to 32 letters and digits.
            aes_key: EncodingAESKey, for the modes "compatible" and "secure"; WeCom and third-party platforms always take "secure".
            mode: how messages travel.
            format: "xml", or "json" as mini-programs may choose.
            timeout: seconds that each of the three tries may take.

        Raises:
            CallbackError: the settings do not go together, or the URL did not answer as it should.
        """
        from jianwei.sandbox.platform.callbacks import Wiring, check

        wiring = Wiring(url, token, aes_key, mode, format, timeout)
        check(self, app, wiring)
        app.wiring = wiring
        return self.people(app)

    def people(self, app: App) -> People:
        """The people of an app, to let them do things."""
        from jianwei.sandbox.platform.people import People

        return People(self, app)


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

    def own(self, openid: str) -> Follower:
        """As `App.follower`, of endpoints that tell an openid of another app from one that nobody has.

        Raises:
            Refusal: 49003 the openid is another app's, 40003 it is nobody's.
        """
        if openid not in self.app.followers and any(openid in app.followers for app in self.platform.apps.values()):
            raise Refusal(49003, "not match openid with appid")
        return self.app.follower(openid)
