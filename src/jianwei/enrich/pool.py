"""Worker processes for one stage: a batch each, and the next as soon as one is answered."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import wait
from types import TracebackType

import pyarrow as pa

from jianwei.enrich._base import Stage
from jianwei.enrich.answers import refused
from jianwei.enrich.worker import GoneError, Worker
from jianwei.errors import JianweiError

__all__ = ["StagePool"]

_WHY = {"crashed": "the decoder crashed on it", "too_slow": "it took longer than a file may"}

_Answered = tuple[pa.RecordBatch, int]
"""(annotations, rows they answer)."""


@dataclass(frozen=True, slots=True)
class _Lost:
    """A batch whose worker was lost, and how: "crashed" or "too_slow"."""

    batch: pa.RecordBatch
    code: str


class StagePool:
    """Applies a stage to batches, in `workers` processes or, with one worker, in this process unless the stage wants to be isolated.

    An isolated stage is given one row at a time. Where that ends its worker, by a file that makes a decoder crash, or takes longer than
    `Pace.row_seconds`, another worker takes its place; the row is tried again in the end, while nothing else is under way, and answered
    by `refused` when it does that again. Workers end with the pool, whatever they are at; they also end when the parent dies, even by
    kill -9, unless they hang in native code that lets no thread of theirs run.
    """

    def __init__(self, stage: Stage, workers: int) -> None:
        self._stage, self._most = stage, workers
        self._workers: list[Worker] = []

    def __enter__(self) -> StagePool:
        if self._apart:
            self._staff(self._most)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._staff(0)

    @property
    def _apart(self) -> bool:
        return self._most > 1 or self._stage.pace.isolated

    def map(self, batches: Iterable[pa.RecordBatch]) -> Generator[_Answered, None, None]:
        """What is answered, as soon as it is, in any order. Of the batches one more is held than there are workers."""
        if not self._apart:
            function = self._stage.open()
            for batch in batches:
                yield function(batch), batch.num_rows
            return
        lost: list[_Lost] = []
        yield from self._spread(_rows(batches) if self._stage.pace.isolated else iter(batches), self._most, lost)
        for one in lost:
            yield self._alone(one.batch), one.batch.num_rows

    def _staff(self, count: int) -> None:
        """So many workers, no more and no fewer."""
        while len(self._workers) > count:
            self._workers.pop().end()
        while len(self._workers) < count:
            self._workers.append(Worker(self._stage))

    def _spread(
        self, batches: Iterator[pa.RecordBatch], workers: int, lost: list[_Lost]
    ) -> Generator[_Answered, None, None]:
        """Let so many workers answer the batches; those that they did not survive are added to `lost`."""
        ahead = next(batches, None)
        answered: list[_Answered] = []
        while True:
            if ahead is not None:
                self._staff(workers)
            for worker in self._workers:
                if ahead is not None and worker.idle:
                    worker.give(ahead, self._stage.pace.seconds_for(_size(ahead)))
                    ahead = next(batches, None)
            yield from answered
            if ahead is None and all(worker.batch is None for worker in self._workers):
                return
            answered = self._heard(lost)

    def _heard(self, lost: list[_Lost]) -> list[_Answered]:
        """Wait until a worker says something, is gone, or is late."""
        deadline = min(worker.deadline for worker in self._workers)
        seconds = None if deadline == math.inf else max(0.0, deadline - time.monotonic())
        speaking = wait([worker.connection for worker in self._workers], seconds)
        answered = []
        for worker in tuple(self._workers):
            batch = worker.batch
            if worker.connection in speaking:
                try:
                    answer = worker.hear()
                except GoneError:
                    self._lose(worker, "crashed", lost)
                    continue
                if answer is not None and batch is not None:
                    answered.append((answer, batch.num_rows))
            elif time.monotonic() >= worker.deadline:
                self._lose(worker, "too_slow", lost)
        return answered

    def _lose(self, worker: Worker, code: str, lost: list[_Lost]) -> None:
        self._workers.remove(worker)
        worker.end()
        if not worker.ready or not self._stage.pace.isolated:
            raise JianweiError(
                f"enrich {self._stage.name}",
                "a worker process has ended, perhaps for want of memory",
                "run it again to go on; with JIANWEI_WORKERS=1, or more memory, if it happens again",
            )
        if worker.batch is not None:
            lost.append(_Lost(worker.batch, code))

    def _alone(self, row: pa.RecordBatch) -> pa.RecordBatch:
        """The answer about one row while nothing else is under way: what goes wrong again is then its fault."""
        lost: list[_Lost] = []
        while len(lost) < 2 and not any(
            one.code == "too_slow" for one in lost
        ):  # a crash may be chance, a limit is not
            for answer, _ in self._spread(iter([row]), 1, lost):
                return answer
        return refused(self._stage, row, lost[-1].code, _WHY[lost[-1].code])


def _size(batch: pa.RecordBatch) -> int | None:
    """Bytes of the one file that a batch is about, where that is told."""
    found: int | None = batch.column("bytes")[0].as_py() if "bytes" in batch.schema.names else None
    return found


def _rows(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    return (batch.slice(at, 1) for batch in batches for at in range(batch.num_rows))
