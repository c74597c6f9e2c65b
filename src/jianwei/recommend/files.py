"""Recommendations for everybody as one file, written while they are made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from jianwei.common.results import Reason
from jianwei.errors import JianweiError, UsageError
from jianwei.recommend._base import Recommendation, Recommendations
from jianwei.render.export import write_csv, write_xlsx

__all__ = ["FILE_SCHEMA", "SUFFIXES", "plain_rows", "write_recommendations"]

SUFFIXES = (".csv", ".xlsx", ".parquet")
FILE_SCHEMA = pa.schema(
    [
        ("person_id", pa.string()),
        ("person", pa.string()),
        ("rank", pa.int32()),
        ("item_id", pa.string()),
        ("item", pa.string()),
        ("score", pa.float32()),
        ("why", pa.string()),
    ]
)
_SHEET_ROWS = 1_048_575


class _Writer(Protocol):
    def __call__(self, rows: pa.Table) -> None: ...


def plain_rows(found: Recommendations, worded: Callable[[Reason], str]) -> pa.Table:
    """The rows with their first reason in words, in `FILE_SCHEMA`."""
    why = [_why(one, worded) for one in found.picks]
    columns = [found.rows[name] for name in ("person_id", "person", "rank", "item_id", "name", "score")]
    return pa.table([*columns, pa.array(why, pa.string())], schema=FILE_SCHEMA)


def _why(one: Recommendation, worded: Callable[[Reason], str]) -> str | None:
    return worded(one.reasons[0]) if one.reasons else None


def write_recommendations(path: Path, parts: Iterable[pa.Table]) -> int:
    """Write tables in `FILE_SCHEMA` one after the other; the file is there whole or not at all.

    Args:
        path: the suffix (.csv, .xlsx, .parquet) says how. A workbook holds about a million rows, and is gathered in memory.

    Returns:
        rows written.

    Raises:
        UsageError: a suffix that stands for no format; more rows than a workbook holds.
        JianweiError: the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        what = f"{suffix or 'no suffix'} stands for no format"
        raise UsageError(str(path), what, f"end the name with {', '.join(SUFFIXES)}")
    aside = path.with_name(f".{path.name}.{os.getpid()}{suffix}")
    rows = 0
    try:
        with {".csv": _csv, ".parquet": _parquet, ".xlsx": _xlsx}[suffix](aside) as write:
            for part in parts:
                write(part)
                rows += part.num_rows
        aside.replace(path)
    except OSError as error:
        raise JianweiError(str(path), f"cannot be written ({error.strerror})", "choose another place") from None
    finally:
        aside.unlink(missing_ok=True)
    return rows


@contextmanager
def _csv(path: Path) -> Iterator[_Writer]:
    """The first part with mark and header as every CSV of the house; the others are the same less these."""
    part = path.with_name(f"{path.name}.part")
    head = write_csv(part, FILE_SCHEMA.empty_table()).read_bytes()
    try:
        with path.open("wb") as file:
            file.write(head)

            def write(rows: pa.Table) -> None:
                file.write(write_csv(part, rows).read_bytes()[len(head) :])

            yield write
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _parquet(path: Path) -> Iterator[_Writer]:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, FILE_SCHEMA, compression="zstd") as file:
        yield file.write_table


@contextmanager
def _xlsx(path: Path) -> Iterator[_Writer]:
    gathered = [FILE_SCHEMA.empty_table()]

    def write(rows: pa.Table) -> None:
        gathered.append(rows)
        if sum(part.num_rows for part in gathered) > _SHEET_ROWS:
            raise UsageError(
                path.suffix, f"a sheet holds {_SHEET_ROWS:,} rows, and there are more", "write .csv instead"
            )

    yield write
    write_xlsx(path, {"recommendations": pa.concat_tables(gathered)})
