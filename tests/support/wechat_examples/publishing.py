"""Calls of the publishing endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas import drafts
from jianwei.sandbox.platform.areas.materials import MaterialBook, Stock
from jianwei.sandbox.platform.areas.media import Kept
from jianwei.sandbox.platform.areas.publishing import Issue, issue
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.world import App, Platform, Visit
from jianwei.wechat.endpoints import publishing as api
from jianwei.wechat.endpoints.drafts import AddDraft, Article
from jianwei.wechat.request import Request

__all__ = ["EXAMPLES", "draft", "published"]


def draft(platform: Platform, app: App) -> str:
    """A draft of one article; gives the media id."""
    visit = Visit(platform, app, int(platform.clock.now()))
    cover = platform.name(64)
    app.of(MaterialBook).stock[cover] = Stock(Kept("image", picture(b"cover"), visit.now), "http://127.0.0.1/cover")
    return drafts.add(visit, AddDraft([Article("春茶", "<p>新茶到店</p>", thumb_media_id=cover, need_open_comment=1)]))


def published(platform: Platform, app: App) -> Issue:
    """An article that is published and open for comments."""
    return issue(Visit(platform, app, int(platform.clock.now())), draft(platform, app))


def _list(platform: Platform, app: App) -> api.ListPublished:
    published(platform, app)
    return api.ListPublished()


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.SubmitDraft: lambda platform, app: api.SubmitDraft(draft(platform, app)),
    api.PublicationStatus: lambda platform, app: api.PublicationStatus(published(platform, app).publish_id),
    api.GetArticle: lambda platform, app: api.GetArticle(published(platform, app).article_id),
    api.ListPublished: _list,
    api.DeleteArticle: lambda platform, app: api.DeleteArticle(published(platform, app).article_id, 1),
}
