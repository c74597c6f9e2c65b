"""What the simulated world looks like: its state as JSON, a person's chat, and the index page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Literal

import msgspec

from jianwei.sandbox.platform.callbacks import Log
from jianwei.sandbox.platform.html import page
from jianwei.sandbox.platform.pending import Pending
from jianwei.sandbox.platform.reading import Asked
from jianwei.sandbox.platform.serving import Answer, Router
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.request import Host

__all__ = ["Line", "chat_of", "index", "state_of"]

BEIJING = timezone(timedelta(hours=8))
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chat as the person sees it; `at` is in seconds since the epoch. Of kind "unavailable" is the platform's notice that the
    account's service is out of order.
    """

    at: int
    by: Literal["person", "account", "platform"]
    kind: str
    text: str


def state_of(platform: Platform) -> Mapping[str, Any]:
    """Everything worth knowing at a glance, secrets of callbacks left out."""
    with platform.lock:
        now = platform.clock.now()
        return {
            "now": now,
            "beijing": datetime.fromtimestamp(now, BEIJING).isoformat(timespec="seconds"),
            "seed": platform.seed,
            "faults": len(platform.faults.laid),
            "apps": [_app_state(app) for app in platform.apps.values()],
        }


def _app_state(app: App) -> Mapping[str, Any]:
    wiring = app.wiring
    return {
        "app_id": app.app_id,
        "kind": app.kind,
        "name": app.name,
        "original_id": app.original_id,
        "followers": sum(one.subscribed for one in app.followers.values()),
        "people": len(app.followers),
        "some_openids": [one.openid for one in list(app.followers.values())[:5]],
        "callback": None
        if wiring is None
        else {"url": wiring.url, "mode": wiring.mode_for(app), "format": wiring.format},
        "pushed": Counter(one.outcome for one in list(app.of(Log).pushes)),
        "owed": len(app.of(Pending).events),
        "calls_today": dict(app.used),
    }


def chat_of(app: App, openid: str) -> list[Line]:
    """A person's chat with an account, the oldest line first: what they wrote, what was answered, what came later.

    Raises:
        Refusal: 40003, nobody has this openid.
    """
    app.follower(openid)
    lines: list[Line] = []
    for pushed in list(app.of(Log).pushes):
        fields = pushed.fields
        if fields.get("FromUserName") != openid:
            continue
        at = int(fields.get("CreateTime", 0))
        kind = str(fields.get("MsgType", ""))
        text = fields.get("Content") or " ".join(str(fields.get(name, "")) for name in ("Event", "EventKey")).strip()
        lines.append(Line(at, "person", kind, str(text)))
        if pushed.reply is not None and pushed.outcome == "reply":
            lines.append(Line(at, "account", str(pushed.reply.get("MsgType", "")), pushed.text))
        elif pushed.outcome == "unavailable" and kind != "event":
            lines.append(Line(at, "platform", "unavailable", ""))
    return sorted(lines + _sent(app, openid), key=lambda line: line.at)


def _sent(app: App, openid: str) -> list[Line]:
    from jianwei.sandbox.platform.areas.customer_service import Outbox

    return [
        Line(int(one.at), "account", one.kind, _words(msgspec.to_builtins(one.body)))
        for one in list(app.of(Outbox).sent)
        if one.openid == openid
    ]


def _words(body: Any) -> str:
    if isinstance(body, Mapping):
        return next(
            (str(body[name]) for name in ("content", "title", "head_content", "media_id") if body.get(name)), ""
        )
    return str(body)


def index(platform: Platform, router: Router, request: Asked) -> Answer:
    """The page at `/`: accounts, addresses, what to type, and something to click."""
    paths = Counter(kind.spec.area for kind in router.handlers if kind.spec.host is not Host.WECOM)
    corp = Counter(kind.spec.area for kind in router.handlers if kind.spec.host is Host.WECOM)
    apps = list(platform.apps.values())
    first = next((app for app in apps if app.kind in ("service", "test")), None)
    state = state_of(platform)
    return page(
        "index", request, base=request.base_url, apps=apps, states=state["apps"], now=state["beijing"][:19].replace("T", " "), first=first,
        people=list(first.followers.values())[:SHOWN] if first else [], areas=sorted(paths.items()), corp_areas=sorted(corp.items()),
        faults=[(number, laid.fault, laid.hits) for number, laid in platform.faults.laid.items()],
    )  # fmt: skip
