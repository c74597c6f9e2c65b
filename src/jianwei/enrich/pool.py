"""Worker processes for one stage: spawned, fed with Arrow batches, gone when the parent is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from types import TracebackType

import pyarrow as pa

from jianwei.enrich._base import Stage

__all__ = ["StagePool"]

_function: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None  # of this worker process, set once when it starts


class StagePool:
    """Applies a stage to batches, in `workers` processes or, with one worker, in this process.

    Spawned processes share nothing with the parent but the batches, which travel in Arrow's own stream format. They ignore Ctrl-C
    (the parent decides) and end when the parent dies, even by kill -9.
    """

    def __init__(self, stage: Stage, workers: int) -> None:
        self._stage, self._workers = stage, workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> StagePool:
        if self._workers > 1:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, context, initializer=_start_worker, initargs=(self._stage,))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def map(self, batches: Iterable[pa.RecordBatch]) -> Generator[tuple[pa.RecordBatch, int], None, None]:
        """(annotations, records answered) for every batch, in order; a few batches are under way at any time."""
        if self._pool is None:
            function = self._stage.open()
            for batch in batches:
                yield function(batch), batch.num_rows
            return
        waiting: deque[tuple[Future[bytes], int]] = deque()
        for batch in batches:
            waiting.append((self._pool.submit(_work, _packed(batch)), batch.num_rows))
            while len(waiting) > 3 * self._workers:
                yield _taken(waiting)
        while waiting:
            yield _taken(waiting)


def _taken(waiting: deque[tuple[Future[bytes], int]]) -> tuple[pa.RecordBatch, int]:
    future, rows = waiting.popleft()
    return _unpacked(future.result()), rows


def _packed(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _unpacked(data: bytes) -> pa.RecordBatch:
    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        return reader.read_next_batch()


def _start_worker(stage: Stage) -> None:
    global _function  # noqa: PLW0603 - one stage per worker process, for its whole life
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _function = stage.open()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(data: bytes) -> bytes:
    if _function is None:
        raise RuntimeError("this worker was not started by StagePool")
    return _packed(_function(_unpacked(data)))
