"""Threads for functions of other people: a bounded number of their own, with a bounded queue, so that nothing else waits for them.

They are daemons, unlike those of `concurrent.futures`: a function that hangs does not keep the process from ending.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

from jianwei.errors import RetryableError

__all__ = ["BusyError", "Threads"]

T = TypeVar("T")

_Job = Callable[[], None]


class BusyError(RetryableError):
    """All threads are taken, and as many functions wait for them as may."""


class Threads:
    """Runs functions in threads, which are started when they are needed.

    Args:
        name: of the threads.
        most: threads at most.
        most_waiting: functions that may wait for a thread.

    >>> asyncio.run(Threads("sums").run(sum, (1, 2)))
    3
    """

    def __init__(self, name: str, *, most: int = 32, most_waiting: int = 500) -> None:
        self._name, self._most, self._most_waiting = name, most, most_waiting
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._lock = threading.Lock()
        self._started = self._unfinished = 0

    async def run(self, function: Callable[..., T], /, *args: object) -> T:
        """What the function gives, or raises. Nobody waits for a function any more that is given up before it has begun: it never runs.

        Raises:
            BusyError: too many wait already.
        """
        given: Future[T] = Future()
        context = contextvars.copy_context()

        def job() -> None:
            if not given.set_running_or_notify_cancel():
                return
            try:
                result = context.run(function, *args)
            except StopIteration as error:  # no future can carry it
                given.set_exception(RuntimeError(f"{type(error).__name__} left a function"))
            except BaseException as error:
                given.set_exception(error)
            else:
                given.set_result(result)

        with self._lock:
            if self._unfinished >= self._most + self._most_waiting:
                raise BusyError(self._name, f"{self._most_waiting} wait for a thread already", "try again later")
            self._unfinished += 1
            if self._started < min(self._most, self._unfinished):
                self._started += 1
                threading.Thread(target=self._work, name=f"{self._name} {self._started}", daemon=True).start()
        self._jobs.put(job)
        return await asyncio.wrap_future(given)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            finally:
                del job  # what it holds need not wait for the next one
                with self._lock:
                    self._unfinished -= 1
