"""When an account may write to somebody: windows that open when people do something, each for so many messages and so long.

Source: the platform's rule of June 2023 for customer-service messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from jianwei.sandbox.platform.world import App, Follower, Refusal

__all__ = ["RULES", "Act", "Windows", "acted", "last_act", "spend"]

Act: TypeAlias = Literal["message", "click", "follow", "scan", "enter"]

RULES: Mapping[Act, tuple[int, int]] = {
    "message": (5, 48 * 3_600),
    "click": (3, 60),
    "follow": (3, 60),
    "scan": (3, 60),
    "enter": (2, 60),
}
"""What somebody does: how many messages may follow, within how many seconds. "enter" is opening a mini-program's chat."""


@dataclass(slots=True)
class Window:
    """One open window: until when (seconds since the epoch), for how many messages more."""

    end: int
    left: int


@dataclass(slots=True)
class Windows:
    """Windows of an account by openid, and when each person last did something; kept by `app.of(Windows)`."""

    open: dict[str, dict[Act, Window]] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    heard: dict[str, int] = field(default_factory=dict)
    """The `Follower.spoke_at` that a window was opened for."""

    def begin(self, openid: str, act: Act, at: int) -> None:
        """Somebody did something: a window of this kind opens, in place of an earlier one."""
        count, seconds = RULES[act]
        self.open.setdefault(openid, {})[act] = Window(at + seconds, count)
        self.last[openid] = max(at, self.last.get(openid, 0))


def acted(app: App, openid: str, act: Act, at: int) -> None:
    """Somebody did something at `at`, in seconds since the epoch."""
    if act == "message":
        app.follower(openid).spoke_at = at
    else:
        app.of(Windows).begin(openid, act, at)


def last_act(app: App, person: Follower) -> int:
    """When somebody last did something, in seconds since the epoch; 0 for never."""
    return max(app.of(Windows).last.get(person.openid, 0), person.spoke_at or 0)


def spend(app: App, person: Follower, now: int) -> None:
    """Write to somebody: one message less from the window that closes first.

    Raises:
        Refusal: 45015 no window is open, or the person no longer follows; 45047 all messages of the open windows are spent.
    """
    windows = app.of(Windows)
    if person.spoke_at is not None and windows.heard.get(person.openid) != person.spoke_at:
        windows.heard[person.openid] = person.spoke_at
        windows.begin(person.openid, "message", person.spoke_at)
    open_ = [one for one in windows.open.get(person.openid, {}).values() if now < one.end]
    if not open_ or not (person.subscribed or app.kind == "miniprogram"):
        raise Refusal(45015, "response out of time limit or subscription is canceled")
    usable = [one for one in open_ if one.left]
    if not usable:
        raise Refusal(45047, "out of response count limit")
    min(usable, key=lambda one: one.end).left -= 1
