"""Calls of the customer-service endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.customer_service import Desk, heard
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.wechat.endpoints import customer_service as api
from jianwei.wechat.endpoints.outgoing import TextMessage
from jianwei.wechat.request import File, Request

__all__ = ["EXAMPLES"]

OPENID = "oServed" + "A" * 21
STAFF = "tea@gh_shop"


def _person(platform: Platform, app: App) -> str:
    """Somebody who just wrote."""
    app.followers.setdefault(OPENID, Follower(OPENID, "阿宁"))
    heard(app, OPENID, "在吗", int(platform.clock.now()))
    return OPENID


def _staff(app: App) -> str:
    app.of(Desk).staff.setdefault(STAFF, api.Staff(STAFF, "小禾", "1001"))
    return STAFF


def _list(platform: Platform, app: App) -> api.ListStaff:
    _staff(app)
    return api.ListStaff()


def _online(platform: Platform, app: App) -> api.ListOnlineStaff:
    _staff(app)
    return api.ListOnlineStaff()


def _waiting(platform: Platform, app: App) -> api.ListWaiting:
    _staff(app)
    _person(platform, app)
    return api.ListWaiting()


def _typing(platform: Platform, app: App) -> api.Typing:
    app.of(Desk).typing.clear()
    return api.Typing(_person(platform, app))


def _add(platform: Platform, app: App) -> api.AddStaff:
    app.of(Desk).staff.pop("new@gh_shop", None)
    return api.AddStaff("new@gh_shop", "小禾")


def _session(platform: Platform, app: App) -> tuple[str, str]:
    """A member and of whom they take care."""
    person, staff = _person(platform, app), _staff(app)
    app.of(Desk).sessions[person] = staff, int(platform.clock.now())
    return staff, person


def _records(platform: Platform, app: App) -> api.ListRecords:
    now = int(platform.clock.now())
    app.of(Desk).note(_person(platform, app), 2003, "在吗", now, _staff(app))
    return api.ListRecords(now - 60, now)


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.SendMessage: lambda platform, app: api.SendMessage(_person(platform, app), TextMessage("在的"), _staff(app)),
    api.Typing: _typing,
    api.ListStaff: _list,
    api.ListOnlineStaff: _online,
    api.AddStaff: _add,
    api.UpdateStaff: lambda platform, app: api.UpdateStaff(_staff(app), "小叶"),
    api.DeleteStaff: lambda platform, app: api.DeleteStaff(_staff(app)),
    api.InviteStaff: lambda platform, app: api.InviteStaff(_staff(app), "tea_shop1"),
    api.UploadAvatar: lambda platform, app: api.UploadAvatar(
        _staff(app), File("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg")
    ),
    api.CreateSession: lambda platform, app: api.CreateSession(_staff(app), _person(platform, app)),
    api.CloseSession: lambda platform, app: api.CloseSession(*_session(platform, app)),
    api.GetSession: lambda platform, app: api.GetSession(_session(platform, app)[1]),
    api.ListSessions: lambda platform, app: api.ListSessions(_session(platform, app)[0]),
    api.ListWaiting: _waiting,
    api.ListRecords: _records,
}
