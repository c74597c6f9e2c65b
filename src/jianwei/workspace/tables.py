"""Free-hand access to the canonical tables: ibis expressions and SQL over a snapshot."""

from __future__ import annotations

import ibis
import pyarrow as pa

from jianwei.common.results import Rows
from jianwei.engines import Scope
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.errors import UsageError
from jianwei.records import TABLES
from jianwei.store import Derived, Store, now_us

__all__ = ["keep", "open_table", "read_derived", "run_sql"]


def open_table(name: str, store: Store, zone: str) -> ibis.Table:
    """One table of a new snapshot; the connection lives as long as the expression does.

    Raises:
        UsageError: no such table.
    """
    if name not in TABLES:
        raise UsageError("table", f"{name!r} is unknown", f"known are {', '.join(TABLES)}")
    return DuckDBEngine().attach(store.lake.snapshot([name]), Scope(zone)).table(name)


def run_sql(query: str, store: Store, zone: str) -> pa.Table:
    """A SELECT over the canonical tables of a new snapshot and the derived ones; it cannot write, and reads no other files.

    Raises:
        UsageError: the query is not one that DuckDB understands, or wants more than reading these tables.
    """
    session = DuckDBEngine().attach(store.lake.snapshot(TABLES), Scope(zone))
    derived = store.derived()
    for name in derived.names():
        if name in query.lower() and (kept := derived.get(name)):
            session.lend(name, kept.rows)
    return session.sql(query)


def read_derived(name: str, store: Store) -> Derived:
    """A derived table with what it was made from.

    Raises:
        UsageError: none of this name was kept.
    """
    derived = store.derived()
    kept = derived.get(name)
    if kept is None:
        there = ", ".join(derived.names())
        hint = f"there are {there}" if there else "keep one with `jianwei mine rules --keep`"
        raise UsageError("derived table", f"{name!r} was not kept", hint)
    return kept


def keep(name: str, result: Rows, store: Store) -> None:
    """Keep the rows of a result as the derived table `name`, in place of an older one."""
    store.derived().put(name, result.rows, result.provenance, made_us=now_us())
