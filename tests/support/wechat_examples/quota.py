"""Calls about quotas, request ids and addresses that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.envelopes import Wiring
from jianwei.sandbox.platform.history import Call, History, new_rid
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.endpoints import quota as api
from jianwei.wechat.request import Request
from jianwei.wechat.wire import Wire


def _request(platform: Platform, app: App) -> api.GetRequest:
    now = platform.clock.now()
    rid = new_rid(platform, now)
    sent = Wire({"access_token": "81_secret"}, {"tag": {"name": ""}})
    answer = {"errcode": 45157, "errmsg": f"invalid tag name rid: {rid}"}
    platform.of(History).keep(rid, Call(app.app_id, int(now), sent, answer, "127.0.0.1"))
    return api.GetRequest(rid)


def _check(app: App) -> api.CheckCallback:
    app.wiring = Wiring("http://127.0.0.1:1/", "token")
    return api.CheckCallback()


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.GetQuota: lambda _, app: api.GetQuota(
        "/cgi-bin/menu/create" if app.kind == "service" else "/cgi-bin/getcallbackip"
    ),
    api.GetRequest: _request,
    api.ClearQuota: lambda _, app: api.ClearQuota(),
    api.ClearQuotaWithSecret: lambda _, app: api.ClearQuotaWithSecret(),
    api.CheckCallback: lambda _, app: _check(app),
    api.ListCallbackAddresses: lambda _, app: api.ListCallbackAddresses(),
    api.ListApiAddresses: lambda _, app: api.ListApiAddresses(),
}
