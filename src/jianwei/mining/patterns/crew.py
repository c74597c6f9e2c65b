"""Several walkers on one root: they share its items out and lay what they found together in order."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from threading import Event, Lock

import numpy as np

from jianwei.common.progress import Task
from jianwei.mining.patterns.roots.making import MASK, Root
from jianwei.mining.patterns.walking import Found, Limits, TooManySetsError, Walk

__all__ = ["walk"]

# A search that is done within this budget (some ten milliseconds) is not worth a second thread.
_ALONE = 5_000_000
_SHARES = 16


def walk(root: Root, limits: Limits, threads: int | None, task: Task) -> tuple[Found, list[Walk]]:
    """All that is found below a root, in the order that one walker alone would find it, and the walkers.

    Args:
        threads: walkers, at most; None takes as many as there are processors, once a search turns out to be long.
        task: is told of every item of the root that is done; an exception from it ends the walk.

    Raises:
        UsageError: more sets than allowed.
    """
    workers = threads or len(os.sched_getaffinity(0))
    first = Walk(root, limits, alone=True)
    first.begin(0, root.size)
    # Of few items with very many sets, writing these down is the work, and laying them together would be as much again.
    written = root.form == MASK and not (limits.closed or limits.counting)
    if first.run(_ALONE) or workers == 1 or written:
        _to_the_end(first, task)
        return first.found(), [first]
    task.advance(first.done)
    crew = _Crew(root, limits, task)
    crew.share(first.leave(), root.size, workers)
    with ThreadPoolExecutor(workers) as pool:
        try:
            running = [pool.submit(crew.work, first, True)]
            running += [pool.submit(crew.work, Walk(root, limits, alone=False), False) for _ in range(1, workers)]
            done, _ = wait(running, return_when=FIRST_EXCEPTION)
            for one in done:
                one.result()
        finally:
            crew.stop.set()
    return first.found() if limits.counting else crew.together(), crew.walks


def _to_the_end(walker: Walk, task: Task) -> None:
    told = 0
    done = False
    while not done:
        task.advance(walker.done - told)
        told = walker.done
        done = walker.run()
    task.advance(walker.done - told)


@dataclass(slots=True)
class _Crew:
    """What the walkers share: ranges to take, and which part of which walker's findings belongs to which range."""

    root: Root
    limits: Limits
    task: Task
    ranges: deque[tuple[int, int]] = field(default_factory=deque)
    pieces: dict[int, tuple[Walk, int, int]] = field(default_factory=dict)
    walks: list[Walk] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    stop: Event = field(default_factory=Event)

    def share(self, first: int, end: int, workers: int) -> None:
        step = max(1, (end - first) // (workers * _SHARES))
        self.ranges.extend((at, min(at + step, end)) for at in range(first, end, step))

    def work(self, walker: Walk, begun: bool) -> None:
        """Walk ranges until none is left."""
        with self.lock:
            self.walks.append(walker)
        start, told, since = -1, walker.done, 0
        while not self.stop.is_set():
            if not begun:
                with self.lock:
                    if not self.ranges:
                        return
                    start, end = self.ranges.popleft()
                since, told = walker.sets, 0
                walker.begin(start, end)
            begun = False
            while not walker.run():
                if self.stop.is_set():
                    return
                told = self._tell(walker, told)
            self._tell(walker, told)
            with self.lock:
                self.pieces[start] = (walker, since, walker.sets)

    def _tell(self, walker: Walk, told: int) -> int:
        with self.lock:
            self.task.advance(walker.done - told)
            if sum(one.sets for one in self.walks) > self.limits.most:
                raise TooManySetsError.of(self.limits.most)
        return walker.done

    def together(self) -> Found:
        """The findings of all ranges, in their order."""
        parts = [_part(*self.pieces[start]) for start in sorted(self.pieces)]
        lengths = np.concatenate([np.diff(part.offsets) for part in parts])
        return Found(
            np.concatenate([[0], np.cumsum(lengths)]),
            np.concatenate([part.columns for part in parts]),
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.keys for part in parts]),
            np.concatenate([part.last for part in parts]),
        )


def _part(walker: Walk, begin: int, end: int) -> Found:
    found = walker.found()
    offsets = found.offsets[begin : end + 1]
    return Found(
        offsets,
        found.columns[offsets[0] : offsets[-1]],
        found.rows[begin:end],
        found.keys[begin:end],
        found.last[begin:end],
    )
