"""Progress and cancellation: the one Protocol that every long-running function takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, runtime_checkable

__all__ = ["Progress", "RichProgress", "SilentProgress", "Task", "open_progress"]


class Task(Protocol):
    """One bar: so many of so many units."""

    def advance(self, units: float = 1) -> None:
        """Report `units` more as done."""

    def total(self, units: float) -> None:
        """Set or correct the number of units to expect."""


@runtime_checkable
class Progress(Protocol):
    """What long work reports to. `task` opens a bar and closes it when the block ends."""

    def task(self, label: str, total: float | None = None, unit: str = "rows") -> AbstractContextManager[Task]: ...

    def note(self, text: str) -> None:
        """Show one line above the bars (a file that was skipped, a retry)."""


class _SilentTask:
    def advance(self, units: float = 1) -> None:
        return None

    def total(self, units: float) -> None:
        return None


class SilentProgress:
    """Shows nothing: the default of the Python API, tests and pipes.

    >>> with SilentProgress().task("reading", 3) as task:
    ...     task.advance(3)
    """

    @contextmanager
    def task(self, label: str, total: float | None = None, unit: str = "rows") -> Iterator[Task]:
        yield _SilentTask()

    def note(self, text: str) -> None:
        return None


class RichProgress:
    """Bars with rate and time left on standard error; use it as a context manager."""

    def __init__(self, *, stderr: bool = True) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=stderr),
            transient=True,
            expand=True,
        )

    def __enter__(self) -> RichProgress:
        self._bars.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._bars.stop()

    @contextmanager
    def task(self, label: str, total: float | None = None, unit: str = "rows") -> Iterator[Task]:
        from rich.markup import escape

        number = self._bars.add_task(escape(label), total=total, rate="")
        try:
            yield _RichTask(self, number, unit)
        finally:
            self._bars.remove_task(number)

    def note(self, text: str) -> None:
        self._bars.console.print(text, markup=False, highlight=False)

    def _advance(self, number: int, units: float, unit: str) -> None:
        from rich.progress import TaskID

        key = TaskID(number)
        self._bars.advance(key, units)
        speed = self._bars.tasks[self._bars.task_ids.index(key)].speed
        if speed:
            self._bars.update(key, rate=f"{speed:,.0f} {unit}/s")

    def _total(self, number: int, units: float) -> None:
        from rich.progress import TaskID

        self._bars.update(TaskID(number), total=units)


class _RichTask:
    def __init__(self, owner: RichProgress, number: int, unit: str) -> None:
        self._owner, self._number, self._unit = owner, number, unit

    def advance(self, units: float = 1) -> None:
        self._owner._advance(self._number, units, self._unit)

    def total(self, units: float) -> None:
        self._owner._total(self._number, units)


@contextmanager
def open_progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Bars when standard error is a terminal and `quiet` is not asked for, silence otherwise."""
    if quiet or not sys.stderr.isatty():
        yield SilentProgress()
        return
    with RichProgress() as progress:
        yield progress
