"""A snapshot pins the version and the files of every table that one analysis reads. It is the only way to files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

__all__ = ["Snapshot", "TableSnapshot"]


@dataclass(frozen=True, slots=True)
class TableSnapshot:
    """One pinned table.

    Attributes:
        version: lake version; -1 when the table was never written.
        files: absolute paths of its Parquet files; may be empty.
        schema: the canonical schema that readers cast to, whatever the files hold.
        partition: partition column (in the paths, not in the files), or None.
    """

    name: str
    version: int
    files: tuple[str, ...]
    schema: pa.Schema
    partition: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Pinned tables by name."""

    tables: Mapping[str, TableSnapshot]

    @property
    def versions(self) -> dict[str, int]:
        return {name: table.version for name, table in sorted(self.tables.items())}
