"""Calls of the template endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.templates import TemplateBook, add
from jianwei.sandbox.platform.world import App, Follower, Platform, Visit
from jianwei.wechat.endpoints import templates as api
from jianwei.wechat.request import Request

__all__ = ["EXAMPLES"]

OPENID = "oTemplate" + "A" * 19


def _template(platform: Platform, app: App) -> str:
    """A template of the account."""
    app.of(TemplateBook).templates.clear()
    return add(Visit(platform, app, int(platform.clock.now())), api.AddTemplate("TM00015"))


def _set_industry(platform: Platform, app: App) -> api.SetIndustry:
    app.of(TemplateBook).changed = ""
    return api.SetIndustry("1", "10")


def _add(platform: Platform, app: App) -> api.AddTemplate:
    app.of(TemplateBook).templates.clear()
    return api.AddTemplate("TM00015", ["商品信息"])


def _send(platform: Platform, app: App) -> api.SendTemplate:
    app.followers.setdefault(OPENID, Follower(OPENID, "阿宁"))
    data = api.values_of({"keyword1": "128.00元", "keyword2": "春茶"})
    opens = api.MiniProgram("wx0123456789abcdef", "pages/order")
    return api.SendTemplate(OPENID, _template(platform, app), data, "https://shop.example/1", opens, platform.name(12))


def _list(platform: Platform, app: App) -> api.ListTemplates:
    _template(platform, app)
    return api.ListTemplates()


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.SetIndustry: _set_industry,
    api.GetIndustry: lambda platform, app: api.GetIndustry(),
    api.AddTemplate: _add,
    api.ListTemplates: _list,
    api.DeleteTemplate: lambda platform, app: api.DeleteTemplate(_template(platform, app)),
    api.SendTemplate: _send,
}
