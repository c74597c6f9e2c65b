"""Calls of the draft endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.drafts import add
from jianwei.sandbox.platform.areas.materials import MaterialBook, Stock
from jianwei.sandbox.platform.areas.media import Kept
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.world import App, Platform, Visit
from jianwei.wechat.endpoints import drafts as api
from jianwei.wechat.request import Request

__all__ = ["EXAMPLES", "article", "draft"]


def article(platform: Platform, app: App) -> api.Article:
    """An article with a cover that is kept."""
    cover = platform.name(64)
    now = int(platform.clock.now())
    app.of(MaterialBook).stock[cover] = Stock(Kept("image", picture(b"cover"), now), "http://127.0.0.1/cover")
    return api.Article("春茶", "<p>新茶到店</p>", thumb_media_id=cover, need_open_comment=1)


def draft(platform: Platform, app: App) -> str:
    """A draft of one article; gives the media id."""
    visit = Visit(platform, app, int(platform.clock.now()))
    return add(visit, api.AddDraft([article(platform, app)]))


def _update(platform: Platform, app: App) -> api.UpdateDraft:
    return api.UpdateDraft(draft(platform, app), 0, article(platform, app))


def _count(platform: Platform, app: App) -> api.CountDrafts:
    draft(platform, app)
    return api.CountDrafts()


def _list(platform: Platform, app: App) -> api.ListDrafts:
    draft(platform, app)
    return api.ListDrafts()


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.AddDraft: lambda platform, app: api.AddDraft([article(platform, app)]),
    api.GetDraft: lambda platform, app: api.GetDraft(draft(platform, app)),
    api.UpdateDraft: _update,
    api.DeleteDraft: lambda platform, app: api.DeleteDraft(draft(platform, app)),
    api.CountDrafts: _count,
    api.ListDrafts: _list,
    api.SwitchDrafts: lambda platform, app: api.SwitchDrafts(check_only=True),
}
