"""A worker process of a stage: spawned, given one batch at a time, gone when its parent is gone."""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import signal
import threading
import time
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection

import pyarrow as pa

from jianwei.enrich._base import Stage

__all__ = ["GoneError", "Worker"]


class GoneError(Exception):
    """The process of a worker has ended, which it never does by itself."""


class Worker:
    """A process that opens a stage and answers batches, which travel in Arrow's own stream format. It ignores Ctrl-C: the parent decides.

    Attributes:
        connection: readable when there is something to hear, or when the process is gone.
        ready: whether the stage is open.
        batch: what it works at, None if at nothing.
        deadline: when it should be done with that, on the clock of `time.monotonic`.
    """

    def __init__(self, stage: Stage) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(stage, theirs), name=f"jianwei-{stage.name}")
        self._process.start()
        theirs.close()  # or the end of the process would not be heard
        self.ready = False
        self.batch: pa.RecordBatch | None = None
        self.deadline = math.inf

    @property
    def idle(self) -> bool:
        """Whether it waits for a batch."""
        return self.ready and self.batch is None

    def give(self, batch: pa.RecordBatch, seconds: float = 0.0) -> None:
        """Hand over a batch, to an idle worker: it begins at once, so that no time of waiting counts.

        Args:
            batch: rows for the stage.
            seconds: how long it may take; 0: as long as it likes.
        """
        self.batch = batch
        self.deadline = time.monotonic() + seconds if seconds else math.inf
        with suppress(OSError):  # a process that is gone is heard of by `hear`
            self.connection.send_bytes(_packed(batch))

    def hear(self) -> pa.RecordBatch | None:
        """The answer to the batch, after which the worker is idle; None when all that it says is that it is ready.

        Raises:
            GoneError: the process has ended.
            Exception: what the stage raised.
        """
        try:
            said = self.connection.recv()
        except (EOFError, OSError):
            raise GoneError from None
        if isinstance(said, BaseException):
            raise said
        self.ready, self.batch, self.deadline = True, None, math.inf
        return None if said is None else _unpacked(said)

    def end(self) -> None:
        """Kill it, whatever it does: a decoder that hangs hears nothing else."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.connection.close()


def _packed(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def _unpacked(data: bytes) -> pa.RecordBatch:
    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        return reader.read_next_batch()


def _serve(stage: Stage, connection: Connection) -> None:
    """What the process does: open the stage, then answer batch after batch until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        function = stage.open()
        _reply(connection, None)
        while (data := _asked(connection)) is not None:
            _reply(connection, _packed(function(_unpacked(data))))
    except Exception as error:  # the parent raises it
        _reply(connection, _portable(error))


def _asked(connection: Connection) -> bytes | None:
    try:
        return connection.recv_bytes()
    except (EOFError, OSError):
        return None


def _reply(connection: Connection, said: bytes | Exception | None) -> None:
    with suppress(OSError):  # the parent is gone; so is the next question
        connection.send(said)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _portable(error: Exception) -> Exception:
    """The error with its traceback, as something that arrives on the other side."""
    error.add_note(traceback.format_exc())
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
