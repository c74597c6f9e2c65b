"""Messages to many: who is reached, how often that may be done, and what is told when it is through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from jianwei.sandbox.platform.areas.customer_service import Outbox, Sent, validate
from jianwei.sandbox.platform.areas.drafts import DraftBook
from jianwei.sandbox.platform.areas.publishing import Issue, issue
from jianwei.sandbox.platform.areas.tags import TagBook
from jianwei.sandbox.platform.areas.templates import BEIJING, month_of
from jianwei.sandbox.platform.pending import announce
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import App, Follower, Refusal, Visit
from jianwei.wechat.endpoints import mass as api
from jianwei.wechat.endpoints.outgoing import MassMessage, MassVideoMessage, StoredNewsMessage

__all__ = ["HANDLERS", "Job", "MassBook"]

DAY, MINUTE = 86_400, 60
REAL_SPEEDS = (80, 60, 45, 30, 10)
_WECHAT_ID = re.compile(r"[A-Za-z][-_A-Za-z0-9]{5,19}")


@dataclass(slots=True)
class Job:
    """One message to many. Times in seconds since the epoch."""

    msg_id: int
    message: MassMessage
    at: int
    done_at: int
    issue: Issue | None = None
    deleted: bool = False


@dataclass(slots=True)
class MassBook:
    """Messages to many of an account, kept by `app.of(MassBook)`.

    Attributes:
        delay: seconds that sending takes.
        reached: (openid, month or day) → messages that reached them.
        known: a client's message id → when it was used.
    """

    jobs: dict[int, Job] = field(default_factory=dict)
    delay: int = 0
    speed: int = 0
    reached: dict[tuple[str, str], int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)


def _unused(book: MassBook, client_msg_id: str | None, now: int) -> None:
    if client_msg_id is None:
        return
    if len(client_msg_id.encode()) > 64:
        raise Refusal(45067, "clientmsgid size out of limit")
    used = book.known.get(client_msg_id)
    if used is not None and now < used + MINUTE:
        raise Refusal(45066, "same clientmsgid retry too fast")
    if used is not None and now < used + DAY:
        raise Refusal(45065, "clientmsgid exist")


def _period(app: App, now: int) -> tuple[str, int]:
    """The time that a quota is of, and how many messages it allows each follower."""
    if app.kind == "subscription":
        return datetime.fromtimestamp(now, BEIJING).strftime("%Y-%m-%d"), 1
    return month_of(now), 4


def _send(visit: Visit, people: list[Follower], message: MassMessage, client_msg_id: str | None) -> api.SentMass:
    app, book = visit.app, visit.app.of(MassBook)
    _unused(book, client_msg_id, visit.now)
    validate(visit, message)
    period, most = _period(app, visit.now)
    willing = [one for one in people if one.subscribed and not one.blacklisted]
    reachable = [one for one in willing if book.reached.get((one.openid, period), 0) < most]
    if willing and not reachable:
        raise Refusal(45028, "no mass send quota")
    job = Job(visit.platform.number(10), message, visit.now, visit.now + book.delay)
    body = msgspec.to_builtins(message)
    if isinstance(message, StoredNewsMessage) and message.media_id in app.of(DraftBook).drafts:
        job.issue = issue(visit, message.media_id, sent=True)
    book.jobs[job.msg_id] = job
    if client_msg_id is not None:
        book.known[client_msg_id] = visit.now
    for one in reachable:
        book.reached[one.openid, period] = book.reached.get((one.openid, period), 0) + 1
        app.of(Outbox).sent.append(Sent(one.openid, job.done_at, body["msgtype"], _fields(body)))
    _tell(app, job, len(people), len(willing), len(reachable))
    return api.SentMass(job.msg_id, job.issue.msg_data_id if job.issue else None)


def _fields(body: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in body.items() if name != "msgtype"}


def _tell(app: App, job: Job, total: int, willing: int, sent: int) -> None:
    articles = job.issue.articles if job.issue else []
    urls = [{"ArticleIdx": i, "ArticleUrl": article.url} for i, article in enumerate(articles, 1)]
    announce(
        app,
        "MASSSENDJOBFINISH",
        job.done_at,
        MsgID=job.msg_id,
        Status="send success" if sent or not total else "send fail",
        TotalCount=total,
        FilterCount=willing,
        SentCount=sent,
        ErrorCount=willing - sent,
        CopyrightCheckResult={"Count": 0, "ResultList": [], "CheckState": 1},
        ArticleUrlResult={"Count": len(urls), "ResultList": urls},
    )


def send_all(visit: Visit, call: api.SendToAll) -> api.SentMass:
    people = list(visit.app.followers.values())
    if not call.to_all:
        if call.tag_id is None:
            raise Refusal(45159, "invalid tag id")
        tags = visit.app.of(TagBook)
        bearers = tags.bearers.get(tags.known(call.tag_id), {})
        people = [one for one in people if one.openid in bearers]
    return _send(visit, people, call.message, call.client_msg_id)


def send(visit: Visit, call: api.SendToMany) -> api.SentMass:
    openids = list(dict.fromkeys(call.touser))
    if not 2 <= len(openids) <= 10_000:
        raise Refusal(40032, "invalid openid list size")
    return _send(visit, [visit.app.follower(one) for one in openids], call.message, call.client_msg_id)


def preview(visit: Visit, call: api.PreviewMass) -> api.SentMass:
    if call.wechat_id:
        if not _WECHAT_ID.fullmatch(call.wechat_id):
            raise Refusal(40132, "invalid wechat id")
    elif call.touser is None or not visit.app.follower(call.touser).subscribed:
        raise Refusal(40003, "invalid openid")
    validate(visit, call.message)
    if call.touser and not call.wechat_id:
        body = msgspec.to_builtins(call.message)
        visit.app.of(Outbox).sent.append(Sent(call.touser, visit.now, body["msgtype"], _fields(body)))
    return api.SentMass(visit.platform.number(10))


def _job(visit: Visit, msg_id: int) -> Job:
    jobs = visit.app.of(MassBook).jobs
    if msg_id not in jobs:
        raise Refusal(40059, "invalid msg id")
    return jobs[msg_id]


def status(visit: Visit, call: api.MassStatus) -> api.MassState:
    job = _job(visit, call.msg_id)
    told = "DELETE" if job.deleted else "SENDING" if visit.now < job.done_at else "SEND_SUCCESS"
    return api.MassState(job.msg_id, told)


def delete(visit: Visit, call: api.DeleteMass) -> None:
    job = _job(visit, call.msg_id)
    articles = job.issue.articles if job.issue else []
    if not isinstance(job.message, StoredNewsMessage | MassVideoMessage):
        raise Refusal(40059, "only articles and videos can be deleted")
    if call.article and not 1 <= call.article <= len(articles):
        raise Refusal(40060, "invalid article_idx")
    if job.issue:
        job.issue.articles = [
            msgspec.structs.replace(a, is_deleted=a.is_deleted or call.article in (None, 0, i))
            for i, a in enumerate(articles, 1)
        ]
    job.deleted = not job.issue or all(a.is_deleted for a in job.issue.articles)


def get_speed(visit: Visit, call: api.GetSpeed) -> api.Speed:
    speed = visit.app.of(MassBook).speed
    return api.Speed(speed, REAL_SPEEDS[speed])


def set_speed(visit: Visit, call: api.SetSpeed) -> None:
    if not 0 <= call.speed < len(REAL_SPEEDS):
        raise Refusal(45083, "speed should be between 0 and 4")
    visit.app.of(MassBook).speed = call.speed


HANDLERS: Mapping[type, Handler] = {
    api.SendToAll: send_all,
    api.SendToMany: send,
    api.PreviewMass: preview,
    api.MassStatus: status,
    api.DeleteMass: delete,
    api.GetSpeed: get_speed,
    api.SetSpeed: set_speed,
}
