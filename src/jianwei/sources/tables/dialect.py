"""Which delimiter a text table has, and whether its first row names the columns."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from jianwei.sources.tables.cells import amount_of
from jianwei.sources.tables.headers import fields_named

__all__ = ["Dialect", "dialect_of", "is_header"]

_DELIMITERS = (",", "\t", ";", "|")
_ROWS = 200
_KNOWN = 0.8  # a name that fits a field as well as this is a column's name and no value


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is written.

    Attributes:
        delimiter: one character.
        header: whether the first row names the columns.
        columns: how many there are.
        regular: share of rows that have that many, 0 to 1.
        known: whether the header has names that are known.
    """

    delimiter: str
    header: bool
    columns: int
    regular: float
    known: bool


def dialect_of(text: str, *, whole: bool) -> Dialect | None:
    r"""The dialect of a table that begins with `text`; None when there is no row.

    >>> dialect_of("text;label\n好;1\n坏;0\n", whole=True)
    Dialect(delimiter=';', header=True, columns=2, regular=1.0, known=True)
    """
    best: tuple[tuple[bool, float, int], str, list[list[str]], int] | None = None
    for delimiter in _DELIMITERS:
        rows = _rows(text, delimiter, whole=whole)
        if not rows:
            return None
        columns, times = Counter(map(len, rows)).most_common(1)[0]
        score = (columns > 1, round(times / len(rows), 1), columns)
        if best is None or score > best[0]:
            best = score, delimiter, rows, columns
    if best is None:
        return None
    _, delimiter, rows, columns = best
    header = is_header(rows[0], rows[1:])
    regular = sum(len(row) == columns for row in rows) / len(rows)
    return Dialect(delimiter, header, columns, regular, header and _has_known(rows[0]))


def _rows(text: str, delimiter: str, *, whole: bool) -> list[list[str]]:
    lines = text.replace("\0", "").splitlines(keepends=True)
    if not whole and len(lines) > 1:
        lines.pop()
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO("".join(lines), newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) > _ROWS:
                break
    except csv.Error:  # a field without end: what came before it decides
        pass
    return rows


def _has_known(names: Sequence[str]) -> bool:
    return any(max(fields_named(name).values(), default=0.0) >= _KNOWN for name in names)


def _is_value(cell: str) -> bool:
    return amount_of(cell) is not None or len(cell) > 40 or any(mark in cell for mark in "。！？：/")


def is_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether `first` names the columns of `rows`: a known name says so, a number or a sentence says no.

    >>> is_header(["用户", "foo"], [["u1", "2"]]), is_header(["1", "268318", "pv"], [["1", "333", "buy"]])
    (True, False)
    """
    cells = [cell.strip() for cell in first]
    if _has_known(cells):
        return True
    if any(_is_value(cell) for cell in cells) or len(set(cells)) < len(cells):
        return False
    return not any(list(row) == list(first) for row in rows)
