"""Calls of the blacklist that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.wechat.endpoints import blacklist as api
from jianwei.wechat.request import Request

OPENIDS = [f"oBlock{n:022d}" for n in range(3)]


def _followers(app: App) -> list[str]:
    for openid in OPENIDS:
        app.followers.setdefault(openid, Follower(openid, "客"))
    app.followers[OPENIDS[0]].blacklisted = True
    return OPENIDS


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.ListBlocked: lambda _, app: api.ListBlocked(None if _followers(app) else ""),
    api.Block: lambda _, app: api.Block(_followers(app)[1:]),
    api.Unblock: lambda _, app: api.Unblock(_followers(app)[:1]),
}
