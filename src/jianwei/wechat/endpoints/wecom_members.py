"""WeCom: members of a corp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.hiding import hidden
from jianwei.wechat.request import Host, Request, get

__all__ = [
    "CorpMembers",
    "GetMember",
    "ListMemberNames",
    "ListMembers",
    "LogMemberIn",
    "LogMemberInOld",
    "Member",
    "Visitor",
]


class Member(msgspec.Struct, frozen=True, omit_defaults=True):
    """A member. Which fields are there depends on the application's permissions.

    `gender`: "0" unknown, "1" male, "2" female. `status`: 1 active, 2 disabled, 4 not yet active, 5 left.
    `department`, `order` and `is_leader_in_dept` belong together, one entry a department.
    """

    userid: str
    name: str = ""
    department: list[int] = []
    order: list[int] = []
    is_leader_in_dept: list[int] = []
    direct_leader: list[str] = []
    main_department: int | None = None
    position: str = ""
    external_position: str = ""
    mobile: str = ""
    gender: str = ""
    email: str = ""
    biz_mail: str = ""
    telephone: str = ""
    alias: str = ""
    address: str = ""
    avatar: str = ""
    thumb_avatar: str = ""
    qr_code: str = ""
    open_userid: str = ""
    status: int | None = None


class Visitor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who came through a log-in: a member (`userid`) or somebody else (`openid`, `external_userid`). Its `repr` hides the ticket."""

    userid: str = ""
    openid: str = ""
    external_userid: str = ""
    user_ticket: str = ""

    def __repr__(self) -> str:
        return f"Visitor(userid={self.userid!r}, openid={self.openid!r}, external_userid={self.external_userid!r})"


@get("/cgi-bin/user/get", area="members", host=Host.WECOM, errors=(60111, 60011))
class GetMember(Request[Member], frozen=True):
    """One member."""

    userid: str


@get("/cgi-bin/user/simplelist", area="members", host=Host.WECOM, at="userlist", errors=(60003, 60011))
class ListMemberNames(Request[list[Member]], frozen=True):
    """Ids, names and departments of the members of a department; with those below it where `fetch_child` is 1."""

    department_id: int
    fetch_child: Literal[0, 1] | None = None


@get("/cgi-bin/user/list", area="members", host=Host.WECOM, at="userlist", errors=(60003, 60011))
class ListMembers(Request[list[Member]], frozen=True):
    """The members of a department; with those below it where `fetch_child` is 1."""

    department_id: int
    fetch_child: Literal[0, 1] | None = None


@get("/cgi-bin/auth/getuserinfo", area="members", host=Host.WECOM, errors=(40029,))
class LogMemberIn(Request[Visitor], frozen=True):
    """Who came back from a log-in with this code. A code serves once, for five minutes."""

    code: str

    def __repr__(self) -> str:
        return hidden(self, "code")


@get("/cgi-bin/user/getuserinfo", area="members", host=Host.WECOM, errors=(40029,), retired=True)
class LogMemberInOld(Request[Visitor], frozen=True):
    """The older form of `LogMemberIn`, which writes its fields in capitals. †"""

    code: str

    def __repr__(self) -> str:
        return hidden(self, "code")

    @classmethod
    def read(cls, body: Any) -> Visitor:
        names = {"UserId": "userid", "OpenId": "openid"}
        found = body if isinstance(body, Mapping) else {}
        return msgspec.convert({names.get(name, name): value for name, value in found.items()}, Visitor, strict=False)

    @classmethod
    def write(cls, result: Visitor) -> Any:
        names = {"userid": "UserId", "openid": "OpenId"}
        return {names.get(name, name): value for name, value in msgspec.to_builtins(result).items()}


class CorpMembers(Area[Mode], Generic[Mode]):
    """`client.members`"""

    get = method(GetMember)
    names = method(ListMemberNames)
    list = method(ListMembers)
    log_in = method(LogMemberIn)
    log_in_old = method(LogMemberInOld)
