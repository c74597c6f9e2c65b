"""What a stage is to the runner: a name, what it reads, the tasks it answers, who answers them, and a function over batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import pyarrow as pa

from jianwei.records.kinds import PARTS_A_FILE

__all__ = ["PARTS_A_FILE", "Pace", "Reading", "Stage"]

Reading = Literal["said", "voices", "pictures", "seen"]
"""What a stage reads, one of `readings.READINGS`."""


LEAST_SECONDS = 300.0
"""Small files too meet slow machines."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the runner feeds a stage.

    Attributes:
        batch_rows: rows of a batch at most.
        inline_rows: fewer than this for every worker are not worth a process.
        isolated: whether it always runs in processes of its own, a row at a time: what decodes files from outside may crash or hang, and
            the run goes on.
        row_seconds: how long an isolated stage may work at a row before it is taken for one that hangs; 0: as long as it likes.
        byte_seconds: how much of that a byte of the row's file allows, beside `LEAST_SECONDS`; 0: a file of any size may take all of it.
        worker_bytes: memory of one worker, about; there are no more workers than fit. 0 where that does not matter.
    """

    batch_rows: int = 8_192
    inline_rows: int = 15_000
    isolated: bool = False
    row_seconds: float = 0.0
    byte_seconds: float = 0.0
    worker_bytes: int = 0

    def seconds_for(self, size: int | None) -> float:
        """How long the stage may work at a row about a file of so many bytes.

        >>> Pace(row_seconds=3_600, byte_seconds=0.01).seconds_for(1_000)
        310.0
        """
        if size is None or not self.byte_seconds:
            return self.row_seconds
        return min(self.row_seconds, LEAST_SECONDS + size * self.byte_seconds)


class Stage(Protocol):
    """A plain value (a frozen dataclass) that travels to worker processes by pickling; models are loaded there, by `open`.

    Attributes:
        name: what annotations carry as `stage`; an ASCII word, for it partitions the files.
        tasks: the questions it answers.
        always: those of them that every record gets an answer to, one at least; a record that has these answers is done. What is
            answered only where there is something to say must show in their versions: a new model there is a new version here.
        reads: what it is fed with.
        pace: how it is fed.
    """

    @property
    def name(self) -> str: ...

    @property
    def reads(self) -> Reading: ...

    @property
    def pace(self) -> Pace: ...

    @property
    def tasks(self) -> tuple[str, ...]: ...

    @property
    def always(self) -> tuple[str, ...]: ...

    def identities(self) -> Mapping[str, tuple[str, str]]:
        """(model, version) of every task. A record is done when it has an annotation of each task in `always` by exactly this model."""
        ...

    def open(self) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
        """Load the models once and return the function that answers.

        The function takes a batch with the columns account, ts_us, seq, record_id, user_id, part and those of what it reads (see
        `readings`), in any order, and returns annotations in the schema of `records.TABLES["annotations"]`: of a task in `always` one
        or more a row, of the others none or more; parts count from the row's own. It raises nothing for the sake of a single row: that
        one gets status "error" (a fault of ours) or "rejected" (a file that cannot be read) and the reason in `value`. Same input,
        same bytes.
        """
        ...
