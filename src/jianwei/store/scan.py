"""Reading the lake's files by DuckDB: the typed SQL of a pinned table, and which keys are already there.

Both the store (which rows are new?) and the embedded engine read through `scan_sql`, so that a table without files, a column added
later or a partition column in the path means the same to both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from urllib.parse import unquote

import duckdb
import pyarrow as pa

from jianwei.errors import SnapshotExpiredError, StoreError
from jianwei.store.snapshot import TableSnapshot

__all__ = ["connect", "named_errors", "rows_with_keys", "scan_sql", "sql_type"]

_SQL_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.int32(): "INTEGER",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
}


def sql_type(kind: pa.DataType) -> str:
    """DuckDB's name for an Arrow type of the canonical schemas.

    >>> sql_type(pa.decimal128(18, 4))
    'DECIMAL(18,4)'
    """
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision},{kind.scale})"
    return _SQL_TYPES[kind]


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def scan_sql(table: TableSnapshot, files: Iterable[str] | None = None) -> str:
    """A SELECT over the table's files with exactly the columns and types of its schema.

    Files that lack a column give nulls for it; without files the result is empty and typed.

    Args:
        table: the pinned table.
        files: a part of its files; default all.
    """
    typed = ", ".join(f'NULL::{sql_type(field.type)} AS "{field.name}"' for field in table.schema)
    empty = f"SELECT {typed} WHERE false"
    chosen = tuple(table.files if files is None else files)
    if not chosen:
        return empty
    groups: dict[str, list[str]] = {}
    for path in chosen:
        groups.setdefault(_partition(path, table.partition), []).append(_quote(path))
    stored = " UNION ALL BY NAME ".join(
        f"SELECT *{value} FROM read_parquet([{', '.join(paths)}], union_by_name = true, hive_partitioning = false)"
        for value, paths in groups.items()
    )
    cast = ", ".join(f'CAST("{field.name}" AS {sql_type(field.type)}) AS "{field.name}"' for field in table.schema)
    return f"SELECT {cast} FROM ({empty} UNION ALL BY NAME {stored})"


def _partition(path: str, column: str | None) -> str:
    """The partition column as one more SQL column, its value from the last folder's name; "" without one.

    DuckDB's own reading of such names takes every folder above the table for a column, too.
    """
    if column is None:
        return ""
    value = PurePath(path).parent.name.removeprefix(f"{column}=")
    literal = "NULL" if value == "__HIVE_DEFAULT_PARTITION__" else _quote(unquote(value))
    return f', CAST({literal} AS VARCHAR) AS "{column}"'


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory connection that loads nothing from the network and keeps no order it was not asked for."""
    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
        }
    )


@contextmanager
def named_errors() -> Iterator[None]:
    """Around reading of pinned files: DuckDB's errors in the words of the house.

    Raises:
        SnapshotExpiredError: a file is gone.
        StoreError: a file is damaged, or the disk or the memory fails.
    """
    try:
        yield
    except (duckdb.IOException, duckdb.InvalidInputException) as error:
        said = str(error)
        if "No files found" in said or "No such file" in said or "Cannot open file" in said:
            raise SnapshotExpiredError(
                "snapshot", "a pinned file is gone", "ask again; a new snapshot will be taken"
            ) from error
        if isinstance(error, duckdb.InvalidInputException) and "arquet" not in said:
            raise
        raise StoreError("lake", said.splitlines()[0], "check the disk, then run `jianwei doctor`") from error
    except duckdb.OutOfMemoryException as error:
        raise StoreError(
            "engine", "the memory of this machine is not enough for this question", "narrow it, or use a larger machine"
        ) from error


def rows_with_keys(
    table: TableSnapshot, files: Sequence[str], key: Sequence[str], rows: pa.Table, columns: Sequence[str]
) -> pa.Table:
    """Of the stored rows, those whose key stands in `rows`: their `columns`.

    Args:
        table: the pinned table that `files` belong to.
        files: where to look.
        key: key columns, present in `rows`.
        rows: rows whose keys are asked for.
        columns: stored columns to return, key columns among them if wanted.
    """
    wanted = ", ".join(f's."{name}"' for name in columns)
    on = " AND ".join(f's."{name}" IS NOT DISTINCT FROM k."{name}"' for name in key)
    if len(key) == 1:  # a plain equality lets DuckDB use a hash join; single keys are never null
        on = f's."{key[0]}" = k."{key[0]}"'
    with named_errors(), connect() as connection:
        connection.register("keys", rows.select(list(key)))
        query = f"SELECT {wanted} FROM ({scan_sql(table, files)}) s SEMI JOIN keys k ON {on}"
        return connection.execute(query).to_arrow_table()
