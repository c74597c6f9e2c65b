"""What an engine is: it opens a snapshot for reading, computes expressions, and maps functions over batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import ibis
import pyarrow as pa

from jianwei.query._base import ModelId
from jianwei.store import Snapshot

__all__ = ["BatchFunction", "Engine", "Scope", "Session"]

BatchFunction = Callable[[pa.RecordBatch], pa.RecordBatch]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a session shows of a snapshot.

    Attributes:
        zone: zone of days and hours.
        inputs: ids of the inputs that answers cover; None covers the whole workspace.
        models: task → model whose annotations are current.
    """

    zone: str = "Asia/Shanghai"
    inputs: frozenset[str] | None = None
    models: Mapping[str, ModelId] | None = None


class Session(Protocol):
    """A snapshot opened by an engine; satisfies `query.Reader` and can stream.

    Raises `SnapshotExpiredError` from its methods when a pinned file is gone; the caller takes a new snapshot and asks once more.
    """

    @property
    def zone(self) -> str: ...

    def table(self, name: str) -> ibis.Table: ...

    def execute(self, expression: ibis.Table) -> pa.Table: ...

    def current(self, task: str) -> ModelId | None: ...

    def stream(self, expression: ibis.Table, rows: int) -> Iterator[pa.RecordBatch]:
        """The expression's rows in batches of at most about `rows`, computed as they are taken; in no promised order."""

    def map_batches(
        self, expression: ibis.Table, function: BatchFunction, schema: pa.Schema, rows: int
    ) -> Iterator[pa.RecordBatch]:
        """`function` over every batch, where the data is (in this process or on the workers); free of side effects."""


class Engine(Protocol):
    """Computes on pinned files. `open` costs little; nothing is read before an expression is computed."""

    @property
    def name(self) -> str: ...

    def open(self, snapshot: Snapshot, scope: Scope) -> AbstractContextManager[Session]: ...
