"""Calls of the endpoints of followers that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.wechat.endpoints import users as api
from jianwei.wechat.request import Request

OPENIDS = [f"oUser{n:023d}" for n in range(3)]
OLD_APP = "wx00000000000000cc"


def _followers(app: App) -> list[str]:
    for n, openid in enumerate(OPENIDS):
        app.followers.setdefault(openid, Follower(openid, f"客{n}", union_id=f"u{n}", subscribed_at=1_700_000_000 + n))
    return OPENIDS


def _change(platform: Platform, app: App) -> api.ChangeOpenids:
    _followers(app)
    old = platform.apps.get(OLD_APP) or platform.add(App(OLD_APP, "old-secret", "service"))
    old.followers["oOld" + "0" * 24] = Follower("oOld" + "0" * 24, "客0", union_id="u0")
    return api.ChangeOpenids(OLD_APP, ["oOld" + "0" * 24, "oNobody"])


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.ListUsers: lambda _, app: api.ListUsers(_followers(app)[0]),
    api.GetUser: lambda _, app: api.GetUser(_followers(app)[0], "zh_TW"),
    api.GetUsers: lambda _, app: api.GetUsers([api.UserQuery(openid, "en") for openid in _followers(app)]),
    api.RemarkUser: lambda _, app: api.RemarkUser(_followers(app)[0], "老顾客"),
    api.ChangeOpenids: _change,
}
