"""Free-hand access to the canonical tables: ibis expressions and SQL over a snapshot."""

from __future__ import annotations

import ibis
import pyarrow as pa

from jianwei.engines import Scope
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.errors import UsageError
from jianwei.records import TABLES
from jianwei.store import Store

__all__ = ["open_table", "run_sql"]


def open_table(name: str, store: Store, zone: str) -> ibis.Table:
    """One table of a new snapshot; the connection lives as long as the expression does.

    Raises:
        UsageError: no such table.
    """
    if name not in TABLES:
        raise UsageError("table", f"{name!r} is unknown", f"known are {', '.join(TABLES)}")
    return DuckDBEngine().attach(store.lake.snapshot([name]), Scope(zone)).table(name)


def run_sql(query: str, store: Store, zone: str) -> pa.Table:
    """A SELECT over the canonical tables of a new snapshot; it cannot write, and reads no other files.

    Raises:
        UsageError: the query is not one that DuckDB understands, or wants more than reading these tables.
    """
    session = DuckDBEngine().attach(store.lake.snapshot(TABLES), Scope(zone))
    return session.sql(query)
