"""Group commit: what arrives while one batch is written becomes the next one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Generic, TypeVar

from jianwei.errors import StoreError

__all__ = ["Batcher"]

T = TypeVar("T")
R = TypeVar("R")


class Batcher(Generic[T, R]):
    """Items go to one thread in batches; their outcomes come back to the event loop, one wake-up a batch each way.

    Everything but `work` belongs to the loop that `start` was called in.

    Args:
        work: called in the thread; gives one outcome for every item and raises nothing.
        name: of the thread.
    """

    def __init__(self, work: Callable[[Sequence[T]], Sequence[R]], name: str) -> None:
        self._work, self._name = work, name
        self._waiting: list[tuple[T, Callable[[R], None]]] = []
        self._batches: SimpleQueue[list[tuple[T, Callable[[R], None]]] | None] = SimpleQueue()
        self._busy = self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle = asyncio.Event()
        self._idle.set()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def add(self, item: T, done: Callable[[R], None]) -> None:
        """Take an item; `done` is called with its outcome in the loop.

        Raises:
            StoreError: closed.
        """
        if self._closed or self._thread is None:
            raise StoreError(self._name, "is closed", "try again when the server is up")
        self._waiting.append((item, done))
        if not self._busy:
            self._busy = True
            self._idle.clear()
            self._loop.call_soon(self._hand_over)  # the others of this round of the loop come along

    async def close(self) -> None:
        """Finish what was taken, then end the thread."""
        self._closed = True
        if self._thread is not None:
            await self._idle.wait()
            self._batches.put(None)
            await asyncio.to_thread(self._thread.join)

    def _hand_over(self) -> None:
        batch, self._waiting = self._waiting, []
        self._batches.put(batch)

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            outcomes = self._work([item for item, _ in batch])
            try:
                self._loop.call_soon_threadsafe(self._written, batch, outcomes)
            except RuntimeError:  # the loop is gone, and with it whoever waits
                return

    def _written(self, batch: list[tuple[T, Callable[[R], None]]], outcomes: Sequence[R]) -> None:
        if self._waiting:
            self._hand_over()
        else:
            self._busy = False
        for (_, done), outcome in zip(batch, outcomes, strict=True):
            done(outcome)
        if not self._busy:
            self._idle.set()
