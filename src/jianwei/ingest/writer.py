"""Gathers pieces of many inputs and commits them in large chunks, in the background, while the next are read.

A flush commits people and things first, then messages and events, then remembers the positions: a kill between any two steps costs
repeated reading, never a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc

from jianwei import __version__
from jianwei.ingest._base import FACTS
from jianwei.records import TABLES, conform, empty
from jianwei.store import Lake, Quarantined, State

__all__ = ["ChunkWriter", "Tally"]


@dataclass(slots=True)
class Tally:
    """Running counts of one input; `passed` are rows of messages and events that are committed or known to be."""

    read: Counter[str] = field(default_factory=Counter)
    new: Counter[str] = field(default_factory=Counter)
    duplicate: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Chunk:
    tables: dict[str, list[pa.Table]] = field(default_factory=dict)
    rejects: list[Quarantined] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)
    rows: int = 0


class ChunkWriter:
    """Use as a context manager: leaving the block commits what is left, an error drops what was not committed yet.

    Args:
        lake: a lake opened for writing.
        state: where positions and rejected rows go.
    """

    def __init__(self, lake: Lake, state: State, *, chunk_rows: int) -> None:
        self._lake, self._state, self._chunk_rows = lake, state, chunk_rows
        self._chunk = _Chunk()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._running: Future[None] | None = None
        self.totals: dict[str, Tally] = {}

    def __enter__(self) -> ChunkWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.finish()
        finally:
            self._pool.shutdown(wait=True)

    def add(
        self, input_id: str, tally: Tally, tables: Iterable[tuple[str, pa.Table]], rejects: Iterable[Quarantined]
    ) -> None:
        """Take rows of one input; commits in the background when a chunk is full."""
        self._chunk.tallies[input_id] = tally
        self._chunk.rejects.extend(rejects)
        for name, rows in tables:
            if rows.num_rows:
                self._chunk.tables.setdefault(name, []).append(rows)
                self._chunk.rows += rows.num_rows
        if self._chunk.rows >= self._chunk_rows:
            self._start()

    def finish(self) -> None:
        """Commit everything taken so far and wait for it."""
        self._start()
        self._wait()

    def _start(self) -> None:
        self._wait()
        chunk, self._chunk = self._chunk, _Chunk()
        self._running = self._pool.submit(self._commit, chunk)

    def _wait(self) -> None:
        if self._running is not None:
            self._running.result()
            self._running = None

    def _commit(self, chunk: _Chunk) -> None:
        for name in [n for n in chunk.tables if n not in FACTS]:
            self._commit_dimension(name, pa.concat_tables(chunk.tables[name]))
        for name in [n for n in chunk.tables if n in FACTS]:
            self._commit_facts(name, pa.concat_tables(chunk.tables[name]), chunk)
        self._state.quarantine(chunk.rejects)
        identities = {name: self._lake.identity(name) for name in FACTS if name in chunk.tables}
        for input_id, tally in chunk.tallies.items():
            self._remember(input_id, tally, identities)

    def _total(self, name: str) -> Tally:
        return self.totals.setdefault(name, Tally())

    def _commit_dimension(self, name: str, rows: pa.Table) -> None:
        write = self._lake.upsert if TABLES[name].writes == "upsert" else self._lake.append_new
        done = write(name, rows)
        total = self._total(name)
        total.read[name] += rows.num_rows
        total.new[name] += done.new.num_rows
        total.duplicate[name] += rows.num_rows - done.new.num_rows

    def _commit_facts(self, name: str, rows: pa.Table, chunk: _Chunk) -> None:
        key = FACTS[name]
        done = self._lake.append_new(name, rows, tell=("input_id",))
        for counter, part in (("new", done.new), ("duplicate", done.duplicate)):
            for row in part.column("input_id").value_counts().to_pylist():
                tally = chunk.tallies[row["values"]]
                getattr(tally, counter)[name] += row["counts"]
                tally.passed[name] += row["counts"]
        if done.duplicate.num_rows:
            first = pa.concat_tables([done.stored, done.new.select([key, "input_id"])])
            sighted = _sightings(name, done.duplicate, first, key)
            if sighted.num_rows:
                self._lake.append_new("sightings", sighted)

    def _remember(self, input_id: str, tally: Tally, identities: dict[str, tuple[str, int]]) -> None:
        position = self._state.position(f"import/{input_id}") or {}
        tables = dict(position.get("tables", {}))  # type: ignore[call-overload]
        for name, (identity, version) in identities.items():
            if tally.passed[name]:
                tables[name] = {"rows": tally.passed[name], "table": identity, "version": version}
        self._state.put_position(f"import/{input_id}", {"reader": __version__, "tables": tables})


def _sightings(name: str, duplicate: pa.Table, first: pa.Table, key: str) -> pa.Table:
    """Rows that another input had brought before: which input held them too."""
    again = duplicate.select([key, "input_id", "account", "ts_us", "seq"])
    both = again.join(first.rename_columns([key, "first_input"]), keys=key, join_type="inner")
    if not both.num_rows:
        return empty("sightings")
    other = both.filter(pc.not_equal(both.column("input_id"), both.column("first_input")))
    columns = {n: other.column(n) for n in ("account", "ts_us", "seq", "input_id")}
    columns["record_id"] = other.column(key)
    columns["record_table"] = pa.array([name] * other.num_rows, pa.string())
    return conform("sightings", columns, other.num_rows)
