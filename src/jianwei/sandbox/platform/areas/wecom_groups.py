"""Customer groups of a corp."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from jianwei.sandbox.platform.areas.wecom_contacts import entered
from jianwei.sandbox.platform.areas.wecom_outreach import KEPT_DAYS, days_between
from jianwei.sandbox.platform.corp import Corp, Room, agent_of, page_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import wecom_groups as api

__all__ = ["HANDLERS"]

DAY = 86_400


def _owners(visit: Visit, corp: Corp, owners: Sequence[str]) -> Sequence[str]:
    if not 1 <= len(owners) <= 100:
        raise Refusal(40058, "userid_list out of range")
    for one in owners:
        corp.member(agent_of(visit), one)
    return owners


def list_(visit: Visit, call: api.ListGroups) -> api.GroupPage:
    corp, agent = entered(visit), agent_of(visit)
    if not 1 <= call.limit <= 1_000:
        raise Refusal(40058, "limit out of range")
    owners = None if call.owners is None else _owners(visit, corp, call.owners)
    rooms = [
        room
        for room in corp.rooms.values()
        if (owners is None or room.group.owner in owners)
        and (call.status_filter is None or room.status == call.status_filter)
        and corp.sees(agent, room.group.owner)
    ]
    first, end, following = page_of(call.cursor, len(rooms), call.limit)
    return api.GroupPage([api.GroupRef(room.group.chat_id, room.status) for room in rooms[first:end]], following)


def get(visit: Visit, call: api.GetGroup) -> api.CustomerGroup:
    corp = entered(visit)
    if call.chat_id in corp.archived_groups:
        raise Refusal(49008, "not external group chat")
    if call.chat_id not in corp.rooms:
        raise Refusal(86003, "chat not exist")
    group = corp.rooms[call.chat_id].group
    if not call.need_name:
        return msgspec.structs.replace(
            group, member_list=[msgspec.structs.replace(member, name="") for member in group.member_list]
        )
    return msgspec.structs.replace(group, member_list=[_named(corp, member) for member in group.member_list])


def _named(corp: Corp, member: api.GroupMember) -> api.GroupMember:
    known = corp.members.get(member.userid) or corp.contacts.get(member.userid)
    return member if member.name or known is None else msgspec.structs.replace(member, name=known.name)


def _figures(rooms: Iterable[Room], begin: int, end: int) -> api.GroupFigures:
    rooms = [room for room in rooms if room.group.create_time < end]
    said = [[who for at, who in room.said if begin <= at < end] for room in rooms]
    joined = [member.join_time for room in rooms for member in room.group.member_list]
    return api.GroupFigures(
        new_chat_cnt=sum(room.group.create_time >= begin for room in rooms),
        chat_total=len(rooms),
        chat_has_msg=sum(bool(who) for who in said),
        new_member_cnt=sum(begin <= at < end for at in joined),
        member_total=sum(at < end for at in joined),
        member_has_msg=sum(len(set(who)) for who in said),
        msg_total=sum(len(who) for who in said),
    )


def statistics(visit: Visit, call: api.GroupStatistics) -> api.StatPage:
    corp = entered(visit)
    owners = _owners(visit, corp, call.owners)
    if not 1 <= call.limit <= 1_000 or call.offset < 0:
        raise Refusal(40058, "limit or offset out of range")
    end = call.day_begin_time if call.day_end_time is None else call.day_end_time
    days = days_between(visit, call.day_begin_time, end, KEPT_DAYS)
    rows = []
    for owner in dict.fromkeys(owners):
        rooms = [room for room in corp.rooms.values() if room.group.owner == owner]
        if rooms:
            rows.append(api.OwnerStat(owner, _figures(rooms, days[0], days[-1] + DAY)))
    key = {1: "new_chat_cnt", 2: "chat_total", 3: "new_member_cnt", 4: "member_total"}[call.order_by or 1]
    rows.sort(key=lambda row: getattr(row.data, key), reverse=not call.order_asc)
    page = rows[call.offset : call.offset + call.limit]
    return api.StatPage(len(rows), call.offset + len(page), page)


def statistics_by_day(visit: Visit, call: api.GroupStatisticsByDay) -> list[api.DayStat]:
    corp = entered(visit)
    owners = _owners(visit, corp, call.owners)
    rooms = [room for room in corp.rooms.values() if room.group.owner in owners]
    end = call.day_begin_time if call.day_end_time is None else call.day_end_time
    days = days_between(visit, call.day_begin_time, end, KEPT_DAYS)
    return [api.DayStat(day, _figures(rooms, day, day + DAY)) for day in days]


HANDLERS: Mapping[type, Handler] = {
    api.ListGroups: list_,
    api.GetGroup: get,
    api.GroupStatistics: statistics,
    api.GroupStatisticsByDay: statistics_by_day,
}
