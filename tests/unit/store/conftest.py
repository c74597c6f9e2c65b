"""Rows and readings that the tests of the lake share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jianwei.store import Lake
from jianwei.store.scan import connect, scan_sql


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "lake")


@pytest.fixture(scope="session")
def contents() -> Callable[..., list[dict[str, Any]]]:
    """All rows of a table at its newest version: `contents(lake, "messages", "message_id", "text")`, in order."""

    def read(lake: Lake, name: str, *columns: str) -> list[dict[str, Any]]:
        wanted = ", ".join(columns) or "*"
        with connect() as connection:
            query = f"SELECT {wanted} FROM ({scan_sql(lake.snapshot([name]).tables[name])}) ORDER BY ALL"
            rows: list[dict[str, Any]] = connection.execute(query).to_arrow_table().to_pylist()
            return rows

    return read


@pytest.fixture(scope="session")
def rows() -> Callable[..., pa.Table]:
    """Canonical rows from dicts: `rows("messages", {"message_id": "m:1"}, …)`; what is not given is null."""
    from jianwei.records import TABLES

    def make(name: str, *given: dict[str, Any]) -> pa.Table:
        return pa.Table.from_pylist(list(given), TABLES[name].schema)

    return make
