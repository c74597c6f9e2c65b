"""Running the handler of a webhook once for each message, within the time that the platform gives.

    begin ─► handler ─► finish ─► answer            one durable write carries the message and its answer
                 └─ deadline: finish, `success` ─► … ─► begin …/late, late, finish

All of it goes on when the client goes away; a retry waits for it or gets what was kept. Handlers are other people's code: whatever they
raise is a failure of theirs, `SystemExit` too, and a claim is given back on every way out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from types import TracebackType
from typing import Any, TypeVar

from jianwei.errors import StoreError
from jianwei.wechat._base import Delivery, Inbox
from jianwei.wechat.errors import WeChatError
from jianwei.wechat.messages import Event, Message
from jianwei.wechat.replies import Reply, ReplyError, TextReply

__all__ = ["Handler", "Handling", "Late"]

T = TypeVar("T")

Handler = Callable[[Message | Event], Awaitable[Reply | str | None] | Reply | str | None]
"""What answers a message. A plain function runs on the event loop and must not block."""

Late = Callable[[Message | Event, Reply], Awaitable[None]]
"""What sends an answer that came after the deadline, usually as a customer-service message."""

_MOST_UNSAVED = 1_000
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.8
_MOST_FRAMES = 8

_log = logging.getLogger(__name__)


class Handling:
    """Answers deliveries of one account, each once. See `Webhook`, which is its only user.

    Args:
        deadline: seconds from the arrival of a delivery to its answer.
        now: the clock, µs since 1970 (UTC).
    """

    def __init__(
        self,
        account: str,
        inbox: Inbox,
        handler: Handler,
        late: Late | None,
        deadline: float,
        now: Callable[[], int],
    ) -> None:
        self._account = account
        self._inbox = inbox
        self._handler = handler
        self._late = late
        self._deadline = deadline
        self._now = now
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
            _log.error("the inbox cannot be asked, the platform will push again: %s", _said(error))
            return None
        if not claim.first:
            return claim.answer
        kept = False
        try:
            answer = self._unsaved.pop(key, None)
            if answer is None:
                answer = b"" if message is None else await self._handle(message, delivery, json, end)
            kept = await self._keep(delivery, answer, end)
            if not kept:  # before the claim goes to a retry that waits
                self._remember(key, answer)
        finally:
            if not kept:
                await self._abandon(account, key)
        return answer if kept else None

    def _remember(self, key: str, answer: bytes) -> None:
        if len(self._unsaved) >= _MOST_UNSAVED:
            self._unsaved.pop(next(iter(self._unsaved)))
        self._unsaved[key] = answer

    async def _keep(self, delivery: Delivery, answer: bytes, end: float) -> bool:
        """Whether the inbox kept a delivery, asked again and again until `end`: another worker would run the handler once more."""
        pause = _FIRST_PAUSE
        while True:
            try:
                await self._inbox.finish(delivery, answer)
            except Exception as error:
                if asyncio.get_running_loop().time() + pause > end:
                    _log.error("the inbox cannot keep a delivery, the platform will push it again: %s", _said(error))
                    return False
                if pause == _FIRST_PAUSE:
                    _log.warning("the inbox could not keep a delivery and is asked again: %s", _said(error))
            else:
                return True
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _abandon(self, account: str, key: str) -> None:
        try:
            await self._inbox.abandon(account, key)
        except Exception as error:
            _log.error("the inbox cannot take a claim back: %s", _said(error))

    async def _handle(self, message: Message | Event, delivery: Delivery, json: bool, end: float) -> bytes:
        try:
            result: object = self._handler(message)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            _log_failure(message, error)
            return b""
        if not isinstance(result, str) and isinstance(result, Awaitable):
            task = self._spawn(_result(message, result))
            await asyncio.sleep(0)  # a handler that waits for nothing is done after this, and needs no timer
            if not task.done():
                left = end - asyncio.get_running_loop().time()
                await asyncio.wait((task,), timeout=max(left, 0))
            if not task.done():
                self._spawn(self._follow(message, delivery, json, task))
                return b""
            result = task.result()
        return _render(message, _reply_of(message, result), delivery.received_us, json)

    async def _follow(
        self, message: Message | Event, delivery: Delivery, json: bool, task: asyncio.Task[object]
    ) -> None:
        """Send the answer of a handler that was too slow, and keep it beside the delivery under a key of its own."""
        await asyncio.wait((task,))
        reply = _reply_of(message, task.result())
        now_us = self._now()
        answer = _render(message, reply, now_us, json)
        if reply is None or not answer:
            return
        if self._late is None:
            _log.warning("an answer came after %.1f s and is dropped: nothing sends late ones", self._deadline)
            return
        late = Delivery(delivery.account, f"{delivery.key}/late", delivery.body, now_us)
        try:
            claim = await self._inbox.begin(late.account, late.key, self._deadline)
        except Exception as error:
            _log.error("the inbox cannot be asked, a late answer is sent all the same: %s", _said(error))
            await self._send_late(message, reply)
            return
        if not claim.first:
            return  # another worker has sent one
        kept = False
        try:
            if await self._send_late(message, reply):
                kept = await self._keep(late, answer, asyncio.get_running_loop().time() + self._deadline)
        finally:
            if not kept:
                await self._abandon(late.account, late.key)

    async def _send_late(self, message: Message | Event, reply: Reply) -> bool:
        assert self._late is not None
        try:
            await self._late(message, reply)
        except KeyboardInterrupt:
            raise
        except ReplyError as error:
            _log.error("an answer came after %.1f s and cannot follow: %s", self._deadline, error)
        except BaseException as error:
            _log.error("a late answer could not be sent: %s", _said(error))
        else:
            return True
        return False


async def _result(message: Message | Event, result: Awaitable[object]) -> object:
    """What a handler gives in the end; None where it fails. `SystemExit` that left a task would end the loop."""
    try:
        return await result
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        _log_failure(message, error)
        return None


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


def _said(error: BaseException) -> str:
    """An error for the log. Ours quote no words of people; the text of any other may, and stays out: its kind and place must do."""
    if isinstance(error, WeChatError | StoreError):
        return str(error)
    return f"{type(error).__name__}{_stack(error.__traceback__)}"


def _stack(trace: TracebackType | None) -> str:
    """Where it was raised and who called that, innermost first.

    >>> _stack(None)
    ''
    """
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename != __file__:
            frames.append(f"{code.co_filename}:{trace.tb_lineno} in {code.co_name}")
        trace = trace.tb_next
    shown = frames[: -_MOST_FRAMES - 1 : -1]
    return f" at {', called from '.join(shown)}" if shown else ""


def _log_failure(message: Message | Event, error: BaseException) -> None:
    stack = _stack(error.__traceback__) if isinstance(error, WeChatError | StoreError) else ""
    _log.error("the handler of a %s failed; the message is kept: %s%s", _what(message), _said(error), stack)
