"""Calls of the subscribe-message endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.subscriptions import SubscriptionBook, add
from jianwei.sandbox.platform.world import App, Follower, Platform, Visit
from jianwei.wechat.endpoints import subscriptions as api
from jianwei.wechat.endpoints.templates import values_of
from jianwei.wechat.request import Request

__all__ = ["EXAMPLES"]

OPENID = "oNoticed" + "A" * 20
DATA = values_of({"amount1": "128.00元", "thing2": "春茶"})


def _template(platform: Platform, app: App) -> str:
    """A template of the account, to which somebody agreed."""
    book = app.of(SubscriptionBook)
    book.templates.clear()
    template_id = add(Visit(platform, app, int(platform.clock.now())), api.AddSubscribeTemplate("304", [1, 2]))
    app.followers.setdefault(OPENID, Follower(OPENID, "阿宁"))
    book.agree(OPENID, template_id)
    return template_id


def _add(platform: Platform, app: App) -> api.AddSubscribeTemplate:
    app.of(SubscriptionBook).templates.clear()
    return api.AddSubscribeTemplate("99", [3, 2], "发货")


def _list(platform: Platform, app: App) -> api.ListSubscribeTemplates:
    _template(platform, app)
    return api.ListSubscribeTemplates()


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.SendNotice: lambda platform, app: api.SendNotice(
        OPENID, _template(platform, app), DATA, "https://shop.example/1"
    ),
    api.SendSubscribed: lambda platform, app: api.SendSubscribed(
        OPENID, _template(platform, app), DATA, "pages/order?id=1", "formal", "zh_CN"
    ),
    api.AddSubscribeTemplate: _add,
    api.DeleteSubscribeTemplate: lambda platform, app: api.DeleteSubscribeTemplate(_template(platform, app)),
    api.ListSubscribeTemplates: _list,
    api.ListCategories: lambda platform, app: api.ListCategories(),
    api.ListPublicTemplates: lambda platform, app: api.ListPublicTemplates("307,616"),
    api.ListPublicKeywords: lambda platform, app: api.ListPublicKeywords("304"),
}
