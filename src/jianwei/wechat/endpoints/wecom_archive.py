"""WeCom: who agreed to the message archive. The messages themselves come from the platform's native library, not from here."""

from __future__ import annotations

from typing import Generic, Literal, TypeAlias

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import Host, Request, post

__all__ = [
    "AgreeStatus",
    "Agreement",
    "ArchivedGroup",
    "ArchivedMember",
    "CheckGroupAgreement",
    "CheckSingleAgreement",
    "CorpArchive",
    "GetArchivedGroup",
    "ListArchived",
    "Pair",
]

AgreeStatus: TypeAlias = Literal["Agree", "Disagree", "Default_Agree"]


class Pair(msgspec.Struct, frozen=True, rename={"external_openid": "exteranalopenid"}):
    """A member and an external contact. The platform spells the latter's field "exteranalopenid"."""

    userid: str
    external_openid: str


class Agreement(msgspec.Struct, frozen=True, omit_defaults=True, rename={"external_openid": "exteranalopenid"}):
    """Whether an external contact agreed; `userid` is the member with whom, "" for a group."""

    external_openid: str
    agree_status: AgreeStatus
    userid: str = ""
    status_change_time: int = 0


class ArchivedMember(msgspec.Struct, frozen=True):
    """Somebody in an internal group."""

    memberid: str
    jointime: int = 0


class ArchivedGroup(msgspec.Struct, frozen=True, omit_defaults=True):
    """An internal group."""

    roomname: str = ""
    creator: str = ""
    room_create_time: int = 0
    notice: str = ""
    members: list[ArchivedMember] = []


@post("/cgi-bin/msgaudit/get_permit_user_list", area="archive", host=Host.WECOM, at="ids", errors=(301052,))
class ListArchived(Request[list[str]], frozen=True):
    """Ids of the members whose messages are archived; `type`: 1 office, 2 service, 3 enterprise edition."""

    type: Literal[1, 2, 3] | None = None


@post("/cgi-bin/msgaudit/check_single_agree", area="archive", host=Host.WECOM, at="agreeinfo", errors=(40058, 301052))
class CheckSingleAgreement(Request[list[Agreement]], frozen=True):
    """Whether external contacts agreed, of at most 100 pairs. †"""

    info: list[Pair]


@post("/cgi-bin/msgaudit/check_room_agree", area="archive", host=Host.WECOM, at="agreeinfo", errors=(40058, 301052))
class CheckGroupAgreement(Request[list[Agreement]], frozen=True):
    """Whether the external contacts in a group agreed."""

    roomid: str


@post("/cgi-bin/msgaudit/groupchat/get", area="archive", host=Host.WECOM, errors=(40058, 301052))
class GetArchivedGroup(Request[ArchivedGroup], frozen=True):
    """An internal group whose messages are archived; customer groups are in `client.groups`."""

    roomid: str


class CorpArchive(Area[Mode], Generic[Mode]):
    """`client.archive`"""

    members = method(ListArchived)
    agreements = method(CheckSingleAgreement)
    group_agreements = method(CheckGroupAgreement)
    group = method(GetArchivedGroup)
