"""Derived tables: what was worked out from the records and is worth keeping, such as rules; each one whole file, the newest only.

A derived table is a Parquet file `derived/<name>.parquet` in the workspace. Its metadata say what it was made from: question, settings,
versions of the tables that were read, engine, and when. A newer one takes the place of an older one in one step; who reads at that
moment reads the one or the other. They hold ids of items and figures, and nothing about persons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from jianwei.common.results import Provenance
from jianwei.common.whole import write_whole
from jianwei.errors import StoreError, UsageError

__all__ = ["Derived", "DerivedTables"]

_MADE = b"jianwei.made"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Derived:
    """One derived table.

    Attributes:
        rows: the table.
        made_from: question, settings, table versions, models and engine; None for a table that no question gave.
        made_us: when it was kept, µs UTC.
    """

    rows: pa.Table
    made_from: Provenance | None
    made_us: int


class _Made(msgspec.Struct, frozen=True):
    made_us: int
    made_from: Provenance | None = None


@dataclass(frozen=True, slots=True)
class DerivedTables:
    """The derived tables of one workspace.

    Attributes:
        folder: where they lie; made with the first one.

    >>> from tempfile import mkdtemp
    >>> kept = DerivedTables(Path(mkdtemp()) / "derived")
    >>> kept.put("rules", pa.table({"rows": [3]}), None, made_us=0)
    >>> kept.names(), kept.get("rules").rows.to_pylist()
    (('rules',), [{'rows': 3}])
    """

    folder: Path

    def put(self, name: str, rows: pa.Table, made_from: Provenance | None, *, made_us: int) -> None:
        """Keep a table in place of the one of this name.

        Raises:
            UsageError: the name is not made of small letters, digits and _.
            StoreError: it cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise UsageError("derived table", f"{name!r} is no name for one", "use small letters, digits and _")
        made = msgspec.json.encode(_Made(made_us, made_from))
        sink = pa.BufferOutputStream()
        pq.write_table(
            rows.replace_schema_metadata({_MADE: made}), sink, compression="zstd", use_compliant_nested_type=False
        )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                str(self.folder), f"cannot be made ({error.strerror})", "see who may write there"
            ) from None
        write_whole(self._path(name), sink.getvalue().to_pybytes())

    def get(self, name: str) -> Derived | None:
        """The table of this name, or None when none was kept.

        Raises:
            StoreError: the file is damaged or not ours.
        """
        path = self._path(name)
        if not _NAME.fullmatch(name) or not path.exists():
            return None
        try:
            rows = pq.read_table(path, partitioning=None)
            made = msgspec.json.decode((rows.schema.metadata or {})[_MADE], type=_Made)
        except (OSError, pa.ArrowException, KeyError, msgspec.DecodeError):
            raise StoreError(
                str(path), "is damaged or was not written by Jianwei", "delete it and make it anew"
            ) from None
        return Derived(rows.replace_schema_metadata(None), made.made_from, made.made_us)

    def names(self) -> tuple[str, ...]:
        """Names of the tables that were kept, sorted."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.parquet") if _NAME.fullmatch(path.stem)))

    def paths(self) -> Mapping[str, Path]:
        """The files of the tables by name, for an engine that reads them itself."""
        return {name: self._path(name) for name in self.names()}

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.parquet"
