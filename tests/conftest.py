"""Fixtures that several rooms use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

if TYPE_CHECKING:
    import ibis

    from jianwei.query._base import ModelId


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real data sets: `JIANWEI_DATA`, or `shared/data` beside the repository. Skips where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("JIANWEI_DATA", beside))
    if not (folder / "README.md").exists():
        pytest.skip("the real data sets are not on this machine")
    return folder


@dataclass(frozen=True)
class MemoryReader:
    """A `query._base.Reader` over Arrow tables in memory, for questions that are tested without a store."""

    backend: Any
    zone: str = "Asia/Shanghai"
    models: Mapping[str, ModelId] = field(default_factory=dict)

    def table(self, name: str) -> ibis.Table:
        return self.backend.table(name)

    def execute(self, expression: ibis.Table) -> pa.Table:
        return self.backend.to_pyarrow(expression)

    def current(self, task: str) -> ModelId | None:
        return self.models.get(task)


_IDS = {"messages": "message_id", "events": "event_id"}
_COMMON = {
    "messages": {"kind": "text", "direction": "in", "text": "话"},
    "annotations": {"part": 0, "model": "m", "version": "1"},
}


def _canonical(name: str, rows: pa.Table | Iterable[Mapping[str, object]]) -> pa.Table:
    from jianwei.records import TABLES, conform

    if isinstance(rows, pa.Table):
        return conform(name, {column: rows[column] for column in rows.column_names}, rows.num_rows)
    filled = []
    for seq, row in enumerate(rows):
        own = {_IDS[name]: f"{name[0]}:{seq:06d}"} if name in _IDS else {}
        filled.append({"account": "shop", "seq": seq} | own | _COMMON.get(name, {}) | dict(row))
    return pa.Table.from_pylist(filled, TABLES[name].schema)


@pytest.fixture
def memory_reader() -> Iterator[Callable[..., MemoryReader]]:
    """Makes a reader: `memory_reader(messages=[{"ts_us": 0, "text": "好"}], zone="Asia/Shanghai")`.

    Tables are given as Arrow tables or as dicts, with some or all of the canonical columns. Messages and events get ids, messages are
    spoken and incoming unless said otherwise; every task that the annotations name has "m", version "1", as its current model.
    """
    import ibis

    from jianwei.query._base import ModelId
    from jianwei.records import TABLES

    backends = []

    def make(*, zone: str = "Asia/Shanghai", **tables: pa.Table | Iterable[Mapping[str, object]]) -> MemoryReader:
        backend = ibis.duckdb.connect()
        backends.append(backend)
        given = {name: _canonical(name, rows) for name, rows in tables.items()}
        for name, spec in TABLES.items():
            backend.con.register(f"given_{name}", given.get(name, spec.schema.empty_table()))
            backend.con.execute(f"CREATE TABLE {name} AS FROM given_{name}")
        tasks = given["annotations"]["task"].unique().to_pylist() if "annotations" in given else []
        return MemoryReader(backend, zone, {task: ModelId("m", "1") for task in tasks})

    yield make
    for backend in backends:
        backend.disconnect()
