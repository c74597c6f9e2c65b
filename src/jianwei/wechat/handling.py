"""Running the handler of a webhook once for each message, within the time that the platform gives.

    begin ─► handler ─► finish ─► answer            one durable write carries the message and its answer
                 └─ deadline: finish, `success` ─► … ─► late

All of it goes on when the client goes away; a retry waits for it or gets what was kept.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from jianwei.wechat._base import Delivery, Inbox
from jianwei.wechat.messages import Event, Message
from jianwei.wechat.replies import Reply, ReplyError, TextReply

__all__ = ["Handler", "Handling", "Late"]

T = TypeVar("T")

Handler = Callable[[Message | Event], Awaitable[Reply | str | None] | Reply | str | None]
"""What answers a message. A plain function runs on the event loop and must not block."""

Late = Callable[[Message | Event, Reply], Awaitable[None]]
"""What sends an answer that came after the deadline, usually as a customer-service message."""

_MOST_UNSAVED = 1_000

_log = logging.getLogger(__name__)


class Handling:
    """Answers deliveries of one account, each once. See `Webhook`, which is its only user.

    Args:
        deadline: seconds from the arrival of a delivery to its answer.
    """

    def __init__(self, account: str, inbox: Inbox, handler: Handler, late: Late | None, deadline: float) -> None:
        self._account = account
        self._inbox = inbox
        self._handler = handler
        self._late = late
        self._deadline = deadline
        self._running: set[asyncio.Task[Any]] = set()
        # Answers that the inbox could not keep: the retry that follows needs the handler no more.
        self._unsaved: dict[str, bytes] = {}

    async def answer(self, message: Message | Event | None, delivery: Delivery, json: bool) -> bytes | None:
        """The answer to a delivery in plain text, kept together with it.

        Args:
            message: None for a body that says nothing readable: it is kept all the same, and the handler not asked.
            json: whether answers are rendered as JSON.

        Returns:
            XML or JSON; b"" for a mere acknowledgement; None where nothing was kept, so that nothing may be acknowledged.
        """
        return await asyncio.shield(self._spawn(self._answer(message, delivery, json)))

    async def drain(self, seconds: float) -> int:
        """Wait for everything that runs, late answers too; how many still run after `seconds`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self._running and (left := end - loop.time()) > 0:
            await asyncio.wait(self._running, timeout=left)
        return len(self._running)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _answer(self, message: Message | Event | None, delivery: Delivery, json: bool) -> bytes | None:
        end = asyncio.get_running_loop().time() + self._deadline
        account, key = delivery.account, delivery.key
        try:
            claim = await self._inbox.begin(account, key, self._deadline)
        except Exception as error:
            _log.error("the inbox cannot be asked, the platform will push again: %s", _place(error))
            return None
        if not claim.first:
            return claim.answer
        answer = self._unsaved.pop(key, None)
        if answer is None:
            answer = b"" if message is None else await self._handle(message, delivery.received_us, json, end)
        try:
            await self._inbox.finish(delivery, answer)
        except Exception as error:
            _log.error("the inbox cannot keep a delivery, the platform will push it again: %s", _place(error))
            if len(self._unsaved) >= _MOST_UNSAVED:
                self._unsaved.pop(next(iter(self._unsaved)))
            self._unsaved[key] = answer
            await self._abandon(account, key)
            return None
        return answer

    async def _abandon(self, account: str, key: str) -> None:
        try:
            await self._inbox.abandon(account, key)
        except Exception as error:
            _log.error("the inbox cannot take a claim back: %s", _place(error))

    async def _handle(self, message: Message | Event, now_us: int, json: bool, end: float) -> bytes:
        try:
            result = self._handler(message)
        except Exception as error:
            _log_failure(message, error)
            return b""
        if not isinstance(result, str) and isinstance(result, Awaitable):
            task = self._spawn(_wait_for(result))
            await asyncio.sleep(0)  # a handler that waits for nothing is done after this, and needs no timer
            if not task.done():
                left = end - asyncio.get_running_loop().time()
                await asyncio.wait((task,), timeout=max(left, 0))
            if not task.done():
                self._spawn(self._follow(message, task))
                return b""
            result = _outcome(message, task)
        return _render(message, _reply_of(message, result), now_us, json)

    async def _follow(self, message: Message | Event, task: asyncio.Task[Reply | str | None]) -> None:
        """Send the answer of a handler that was too slow."""
        await asyncio.wait((task,))
        reply = _reply_of(message, _outcome(message, task))
        if reply is None or not reply.fields():
            return
        if self._late is None:
            _log.warning("an answer came after %.1f s and is dropped: nothing sends late ones", self._deadline)
            return
        try:
            await self._late(message, reply)
        except ReplyError as error:
            _log.error("an answer came after %.1f s and cannot follow: %s", self._deadline, error)
        except Exception as error:
            _log.error("a late answer could not be sent: %s", _place(error))


async def _wait_for(result: Awaitable[T]) -> T:
    return await result


def _outcome(message: Message | Event, task: asyncio.Task[T]) -> T | None:
    if task.cancelled():
        _log_failure(message, asyncio.CancelledError())
        return None
    if (error := task.exception()) is not None:
        _log_failure(message, error)
        return None
    return task.result()


def _reply_of(message: Message | Event, result: object) -> Reply | None:
    if result is None or isinstance(result, Reply):
        return result
    if not isinstance(result, str):
        _log.error("the handler of a %s returned %s, not a Reply, text or None", _what(message), type(result).__name__)
        return None
    try:
        return TextReply.cut(result)
    except ReplyError:
        return None  # nothing to see: no answer


def _render(message: Message | Event, reply: Reply | None, now_us: int, json: bool) -> bytes:
    if reply is None:
        return b""
    head = (message.from_user, message.to_user, now_us // 1_000_000)
    try:
        return reply.render_json(*head) if json else reply.render(*head)
    except Exception as error:
        _log_failure(message, error)
        return b""


def _what(message: Message | Event) -> str:
    return f"{message.kind} {message.event}".strip()[:60].encode("unicode_escape").decode()


def _place(error: BaseException) -> str:
    """Kind and place of an error. Its text may quote what people wrote, so it stays out of the log."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} in {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__


def _log_failure(message: Message | Event, error: BaseException) -> None:
    _log.error("the handler of a %s failed; the message is kept: %s", _what(message), _place(error))
