"""Calls of the retired groups that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.groups import GroupBook
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.wechat.endpoints import groups as api
from jianwei.wechat.request import Request

OPENID = "oGroup" + "0" * 22


def _openid(app: App) -> str:
    app.followers.setdefault(OPENID, Follower(OPENID, "客"))
    return OPENID


def _group(app: App) -> int:
    app.of(GroupBook).names[120] = "常来"
    return 120


def _group_of(app: App) -> api.GroupOf:
    app.of(GroupBook).members[_openid(app)] = _group(app)
    return api.GroupOf(OPENID)


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.CreateGroup: lambda _, app: api.CreateGroup("新来"),
    api.ListGroups: lambda _, app: api.ListGroups(),
    api.GroupOf: lambda _, app: _group_of(app),
    api.RenameGroup: lambda _, app: api.RenameGroup(_group(app), "天天来"),
    api.MoveUserToGroup: lambda _, app: api.MoveUserToGroup(_openid(app), _group(app)),
    api.MoveToGroup: lambda _, app: api.MoveToGroup([_openid(app)], _group(app)),
    api.DeleteGroup: lambda _, app: api.DeleteGroup(_group(app)),
}
