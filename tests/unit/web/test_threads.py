"""Plain functions as handlers: they take their time in threads of their own, and cost nobody else any."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from support.pushes import said, signed, webhook, xml

from jianwei.web.answering import handler_of
from jianwei.web.threads import BusyError, Threads
from jianwei.wechat.memory import MemoryInbox


@contextmanager
def module(function: Callable[[Any], Any]) -> Iterator[str]:
    """A module with a handler, as somebody would write it; gives the handler's name."""
    made = types.ModuleType("somebodys_handlers")
    made.reply = function  # type: ignore[attr-defined]
    sys.modules[made.__name__] = made
    yield f"{made.__name__}:reply"
    del sys.modules[made.__name__]


def test_functions_run_beside_each_other_in_few_threads_with_their_context() -> None:
    variable = contextvars.ContextVar("variable", default="")
    used = set()

    def double(number: int) -> tuple[int, str]:
        used.add(threading.current_thread().name)
        return number * 2, variable.get()

    async def run() -> list[tuple[int, str]]:
        variable.set("here")
        threads = Threads("test", most=4)
        return await asyncio.gather(*(threads.run(double, number) for number in range(100)))

    assert asyncio.run(run()) == [(number * 2, "here") for number in range(100)]
    assert used <= {f"test {number}" for number in range(1, 5)}


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), asyncio.CancelledError(), StopIteration()])
def test_what_a_function_raises_arrives(error: BaseException) -> None:
    def fail() -> None:
        raise error

    async def run() -> BaseException:
        threads = Threads("test", most=1)
        try:
            async with asyncio.timeout(20):
                await threads.run(fail)
        except BaseException as arrived:
            assert await threads.run(lambda: 7) == 7  # the thread goes on
            return arrived
        raise AssertionError("nothing was raised")

    expected = RuntimeError if isinstance(error, StopIteration) else type(error)
    assert isinstance(asyncio.run(run()), expected)


def test_no_more_than_allowed_wait_and_those_given_up_never_run() -> None:
    free, ran = threading.Event(), []

    async def run() -> None:
        threads = Threads("test", most=2, most_waiting=3)
        tasks = [asyncio.create_task(threads.run(lambda n=n: (free.wait(20), ran.append(n)))) for n in range(5)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await threads.run(ran.append, 5)
        tasks[4].cancel()
        await asyncio.wait([tasks[4]])  # given up, before a thread could take it
        free.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert await threads.run(lambda: "free again") == "free again"

    asyncio.run(run())
    assert sorted(ran) == [0, 1, 2, 3]


def test_slow_handlers_take_no_threads_from_others() -> None:
    """Health, tokens and the store run in asyncio's own threads, of which there are few."""
    free, most = threading.Event(), 64

    def slow(message: Any) -> str:
        free.wait(30)
        return "late"

    async def run() -> None:
        with module(slow) as name:
            hook = webhook(handler_of(name), crypto=False)
            pushes = [asyncio.create_task(hook.receive(signed(), xml(number))) for number in range(most)]
            await asyncio.sleep(0.05)
            # With threads shared, this would wait for the handlers, and they for it.
            await asyncio.wait_for(asyncio.to_thread(free.set), 10)
            assert {said(answer)["Content"] for answer in await asyncio.gather(*pushes)} == {"late"}

    try:
        asyncio.run(run())
    finally:
        free.set()


def test_too_many_messages_are_kept_without_an_answer_and_one_line_says_so(caplog: pytest.LogCaptureFixture) -> None:
    free, inbox, many = threading.Event(), MemoryInbox(), 700

    def slow(message: Any) -> str:
        free.wait(30)
        return "answer"

    async def run() -> list[bytes]:
        with module(slow) as name:
            hook = webhook(handler_of(name), inbox, crypto=False, deadline=20)
            pushes = [asyncio.create_task(hook.receive(signed(), xml(number))) for number in range(many)]
            done, _ = await asyncio.wait(pushes, return_when=asyncio.FIRST_COMPLETED)
            assert {task.result().body for task in done} == {b"success"}  # at once
            free.set()
            return [answer.body for answer in await asyncio.gather(*pushes)]

    bodies = asyncio.run(run())
    assert len(inbox.deliveries()) == many
    assert bodies.count(b"success") == many - 32 - 500
    assert len([record for record in caplog.records if "too slow" in record.message]) == 1


def test_a_handler_that_hangs_does_not_keep_the_process() -> None:
    program = (
        "import asyncio, threading\n"
        "from jianwei.web.threads import Threads\n"
        "async def main():\n"
        "    task = asyncio.create_task(Threads('test').run(threading.Event().wait))\n"
        "    await asyncio.sleep(0.05)\n"
        "asyncio.run(main())\n"
        "print('over')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "over\n", "")
