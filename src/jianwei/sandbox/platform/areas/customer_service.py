"""Customer service: what may be sent to whom, what went out, the staff, their sessions and what was said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import msgspec

from jianwei.sandbox.platform.areas.drafts import DraftBook
from jianwei.sandbox.platform.areas.materials import MaterialBook, usable
from jianwei.sandbox.platform.areas.media import host
from jianwei.sandbox.platform.areas.publishing import PublishingBook
from jianwei.sandbox.platform.formats import suffix_of
from jianwei.sandbox.platform.pending import announce
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.windows import last_act, spend
from jianwei.sandbox.platform.world import App, Refusal, Visit
from jianwei.wechat.endpoints import customer_service as api
from jianwei.wechat.endpoints import outgoing as out
from jianwei.wechat.request import File

__all__ = ["HANDLERS", "Desk", "Outbox", "Sent", "heard", "validate"]

TYPING_LASTS, MOST_STAFF = 15, 100
"""Seconds†; members†."""
_NAME = re.compile(r"[A-Za-z0-9_]+")
_WECHAT_ID = re.compile(r"[A-Za-z][-_A-Za-z0-9]{5,19}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that went out to somebody; `kind` is its msgtype, "template" or "subscribe"; `body` its fields."""

    openid: str
    at: int
    kind: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class Outbox:
    """Every message that went out to a person, oldest first; kept by `app.of(Outbox)`."""

    sent: list[Sent] = field(default_factory=list)

    def to(self, openid: str) -> list[Sent]:
        """What went out to one person."""
        return [one for one in self.sent if one.openid == openid]


@dataclass(slots=True)
class Desk:
    """The staff of an account, kept by `app.of(Desk)`.

    Attributes:
        staff: by account name.
        offline: names of members who are not online.
        sessions: openid → (account, since).
        waiting: openid → when they wrote last.
        lines: (message id, line) of every chat.
        typing: openid → until when "typing" is shown.
    """

    staff: dict[str, api.Staff] = field(default_factory=dict)
    offline: set[str] = field(default_factory=set)
    sessions: dict[str, tuple[str, int]] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    lines: list[tuple[int, api.Record]] = field(default_factory=list)
    typing: dict[str, int] = field(default_factory=dict)

    def known(self, kf_account: str) -> api.Staff:
        """A member.

        Raises:
            Refusal: 61452, there is none.
        """
        if kf_account not in self.staff:
            raise Refusal(61452, "invalid kf_account")
        return self.staff[kf_account]

    def note(self, openid: str, opercode: int, text: str, at: int, worker: str) -> None:
        """Keep a line of a chat."""
        self.lines.append((len(self.lines) + 2, api.Record(openid, opercode, text, at, worker)))


def heard(app: App, openid: str, text: str, at: int) -> None:
    """Somebody wrote: their window opens; a member who takes care of them sees it, or they wait for one."""
    app.follower(openid).spoke_at = at
    desk = app.of(Desk)
    if openid in desk.sessions:
        desk.note(openid, 2003, text, at, desk.sessions[openid][0])
    elif desk.staff:
        desk.waiting[openid] = at


def _refuse(code: int, what: str) -> NoReturn:
    raise Refusal(code, what)


def validate(visit: Visit, message: out.CustomMessage | out.MassMessage) -> None:
    """Whether a message can be sent at all.

    Raises:
        Refusal: with the code of what is wrong with it.
    """
    match message:
        case out.TextMessage(content):
            if not content:
                _refuse(44004, "empty content")
            if len(content.encode()) > 2_048:
                _refuse(45002, "content size out of limit")
        case out.ImageMessage(media_id):
            usable(visit, media_id, "image")
        case out.VoiceMessage(media_id):
            usable(visit, media_id, "voice")
        case out.VideoMessage(media_id, thumb):
            usable(visit, media_id, "video")
            if thumb:
                usable(visit, thumb, "thumb", "image")
        case out.MassVideoMessage(media_id):
            usable(visit, media_id, "video")
        case out.MusicMessage(thumb_media_id=thumb) | out.MiniProgramMessage(thumb_media_id=thumb):
            usable(visit, thumb, "thumb", "image")
        case out.NewsMessage(articles):
            if not articles:
                _refuse(44003, "empty news data")
            if len(articles) > 1:
                _refuse(45008, "article size out of limit")
        case out.StoredNewsMessage(media_id):
            if media_id not in visit.app.of(DraftBook).drafts:
                stock = visit.app.of(MaterialBook).stock.get(media_id)
                if stock is None or stock.type != "news":
                    _refuse(40007, "invalid media_id")
        case out.PublishedMessage(article_id):
            visit.app.of(PublishingBook).published(article_id, visit.now)
        case out.MenuMessage(options):
            if not options:
                _refuse(40008, "invalid message type")
        case out.LinkMessage():
            if visit.app.kind != "miniprogram":
                _refuse(40008, "invalid message type")


def send(visit: Visit, call: api.SendMessage) -> None:
    app, desk = visit.app, visit.app.of(Desk)
    person = app.follower(call.touser)
    if call.kf_account is not None:
        desk.known(call.kf_account)
    validate(visit, call.message)
    spend(app, person, visit.now)
    body = msgspec.to_builtins(call.message)
    kind = body.pop("msgtype")
    app.of(Outbox).sent.append(Sent(call.touser, visit.now, kind, body))
    desk.typing.pop(call.touser, None)
    if call.kf_account is not None:
        desk.note(call.touser, 2002, body.get("content", ""), visit.now, call.kf_account)


def typing(visit: Visit, call: api.Typing) -> None:
    desk, person = visit.app.of(Desk), visit.app.follower(call.touser)
    if call.command == "CancelTyping":
        desk.typing.pop(call.touser, None)
        return
    if visit.now - last_act(person) > 30:
        raise Refusal(45080, "no interaction with the user in the last 30 seconds")
    if desk.typing.get(call.touser, 0) > visit.now:
        raise Refusal(45081, "already in typing status")
    desk.typing[call.touser] = visit.now + TYPING_LASTS


def staff(visit: Visit, call: api.ListStaff) -> list[api.Staff]:
    return list(visit.app.of(Desk).staff.values())


def online(visit: Visit, call: api.ListOnlineStaff) -> list[api.OnlineStaff]:
    desk = visit.app.of(Desk)
    cases = [account for account, _ in desk.sessions.values()]
    return [
        api.OnlineStaff(name, 1, one.kf_id, cases.count(name))
        for name, one in desk.staff.items()
        if name not in desk.offline
    ]


def add_staff(visit: Visit, call: api.AddStaff) -> None:
    desk = visit.app.of(Desk)
    name, _, account = call.kf_account.partition("@")
    if not name or not account or not 0 < len(call.nickname) <= 16:
        raise Refusal(61451, "invalid parameter")
    if len(name) > 10:
        raise Refusal(61454, "kf_account name size out of limit")
    if not _NAME.fullmatch(name):
        raise Refusal(61455, "illegal char in kf_account name")
    if call.kf_account in desk.staff:
        raise Refusal(61453, "kf_account exists")
    if len(desk.staff) >= MOST_STAFF:
        raise Refusal(61456, "kf_account count out of limit")
    kf_id = str(1_001 + max((int(one.kf_id) - 1_000 for one in desk.staff.values()), default=0))
    desk.staff[call.kf_account] = api.Staff(call.kf_account, call.nickname, kf_id)


def _change(desk: Desk, kf_account: str, **fields: Any) -> None:
    desk.staff[kf_account] = msgspec.structs.replace(desk.known(kf_account), **fields)


def update_staff(visit: Visit, call: api.UpdateStaff) -> None:
    if not 0 < len(call.nickname) <= 16:
        raise Refusal(61451, "invalid parameter")
    _change(visit.app.of(Desk), call.kf_account, kf_nick=call.nickname)


def delete_staff(visit: Visit, call: api.DeleteStaff) -> None:
    desk = visit.app.of(Desk)
    desk.known(call.kf_account)
    del desk.staff[call.kf_account]
    desk.sessions = {who: one for who, one in desk.sessions.items() if one[0] != call.kf_account}


def invite_staff(visit: Visit, call: api.InviteStaff) -> None:
    desk = visit.app.of(Desk)
    desk.known(call.kf_account)
    if not _WECHAT_ID.fullmatch(call.invite_wx):
        raise Refusal(40132, "invalid wechat id")
    end = visit.now + 86_400
    _change(desk, call.kf_account, invite_wx=call.invite_wx, invite_expire_time=end, invite_status="waiting")


def upload_avatar(visit: Visit, call: api.UploadAvatar) -> None:
    desk, file = visit.app.of(Desk), File.of(call.media)
    desk.known(call.kf_account)
    if suffix_of(file.content) != "jpg":
        raise Refusal(61457, "invalid file type")
    _change(desk, call.kf_account, kf_headimgurl=host(visit, file.content, file.name))


def create_session(visit: Visit, call: api.CreateSession) -> None:
    desk = visit.app.of(Desk)
    visit.app.follower(call.openid)
    desk.known(call.kf_account)
    if call.kf_account in desk.offline:
        raise Refusal(61452, "kf_account is not online")
    before = desk.sessions.get(call.openid)
    desk.sessions[call.openid] = call.kf_account, visit.now
    desk.waiting.pop(call.openid, None)
    if before is None:
        announce(visit.app, "kf_create_session", visit.now, call.openid, KfAccount=call.kf_account)
    elif before[0] != call.kf_account:
        switch = {"FromKfAccount": before[0], "ToKfAccount": call.kf_account}
        announce(visit.app, "kf_switch_session", visit.now, call.openid, **switch)


def close_session(visit: Visit, call: api.CloseSession) -> None:
    desk = visit.app.of(Desk)
    visit.app.follower(call.openid)
    desk.known(call.kf_account)
    if desk.sessions.get(call.openid, ("", 0))[0] != call.kf_account:
        raise Refusal(61451, "no such session")
    del desk.sessions[call.openid]
    announce(visit.app, "kf_close_session", visit.now, call.openid, KfAccount=call.kf_account)


def session(visit: Visit, call: api.GetSession) -> api.Session:
    visit.app.follower(call.openid)
    account, since = visit.app.of(Desk).sessions.get(call.openid, ("", 0))
    return api.Session(kf_account=account, createtime=since)


def sessions(visit: Visit, call: api.ListSessions) -> list[api.Session]:
    desk = visit.app.of(Desk)
    desk.known(call.kf_account)
    mine = [(who, since) for who, (name, since) in desk.sessions.items() if name == call.kf_account]
    return [api.Session(who, createtime=since) for who, since in mine]


def waiting(visit: Visit, call: api.ListWaiting) -> api.WaitingList:
    rows = sorted(visit.app.of(Desk).waiting.items(), key=lambda one: one[1])
    return api.WaitingList(len(rows), [api.Waiting(who, at) for who, at in rows[:100]])


def records(visit: Visit, call: api.ListRecords) -> api.RecordPage:
    if not 0 <= call.endtime - call.starttime <= api.DAY or not 1 <= call.number <= 10_000 or call.msgid < 1:
        raise Refusal(61451, "invalid parameter")
    lines = visit.app.of(Desk).lines
    rows = [one for one in lines if one[0] > call.msgid and call.starttime <= one[1].time <= call.endtime][
        : call.number
    ]
    return api.RecordPage([line for _, line in rows], len(rows), rows[-1][0] if rows else call.msgid)


HANDLERS: Mapping[type, Handler] = {
    api.SendMessage: send,
    api.Typing: typing,
    api.ListStaff: staff,
    api.ListOnlineStaff: online,
    api.AddStaff: add_staff,
    api.UpdateStaff: update_staff,
    api.DeleteStaff: delete_staff,
    api.InviteStaff: invite_staff,
    api.UploadAvatar: upload_avatar,
    api.CreateSession: create_session,
    api.CloseSession: close_session,
    api.GetSession: session,
    api.ListSessions: sessions,
    api.ListWaiting: waiting,
    api.ListRecords: records,
}
