"""Followers of an official account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Flow, Mode, flow, method, pages
from jianwei.wechat.endpoints.tags import OpenidPage
from jianwei.wechat.request import At, Paged, Request, get, post

__all__ = [
    "ChangeOpenids",
    "ChangedOpenid",
    "GetUser",
    "GetUsers",
    "Language",
    "ListUsers",
    "RemarkUser",
    "User",
    "UserQuery",
    "Users",
]

_DOC = "/doc/offiaccount/User_Management/Get_users_basic_information_UnionID.html"
Language = Literal["zh_CN", "zh_TW", "en"]
BATCH = 100


class User(msgspec.Struct, frozen=True, omit_defaults=True):
    """A follower. Of somebody who does not follow (`subscribe` 0) only openid and unionid are known.

    `subscribe_time` is in seconds since the epoch; `qr_scene` and `qr_scene_str` tell which QR code brought them. The fields after
    these are no longer filled since the end of 2021; a log-in with consent tells them instead.
    """

    openid: str
    subscribe: int = 0
    unionid: str | None = None
    language: str = ""
    subscribe_time: int | None = None
    remark: str = ""
    groupid: int | None = None
    tagid_list: list[int] = []
    subscribe_scene: str = ""
    qr_scene: int | None = None
    qr_scene_str: str | None = None
    nickname: str = ""
    sex: int = 0
    city: str = ""
    province: str = ""
    country: str = ""
    headimgurl: str = ""

    @property
    def follows(self) -> bool:
        """Whether the person follows the account now."""
        return bool(self.subscribe)


def _row(user: User) -> dict[str, Any]:
    """A user on the wire, where fields of a follower stand even when they are empty."""
    told: dict[str, Any] = {"subscribe": user.subscribe}
    if user.follows:
        told |= {"language": user.language, "remark": user.remark, "tagid_list": user.tagid_list}
    return {**told, **msgspec.to_builtins(user)}


class UserQuery(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom to ask for, and in which language regions are to be named."""

    openid: str
    lang: Language | None = None


class ChangedOpenid(msgspec.Struct, frozen=True, omit_defaults=True):
    """An openid of the old account and the one of this account; `new_openid` is "" and `err_msg` not "ok" where there is none."""

    ori_openid: str
    new_openid: str = ""
    err_msg: str = ""


@get(
    "/cgi-bin/user/get",
    area="users",
    errors=(40003,),
    quota="user/get",
    doc="/doc/offiaccount/User_Management/Getting_a_User_List.html",
)
class ListUsers(Paged[OpenidPage, str], frozen=True):
    """Openids of all followers in the order in which they came, 10,000 a page."""

    next_openid: str | None = None

    def rows(self, page: OpenidPage) -> list[str]:
        return page.data.openid

    def following(self, page: OpenidPage) -> ListUsers | None:
        return msgspec.structs.replace(self, next_openid=page.next) if page.next else None


@get("/cgi-bin/user/info", area="users", errors=(40003, 41009), wrong={"openid": 41009}, quota="user/info", doc=_DOC)
class GetUser(Request[User], frozen=True):
    """One follower."""

    openid: str
    lang: Language | None = None

    @classmethod
    def write(cls, result: User) -> Any:
        return _row(result)


@post(
    "/cgi-bin/user/info/batchget",
    area="users",
    at="user_info_list",
    errors=(40003, 40032, 45019),
    quota="user/info",
    doc=_DOC,
)
class GetUsers(Request[list[User]], frozen=True):
    """At most 100 followers, in the order asked for. `client.users.get_many` takes any number of openids."""

    user_list: list[UserQuery]

    @classmethod
    def write(cls, result: list[User]) -> Any:
        return {"user_info_list": [_row(user) for user in result]}


@post(
    "/cgi-bin/user/info/updateremark", area="users", errors=(40003, 40035, 41009), wrong={"openid": 41009},
    quota="user/remark",
    doc="/doc/offiaccount/User_Management/Configuring_user_notes.html",
)  # fmt: skip
class RemarkUser(Request[None], frozen=True):
    """Set the account's remark on a follower: fewer than 30 characters, "" takes it away."""

    openid: str
    remark: str


@post("/cgi-bin/changeopenid", area="users", at="result_list", errors=(40013, 40032))
class ChangeOpenids(Request[list[ChangedOpenid]], frozen=True):
    """Openids here of at most 100 followers of an account that moved to this one. `client.users.change_many` takes any number."""

    from_appid: str
    openids: Annotated[list[str], At("openid_list")]


def _get_many(openids: Sequence[str], lang: Language | None = None) -> Flow[list[User]]:
    """Any number of followers, in the order asked for, fetched 100 at a time."""
    found: list[User] = []
    for begin in range(0, len(openids), BATCH):
        found += yield GetUsers([UserQuery(openid, lang) for openid in openids[begin : begin + BATCH]])
    return found


def _change_many(from_appid: str, openids: Sequence[str]) -> Flow[list[ChangedOpenid]]:
    """Openids here of any number of followers of an account that moved to this one, asked for 100 at a time."""
    found: list[ChangedOpenid] = []
    for begin in range(0, len(openids), BATCH):
        found += yield ChangeOpenids(from_appid, list(openids[begin : begin + BATCH]))
    return found


class Users(Area[Mode], Generic[Mode]):
    """`client.users`"""

    list = pages(ListUsers)
    get = method(GetUser)
    get_batch = method(GetUsers)
    get_many = flow(_get_many)
    remark = method(RemarkUser)
    change = method(ChangeOpenids)
    change_many = flow(_change_many)
