"""Statements that both databases have, each in its own way."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
import sqlalchemy.dialects.postgresql
import sqlalchemy.dialects.sqlite

__all__ = ["insert", "storable", "upsert"]


def storable(text: str) -> str:
    """The text as both databases take it: PostgreSQL has no NUL, and neither has halves of surrogate pairs.

    >>> storable("a\\0b\\ud800")
    'a␀b?'
    """
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


def insert(connection: sa.Connection, table: sa.Table) -> sa.dialects.sqlite.Insert | sa.dialects.postgresql.Insert:
    """An INSERT that knows ON CONFLICT."""
    if connection.dialect.name == "postgresql":
        return sa.dialects.postgresql.insert(table)
    return sa.dialects.sqlite.insert(table)


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    key: Mapping[str, object],
    values: Mapping[str, object],
    at_first: Mapping[str, object] | None = None,
) -> None:
    """Insert a row, or change `values` of the row with this key; `at_first` is written only with a new row."""
    statement = insert(connection, table).values(**key, **values, **(at_first or {}))
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
