"""A stage for tests: it tells how many bytes a file has, and can be made to do what decoders do at their worst."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import ClassVar

import pyarrow as pa

from jianwei.common.media import OpenMedia
from jianwei.enrich._base import Pace, Reading
from jianwei.enrich.answers import Answer
from jianwei.enrich.stages.files import FileAnswers

CRASH = b"crash"
"""A picture with this in it ends the process that reads it."""

HANG = b"hang"
"""A picture with this in it stops the process that reads it, all its threads: it hears nothing but kill -9."""

WAIT = b"wait"
"""A picture with this in it is read when the file `FragileStage.gate` is there."""


@dataclass(frozen=True, slots=True)
class FragileStage:
    """One annotation of every picture: task "bytes", `label` their number.

    Args:
        folder: the workspace.
        version: of the model.
        isolated: whether in processes of its own.
        broken: whether workers cannot even start.
        opening: seconds until the model is loaded.
        slow: seconds for a file.
        row_seconds: as in `Pace`.
        gate: see `WAIT`.
        started: a file that gets a line with the number of the process whenever a picture is read.
        interrupted: at the how-many-th file, from 1, somebody presses Ctrl-C; 0: nobody does.
    """

    folder: Path
    version: str = "1"
    isolated: bool = True
    broken: bool = False
    opening: float = 0.0
    slow: float = 0.0
    row_seconds: float = 0.0
    gate: Path | None = None
    started: Path | None = None
    interrupted: int = 0
    name: ClassVar[str] = "fragile"
    reads: ClassVar[Reading] = "pictures"
    tasks: ClassVar[tuple[str, ...]] = ("bytes",)
    always: ClassVar[tuple[str, ...]] = ("bytes",)

    @property
    def pace(self) -> Pace:
        return Pace(batch_rows=3, inline_rows=3, isolated=self.isolated, row_seconds=self.row_seconds)

    def identities(self) -> Mapping[str, tuple[str, str]]:
        return {"bytes": ("counter", self.version)}

    def open(self) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
        if self.broken:
            raise RuntimeError("this model cannot be loaded")
        time.sleep(self.opening)
        reads = count(1)

        def look(media: OpenMedia) -> tuple[Answer, ...]:
            if next(reads) == self.interrupted:
                raise KeyboardInterrupt
            return self._count(media)

        return FileAnswers(self.name, "bytes", self.identities(), self.folder, look).annotate

    def _count(self, media: OpenMedia) -> tuple[Answer, ...]:
        content = media.read()
        if self.started:
            with self.started.open("a") as file:
                file.write(f"{os.getpid()}\n")
        time.sleep(self.slow)
        if CRASH in content:
            os.kill(os.getpid(), signal.SIGKILL)
        if HANG in content:
            os.kill(os.getpid(), signal.SIGSTOP)
        while WAIT in content and self.gate and not self.gate.exists():
            time.sleep(0.02)
        return (Answer(task="bytes", label=str(len(content))),)
