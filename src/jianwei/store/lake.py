"""The lake: Delta tables that many processes may write and read at once.

The rules here are measured ones. Every de-duplicating append pins one `DeltaTable`, anti-joins the keys against exactly its files
and commits *through that same object* with the transaction ("dedup", version + 1): a writer on a stale snapshot is refused and
starts again with the files that are new since. Transactions alone do not make a replay exactly-once (the same one twice in a row is
accepted), so `append_once` compares the stored version first. Tables keep statistics only for columns that hold no user text.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction, WriterProperties
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from jianwei.errors import RetryableError, StoreError
from jianwei.records import TABLES, TableSpec, conform, empty
from jianwei.store.scan import connect, rows_with_keys
from jianwei.store.snapshot import Snapshot, TableSnapshot

__all__ = ["Appended", "Lake"]

DEDUP = "dedup"
ATTEMPTS = 40
SMALL_FILES = 200
_WRITER = WriterProperties(compression="ZSTD", compression_level=1, max_row_group_size=131_072)
_HOOKS = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)
_REFUSED = {"deletionVectors", "columnMapping"}


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Appended:
    """What one de-duplicating append did.

    Attributes:
        new: rows that were added.
        duplicate: the given rows that were not (their key was stored, or came earlier in the same call).
        stored: key and `tell` columns of the rows that were stored before under keys of `duplicate`.
        version: lake version afterwards.
        files: the table's files at that version; every one was searched for the given keys, or holds the rows just added.
        attempts: how often it was tried (1 unless another writer was faster).
    """

    new: pa.Table
    duplicate: pa.Table
    stored: pa.Table
    version: int
    files: tuple[str, ...]
    attempts: int


@dataclass(frozen=True, slots=True)
class Lake:
    """The canonical tables as Delta tables under one folder.

    Attributes:
        root: folder; every table is a sub-folder with its name.
        before_commit: called right before every commit; raises when the caller lost its right to write (a lease).
    """

    root: Path
    before_commit: Callable[[], None] = _nothing

    def table_path(self, name: str) -> str:
        return str(self.root / name)

    def open(self, name: str) -> DeltaTable:
        """The table at its newest version; created empty when it does not exist yet."""
        if (table := self._load(name)) is not None:
            return table
        path, spec = self.table_path(name), TABLES[name]
        statistics = [c for c in ("ts_us", "account") if c in spec.schema.names]
        configuration = {"delta.dataSkippingStatsColumns": ",".join(statistics)}
        partition = [spec.partition] if spec.partition else None
        DeltaTable.create(path, spec.schema, mode="ignore", partition_by=partition, configuration=configuration)
        return DeltaTable(path)

    def _load(self, name: str) -> DeltaTable | None:
        try:
            return DeltaTable(self.table_path(name))
        except TableNotFoundError:
            return None
        except DeltaError as error:
            raise StoreError(
                f"table {name}",
                f"its log cannot be read ({str(error).splitlines()[0]})",
                "restore the folder from a backup, or open it with the newer Jianwei that wrote it",
            ) from None

    def identity(self, name: str) -> tuple[str, int]:
        """(unique id of the table, newest version): progress kept elsewhere is believed only for the same table."""
        table = self.open(name)
        return str(table.metadata().id), int(table.version())

    def snapshot(self, names: Collection[str]) -> Snapshot:
        """Pin the newest version of some tables. Tables that were never written are empty, with version -1."""
        return Snapshot({name: self._pin(name) for name in sorted(names)})

    def _pin(self, name: str) -> TableSnapshot:
        spec, table = TABLES[name], self._load(name)
        if table is None:
            return TableSnapshot(name, -1, (), spec.schema, spec.partition)
        return _table_snapshot(spec, table)

    def append_new(
        self, name: str, rows: pa.Table, *, absent_from: Collection[str] = (), tell: tuple[str, ...] = ()
    ) -> Appended:
        """Add the rows whose key is not stored yet; the first of equal keys wins.

        Args:
            rows: canonical rows of `name`.
            absent_from: files known to hold none of these keys (an earlier anti-join found so); they are not searched again.
            tell: columns of rows stored before to report beside their key.

        Raises:
            RetryableError: other writers were faster `ATTEMPTS` times.
        """
        spec = TABLES[name]
        fresh, repeated = _first_of_each(rows, spec.key)
        duplicates = [repeated]
        columns = (*spec.key, *tell)
        known_rows = [empty(name).select(columns)]
        searched = set(absent_from)
        for attempt in range(1, ATTEMPTS + 1):
            table = self.open(name)
            pinned = _table_snapshot(spec, table)
            unsearched = [file for file in pinned.files if file not in searched]
            if unsearched and fresh.num_rows:
                stored = rows_with_keys(pinned, unsearched, spec.key, fresh, columns)
                if stored.num_rows:
                    known_rows.append(stored.cast(known_rows[0].schema))
                    fresh, repeated = _split(fresh, stored, spec.key)
                    duplicates.append(repeated)
            searched.update(unsearched)
            if fresh.num_rows:
                if not self._commit(table, fresh, [Transaction(DEDUP, pinned.version + 1)], spec):
                    _back_off(attempt)
                    continue
                pinned = _table_snapshot(spec, table)
            known = pa.concat_tables(known_rows)
            return Appended(fresh, pa.concat_tables(duplicates), known, pinned.version, pinned.files, attempt)
        raise RetryableError(f"table {name}", f"other writers were faster {ATTEMPTS} times", "run the command again")

    def append_once(self, name: str, rows: pa.Table, *, app: str, number: int) -> bool:
        """Add the new rows of a numbered batch exactly once: False when this or a later number of `app` is already there.

        Rows whose key is stored are left out, as in `append_new`, and the commit carries the same guard beside the number.
        `app` must be one of few and stable names (an inbox), since it stays in the log for good.
        """
        spec = TABLES[name]
        given, _ = _first_of_each(rows, spec.key)
        for attempt in range(1, ATTEMPTS + 1):
            table = self.open(name)
            pinned = _table_snapshot(spec, table)
            done = table.transaction_version(app)
            if done is not None and done >= number:
                return False
            fresh, _ = _split(given, rows_with_keys(pinned, pinned.files, spec.key, given, spec.key), spec.key)
            guards = [Transaction(DEDUP, pinned.version + 1), Transaction(app, number)]
            if self._commit(table, fresh, guards, spec):
                return True
            _back_off(attempt)
        raise RetryableError(f"table {name}", f"other writers were faster {ATTEMPTS} times", "run the command again")

    def number(self, name: str, app: str) -> int:
        """The number of the last batch of `app` that the table has (see `append_once`); 0 when it has none."""
        table = self._load(name)
        return 0 if table is None else int(table.transaction_version(app) or 0)

    def upsert(self, name: str, rows: pa.Table, *, later_counts: bool = False) -> Appended:
        """Add or renew rows of a small table: the values of the newer row win, where they are not null.

        A row is as new as its newest change, not each of its values: what an older row says fills only what is null. A row whose only
        news is a later time is left as it is, so that re-imports write nothing; unless `later_counts`.
        """
        spec = TABLES[name]
        given, repeated = _newest_of_each(rows, spec)
        for attempt in range(1, ATTEMPTS + 1):
            table = self.open(name)
            pinned = _table_snapshot(spec, table)
            stored = rows_with_keys(pinned, pinned.files, spec.key, given, spec.schema.names)
            fresh, known = _split(given, stored, spec.key)
            changed = _renewed(spec, stored, known, later_counts) if known.num_rows else known
            duplicates = pa.concat_tables([repeated, known])
            guards = [Transaction(DEDUP, pinned.version + 1)]
            if not fresh.num_rows and not changed.num_rows:
                return Appended(fresh, duplicates, stored, pinned.version, pinned.files, attempt)
            if not changed.num_rows:
                committed = self._commit(table, fresh, guards, spec)
            else:
                committed = self._merge(table, pa.concat_tables([fresh, changed]), guards, spec)
            if committed:
                done = _table_snapshot(spec, table)
                return Appended(fresh, duplicates, stored, done.version, done.files, attempt)
            _back_off(attempt)
        raise RetryableError(f"table {name}", f"other writers were faster {ATTEMPTS} times", "run the command again")

    def _commit(self, table: DeltaTable, rows: pa.Table, guards: list[Transaction], spec: TableSpec) -> bool:
        from deltalake import write_deltalake

        self.before_commit()
        try:
            write_deltalake(
                table,
                rows,
                mode="append",
                partition_by=[spec.partition] if spec.partition else None,
                schema_mode="merge",
                writer_properties=_WRITER,
                commit_properties=CommitProperties(app_transactions=guards),
                post_commithook_properties=_HOOKS,
            )
        except CommitFailedError:
            return False
        return True

    def _merge(self, table: DeltaTable, rows: pa.Table, guards: list[Transaction], spec: TableSpec) -> bool:
        self.before_commit()
        on = " AND ".join(f"t.{name} = s.{name}" for name in spec.key)
        try:
            (
                table.merge(
                    rows,
                    on,
                    source_alias="s",
                    target_alias="t",
                    merge_schema=True,
                    writer_properties=_WRITER,
                    commit_properties=CommitProperties(app_transactions=guards),
                    post_commithook_properties=_HOOKS,
                )
                .when_matched_update_all()
                .when_not_matched_insert_all()
                .execute()
            )
        except CommitFailedError:
            return False
        return True

    def compact(self, name: str, *, above: int = SMALL_FILES) -> bool:
        """Join small files when there are more than `above`; readers of pinned files are not disturbed."""
        table = self.open(name)
        if len(table.file_uris()) <= above:
            return False
        for attempt in range(1, ATTEMPTS + 1):
            self.before_commit()
            try:
                table.optimize.compact(writer_properties=_WRITER, post_commithook_properties=_HOOKS)
            except CommitFailedError:
                _back_off(attempt)
                table = self.open(name)
                continue
            return True
        raise RetryableError(f"table {name}", "compaction kept meeting other writers", "it will be tried again later")

    def vacuum(self, name: str, *, keep_hours: int = 7 * 24) -> int:
        """Remove files that no version of the last `keep_hours` needs; returns how many. Never less than a day here."""
        if keep_hours < 24:
            raise StoreError(f"table {name}", "files younger than a day may be in use", "keep at least 24 hours")
        removed = self.open(name).vacuum(retention_hours=keep_hours, dry_run=False, enforce_retention_duration=False)
        return len(removed)


def _table_snapshot(spec: TableSpec, table: DeltaTable) -> TableSnapshot:
    features = set(table.protocol().reader_features or ())
    if refused := features & _REFUSED:
        raise StoreError(
            f"table {spec.name}",
            f"was written with {', '.join(sorted(refused))}, which Jianwei does not read",
            "rewrite the table without that feature",
        )
    # Only the table's own address is percent-encoded; below it the names of folders and files are already those on disk.
    encoded = table.table_uri.removeprefix("file://")
    root = unquote(encoded)
    files = tuple(sorted(root + uri.removeprefix("file://").removeprefix(encoded) for uri in table.file_uris()))
    return TableSnapshot(spec.name, int(table.version()), files, spec.schema, spec.partition)


def _back_off(attempt: int) -> None:
    time.sleep(random.uniform(0.01, 0.05) * min(attempt, 10))  # noqa: S311 - jitter, not a secret


def _first_of_each(rows: pa.Table, key: tuple[str, ...]) -> tuple[pa.Table, pa.Table]:
    """(first row of every key, the others), both in the given order."""
    if rows.num_rows < 2:
        return rows, rows.slice(0, 0)
    numbered = rows.select(list(key)).append_column("__row", pa.array(range(rows.num_rows), pa.int64()))
    first = numbered.group_by(list(key), use_threads=False).aggregate([("__row", "min")]).column("__row_min")
    if len(first) == rows.num_rows:
        return rows, rows.slice(0, 0)
    mask = _mask(rows.num_rows, first)
    return rows.filter(mask), rows.filter(_inverted(mask))


def _mask(length: int, indices: pa.ChunkedArray) -> pa.BooleanArray:
    import numpy as np

    flags = np.zeros(length, bool)
    flags[indices.to_numpy()] = True
    return pa.array(flags)


def _inverted(mask: pa.BooleanArray) -> pa.BooleanArray:
    import pyarrow.compute as pc

    return pc.invert(mask)


def _split(rows: pa.Table, stored: pa.Table, key: tuple[str, ...]) -> tuple[pa.Table, pa.Table]:
    """(rows whose key is not in `stored`, rows whose key is), both in the given order."""
    import pyarrow.compute as pc

    if len(key) == 1:
        mask = pc.is_in(rows.column(key[0]).combine_chunks(), value_set=stored.column(key[0]).combine_chunks())
    else:
        with connect() as connection:
            numbered = rows.select(list(key)).append_column("__row", pa.array(range(rows.num_rows), pa.int64()))
            connection.register("given", numbered)
            connection.register("stored", stored.select(list(key)))
            on = " AND ".join(f'g."{name}" IS NOT DISTINCT FROM s."{name}"' for name in key)
            query = f"SELECT g.__row FROM given g SEMI JOIN stored s ON {on}"
            mask = _mask(rows.num_rows, connection.execute(query).to_arrow_table().column("__row"))
    return rows.filter(_inverted(mask)), rows.filter(mask)


def _newest_of_each(rows: pa.Table, spec: TableSpec) -> tuple[pa.Table, pa.Table]:
    """(one row a key, the rest): per column the newest value that is not null; order of time, position, then row."""
    _, repeated = _first_of_each(rows, spec.key)
    if not repeated.num_rows:
        return rows, repeated
    others = [name for name in spec.schema.names if name not in spec.key and name not in ("ts_us", "seq")]
    newest = ", ".join(f'arg_max("{name}", place) FILTER ("{name}" IS NOT NULL) AS "{name}"' for name in others)
    keys = ", ".join(f'"{name}"' for name in spec.key)
    query = (
        f"SELECT {keys}, max(ts_us) AS ts_us, arg_max(seq, place) AS seq, {newest} "
        f"FROM (SELECT *, (coalesce(ts_us, -1), coalesce(seq, -1), __row) AS place FROM given) "
        f"GROUP BY {keys} ORDER BY {keys}"
    )
    with connect() as connection:
        connection.register("given", rows.append_column("__row", pa.array(range(rows.num_rows), pa.int64())))
        merged = connection.execute(query).to_arrow_table()
    return conform(spec.name, {name: merged.column(name) for name in merged.column_names}, merged.num_rows), repeated


def _renewed(spec: TableSpec, stored: pa.Table, given: pa.Table, later_counts: bool) -> pa.Table:
    """Stored rows that the given ones change, with the values they should have."""
    others = [name for name in spec.schema.names if name not in spec.key and name not in ("ts_us", "seq")]
    newer = "coalesce(g.ts_us, -1) >= coalesce(s.ts_us, -1)"
    values = {
        name: f'CASE WHEN {newer} THEN coalesce(g."{name}", s."{name}") ELSE coalesce(s."{name}", g."{name}") END'
        for name in others
    }
    picked = ", ".join(
        [f's."{name}"' for name in spec.key]
        + ["greatest(g.ts_us, s.ts_us) AS ts_us", f"CASE WHEN {newer} THEN g.seq ELSE s.seq END AS seq"]
        + [f'{value} AS "{name}"' for name, value in values.items()]
    )
    differs = " OR ".join(f'({value}) IS DISTINCT FROM s."{name}"' for name, value in values.items())
    if later_counts:
        differs += " OR g.ts_us > coalesce(s.ts_us, -1)"
    on = " AND ".join(f's."{name}" IS NOT DISTINCT FROM g."{name}"' for name in spec.key)
    with connect() as connection:
        connection.register("stored", stored)
        connection.register("given", given)
        query = f"SELECT {picked} FROM stored s JOIN given g ON {on} WHERE {differs}"
        merged = connection.execute(query).to_arrow_table()
    return conform(spec.name, {name: merged.column(name) for name in merged.column_names}, merged.num_rows)
