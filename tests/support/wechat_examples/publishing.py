"""Calls of the publishing endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from support.wechat_examples.drafts import draft

from jianwei.sandbox.platform.areas.publishing import Issue, issue
from jianwei.sandbox.platform.world import App, Platform, Visit
from jianwei.wechat.endpoints import publishing as api
from jianwei.wechat.request import Request

__all__ = ["EXAMPLES", "published"]


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
