"""When an account may write to somebody: windows that open when people do something, each for so many messages and so long.

Source: the platform's rule of June 2023 for customer-service messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.world import App, Follower, Refusal

__all__ = ["RULES", "Windows", "last_act", "spend"]

RULES: Mapping[str, tuple[int, int]] = {
    "message": (5, 48 * 3_600),
    "click": (3, 60),
    "subscribe": (3, 60),
    "scan": (3, 60),
    "enter": (2, 60),
}
"""What somebody does (`Follower.acted`, and `spoke_at` for "message"): how many messages may follow, within how many seconds."""


@dataclass(slots=True)
class Windows:
    """Messages spent, by openid, act and when it happened; kept by `app.of(Windows)`."""

    spent: Counter[tuple[str, str, int]] = field(default_factory=Counter)


def _acts(person: Follower) -> Mapping[str, int]:
    return person.acted if person.spoke_at is None else {**person.acted, "message": person.spoke_at}


def last_act(person: Follower) -> int:
    """When somebody last did something, in seconds since the epoch; 0 for never."""
    return max(_acts(person).values(), default=0)


def spend(app: App, person: Follower, now: int) -> None:
    """Write to somebody: one message less from the window that closes first.

    Raises:
        Refusal: 45015 no window is open, or the person no longer follows; 45047 all messages of the open windows are spent.
    """
    spent = app.of(Windows).spent
    open_ = [
        (at + RULES[act][1], (person.openid, act, at), RULES[act][0])
        for act, at in _acts(person).items()
        if act in RULES and now < at + RULES[act][1]
    ]
    if not open_ or not (person.subscribed or app.kind == "miniprogram"):
        raise Refusal(45015, "response out of time limit or subscription is canceled")
    usable = [window for _, window, count in sorted(open_) if spent[window] < count]
    if not usable:
        raise Refusal(45047, "out of response count limit")
    spent[usable[0]] += 1
