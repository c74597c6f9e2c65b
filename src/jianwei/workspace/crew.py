"""Processes that are kept running: one that dies is started again, all end with the process that started them."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Self

from jianwei.workspace.logs import set_up_log

__all__ = ["Crew", "Post"]

log = logging.getLogger("jianwei.serve")

STEADY_SECONDS = 10.0
"""A process that lived as long and then died is started again at once; one that dies sooner waits longer and longer."""

LONGEST_PAUSE = 30.0


@dataclass(slots=True)
class Post:
    """What one process is to do.

    Attributes:
        name: in the log.
        run: a function of a module, since the process imports it; ends on SIGTERM.
        arguments: what it is called with.
    """

    name: str
    run: Callable[..., None]
    arguments: tuple[Any, ...] = ()
    _process: BaseProcess | None = field(default=None, init=False)
    _started: float = field(default=0.0, init=False)
    _failures: int = field(default=0, init=False)
    _not_before: float = field(default=0.0, init=False)

    def mind(self, log_level: int) -> None:
        """See that the process is there."""
        now = time.monotonic()
        if self._process is not None and not self._process.is_alive():
            self._failures = 0 if now - self._started > STEADY_SECONDS else self._failures + 1
            pause = min(0.1 * 2**self._failures, LONGEST_PAUSE) if self._failures > 1 else 0.0
            log.warning("%s: ended with %s and is started again", self.name, self._process.exitcode)
            self._process.close()
            self._process, self._not_before = None, now + pause
        if self._process is None and now >= self._not_before:
            # Spawned, not forked: a copy of a process with threads and open databases would not be sound.
            spawn = multiprocessing.get_context("spawn")
            arguments = (log_level, self.run, self.arguments)
            self._process = spawn.Process(target=_work, args=arguments, name=f"jianwei {self.name}", daemon=True)
            self._process.start()
            self._started = now

    def ask_to_end(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def end(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic seconds), then kill."""
        if self._process is None:
            return
        self._process.join(max(deadline - time.monotonic(), 0.1))
        if self._process.is_alive():
            log.warning("%s: does not end and is killed", self.name)
            self._process.kill()
            self._process.join()
        self._process.close()
        self._process = None


class Crew:
    """Keeps processes running while the block runs; leaving it ends them.

    Args:
        posts: what they do.
        patience: seconds that they have for ending.
    """

    def __init__(self, posts: Sequence[Post], *, patience: float, log_level: int = logging.INFO) -> None:
        self._posts, self._patience, self._log_level = posts, patience, log_level
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._mind, name="crew", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()
        for post in self._posts:
            post.ask_to_end()
        deadline = time.monotonic() + self._patience
        for post in self._posts:
            post.end(deadline)

    def _mind(self) -> None:
        while not self._stopping.is_set():
            for post in self._posts:
                post.mind(self._log_level)
            self._stopping.wait(0.2)


def _work(log_level: int, run: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    """The process of a post."""
    set_up_log(log_level)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everybody at once; the parent says who ends when
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()  # until it is gone, in whatever way
        main = threading.main_thread().ident
        assert main is not None
        signal.pthread_kill(main, signal.SIGTERM)  # to the thread that handles signals, which may be waiting

    threading.Thread(target=watch, name="parent", daemon=True).start()
    run(*arguments)
