"""Worker processes for one stage: spawned, fed with Arrow batches, gone when the parent is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from types import TracebackType

import pyarrow as pa

from jianwei.enrich._base import Stage
from jianwei.enrich.answers import refused

__all__ = ["StagePool"]

_function: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None  # of this worker process, set once when it starts


class StagePool:
    """Applies a stage to batches, in `workers` processes or, with one worker, in this process unless the stage wants to be isolated.

    Spawned processes share nothing with the parent but the batches, which travel in Arrow's own stream format. They ignore Ctrl-C
    (the parent decides) and end when the parent dies, even by kill -9, or when the work ends by an error. When one of them dies, by a
    file that makes a decoder crash, the rows under way are tried again one by one, and the one at fault is answered by `refused`.
    """

    def __init__(self, stage: Stage, workers: int) -> None:
        self._stage, self._workers = stage, workers
        self._pool: ProcessPoolExecutor | None = None
        self._context = multiprocessing.get_context("spawn")
        self._over, self._going_on = self._context.Pipe(duplex=False)  # workers end when the second is closed

    def __enter__(self) -> StagePool:
        if self._workers > 1 or self._stage.pace.isolated:
            self._pool = self._started()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            if kind is not None:  # what is under way may take hours, and nobody waits for it
                self._going_on.close()
            self._pool.shutdown(wait=kind is None, cancel_futures=True)
        self._going_on.close()
        self._over.close()

    def map(self, batches: Iterable[pa.RecordBatch]) -> Generator[tuple[pa.RecordBatch, int], None, None]:
        """(annotations, rows answered) for every batch, in order; a few batches are under way at any time."""
        if self._pool is None:
            function = self._stage.open()
            for batch in batches:
                yield function(batch), batch.num_rows
            return
        waiting: deque[tuple[Future[bytes], pa.RecordBatch]] = deque()
        for batch in batches:
            waiting.append((self._submit(batch), batch))
            while len(waiting) > 3 * self._workers:
                yield from self._taken(waiting)
        while waiting:
            yield from self._taken(waiting)

    def _started(self) -> ProcessPoolExecutor:
        given = (self._stage, self._over)
        return ProcessPoolExecutor(self._workers, self._context, initializer=_start_worker, initargs=given)

    def _restart(self) -> None:
        fresh = self._started()
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = fresh

    def _submit(self, batch: pa.RecordBatch) -> Future[bytes]:
        """Hand a batch over; where the pool is broken, the future says so."""
        assert self._pool is not None
        try:
            return self._pool.submit(_work, _packed(batch))
        except BrokenProcessPool as error:
            failed: Future[bytes] = Future()
            failed.set_exception(error)
            return failed

    def _taken(
        self, waiting: deque[tuple[Future[bytes], pa.RecordBatch]]
    ) -> Generator[tuple[pa.RecordBatch, int], None, None]:
        future, batch = waiting.popleft()
        try:
            yield _unpacked(future.result()), batch.num_rows
        except BrokenProcessPool:
            if not self._stage.pace.isolated:
                raise
            pending = [batch, *(other for _, other in waiting)]
            waiting.clear()
            self._restart()
            for row in (other.slice(at, 1) for other in pending for at in range(other.num_rows)):
                yield self._alone(row), 1

    def _alone(self, row: pa.RecordBatch) -> pa.RecordBatch:
        """The answer about one row while nothing else is under way: two crashes are then its fault, unless workers cannot even start."""
        for _ in range(2):
            try:
                return _unpacked(self._submit(row).result())
            except BrokenProcessPool:
                self._restart()
        assert self._pool is not None
        self._pool.submit(_ready).result()  # raises when it is not the row
        return refused(self._stage, row, "crashed", "the decoder crashed on it")


def _packed(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _unpacked(data: bytes) -> pa.RecordBatch:
    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        return reader.read_next_batch()


def _start_worker(stage: Stage, over: Connection) -> None:
    global _function  # noqa: PLW0603 - one stage per worker process, for its whole life
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    threading.Thread(target=_end_when_over, args=(over,), daemon=True).start()
    _function = stage.open()


def _end_when_over(over: Connection) -> None:
    over.poll(None)  # nothing ever comes but the end
    os._exit(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _ready() -> bool:
    return _function is not None


def _work(data: bytes) -> bytes:
    if _function is None:
        raise RuntimeError("this worker was not started by StagePool")
    return _packed(_function(_unpacked(data)))
