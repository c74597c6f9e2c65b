"""Events that areas cause and that an app's webhook has yet to be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jianwei.sandbox.platform.world import App

__all__ = ["Pending", "announce"]


@dataclass(slots=True)
class Pending:
    """Events in the order in which they happened, shaped as the JSON form of a push; kept by `app.of(Pending)`.

    `CreateTime` may lie ahead of the clock: the event happens then.
    """

    events: list[dict[str, Any]] = field(default_factory=list)


def announce(app: App, event: str, at: int, openid: str = "", **fields: Any) -> None:
    """Something happened at `at` (seconds since the epoch); `openid` is whom it is about, where it is about one.

    >>> app = App("wx1", "secret", "service", original_id="gh_1")
    >>> announce(app, "TEMPLATESENDJOBFINISH", 5, "o1", MsgID=7, Status="success")
    >>> app.of(Pending).events[0]["Status"]
    'success'
    """
    common = {"ToUserName": app.original_id, "FromUserName": openid, "CreateTime": at, "MsgType": "event"}
    app.of(Pending).events.append({**common, "Event": event, **fields})
