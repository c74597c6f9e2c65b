"""Calls of the material endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.materials import MaterialBook, Stock
from jianwei.sandbox.platform.areas.media import Kept
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.endpoints import materials as api
from jianwei.wechat.request import File, Request

__all__ = ["EXAMPLES", "stock"]


def stock(platform: Platform, app: App) -> str:
    """A picture that is kept; gives the media id."""
    media_id = platform.name(64)
    file = Kept("image", picture(b"example"), int(platform.clock.now()), "茶.png")
    app.of(MaterialBook).stock[media_id] = Stock(file, "http://127.0.0.1/mmbiz_png/a/0")
    return media_id


def _list(platform: Platform, app: App) -> api.ListMaterials:
    stock(platform, app)
    return api.ListMaterials("image")


def _count(platform: Platform, app: App) -> api.CountMaterials:
    stock(platform, app)
    return api.CountMaterials()


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.AddMaterial: lambda platform, app: api.AddMaterial("image", File.of(picture(b"new"), name="茶.png")),
    api.GetMaterial: lambda platform, app: api.GetMaterial(stock(platform, app)),
    api.DeleteMaterial: lambda platform, app: api.DeleteMaterial(stock(platform, app)),
    api.CountMaterials: _count,
    api.ListMaterials: _list,
}
