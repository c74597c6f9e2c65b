"""Reading the lake's files by DuckDB: the typed SQL of a pinned table, and which keys are already there.

Both the store (which rows are new?) and the embedded engine read through `scan_sql`, so that a table without files, a column added
later or a partition column in the path means the same to both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from jianwei.store.snapshot import TableSnapshot

__all__ = ["connect", "rows_with_keys", "scan_sql", "sql_type"]

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
    paths = ", ".join(_quote(path) for path in chosen)
    hive = ", hive_partitioning = false"
    if table.partition:
        hive = f", hive_partitioning = true, hive_types = {{{_quote(table.partition)}: VARCHAR}}"
    cast = ", ".join(f'CAST("{field.name}" AS {sql_type(field.type)}) AS "{field.name}"' for field in table.schema)
    stored = f"SELECT * FROM read_parquet([{paths}], union_by_name = true{hive})"
    return f"SELECT {cast} FROM ({empty} UNION ALL BY NAME {stored})"


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory connection that loads nothing from the network and keeps no order it was not asked for."""
    return duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
        }
    )


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
    with connect() as connection:
        connection.register("keys", rows.select(list(key)))
        query = f"SELECT {wanted} FROM ({scan_sql(table, files)}) s SEMI JOIN keys k ON {on}"
        return connection.execute(query).to_arrow_table()
