"""Calls of the log-in endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.logins import LoginBook, exchange, issue_code, issue_js_code
from jianwei.sandbox.platform.world import App, Follower, Platform, Visit
from jianwei.wechat.endpoints import logins as api
from jianwei.wechat.request import Request

OPENID = "oLogin" + "A" * 22


def _code(platform: Platform, app: App) -> str:
    app.followers.setdefault(OPENID, Follower(OPENID, "阿宁", union_id="oUnion1"))
    return issue_code(platform, app, OPENID, "snsapi_userinfo", "https://shop.example/back")


def _tokens(platform: Platform, app: App) -> api.UserTokens:
    visit = Visit(platform, app, int(platform.clock.now()))
    return exchange(visit, api.UserToken(_code(platform, app)))


def _session(platform: Platform, app: App) -> api.MiniProgramSession:
    app.of(LoginBook)
    return api.MiniProgramSession(issue_js_code(platform, app, OPENID))


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.UserToken: lambda platform, app: api.UserToken(_code(platform, app)),
    api.RefreshUserToken: lambda platform, app: api.RefreshUserToken(_tokens(platform, app).refresh_token),
    api.UserProfile: lambda platform, app: api.UserProfile(_tokens(platform, app).access_token, OPENID),
    api.CheckUserToken: lambda platform, app: api.CheckUserToken(_tokens(platform, app).access_token, OPENID),
    api.MiniProgramSession: _session,
}
