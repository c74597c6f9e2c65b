"""Calls of the mass-message endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.wechat_examples.drafts import draft

from jianwei.sandbox.platform.areas import mass
from jianwei.sandbox.platform.areas.mass import MassBook
from jianwei.sandbox.platform.world import App, Follower, Platform, Visit
from jianwei.wechat.endpoints import mass as api
from jianwei.wechat.endpoints.outgoing import StoredNewsMessage, TextMessage
from jianwei.wechat.request import Request

__all__ = ["EXAMPLES"]

OPENIDS = ["oMany" + letter * 23 for letter in "AB"]


def _people(app: App) -> list[str]:
    """Two followers who got nothing so far."""
    app.of(MassBook).reached.clear()
    for openid in OPENIDS:
        app.followers.setdefault(openid, Follower(openid, "阿宁"))
    return OPENIDS


def _all(platform: Platform, app: App) -> api.SendToAll:
    _people(app)
    return api.SendToAll(StoredNewsMessage(draft(platform, app)), client_msg_id=platform.name(12))


def _sent(platform: Platform, app: App) -> int:
    return mass.send_all(Visit(platform, app, int(platform.clock.now())), _all(platform, app)).msg_id


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.SendToAll: _all,
    api.SendToMany: lambda platform, app: api.SendToMany(_people(app), TextMessage("上新了")),
    api.PreviewMass: lambda platform, app: api.PreviewMass(TextMessage("上新了"), _people(app)[0]),
    api.MassStatus: lambda platform, app: api.MassStatus(_sent(platform, app)),
    api.DeleteMass: lambda platform, app: api.DeleteMass(_sent(platform, app), 1),
    api.GetSpeed: lambda platform, app: api.GetSpeed(),
    api.SetSpeed: lambda platform, app: api.SetSpeed(3),
}
