"""Work that goes on beside the web: each job in a thread of its own, with its own pace, its own line in the log and its own back-off."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from jianwei.errors import JianweiError

__all__ = ["Done", "Job", "Jobs"]

log = logging.getLogger("jianwei.jobs")

LONGEST_PAUSE = 300.0


@dataclass(frozen=True, slots=True)
class Done:
    """What one round of a job did.

    Attributes:
        said: a line for the log, or "" where nothing happened.
        again: there is more to do at once.
        wakes: jobs that have something to do now, by name.
    """

    said: str = ""
    again: bool = False
    wakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """Something that is done again and again.

    Attributes:
        name: stands in front of its lines in the log.
        run: one round; raises when it failed, and is tried again after a longer and longer pause.
        every: seconds between rounds.
    """

    name: str
    run: Callable[[], Done]
    every: float


class Jobs:
    """Runs jobs while the block runs. Leaving it waits for what is under way.

    Args:
        jobs: what to run.
        patience: seconds to wait for each on leaving.

    >>> done = threading.Event()
    >>> with Jobs([Job("once", lambda: (done.set(), Done())[1], every=3600)]):
    ...     done.wait(20)
    True
    """

    def __init__(self, jobs: Sequence[Job], *, patience: float = 30.0) -> None:
        self._jobs, self._patience = jobs, patience
        self._stopping = threading.Event()
        self._wakes = {job.name: threading.Event() for job in jobs}
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        for job in self._jobs:
            thread = threading.Thread(target=self._go_on, args=(job,), name=f"job {job.name}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for wake in self._wakes.values():
            wake.set()
        for thread in self._threads:
            thread.join(self._patience)

    def wake(self, name: str) -> None:
        """Start a round now rather than later."""
        self._wakes[name].set()

    def _go_on(self, job: Job) -> None:
        failures, wake = 0, self._wakes[job.name]
        while not self._stopping.is_set():
            done = _round(job)
            failures = 0 if done is not None else failures + 1
            if done is not None:
                for name in done.wakes:
                    self.wake(name)
                if done.again:
                    continue
            pause = job.every
            if failures:
                pause = min(max(job.every, 1.0) * 2 ** min(failures, 10), LONGEST_PAUSE)
                pause *= random.uniform(0.75, 1.25)  # noqa: S311 - so that several servers do not come at once
            wake.wait(pause)
            if not self._stopping.is_set():
                wake.clear()


def _round(job: Job) -> Done | None:
    """One round; None when it failed."""
    try:
        done = job.run()
    except JianweiError as error:
        log.warning("%s: %s", job.name, error)
        return None
    except Exception as error:  # a job that fails must not end the others
        log.error("%s: failed (%s)", job.name, type(error).__name__, exc_info=error)
        return None
    if done.said:
        log.info("%s: %s", job.name, done.said)
    return done
