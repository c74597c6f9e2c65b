"""Answers beside the rows they belong to, as a file for people or for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa

from jianwei.errors import StoreError, UsageError

__all__ = ["beside", "check_folder", "check_suffix", "write_answers"]

_SUFFIXES = (".csv", ".xlsx", ".parquet")


def check_folder(path: Path) -> None:
    """Refuse a place before any work is done.

    Raises:
        UsageError: its folder is not there.
    """
    if not path.parent.is_dir():
        raise UsageError("--output", f"there is no folder {path.parent}", "make it first, or choose another")


def check_suffix(path: Path | None, inputs: Iterable[Path] | None = None) -> None:
    """Refuse a file for answers before any work is done.

    Raises:
        UsageError: it ends in none of .csv, .xlsx, .parquet, it is one of the inputs, or its folder is not there.
    """
    if path is None:
        return
    if path.suffix.lower() not in _SUFFIXES:
        raise UsageError("--output", f"{path.name!r} has no known ending", f"choose one of {', '.join(_SUFFIXES)}")
    if any(path.resolve() == Path(given).resolve() for given in inputs or ()):
        raise UsageError("--output", f"{path.name!r} is read from, and would be lost", "choose another name")
    check_folder(path)


def beside(frame: pa.Table, answers: Mapping[str, pa.Array]) -> pa.Table:
    """The rows as they were, with columns of answers; a column of the same name keeps its place and gets a number.

    >>> beside(pa.table({"label": ["a"]}), {"label": pa.array(["b"])}).column_names
    ['label', 'label_2']
    """
    for name, column in answers.items():
        chosen, number = name, 1
        while chosen in frame.column_names:
            number += 1
            chosen = f"{name}_{number}"
        frame = frame.append_column(chosen, column)
    return frame


def write_answers(path: Path, tables: Mapping[str, pa.Table]) -> tuple[Path, ...]:
    """Write tables: .xlsx as the sheets of one workbook; .csv and .parquet the first as `path`, others as `<stem>-<name>` beside it.

    Raises:
        UsageError: as `check_suffix`.
        StoreError: the file cannot be written.
    """
    from jianwei.render.export import write_csv, write_parquet, write_xlsx

    check_suffix(path)
    suffix = path.suffix.lower()
    try:
        if suffix == ".xlsx":
            return (write_xlsx(path, tables),)
        write = write_csv if suffix == ".csv" else write_parquet
        names = [path, *(path.with_name(f"{path.stem}-{name}{path.suffix}") for name in list(tables)[1:])]
        return tuple(write(file, table) for file, table in zip(names, tables.values(), strict=True))
    except OSError as error:
        raise StoreError(str(path), f"cannot be written ({error.strerror or error})", "choose another place") from error
