"""Members of a corp and their log-ins."""

from __future__ import annotations

from collections.abc import Mapping

from jianwei.sandbox.platform.corp import agent_of, corp_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import wecom_members as api

__all__ = ["HANDLERS"]


def get(visit: Visit, call: api.GetMember) -> api.Member:
    return corp_of(visit).member(agent_of(visit), call.userid)


def list_(visit: Visit, call: api.ListMembers | api.ListMemberNames) -> list[api.Member]:
    corp, agent = corp_of(visit), agent_of(visit)
    below = list(corp.below(call.department_id))
    wanted = below if call.fetch_child else below[:1]
    return [corp.members[one] for one in corp.staff_of(wanted) if corp.sees(agent, one)]


def names(visit: Visit, call: api.ListMemberNames) -> list[api.Member]:
    return [api.Member(one.userid, one.name, one.department, open_userid=one.open_userid) for one in list_(visit, call)]


def log_in(visit: Visit, call: api.LogMemberIn | api.LogMemberInOld) -> api.Visitor:
    visitor, until = corp_of(visit).codes.pop(call.code, (None, 0))
    if visitor is None or until <= visit.now:
        raise Refusal(40029, "invalid code")
    return visitor


HANDLERS: Mapping[type, Handler] = {
    api.GetMember: get,
    api.ListMembers: list_,
    api.ListMemberNames: names,
    api.LogMemberIn: log_in,
    api.LogMemberInOld: log_in,
}
