"""The one writer, for several workers: it serves a Unix domain socket that only this user can open."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import msgspec
import sqlalchemy as sa

from jianwei.common.kept import Claim, Delivery
from jianwei.errors import StoreError
from jianwei.store.inbox._frames import Abandon, Begin, Finish, Frames, Reply, Request, framed
from jianwei.store.inbox.writer import WriterInbox

__all__ = ["serve_inbox"]

_Running = tuple[asyncio.AbstractEventLoop, asyncio.Event]


@contextmanager
def serve_inbox(engine: sa.Engine, *, folder: Path | None = None, wait_seconds: float = 5.0) -> Iterator[Path]:
    """Write for other processes while the block runs, in a thread with an event loop of its own.

    Args:
        engine: the state database, a SQLite file.
        folder: where the socket is made; a private temporary folder when None. Its path must be short (the system allows about 100
            bytes).
        wait_seconds: how long to wait for an earlier server to end.

    Yields:
        The socket's path, for `RemoteInbox`.

    Raises:
        StoreError: another process is the writer.
    """
    with tempfile.TemporaryDirectory(prefix="jianwei-") as private:  # made with mode 0700
        path = (folder or Path(private)) / "inbox.sock"
        ready: Future[_Running] = Future()
        thread = threading.Thread(
            target=_run, args=(engine, path, wait_seconds, ready), name="inbox server", daemon=True
        )
        thread.start()
        loop, stopping = ready.result()
        try:
            yield path
        finally:
            loop.call_soon_threadsafe(stopping.set)
            thread.join()


def _run(engine: sa.Engine, path: Path, wait_seconds: float, ready: Future[_Running]) -> None:
    async def serve() -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        connections: set[_Connection] = set()
        async with WriterInbox(engine, wait_seconds=wait_seconds) as inbox:
            path.unlink(missing_ok=True)
            server = await loop.create_unix_server(lambda: _Connection(inbox, connections), str(path))
            path.chmod(0o600)
            ready.set_result((loop, stopping))
            await stopping.wait()
            server.close()
            for connection in list(connections):
                connection.close()
        path.unlink(missing_ok=True)

    try:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(serve())
    except BaseException as error:
        if ready.done():
            raise
        ready.set_exception(error)


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class _Connection(asyncio.Protocol):
    """One worker. When it goes, so do its claims."""

    def __init__(self, inbox: WriterInbox, connections: set[_Connection]) -> None:
        self._inbox, self._connections = inbox, connections
        self._loop = asyncio.get_running_loop()
        self._held: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._out: list[Reply] = []
        self._frames, self._decode = Frames(), msgspec.msgpack.Decoder(list[Request]).decode
        self._up = False

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._up = True
        self._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._up = False
        self._connections.discard(self)
        for task in self._tasks:
            task.cancel()
        for account, key in self._held:
            self._inbox.release(account, key)
        self._held.clear()

    def data_received(self, data: bytes) -> None:
        try:
            requests = [request for frame in self._frames.feed(data) for request in self._decode(frame)]
        except (ValueError, msgspec.MsgspecError):
            self._transport.close()  # whoever this is, it is no worker of ours
            return
        for request in requests:
            if isinstance(request, Begin):
                self._begin(request)
            elif isinstance(request, Finish):
                self._finish(request)
            else:
                self._abandon(request)

    def _begin(self, request: Begin) -> None:
        try:
            claim = self._inbox.claim(request.account, request.key)
        except StoreError as error:
            self._send(Reply(request.number, error=(error.where, error.what, error.hint)))
            return
        if claim is not None:
            self._claimed(request, claim)
            return
        task = self._loop.create_task(self._wait(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wait(self, request: Begin) -> None:
        claim = await self._inbox.begin(request.account, request.key, request.wait_seconds)
        self._claimed(request, claim)

    def _claimed(self, request: Begin, claim: Claim) -> None:
        if claim.first:
            if not self._up:
                self._inbox.release(request.account, request.key)
                return
            self._held.add((request.account, request.key))
        self._send(Reply(request.number, claim.first, claim.answer))

    def _finish(self, request: Finish) -> None:
        key, number = (request.account, request.key), request.number
        held = key in self._held
        self._held.discard(key)  # not given back while it is written, whatever becomes of the worker

        def done(error: StoreError | None) -> None:
            if error is not None and held and self._up:
                self._held.add(key)
            elif error is not None and held:
                self._inbox.release(*key)
            told = None if error is None else (error.where, error.what, error.hint)
            self._send(Reply(number, error=told))

        delivery = Delivery(request.account, request.key, request.body, request.received_us)
        try:
            self._inbox.submit(delivery, request.answer, done)
        except StoreError as error:
            done(error)

    def _abandon(self, request: Abandon) -> None:
        key = (request.account, request.key)
        if key in self._held:
            self._held.discard(key)
            self._inbox.release(*key)

    def _send(self, reply: Reply) -> None:
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(reply)

    def _flush(self) -> None:
        out, self._out = self._out, []
        if out and self._up:
            self._transport.write(framed(out))
