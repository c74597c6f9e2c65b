"""The embedded engine: Ibis on DuckDB, in memory, over the pinned Parquet files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb
import ibis
import pyarrow as pa

from jianwei.engines._base import BatchFunction, Scope
from jianwei.errors import UsageError
from jianwei.query._base import ModelId
from jianwei.store import Snapshot
from jianwei.store.scan import connect, named_errors, scan_sql

__all__ = ["DuckDBEngine", "DuckDBSession"]

_RECORD_IDS = {"messages": "message_id", "events": "event_id"}


@dataclass(frozen=True, slots=True)
class DuckDBEngine:
    """Computes in this process, with all processors of this machine."""

    name: str = field(default="duckdb", init=False)

    @contextmanager
    def open(self, snapshot: Snapshot, scope: Scope) -> Iterator[DuckDBSession]:
        session = self.attach(snapshot, scope)
        try:
            yield session
        finally:
            session.backend.disconnect()

    def attach(self, snapshot: Snapshot, scope: Scope) -> DuckDBSession:
        """A session that lives until it is garbage: for expressions that outlive a block."""
        connection = connect()
        with named_errors():  # a view looks into its files when it is made
            for name, table in snapshot.tables.items():
                connection.execute(f"CREATE VIEW all_{name} AS {scan_sql(table)}")
            for name in snapshot.tables:
                connection.execute(f"CREATE VIEW {name} AS {_scoped(name, snapshot, scope)}")
        files = tuple(file for table in snapshot.tables.values() for file in table.files)
        return DuckDBSession(ibis.duckdb.from_connection(connection), scope, files)


def _scoped(name: str, snapshot: Snapshot, scope: Scope) -> str:
    """The rows of a table that the covered inputs hold: brought first by one of them, or seen in one of them again."""
    everything = f"SELECT * FROM all_{name}"
    if scope.inputs is None:
        return everything
    ids = _listed(sorted(scope.inputs))[1:-1] or "NULL"
    if key := _RECORD_IDS.get(name):
        again = ""
        if "sightings" in snapshot.tables:
            again = f" OR {key} IN (SELECT record_id FROM all_sightings WHERE input_id IN ({ids}))"
        return f"{everything} WHERE input_id IN ({ids}){again}"
    if name == "annotations":
        inside = {t: key for t, key in _RECORD_IDS.items() if t in snapshot.tables}
        records = [f"SELECT {key} FROM ({_scoped(t, snapshot, scope)})" for t, key in inside.items()]
        return f"{everything} WHERE record_id IN ({' UNION ALL '.join(records)})" if records else everything
    return everything


def _listed(texts: Iterable[str]) -> str:
    return "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in texts) + "]"


@dataclass(frozen=True, slots=True)
class DuckDBSession:
    """One snapshot opened by DuckDB."""

    backend: ibis.backends.duckdb.Backend
    scope: Scope
    files: tuple[str, ...] = ()

    @property
    def zone(self) -> str:
        return self.scope.zone

    def current(self, task: str) -> ModelId | None:
        return (self.scope.models or {}).get(task)

    def table(self, name: str) -> ibis.Table:
        with named_errors():
            return self.backend.table(name)

    def execute(self, expression: ibis.Table) -> pa.Table:
        with named_errors():
            return self.backend.to_pyarrow(expression)

    def stream(self, expression: ibis.Table, rows: int) -> Iterator[pa.RecordBatch]:
        # A connection of its own: DuckDB ends a running result, without a word, when its connection is asked something else.
        own = ibis.duckdb.from_connection(self.backend.con.cursor())
        try:
            with named_errors():
                yield from own.to_pyarrow_batches(expression, chunk_size=rows)
        finally:
            own.disconnect()

    def lend(self, name: str, rows: pa.Table) -> None:
        """Let `sql` read a table that is no part of the snapshot under `name`."""
        self.backend.con.register(name, rows)

    def sql(self, query: str) -> pa.Table:
        """The result of one SELECT over the snapshot's tables and those that were lent; any other statement is refused."""
        connection = self.backend.con
        try:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UsageError("sql", "only one SELECT at a time is possible here")
            self._lock()
            return connection.execute(statements[0]).to_arrow_table()
        except duckdb.Error as error:
            raise UsageError(
                "sql", str(error).splitlines()[0], "see the tables with `jianwei.records.TABLES`"
            ) from None

    def _lock(self) -> None:
        """From now on views keep their right to the pinned files, and a query may open no file of its own."""
        connection = self.backend.con
        if connection.execute("SELECT current_setting('enable_external_access')").fetchall() == [(True,)]:
            connection.execute(f"SET allowed_paths = {_listed(self.files)}")
            connection.execute("SET enable_external_access = false")

    def map_batches(
        self, expression: ibis.Table, function: BatchFunction, schema: pa.Schema, rows: int
    ) -> Iterator[pa.RecordBatch]:
        for batch in self.stream(expression, rows):
            yield function(batch).cast(schema)
