"""Calls of third-party platforms that succeed. Only an app of the kind "component" is answered: the one given becomes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.components import ComponentBook, authorize, new_ticket
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.endpoints import components as api
from jianwei.wechat.request import Request

AUTHORIZER = "wx00000000000000dd"


def _ticket(platform: Platform, app: App) -> str:
    app.kind = "component"
    return new_ticket(platform, app)


def _token(platform: Platform, app: App) -> str:
    app.kind = "component"
    app.of(ComponentBook).tokens["90_component"] = platform.clock.now() + 7_200
    return "90_component"


def _code(platform: Platform, app: App) -> str:
    if AUTHORIZER not in platform.apps:
        platform.add(App(AUTHORIZER, "authorizer-secret", "service"))
    app.of(ComponentBook).preauth_codes["preauthcode@@@1"] = platform.clock.now() + 600
    return authorize(platform, app, AUTHORIZER, "preauthcode@@@1")


def _refresh(platform: Platform, app: App) -> api.RefreshAuthorizer:
    _code(platform, app)
    return api.RefreshAuthorizer(_token(platform, app), AUTHORIZER, app.of(ComponentBook).refresh_tokens[AUTHORIZER])


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.ComponentToken: lambda platform, app: api.ComponentToken(_ticket(platform, app)),
    api.CreatePreauthCode: lambda platform, app: api.CreatePreauthCode(_token(platform, app)),
    api.QueryAuthorization: lambda platform, app: api.QueryAuthorization(_token(platform, app), _code(platform, app)),
    api.RefreshAuthorizer: _refresh,
}
