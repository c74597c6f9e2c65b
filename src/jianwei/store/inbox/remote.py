"""The inbox of a worker process: claims and rows go to the one writer (`serving`) over a Unix domain socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import cast

import msgspec

from jianwei.common.kept import Claim, Delivery
from jianwei.errors import StoreError
from jianwei.store.inbox._frames import Abandon, Begin, Finish, Frames, Reply, Request, framed

__all__ = ["RemoteInbox"]

_GONE = ("inbox", "the process that writes messages is not there", "it is started again; nothing is lost")


class RemoteInbox:
    """The `Inbox` of a worker. It connects when it is first used, and again after the writer was away.

    Args:
        path: the socket that `serve_inbox` gave.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._link: _Link | None = None
        self._connecting = asyncio.Lock()

    async def __aenter__(self) -> RemoteInbox:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._link is not None:
            self._link.close()

    async def begin(self, account: str, key: str, wait_seconds: float) -> Claim:
        """Claim a delivery. If somebody claimed it before, in any worker, wait up to `wait_seconds` for their answer.

        Raises:
            StoreError: the writer is away.
        """
        link = self._ready() or await self._connected()
        number, reply = link.expect()
        link.send(Begin(number, account, key, wait_seconds))
        try:
            got = await reply
        except asyncio.CancelledError:
            link.forget(number, account, key)
            raise
        if got.error is not None:
            raise StoreError(*got.error)
        return Claim(got.first, got.answer)

    async def finish(self, delivery: Delivery, answer: bytes) -> None:
        """Keep a claimed delivery and its answer. When this returns, both are on disk.

        Raises:
            StoreError: it could not be written, or the writer is away.
        """
        link = self._ready() or await self._connected()
        number, reply = link.expect()
        link.send(Finish(number, delivery.account, delivery.key, delivery.body, delivery.received_us, answer))
        got = await reply
        if got.error is not None:
            raise StoreError(*got.error)

    async def abandon(self, account: str, key: str) -> None:
        """Give a claim back without an answer; with the writer away it is given back already."""
        if (link := self._ready()) is not None:
            link.send(Abandon(account, key))

    def _ready(self) -> _Link | None:
        return self._link if self._link is not None and self._link.up else None

    async def _connected(self) -> _Link:
        async with self._connecting:
            if (link := self._ready()) is not None:
                return link
            try:
                loop = asyncio.get_running_loop()
                _, self._link = await loop.create_unix_connection(_Link, str(self._path))
            except OSError:
                raise StoreError(*_GONE) from None
            if (link := self._ready()) is None:
                raise StoreError(*_GONE)
            return link


class _Link(asyncio.Protocol):
    """One connection to the writer."""

    def __init__(self) -> None:
        self.up = False
        self._loop = asyncio.get_running_loop()
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._unwanted: dict[int, tuple[str, str]] = {}  # begun for a caller that is gone
        self._out: list[Request] = []
        self._frames, self._decode = Frames(), _decoder()
        self._number = 0

    def expect(self) -> tuple[int, asyncio.Future[Reply]]:
        """A number for a request, and where its reply will be."""
        self._number += 1
        self._replies[self._number] = future = self._loop.create_future()
        return self._number, future

    def forget(self, number: int, account: str, key: str) -> None:
        """Nobody waits for this claim any more: when it comes, it is given back."""
        self._replies.pop(number, None)
        if self.up:
            self._unwanted[number] = (account, key)

    def send(self, request: Request) -> None:
        """Goes out with everything else of this round of the loop."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(request)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        out, self._out = self._out, []
        if not self.up:
            self._fail()
        elif out:
            self._transport.write(framed(out))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self.up = True

    def data_received(self, data: bytes) -> None:
        for frame in self._frames.feed(data):
            for reply in self._decode(frame):
                future = self._replies.pop(reply.number, None)
                if future is None or future.done():
                    owner = self._unwanted.pop(reply.number, None)
                    if owner is not None and reply.first:
                        self.send(Abandon(*owner))
                else:
                    future.set_result(reply)

    def connection_lost(self, error: Exception | None) -> None:
        self.up = False
        self._fail()

    def _fail(self) -> None:
        replies, self._replies = self._replies, {}
        for future in replies.values():
            if not future.done():
                future.set_result(Reply(0, error=_GONE))


def _decoder() -> Callable[[bytes], list[Reply]]:
    return msgspec.msgpack.Decoder(list[Reply]).decode
