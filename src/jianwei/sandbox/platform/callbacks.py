"""Callbacks: what the platform pushes to a developer's server, how often it tries, and what it makes of the answer.

Source: the platform's guides to receiving messages, to message encryption and to passive replies.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from jianwei.errors import JianweiError
from jianwei.sandbox.platform.answers import Heard, hear
from jianwei.sandbox.platform.envelopes import Format, Mode, Wiring, receive_id, sealed, signed
from jianwei.sandbox.platform.pending import Pending
from jianwei.sandbox.platform.world import App, Platform

if TYPE_CHECKING:
    import httpx

__all__ = ["CallbackError", "Format", "Log", "Mode", "Pushed", "Try", "Wiring", "check", "owed", "push", "settle"]

TRIES = 3
Outcome = Literal["success", "reply", "silent", "unavailable", "unconnected"]


class CallbackError(JianweiError):
    """The callback cannot be used as it is set, or its URL did not answer as it should."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt: `status` is None where no answer came; `problem` is "" where the answer was one that the platform takes."""

    status: int | None
    seconds: float
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Pushed:
    """A message or event that was pushed, and what became of it.

    Attributes:
        fields: what was pushed, under its names on the wire.
        tries: up to three attempts, all with the same fields.
        outcome: "success" acknowledged, "reply" answered, "silent" answered with a text that is too long and was dropped, "unavailable" the
            person was told that the account's service is out of order, "unconnected" the app has no callback.
        reply: fields of the passive reply, decrypted; None where there was none.
    """

    fields: Mapping[str, Any]
    tries: tuple[Try, ...]
    outcome: Outcome
    reply: Mapping[str, Any] | None = None

    @property
    def text(self) -> str:
        """Words of a text reply; "" where it was none."""
        return str((self.reply or {}).get("Content", ""))


@dataclass(slots=True)
class Log:
    """What was pushed to an app's callback, the oldest first; kept by `App.of`."""

    pushes: deque[Pushed] = field(default_factory=lambda: deque(maxlen=10_000))


@dataclass(slots=True)
class _Line:
    """The connections to callbacks; kept by `Platform.of`."""

    http: Any = None
    lock: Lock = field(default_factory=Lock)

    def open(self) -> httpx.Client:
        import httpx

        with self.lock:
            if self.http is None:
                limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
                self.http = httpx.Client(limits=limits, follow_redirects=False, trust_env=False)
            client: httpx.Client = self.http
            return client


def check(platform: Platform, app: App, wiring: Wiring) -> None:
    """Verify a callback's URL as the platform does when it is entered in the account's settings.

    Raises:
        CallbackError: what is wrong, and what to do about it.
    """
    import httpx

    if problem := wiring.problem(app):
        raise CallbackError("callback", *problem)
    echo = str(platform.number(19))
    query, expected = signed(platform, app, wiring, echo), echo
    where = f"callback {wiring.address(app)}"
    try:
        answer = platform.of(_Line).open().get(wiring.address(app), params=query, timeout=wiring.timeout)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        hint = "start your server first, or correct the address"
        raise CallbackError(where, f"cannot be reached ({type(error).__name__})", hint) from None
    if answer.status_code != 200 or answer.text != expected:
        what = f"answered {answer.status_code} with {len(answer.content):,} bytes that are not the echostr"
        hint = (
            "answer the (in WeCom decrypted) echostr and nothing else, after checking the signature with the same token"
        )
        raise CallbackError(where, what, hint)


def push(
    platform: Platform,
    app: App,
    fields: Mapping[str, Any],
    *,
    sleep: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> Pushed:
    """Push a message or event; waits for what comes of it.

    A try may take `Wiring.timeout` seconds (five on the platform). When it brings no answer, the same message is pushed again as soon as
    its time is over: three tries in fifteen seconds.
    """
    pushed = _pushed(platform, app, fields, sleep, now)
    with platform.lock:
        app.of(Log).pushes.append(pushed)
    return pushed


def _pushed(
    platform: Platform,
    app: App,
    fields: Mapping[str, Any],
    sleep: Callable[[float], None],
    now: Callable[[], float],
) -> Pushed:
    wiring = app.wiring
    if wiring is None:
        return Pushed(fields, (), "unconnected")
    tries: list[Try] = []
    while True:
        began = now()
        status, heard = _once(platform, app, wiring, fields)
        spent = now() - began
        tries.append(Try(status, spent, heard.problem))
        if not heard.again or len(tries) == TRIES:
            return Pushed(fields, tuple(tries), heard.outcome, heard.reply)
        sleep(max(0.0, wiring.timeout - spent))


def _once(platform: Platform, app: App, wiring: Wiring, fields: Mapping[str, Any]) -> tuple[int | None, Heard]:
    import httpx

    with platform.lock:
        query, body, media_type = sealed(platform, app, wiring, fields)
    headers = {"Content-Type": media_type, "User-Agent": "Mozilla/4.0"}
    try:
        answer = platform.of(_Line).open().post(
            wiring.address(app), params=query, content=body, headers=headers, timeout=wiring.timeout
        )  # fmt: skip
    except httpx.TimeoutException:
        return None, Heard("unavailable", problem="no answer in time", again=True)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return None, Heard("unavailable", problem=f"no connection ({type(error).__name__})", again=True)
    if answer.status_code != 200:
        again = answer.status_code >= 500
        return answer.status_code, Heard("unavailable", problem=f"HTTP status {answer.status_code}", again=again)
    return 200, hear(wiring, receive_id(app), fields, answer.content)


def owed(platform: Platform) -> list[App]:
    """Apps with a callback to which events are owed."""
    apps = list(platform.apps.values())
    return [app for app in apps if app.wiring and (found := app.kept.get(Pending)) and found.events]


def settle(platform: Platform, app: App) -> list[Pushed]:
    """Push the events that an app is owed and whose time has come, in order. They wait while it has no callback."""
    if app.wiring is None:
        return []
    return [push(platform, app, event) for event in _due(platform, app)]


def _due(platform: Platform, app: App) -> Iterator[Mapping[str, Any]]:
    events = app.of(Pending).events
    with platform.lock:
        now = platform.clock.now()
        due = [event for event in events if int(event.get("CreateTime") or 0) <= now]
        events[:] = [event for event in events if int(event.get("CreateTime") or 0) > now]
    for event in due:
        about = str(event.get("FromUserName") or app.original_id)
        common = {"ToUserName": app.original_id, "FromUserName": about, "CreateTime": int(now), "MsgType": "event"}
        yield {**common, **{name: value for name, value in event.items() if value != "" or name not in common}}
