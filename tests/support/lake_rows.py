"""What stands in a lake, for tests that compare lakes."""

from __future__ import annotations

import json
from typing import Any

from jianwei.records import TABLES
from jianwei.store import Store
from jianwei.store.scan import connect

__all__ = ["contents", "rows"]


def rows(store: Store, name: str) -> list[dict[str, Any]]:
    """Every row of a table."""
    snapshot = store.lake.snapshot([name]).tables[name]
    if not snapshot.files:
        return []
    with connect() as connection:
        query = "SELECT * FROM read_parquet(?, union_by_name=true)"
        return connection.execute(query, [list(snapshot.files)]).to_arrow_table().to_pylist()


def contents(store: Store, *, but: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Every row of every table as text; `but` are columns that may differ."""
    return {
        name: sorted(
            json.dumps({k: v for k, v in row.items() if k not in but}, sort_keys=True, default=str)
            for row in rows(store, name)
        )
        for name in TABLES
    }
