"""Calls of the short keys that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.links import LinkBook
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.endpoints import links as api
from jianwei.wechat.request import Request


def _fetch(platform: Platform, app: App) -> api.FetchLong:
    app.of(LinkBook).kept["key0123456789ab"] = "https://shop.example/?茶=1", int(platform.clock.now()), 60
    return api.FetchLong("key0123456789ab")


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.Shorten: lambda _, app: api.Shorten("https://shop.example/?茶=1", 3_600),
    api.FetchLong: _fetch,
}
