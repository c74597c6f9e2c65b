"""What a stage is to the runner: a name, the tasks it answers, who answers them, and a function over batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import pyarrow as pa

__all__ = ["Stage"]


class Stage(Protocol):
    """A plain value (a frozen dataclass) that travels to worker processes by pickling; models are loaded there, by `open`.

    Attributes:
        name: what annotations carry as `stage`; an ASCII word, for it partitions the files.
        tasks: the questions it answers.
        always: those of them that every record gets an answer to, one at least; a record that has these answers is done. What is
            answered only where there is something to say must show in their versions: a new model there is a new version here.
    """

    @property
    def name(self) -> str: ...

    @property
    def tasks(self) -> tuple[str, ...]: ...

    @property
    def always(self) -> tuple[str, ...]: ...

    def identities(self) -> Mapping[str, tuple[str, str]]:
        """(model, version) of every task. A record is done when it has an annotation of each task in `always` by exactly this model."""
        ...

    def open(self) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
        """Load the models once and return the function that answers.

        The function takes a batch with the columns account, ts_us, seq, record_id, user_id and text (in any order) and returns
        annotations in the schema of `records.TABLES["annotations"]`: of a task in `always` one or more a record, of the others none
        or more. It raises nothing for the sake of
        a single record: that one gets status "error" and the reason in `value`. Same input, same bytes.
        """
        ...
