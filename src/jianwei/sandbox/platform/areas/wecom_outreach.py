"""Ways to reach members, welcomes, and what members did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from jianwei.sandbox.platform.areas.media import Hosted
from jianwei.sandbox.platform.areas.wecom_contacts import entered
from jianwei.sandbox.platform.corp import Corp, Talk, agent_of
from jianwei.sandbox.platform.daily import day_of, started
from jianwei.sandbox.platform.qr import png, qr_code
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import wecom_outreach as api
from jianwei.wechat.request import Download

__all__ = ["HANDLERS", "days_between"]

DAY = 86_400
KEPT_DAYS = 180


def add_way(visit: Visit, call: api.AddContactWay) -> api.ContactWay:
    corp, agent = entered(visit), agent_of(visit)
    if not call.user and not call.party:
        raise Refusal(40058, "user and party both empty")
    if (call.type == 1 and len(call.user or ()) != 1) or len(call.user or ()) > 100:
        raise Refusal(40058, "wrong number of users")
    if len(call.state or "") > 30 or len(call.remark or "") > 30:
        raise Refusal(40058, "state or remark too long")
    for userid in call.user or ():
        corp.member(agent, userid)
    config = visit.platform.name(32, "0123456789abcdef")
    corp.ways[config] = call
    if call.scene == 1:
        return api.ContactWay(config)
    path = f"/wwqrcode/{config}"
    visit.platform.of(Hosted).files[path] = Download(
        png(qr_code(f"https://work.weixin.qq.com/ca/{config}")), "image/png"
    )
    return api.ContactWay(config, visit.base_url + path)


def welcome(visit: Visit, call: api.WelcomeContact) -> None:
    code = entered(visit).welcomes.get(call.welcome_code)
    if code is None or code.said is not None or visit.now > code.until:
        raise Refusal(40058, "invalid welcome_code")
    if not call.text and not call.attachments:
        raise Refusal(40058, "text and attachments both empty")
    if len(call.attachments or ()) > 9 or len((call.text or "").encode()) > 4_000:
        raise Refusal(40058, "text or attachments too long")
    if any(getattr(one, one.msgtype) is None for one in call.attachments or ()):
        raise Refusal(40058, "attachment is empty")
    code.said = call


def days_between(visit: Visit, begin: int, end: int, most: int) -> list[int]:
    """First seconds of the days in Beijing from `begin` to `end`.

    Raises:
        Refusal: 40058 turned round, too many, too old, or not over yet.
    """
    first, last = started(day_of(begin)), started(day_of(end))
    today = started(day_of(visit.now))
    if not today - KEPT_DAYS * DAY <= first <= last < today or (last - first) // DAY >= most:
        raise Refusal(40058, "invalid time range")
    return list(range(first, last + 1, DAY))


def behavior(visit: Visit, call: api.GetBehavior) -> list[api.BehaviorRow]:
    corp, agent = entered(visit), agent_of(visit)
    if (not call.userid and not call.partyid) or len(call.userid or ()) > 100 or len(call.partyid or ()) > 100:
        raise Refusal(40058, "give userid or partyid, at most 100")
    departments = [below for one in call.partyid or () for below in corp.below(one)]
    people = {corp.member(agent, one).userid for one in call.userid or ()} | set(corp.staff_of(departments))
    return [_row(corp, people, begin) for begin in days_between(visit, call.start_time, call.end_time, 30)]


def _row(corp: Corp, people: set[str], begin: int) -> api.BehaviorRow:
    day = range(begin, begin + DAY)
    talks = [talk for talk in corp.talks if talk.at in day and talk.userid in people]
    chats: dict[tuple[str, str], list[Talk]] = {}
    for talk in sorted(talks, key=lambda one: one.at):
        chats.setdefault((talk.userid, talk.external_userid), []).append(talk)
    asked = [chat for chat in chats.values() if any(not talk.outgoing for talk in chat)]
    waits = [wait for chat in asked for wait in _waits(chat)]
    new = sum(
        follow.userid in people and follow.createtime in day
        for follows in corp.follows.values()
        for follow in follows.values()
    )
    return api.BehaviorRow(
        stat_time=begin,
        chat_cnt=sum(any(talk.outgoing for talk in chat) for chat in chats.values()),
        message_cnt=sum(talk.outgoing for talk in talks),
        reply_percentage=round(100 * sum(any(_waits(chat)) for chat in asked) / len(asked), 2) if asked else None,
        avg_reply_time=round(sum(waits) / len(waits) / 60, 2) if waits else None,
        negative_feedback_cnt=sum(at in day and userid in people for at, userid, _ in corp.lost),
        new_apply_cnt=new,
        new_contact_cnt=new,
    )


def _waits(chat: Sequence[Talk]) -> Iterator[int]:
    """Seconds from a contact's first unanswered message to the member's answer; one at least, so that any() tells an answer."""
    asked = None
    for talk in chat:
        if not talk.outgoing:
            asked = talk.at if asked is None else asked
        elif asked is not None:
            yield max(1, talk.at - asked)
            asked = None


HANDLERS: Mapping[type, Handler] = {
    api.AddContactWay: add_way,
    api.WelcomeContact: welcome,
    api.GetBehavior: behavior,
}
