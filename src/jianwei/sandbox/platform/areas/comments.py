"""Comments: who said what below which article, and what the account did about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Platform, Refusal, Visit
from jianwei.wechat.endpoints import comments as api

__all__ = ["HANDLERS", "CommentBook", "Said", "Thread"]

MOST_ELECTED, MOST_AT_ONCE, LONGEST_REPLY = 100, 50, 600
"""Of an article; of a call (49 are the most that pass); characters†."""


@dataclass(slots=True)
class Said:
    """A comment as the platform keeps it. Times in seconds since the epoch."""

    id: int
    openid: str
    content: str
    at: int
    elected: bool = False
    reply: api.Reply | None = None
    withdrawn: bool = False
    """Whether its author deleted it."""

    def shown(self) -> api.Comment:
        """As the list has it."""
        return api.Comment(self.id, self.content, self.at, int(self.elected), self.openid, self.reply)


@dataclass(slots=True)
class Thread:
    """Comments of one article, in the order in which they came."""

    open: bool = False
    restricted: bool = False
    said: dict[int, Said] = field(default_factory=dict)


@dataclass(slots=True)
class CommentBook:
    """Threads by (msg_data_id, index), kept by `app.of(CommentBook)`. `allowed` says whether the account has comments at all."""

    allowed: bool = True
    threads: dict[tuple[int, int], Thread] = field(default_factory=dict)

    def begin(self, msg_data_id: int, index: int, *, open: bool) -> Thread:
        """An article was published."""
        return self.threads.setdefault((msg_data_id, index), Thread(open))

    def say(self, platform: Platform, msg_data_id: int, index: int, openid: str, content: str, at: int) -> Said:
        """Somebody comments; `openid` is "" for somebody who comments as an account or channel.

        Raises:
            Refusal: 88001 there is no such article, 88002 its comments are closed.
        """
        thread = self.threads.get((msg_data_id, index))
        if thread is None:
            raise Refusal(88001, "msg_data is not exists")
        if not thread.open:
            raise Refusal(88002, "the article does not support comments")
        said = Said(platform.number(18), openid, content, at)
        thread.said[said.id] = said
        return said


def _thread(visit: Visit, msg_data_id: int, index: int) -> Thread:
    book = visit.app.of(CommentBook)
    if not book.allowed:
        raise Refusal(88000, "without comment privilege")
    thread = book.threads.get((msg_data_id, index))
    if thread is None:
        raise Refusal(88001, "msg_data is not exists")
    if thread.restricted:
        raise Refusal(88002, "the article is limit for safety")
    return thread


def _said(visit: Visit, call: api.ElectComment | api.ReplyToComment) -> Said:
    said = _thread(visit, call.msg_data_id, call.index).said.get(call.user_comment_id)
    if said is None:
        raise Refusal(88008, "comment is not exists")
    if said.withdrawn:
        raise Refusal(88004, "comment was deleted by its author")
    return said


def open_(visit: Visit, call: api.OpenComments) -> None:
    _thread(visit, call.msg_data_id, call.index).open = True


def close(visit: Visit, call: api.CloseComments) -> None:
    _thread(visit, call.msg_data_id, call.index).open = False


def list_(visit: Visit, call: api.ListComments) -> api.CommentPage:
    thread = _thread(visit, call.msg_data_id, call.index)
    if call.count >= MOST_AT_ONCE:
        raise Refusal(88010, "count range error")
    if call.begin < 0 or call.count < 1 or call.type not in (0, 1, 2):
        raise Refusal(40035, "invalid parameter")
    wanted = {0: (False, True), 1: (False,), 2: (True,)}[call.type]
    rows = [one for one in thread.said.values() if not one.withdrawn and one.elected in wanted]
    return api.CommentPage(len(rows), [one.shown() for one in rows[call.begin : call.begin + call.count]])


def elect(visit: Visit, call: api.ElectComment) -> None:
    said = _said(visit, call)
    elected = [one for one in _thread(visit, call.msg_data_id, call.index).said.values() if one.elected]
    if not said.elected and len(elected) >= MOST_ELECTED:
        raise Refusal(88003, "elected comment upper limit")
    said.elected = True


def unelect(visit: Visit, call: api.ElectComment) -> None:
    _said(visit, call).elected = False


def delete(visit: Visit, call: api.ElectComment) -> None:
    said = _said(visit, call)
    del _thread(visit, call.msg_data_id, call.index).said[said.id]


def reply(visit: Visit, call: api.ReplyToComment) -> None:
    said = _said(visit, call)
    if said.reply:
        raise Refusal(88005, "already reply")
    if not 0 < len(call.content) <= LONGEST_REPLY:
        raise Refusal(88007, "reply content beyond max len or content len is zero")
    said.reply = api.Reply(call.content, visit.now)


def delete_reply(visit: Visit, call: api.ElectComment) -> None:
    said = _said(visit, call)
    if said.reply is None:
        raise Refusal(88009, "reply is not exists")
    said.reply = None


HANDLERS: Mapping[type, Handler] = {
    api.OpenComments: open_,
    api.CloseComments: close,
    api.ListComments: list_,
    api.ElectComment: elect,
    api.UnelectComment: unelect,
    api.DeleteComment: delete,
    api.ReplyToComment: reply,
    api.DeleteReply: delete_reply,
}
