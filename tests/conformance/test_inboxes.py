"""Where deliveries are kept before they are acknowledged: one suite for every implementation. A new one is a line in `INBOXES`."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from jianwei.common.kept import Claim, Delivery
from jianwei.errors import StoreError
from jianwei.store.inbox import PostgresInbox, RemoteInbox, WriterInbox, serve_inbox
from jianwei.store.state import now_us, open_database
from jianwei.store.state.tables import inbox as table
from jianwei.wechat._base import Inbox
from jianwei.wechat.memory import MemoryInbox

WORKER = Path(__file__).parents[1] / "support" / "inbox_worker.py"

Worker = AbstractAsyncContextManager[Inbox]


@dataclass(frozen=True)
class Server:
    """A running server: `worker()` is one of its workers, which share everything."""

    worker: Callable[[], Worker]


@dataclass(frozen=True)
class Kept:
    """An implementation on one database, as the tests use it.

    Attributes:
        serve: runs a server; after it has ended, another one finds what is on disk.
        engine: the database, None where nothing is kept.
        address: what a worker process is told; needs a running server where it is "remote".
    """

    name: str
    serve: Callable[[], Any]
    engine: sa.Engine | None = None
    address: Callable[[Any], tuple[str, str]] | None = None


def _same(inbox: Inbox) -> Worker:
    return nullcontext(inbox)


@asynccontextmanager
async def _memory() -> AsyncIterator[Server]:
    inbox = MemoryInbox()
    yield Server(lambda: _same(inbox))


def _sqlite(request: pytest.FixtureRequest, folder: Path) -> Kept:
    engine = open_database(folder)
    request.addfinalizer(engine.dispose)

    @asynccontextmanager
    async def serve() -> AsyncIterator[Server]:
        async with WriterInbox(engine, wait_seconds=0) as inbox:
            yield Server(lambda: _same(inbox))

    return Kept("sqlite", serve, engine)


def _remote(request: pytest.FixtureRequest, folder: Path) -> Kept:
    engine = open_database(folder)
    request.addfinalizer(engine.dispose)

    @asynccontextmanager
    async def serve() -> AsyncIterator[Server]:
        with serve_inbox(engine) as path:
            yield Server(lambda: RemoteInbox(path))

    return Kept("remote", serve, engine)


def _postgres(request: pytest.FixtureRequest, folder: Path) -> Kept:
    engine = open_database(folder, request.getfixturevalue("postgres").database())
    request.addfinalizer(engine.dispose)

    @asynccontextmanager
    async def serve() -> AsyncIterator[Server]:
        yield Server(lambda: PostgresInbox(engine))

    return Kept("postgres", serve, engine)


INBOXES: dict[str, Callable[[pytest.FixtureRequest, Path], Kept]] = {
    "memory": lambda request, folder: Kept("memory", _memory),
    "sqlite": _sqlite,
    "remote": _remote,
    "postgres": _postgres,
}
DURABLE = [name for name in INBOXES if name != "memory"]


@pytest.fixture(params=INBOXES)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    return INBOXES[request.param](request, tmp_path)


@pytest.fixture(params=DURABLE)
def durable(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    return INBOXES[request.param](request, tmp_path)


def run(test: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await test

    asyncio.run(bounded())


FIRST = Claim(first=True)
UNANSWERED = Claim(first=False)


def answered(answer: bytes) -> Claim:
    return Claim(first=False, answer=answer)


def delivery(key: str, account: str = "shop", body: bytes = b"<xml/>") -> Delivery:
    return Delivery(account, key, body, now_us())


def rows(kept: Kept) -> dict[tuple[str, str], tuple[bytes, bytes]]:
    assert kept.engine is not None
    with kept.engine.connect() as connection:
        return {(r.account, r.key): (bytes(r.body), bytes(r.answer)) for r in connection.execute(sa.select(table))}


def test_first_answers_and_retries_get_the_same(kept: Kept) -> None:
    async def test() -> None:
        async with kept.serve() as server, server.worker() as one, server.worker() as two:
            assert isinstance(one, Inbox)
            assert await one.begin("shop", "1", 0) == FIRST
            assert await two.begin("shop", "1", 0) == UNANSWERED
            await one.finish(delivery("1"), b"\0\xffanswer")
            for inbox in (one, two):
                assert await inbox.begin("shop", "1", 5) == answered(b"\0\xffanswer")
            assert await two.begin("shop", "2", 0) == FIRST
            assert await two.begin("other", "1", 0) == FIRST
            await two.finish(delivery("2"), b"")
            assert await one.begin("shop", "2", 0) == answered(b"")

    run(test())


def test_retry_waits_for_the_answer(kept: Kept) -> None:
    async def test() -> None:
        async with kept.serve() as server, server.worker() as one, server.worker() as two:
            assert (await one.begin("shop", "1", 0)).first
            waiting = [asyncio.create_task(inbox.begin("shop", "1", 30)) for inbox in (one, two, two)]
            await asyncio.sleep(0.05)
            assert not any(task.done() for task in waiting)
            await one.finish(delivery("1"), b"answer")
            assert await asyncio.gather(*waiting) == [answered(b"answer")] * 3

    run(test())


def test_claim_given_back_goes_to_whoever_waits(kept: Kept) -> None:
    async def test() -> None:
        async with kept.serve() as server, server.worker() as one, server.worker() as two:
            assert (await one.begin("shop", "1", 0)).first
            waiting = [asyncio.create_task(inbox.begin("shop", "1", 30)) for inbox in (one, two)]
            await asyncio.sleep(0.05)
            await one.abandon("shop", "1")
            done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            assert [task.result() for task in done] == [FIRST]
            await two.finish(delivery("1"), b"second")
            assert [await task for task in pending] == [answered(b"second")]

    run(test())


def test_claim_given_back_is_a_first_one_again(kept: Kept) -> None:
    async def test() -> None:
        async with kept.serve() as server, server.worker() as one, server.worker() as two:
            assert (await one.begin("shop", "1", 0)).first
            await one.abandon("shop", "1")
            await one.abandon("shop", "never claimed")
            claim = await two.begin("shop", "1", 5)
            assert claim == FIRST

    run(test())


def test_of_fifty_at_once_one_is_the_first(kept: Kept) -> None:
    async def test() -> None:
        async with kept.serve() as server, server.worker() as one, server.worker() as two:
            workers = [one, two] * 25

            async def receive(inbox: Inbox) -> Claim:
                claim = await inbox.begin("shop", "1", 30)
                if claim.first:
                    await asyncio.sleep(0.01)
                    await inbox.finish(delivery("1"), b"once")
                return claim

            claims = await asyncio.gather(*(receive(inbox) for inbox in workers))
            assert sorted(claim.first for claim in claims) == [False] * 49 + [True]
            assert {claim.answer for claim in claims if not claim.first} == {b"once"}

    run(test())


def test_caller_that_goes_away_while_waiting_takes_nothing_along(kept: Kept) -> None:
    async def test() -> None:
        async with kept.serve() as server, server.worker() as one, server.worker() as two:
            assert (await one.begin("shop", "1", 0)).first
            gone = asyncio.create_task(two.begin("shop", "1", 30))
            await asyncio.sleep(0.05)
            gone.cancel()
            await one.abandon("shop", "1")
            await asyncio.gather(gone, return_exceptions=True)
            assert await two.begin("shop", "1", 10) == FIRST

    run(test())


def test_what_was_finished_is_there_after_a_restart(durable: Kept) -> None:
    async def fill() -> None:
        async with durable.serve() as server, server.worker() as inbox:
            for number in range(3):
                assert (await inbox.begin("店", f"消息{number}", 0)).first
                await inbox.finish(delivery(f"消息{number}", "店", f"正文{number}\0".encode()), f"答{number}".encode())
            assert (await inbox.begin("店", "unfinished", 0)).first
            await inbox.abandon("店", "unfinished")

    async def look() -> None:
        async with durable.serve() as server, server.worker() as inbox:
            for number in range(3):
                assert await inbox.begin("店", f"消息{number}", 0) == answered(f"答{number}".encode())
            assert await inbox.begin("店", "unfinished", 0) == FIRST

    run(fill())
    expected = {("店", f"消息{n}"): (f"正文{n}\0".encode(), f"答{n}".encode()) for n in range(3)}
    assert rows(durable) == expected
    run(look())


def test_many_at_once_are_all_kept(durable: Kept) -> None:
    """More than one statement holds, of every size up to 64 kB, each once."""

    async def test() -> None:
        async with durable.serve() as server, server.worker() as one, server.worker() as two:

            async def receive(inbox: Inbox, number: int) -> None:
                assert (await inbox.begin("shop", str(number), 0)).first
                await inbox.finish(delivery(str(number), body=b"x" * (number * 160)), str(number).encode())

            await asyncio.gather(*(receive((one, two)[number % 2], number) for number in range(400)))

    run(test())
    assert {key: (len(body), answer) for (_, key), (body, answer) in rows(durable).items()} == {
        str(n): (n * 160, str(n).encode()) for n in range(400)
    }


def test_row_that_cannot_be_kept_costs_no_other_its_place(durable: Kept) -> None:
    async def test() -> None:
        async with durable.serve() as server, server.worker() as inbox:
            for key in ("1", "2", "bad"):
                assert (await inbox.begin("shop", key, 0)).first
            bad = Delivery("shop", "bad", b"", 2**70)  # no database has such a number
            done = await asyncio.gather(
                inbox.finish(delivery("1"), b"a"), inbox.finish(bad, b"b"), inbox.finish(delivery("2"), b"c"),
                return_exceptions=True,
            )  # fmt: skip
            assert [type(outcome) for outcome in done] == [type(None), StoreError, type(None)]
            assert await inbox.begin("shop", "bad", 0) == UNANSWERED
            await inbox.abandon("shop", "bad")
            assert await inbox.begin("shop", "bad", 0) == FIRST

    if durable.name == "remote":
        pytest.skip("such a number does not reach the writer")
    run(test())
    assert set(rows(durable)) == {("shop", "1"), ("shop", "2")}


def test_retry_of_long_ago_is_known_though_memory_is_short(tmp_path: Path) -> None:
    async def test() -> None:
        engine = open_database(tmp_path)
        for _ in range(2):
            async with WriterInbox(engine, keep=3) as inbox:
                for number in range(10):
                    if (claim := await inbox.begin("shop", str(number), 0)).first:
                        await inbox.finish(delivery(str(number)), str(number).encode())
                    else:
                        assert claim.answer == str(number).encode()
                for number in range(10):
                    assert await inbox.begin("shop", str(number), 0) == answered(str(number).encode())
        engine.dispose()

    run(test())


def test_only_one_server_writes_to_a_file(tmp_path: Path) -> None:
    async def test() -> None:
        one, two = open_database(tmp_path), open_database(tmp_path)
        async with WriterInbox(one):
            with pytest.raises(StoreError, match="another server"):
                async with WriterInbox(two, wait_seconds=0):
                    pass
            with pytest.raises(StoreError, match="another server"), serve_inbox(two, wait_seconds=0):
                pass
        async with WriterInbox(two, wait_seconds=0) as inbox:
            assert (await inbox.begin("shop", "1", 0)).first
        one.dispose()
        two.dispose()

    run(test())


def test_worker_goes_on_after_the_writer_was_away(tmp_path: Path) -> None:
    async def test() -> None:
        engine = open_database(tmp_path)
        folder = tmp_path / "s"
        folder.mkdir()
        inbox = RemoteInbox(folder / "inbox.sock")
        with pytest.raises(StoreError, match="not there"):
            await inbox.begin("shop", "1", 0)
        with serve_inbox(engine, folder=folder):
            assert (await inbox.begin("shop", "1", 0)).first
            waiting = asyncio.create_task(inbox.begin("shop", "1", 30))
            await asyncio.sleep(0.05)
        with pytest.raises(StoreError, match="not there"):
            await waiting
        with pytest.raises(StoreError, match="not there"):
            await inbox.finish(delivery("1"), b"")
        await inbox.abandon("shop", "1")
        with serve_inbox(engine, folder=folder) as path:
            assert path.stat().st_mode & 0o777 == 0o600
            assert await inbox.begin("shop", "1", 0) == FIRST
            await inbox.finish(delivery("1"), b"answer")
            assert await inbox.begin("shop", "1", 0) == answered(b"answer")
            await inbox.__aexit__(None, None, None)
        engine.dispose()

    run(test())


def test_stranger_at_the_socket_is_shown_the_door(tmp_path: Path) -> None:
    async def test() -> None:
        engine = open_database(tmp_path)
        with serve_inbox(engine) as path:
            for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\1\xc1", b"\0\0\0\2\x91\x93"):
                reader, writer = await asyncio.open_unix_connection(str(path))
                writer.write(noise)
                assert await reader.read() == b""
                writer.close()
            async with RemoteInbox(path) as inbox:
                assert (await inbox.begin("shop", "1", 0)).first
        engine.dispose()

    run(test())


@contextmanager
def killed_under_load(kind: str, address: str) -> Iterator[set[str]]:
    """The keys that a process had kept when it was killed."""
    command = [sys.executable, str(WORKER), kind, address, "0", "1000000"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(300)]
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read().splitlines(keepends=True)
        yield {line.strip() for line in said if line.endswith("\n")}
    finally:
        process.kill()
        process.wait()


def test_what_was_finished_survives_a_kill_and_what_was_claimed_is_free(durable: Kept, tmp_path: Path) -> None:
    def check(acknowledged: set[str]) -> None:
        there = {key: answer for (_, key), (_, answer) in rows(durable).items()}
        assert len(acknowledged) >= 300
        assert acknowledged <= there.keys()
        assert all(answer == f"answer {key}".encode() for key, answer in there.items())

    async def claimed_is_free(worker: Worker, key: str) -> None:
        async with worker as inbox:
            assert await inbox.begin("shop", "claimed", 20) == FIRST
            assert await inbox.begin("shop", key, 0) == answered(f"answer {key}".encode())

    async def test() -> None:
        if durable.name == "remote":
            assert durable.engine is not None
            with serve_inbox(durable.engine) as path:
                with killed_under_load("remote", str(path)) as acknowledged:
                    check(acknowledged)
                await claimed_is_free(RemoteInbox(path), next(iter(acknowledged)))
            return
        assert durable.engine is not None
        address = str(tmp_path)
        if durable.name == "postgres":
            address = durable.engine.url.render_as_string(hide_password=False)
        with killed_under_load(durable.name, address) as acknowledged:
            check(acknowledged)
        async with durable.serve() as server:
            await claimed_is_free(server.worker(), next(iter(acknowledged)))

    run(test())
