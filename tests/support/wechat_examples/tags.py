"""Calls of tags that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.tags import TagBook
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.wechat.endpoints import tags as api
from jianwei.wechat.request import Request

OPENIDS = [f"oTagged{n:021d}" for n in range(3)]


def _tag(app: App) -> int:
    """A tag of two of three followers."""
    for openid in OPENIDS:
        app.followers.setdefault(openid, Follower(openid, "客"))
    book = app.of(TagBook)
    book.names[100] = "常客"
    book.bearers[100] = dict.fromkeys(OPENIDS[:2])
    return 100


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.CreateTag: lambda _, app: api.CreateTag("新客"),
    api.ListTags: lambda _, app: api.ListTags(),
    api.UpdateTag: lambda _, app: api.UpdateTag(_tag(app), "老客"),
    api.DeleteTag: lambda _, app: api.DeleteTag(_tag(app)),
    api.TagMembers: lambda _, app: api.TagMembers(_tag(app), OPENIDS[0]),
    api.TagFollowers: lambda _, app: api.TagFollowers(OPENIDS, _tag(app)),
    api.UntagFollowers: lambda _, app: api.UntagFollowers(OPENIDS[:1], _tag(app)),
    api.TagsOf: lambda _, app: api.TagsOf(OPENIDS[0] if _tag(app) else ""),
}
