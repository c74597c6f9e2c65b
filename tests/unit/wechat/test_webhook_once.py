"""The webhook: the handler runs once for each message, in time, and what is acknowledged was kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from support.pushes import SUCCESS, Handled, echo, run, said, sealed, signed, webhook, xml

from jianwei.errors import StoreError
from jianwei.wechat._base import Claim, Delivery
from jianwei.wechat.memory import MemoryInbox
from jianwei.wechat.messages import dedupe_key
from jianwei.wechat.replies import Acknowledge, Reply, TransferCustomerService
from jianwei.wechat.webhook import Answer


@pytest.mark.parametrize("secure", [False, True])
def test_fifty_retries_at_once_run_the_handler_once(secure: bool) -> None:
    asked: list[str] = []

    async def work() -> None:
        inbox, gate = MemoryInbox(), asyncio.Event()

        async def handler(message: Handled) -> str:
            asked.append(dedupe_key(message))
            await gate.wait()
            return f"answer {len(asked)}"

        hooks = [webhook(handler, inbox) for _ in range(5)]  # as many workers of one server
        pushes = [sealed(xml(), nonce=str(n)) if secure else (signed(str(n)), xml()) for n in range(50)]
        tasks = [asyncio.create_task(hooks[n % 5].receive(*push)) for n, push in enumerate(pushes)]
        await asyncio.sleep(0.02)
        gate.set()
        answers = await asyncio.gather(*tasks)
        answers.append(await hooks[0].receive(*pushes[0]))
        assert {said(answer)["Content"] for answer in answers} == {"answer 1"}
        assert len({answer.body for answer in answers}) == (51 if secure else 1)
        assert len(inbox.deliveries()) == 1
        assert await hooks[0].drain(0) == 0

    run(work())
    assert asked == ["m:1"]


def test_a_slow_answer_follows_later_and_the_message_is_kept_first() -> None:
    async def work() -> None:
        inbox, gate, sent = MemoryInbox(), asyncio.Event(), list[tuple[Handled, Reply]]()

        async def handler(message: Handled) -> str:
            await gate.wait()
            return echo(message)

        async def late(message: Handled, reply: Reply) -> None:
            sent.append((message, reply))

        hook = webhook(handler, inbox, late=late, deadline=0.02)
        assert await hook.receive(*sealed(xml())) == SUCCESS
        assert [one.key for one in inbox.deliveries()] == ["m:1"]
        assert await hook.receive(*sealed(xml(), nonce="2")) == SUCCESS
        assert await hook.drain(0.01) > 0
        gate.set()
        assert await hook.drain(5) == 0
        ((message, reply),) = sent
        assert (message.from_user, reply.to_custom()["text"]) == ("oA", {"content": "收到：你好"})
        assert await hook.receive(*sealed(xml(), nonce="3")) == SUCCESS
        assert len(sent) == 1
        first, follower = inbox.deliveries()
        assert (follower.key, follower.body) == ("m:1/late", first.body)
        again = await inbox.begin(follower.account, follower.key, 0)
        assert again.answer is not None
        assert said(Answer(200, again.answer))["Content"] == "收到：你好"

    run(work())


def test_late_answers_that_cannot_be_sent_are_logged_without_their_words(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(message: Handled, reply: Reply) -> None:
        raise RuntimeError("秘密")

    async def follows(message: Handled, reply: Reply) -> None:
        reply.to_custom()

    async def work(late: Any, result: Any) -> None:
        async def handler(message: Handled) -> Any:
            await asyncio.sleep(0.05)
            if isinstance(result, Exception):
                raise result
            return result

        hook = webhook(handler, late=late, deadline=0.01)
        assert await hook.receive(signed(), xml()) == SUCCESS
        assert await hook.drain(5) == 0

    for late, result, expected in (
        (None, "秘密", "nothing sends late ones"),
        (failing, "秘密", "RuntimeError"),
        (follows, TransferCustomerService(), "cannot be sent as a customer-service message"),
        (failing, ValueError("秘密"), "ValueError"),
    ):
        caplog.clear()
        run(work(late, result))
        assert expected in caplog.text
        assert "秘密" not in caplog.text
    caplog.clear()
    run(work(failing, None))
    run(work(failing, Acknowledge()))
    assert caplog.text == ""


async def cancels(message: Handled) -> str:
    raise asyncio.CancelledError


async def fails_later(message: Handled) -> str:
    await asyncio.sleep(0)
    raise ValueError(f"about {message}")


def fails(message: Handled) -> str:
    raise KeyError(f"about {message}")


@pytest.mark.parametrize("handler", [fails, fails_later, cancels])
def test_a_handler_that_fails_costs_the_answer_only(
    handler: Callable[[Handled], Any], caplog: pytest.LogCaptureFixture
) -> None:
    inbox = MemoryInbox()
    hook = webhook(handler, inbox)
    assert run(hook.receive(*sealed(xml(content="秘密")))) == SUCCESS
    assert run(hook.receive(*sealed(xml(content="秘密"), nonce="2"))) == SUCCESS
    assert len(inbox.deliveries()) == 1
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.ERROR, None)
    assert "秘密" not in caplog.text
    assert "test_webhook_once.py" in caplog.text or handler is cancels


def test_a_client_that_goes_away_changes_nothing() -> None:
    asked: list[int] = []

    async def work() -> None:
        inbox, gate = MemoryInbox(), asyncio.Event()

        async def handler(message: Handled) -> str:
            asked.append(1)
            await gate.wait()
            return "done"

        hook = webhook(handler, inbox)
        for steps in range(6):  # it goes away at each step on the way into the handler
            first = asyncio.create_task(hook.receive(signed(), xml(steps)))
            for _ in range(steps):
                await asyncio.sleep(0)
            first.cancel()
            with suppress(asyncio.CancelledError):
                await first
        gate.set()
        assert await hook.drain(5) == 0
        for steps in range(6):
            assert said(await hook.receive(signed(), xml(steps)))["Content"] == "done"
        assert sorted(one.key for one in inbox.deliveries()) == [f"m:{steps}" for steps in range(6)]

    run(work())
    assert len(asked) == 6


# --- an inbox that fails ---------------------------------------------------------------------------------------------


class Failing(MemoryInbox):
    """Fails in the named calls as often as it is told to."""

    def __init__(self, **times: int) -> None:
        super().__init__()
        self.times = times

    def _fail(self, name: str) -> None:
        if self.times.get(name, 0) > 0:
            self.times[name] -= 1
            raise StoreError("inbox", "the disk is full")

    async def begin(self, account: str, key: str, wait_seconds: float) -> Claim:
        self._fail("begin")
        return await super().begin(account, key, wait_seconds)

    async def finish(self, delivery: Delivery, answer: bytes) -> None:
        self._fail("finish")
        await super().finish(delivery, answer)

    async def abandon(self, account: str, key: str) -> None:
        await super().abandon(account, key)
        self._fail("abandon")


@pytest.mark.parametrize("broken", ["begin", "finish", "abandon"])
@pytest.mark.parametrize("secure", [False, True])
def test_what_was_not_kept_is_not_acknowledged(broken: str, secure: bool) -> None:
    asked: list[int] = []

    def handler(message: Handled) -> str:
        asked.append(1)
        return f"answer {len(asked)}"

    async def work() -> None:
        inbox = Failing(**{broken: 2, "finish": 2 if broken != "begin" else 0})
        hook = webhook(handler, inbox, deadline=0)  # no time to ask the inbox again
        push = sealed(xml()) if secure else (signed(), xml())
        for _ in range(2):
            assert (await hook.receive(*push)).status == 503
        assert inbox.deliveries() == []
        assert said(await hook.receive(*push))["Content"] == "answer 1"
        assert len(inbox.deliveries()) == 1

    run(work())
    assert asked == [1]


def test_a_retry_does_not_start_a_slow_handler_again_when_keeping_failed() -> None:
    asked: list[int] = []

    async def work() -> None:
        gate, sent = asyncio.Event(), list[Reply]()

        async def handler(message: Handled) -> str:
            asked.append(1)
            await gate.wait()
            return "late"

        async def late(message: Handled, reply: Reply) -> None:
            sent.append(reply)

        hook = webhook(handler, Failing(finish=1), late=late, deadline=0.01)
        assert (await hook.receive(signed(), xml())).status == 503
        assert await hook.receive(signed(), xml()) == SUCCESS
        gate.set()
        assert await hook.drain(5) == 0
        assert len(sent) == 1

    run(work())
    assert asked == [1]


def test_a_retry_that_waits_in_vain_is_not_acknowledged() -> None:
    class Stuck(MemoryInbox):
        async def finish(self, delivery: Delivery, answer: bytes) -> None:
            await asyncio.Event().wait()

    async def work() -> None:
        hook = webhook(inbox=Stuck(), deadline=0.02)
        first = asyncio.create_task(hook.receive(signed(), xml()))
        await asyncio.sleep(0.01)
        assert (await hook.receive(signed("2"), xml())).status == 503
        assert not first.done()

    run(work())


def test_claims_that_were_given_back_go_to_one_who_waits() -> None:
    async def work() -> None:
        inbox = MemoryInbox()
        assert (await inbox.begin("a", "k", 0)).first
        waiting = [asyncio.create_task(inbox.begin("a", "k", 5)) for _ in range(3)]
        await asyncio.sleep(0)
        await inbox.abandon("a", "k")
        done, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result() for task in done] == [Claim(first=True)]
        await inbox.finish(Delivery("a", "k", b"", 1), b"answer")
        assert await asyncio.gather(*rest) == [Claim(first=False, answer=b"answer")] * 2
        assert (await inbox.begin("b", "k", 0)).first

    run(work())
