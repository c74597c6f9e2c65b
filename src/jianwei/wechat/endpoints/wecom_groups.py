"""WeCom: customer groups and their members."""

from __future__ import annotations

from typing import Annotated, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Mode, method, pages
from jianwei.wechat.request import At, Host, Paged, Request, post

__all__ = [
    "CorpGroups",
    "CustomerGroup",
    "DayStat",
    "GetGroup",
    "GroupFigures",
    "GroupMember",
    "GroupPage",
    "GroupRef",
    "GroupStatistics",
    "GroupStatisticsByDay",
    "ListGroups",
    "OwnerStat",
    "StatPage",
    "UserId",
]


class UserId(msgspec.Struct, frozen=True):
    """A member, by id."""

    userid: str


class GroupRef(msgspec.Struct, frozen=True):
    """A group; `status`: 0 in use, 1 its owner left the corp, 2 being handed over, 3 handed over."""

    chat_id: str
    status: int = 0


class GroupPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of groups; `next_cursor` is missing on the last one."""

    group_chat_list: list[GroupRef] = []
    next_cursor: str = ""


class GroupMember(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody in a group.

    `type`: 1 of the corp, 2 external. `join_scene`: 1 invited directly, 2 by a link, 3 by a QR code, whose `state` says which.
    """

    userid: str
    type: int = 2
    unionid: str | None = None
    join_time: int = 0
    join_scene: int = 0
    invitor: UserId | None = None
    state: str = ""
    group_nickname: str = ""
    name: str = ""


class CustomerGroup(msgspec.Struct, frozen=True, omit_defaults=True):
    """A customer group and everybody in it. `member_version` changes with the members."""

    chat_id: str
    name: str = ""
    owner: str = ""
    create_time: int = 0
    notice: str = ""
    member_version: str = ""
    member_list: list[GroupMember] = []
    admin_list: list[UserId] = []


class GroupFigures(msgspec.Struct, frozen=True):
    """Groups made, all groups, groups with messages; members come, all members, members who wrote; messages."""

    new_chat_cnt: int = 0
    chat_total: int = 0
    chat_has_msg: int = 0
    new_member_cnt: int = 0
    member_total: int = 0
    member_has_msg: int = 0
    msg_total: int = 0


class OwnerStat(msgspec.Struct, frozen=True):
    """The figures of one owner's groups."""

    owner: str
    data: GroupFigures = GroupFigures()


class StatPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of owners."""

    total: int = 0
    next_offset: int = 0
    items: list[OwnerStat] = []


class DayStat(msgspec.Struct, frozen=True):
    """The figures of a day, whose first second is `stat_time`."""

    stat_time: int
    data: GroupFigures = GroupFigures()


@post("/cgi-bin/externalcontact/groupchat/list", area="groups", host=Host.WECOM, errors=(40058, 60111, 84074))
class ListGroups(Paged[GroupPage, GroupRef], frozen=True):
    """All customer groups, up to 1,000 a page: of some owners (at most 100), in some status (see `GroupRef`)."""

    status_filter: Literal[0, 1, 2, 3] | None = None
    owners: Annotated[list[str] | None, At("owner_filter.userid_list")] = None
    cursor: str | None = None
    limit: int = 1_000

    def rows(self, page: GroupPage) -> list[GroupRef]:
        return page.group_chat_list

    def following(self, page: GroupPage) -> ListGroups | None:
        return msgspec.structs.replace(self, cursor=page.next_cursor) if page.next_cursor else None


@post(
    "/cgi-bin/externalcontact/groupchat/get",
    area="groups",
    host=Host.WECOM,
    at="group_chat",
    errors=(49008, 84074, 86003),
)
class GetGroup(Request[CustomerGroup], frozen=True):
    """A customer group and its members, with their names where `need_name` is 1."""

    chat_id: str
    need_name: Literal[0, 1] = 1


@post("/cgi-bin/externalcontact/groupchat/statistic", area="groups", host=Host.WECOM, errors=(40058, 60111, 84074))
class GroupStatistics(Paged[StatPage, OwnerStat], frozen=True):
    """Figures of the groups of at most 100 owners, over some days of the last 180; one day without `day_end_time`.

    `order_by`: 1 new groups, 2 groups, 3 new members, 4 members; `order_asc`: 1 smallest first.
    """

    day_begin_time: int
    owners: Annotated[list[str], At("owner_filter.userid_list")]
    day_end_time: int | None = None
    order_by: Literal[1, 2, 3, 4] | None = None
    order_asc: Literal[0, 1] | None = None
    offset: int = 0
    limit: int = 1_000

    def rows(self, page: StatPage) -> list[OwnerStat]:
        return page.items

    def following(self, page: StatPage) -> GroupStatistics | None:
        more = page.items and page.next_offset < page.total
        return msgspec.structs.replace(self, offset=page.next_offset) if more else None


@post(
    "/cgi-bin/externalcontact/groupchat/statistic_group_by_day",
    area="groups",
    host=Host.WECOM,
    at="items",
    errors=(40058, 60111, 84074),
)
class GroupStatisticsByDay(Request[list[DayStat]], frozen=True):
    """Figures of the groups of at most 100 owners together, day by day."""

    day_begin_time: int
    owners: Annotated[list[str], At("owner_filter.userid_list")]
    day_end_time: int | None = None


class CorpGroups(Area[Mode], Generic[Mode]):
    """`client.groups`"""

    list = pages(ListGroups)
    get = method(GetGroup)
    statistics = pages(GroupStatistics)
    statistics_by_day = method(GroupStatisticsByDay)
