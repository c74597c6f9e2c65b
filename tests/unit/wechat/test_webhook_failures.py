"""The webhook where handlers, inboxes and senders fail: nothing ends the loop, no claim stays behind, and the log says what to do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest
from support.pushes import SUCCESS, Handled, run, said, sealed, signed, webhook, xml

from jianwei.errors import StoreError
from jianwei.wechat._base import Claim, Delivery
from jianwei.wechat.errors import api_error
from jianwei.wechat.memory import MemoryInbox
from jianwei.wechat.messages import dedupe_key, parse_message
from jianwei.wechat.replies import Reply


class Odd(BaseException):
    pass


def exits(message: Handled) -> str:
    sys.exit("秘密")


def cancels(message: Handled) -> str:
    raise asyncio.CancelledError


def odd(message: Handled) -> str:
    raise Odd("秘密")


async def exits_at_once(message: Handled) -> str:
    sys.exit("秘密")


async def exits_later(message: Handled) -> str:
    await asyncio.sleep(0.01)
    sys.exit("秘密")


async def cancels_itself(message: Handled) -> str:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)
    return "never"


@pytest.mark.parametrize("handler", [exits, cancels, odd, exits_at_once, exits_later, cancels_itself])
@pytest.mark.parametrize("deadline", [4.5, 0.001])
def test_no_handler_ends_the_server_or_keeps_its_claim(
    handler: Callable[[Handled], Any], deadline: float, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        inbox = MemoryInbox()
        hook = webhook(handler, inbox, deadline=deadline)
        assert await hook.receive(*sealed(xml())) == SUCCESS
        assert await hook.drain(5) == 0
        assert await hook.receive(*sealed(xml(), nonce="2")) == SUCCESS
        assert len(inbox.deliveries()) == 1

    run(work())
    assert handler.__name__ in caplog.text
    assert "秘密" not in caplog.text


def test_a_server_that_stops_gives_its_claims_back() -> None:
    async def work() -> None:
        inbox = MemoryInbox()

        async def forever(message: Handled) -> str:
            await asyncio.Event().wait()
            return "never"

        stopping = asyncio.create_task(webhook(forever, inbox).receive(signed(), xml()))
        await asyncio.sleep(0.01)
        others = asyncio.all_tasks() - {asyncio.current_task(), stopping}
        for task in (stopping, *others):
            task.cancel()
        await asyncio.gather(stopping, *others, return_exceptions=True)
        assert (await inbox.begin(webhook().account, "m:1", 0)).first

    run(work())


class Unsteady(MemoryInbox):
    """Fails to keep the first few deliveries that it is given."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    async def finish(self, delivery: Delivery, answer: bytes) -> None:
        if self.times > 0:
            self.times -= 1
            raise StoreError("inbox", "the disk is full", "make room")
        await super().finish(delivery, answer)


def test_a_write_that_fails_is_tried_again_before_another_worker_runs_the_handler() -> None:
    asked: list[str] = []

    def handler(message: Handled) -> str:
        asked.append(dedupe_key(message))
        return f"answer {len(asked)}"

    async def work() -> None:
        inbox = Unsteady(2)
        workers = [webhook(handler, inbox) for _ in range(2)]
        pushes = [worker.receive(signed(str(n)), xml()) for n, worker in enumerate(workers)]
        assert [said(answer)["Content"] for answer in await asyncio.gather(*pushes)] == ["answer 1"] * 2

    run(work())
    assert asked == ["m:1"]


def test_a_retry_that_takes_the_claim_over_has_the_answer_already() -> None:
    asked: list[str] = []

    class Slow(Unsteady):
        async def abandon(self, account: str, key: str) -> None:
            await super().abandon(account, key)
            await asyncio.sleep(0.01)  # the claim has gone to the retry, and this call has not come back

    def handler(message: Handled) -> str:
        asked.append(dedupe_key(message))
        return f"answer {len(asked)}"

    async def work() -> None:
        hook = webhook(handler, Slow(1), deadline=0.02)
        first, retry = await asyncio.gather(hook.receive(signed("1"), xml()), hook.receive(signed("2"), xml()))
        assert first.status == 503
        assert said(retry)["Content"] == "answer 1"

    run(work())
    assert asked == ["m:1"]


def test_a_late_answer_is_sent_and_kept_once_though_two_workers_have_it() -> None:
    async def work() -> None:
        inbox, gate, sent = Unsteady(2), asyncio.Event(), list[Reply]()

        async def handler(message: Handled) -> str:
            await gate.wait()
            return "late"

        async def late(message: Handled, reply: Reply) -> None:
            sent.append(reply)

        workers = [webhook(handler, inbox, late=late, deadline=0.01) for _ in range(2)]
        assert (await workers[0].receive(signed(), xml())).status == 503
        assert (await workers[1].receive(signed(), xml())).status == 503
        assert await workers[1].receive(signed(), xml()) == SUCCESS
        gate.set()
        for worker in workers:
            assert await worker.drain(5) == 0
        assert len(sent) == 1
        assert [one.key for one in inbox.deliveries()] == ["m:1", "m:1/late"]

    run(work())


def test_a_late_answer_that_cannot_be_sent_is_not_kept() -> None:
    async def work(error: BaseException) -> None:
        async def handler(message: Handled) -> str:
            await asyncio.sleep(0.02)
            return "late"

        async def late(message: Handled, reply: Reply) -> None:
            raise error

        inbox = MemoryInbox()
        hook = webhook(handler, inbox, late=late, deadline=0.001)
        assert await hook.receive(signed(), xml()) == SUCCESS
        assert await hook.drain(5) == 0
        assert [one.key for one in inbox.deliveries()] == ["m:1"]
        assert (await inbox.begin(hook.account, "m:1/late", 0)).first

    for error in (RuntimeError(), SystemExit(1), asyncio.CancelledError()):
        run(work(error))


def test_a_late_answer_is_sent_though_the_inbox_cannot_be_asked() -> None:
    class Away(MemoryInbox):
        async def begin(self, account: str, key: str, wait_seconds: float) -> Claim:
            if key.endswith("/late"):
                raise StoreError("inbox", "away")
            return await super().begin(account, key, wait_seconds)

    async def work() -> None:
        sent: list[Reply] = []

        async def handler(message: Handled) -> str:
            await asyncio.sleep(0.02)
            return "late"

        async def late(message: Handled, reply: Reply) -> None:
            sent.append(reply)

        hook = webhook(handler, Away(), late=late, deadline=0.001)
        assert await hook.receive(signed(), xml()) == SUCCESS
        assert await hook.drain(5) == 0
        assert len(sent) == 1

    run(work())


def test_the_log_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    async def handler(message: Handled) -> str:
        await asyncio.sleep(0.02)
        return "秘密"

    async def late(message: Handled, reply: Reply) -> None:
        raise api_error("/cgi-bin/message/custom/send", 48001, "api unauthorized", 0)

    async def work() -> None:
        hook = webhook(handler, Unsteady(1), late=late, deadline=0.001)
        assert (await hook.receive(signed(), xml())).status == 503
        assert await hook.receive(signed(), xml()) == SUCCESS
        assert await hook.drain(5) == 0

    run(work())
    assert "the disk is full. What to do: make room" in caplog.text
    assert "48001" in caplog.text
    assert "see the account's list of permissions" in caplog.text
    assert "秘密" not in caplog.text


def test_the_log_says_where_a_handler_failed_and_who_called_that(caplog: pytest.LogCaptureFixture) -> None:
    def price(message: Handled) -> str:
        raise ValueError("秘密")

    async def answer(message: Handled) -> str:
        return price(message)

    assert run(webhook(answer).receive(signed(), xml())) == SUCCESS
    here = "test_webhook_failures.py:"
    assert caplog.text.index("ValueError at ") < caplog.text.index(here) < caplog.text.index(" in price, called from ")
    assert caplog.text.index(" in price") < caplog.text.index(" in answer")
    assert "handling.py:" not in caplog.messages[0]
    assert "秘密" not in caplog.text


@pytest.mark.parametrize("number", ["1/late", "a\0b", "\ud800", "x" * 65, "１"])
def test_keys_are_letters_and_digits_whatever_the_message_id(number: str) -> None:
    push = parse_message(b"<xml><MsgType>text</MsgType><MsgId>7</MsgId></xml>")
    odd = type(push)(kind="text", msg_id=number)
    key = dedupe_key(odd)
    assert key.startswith("m:")
    assert key[2:].isascii()
    assert key[2:].isalnum()
    assert key != dedupe_key(type(push)(kind="text", msg_id=number + "1"))
