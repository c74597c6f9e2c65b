"""Tables as CSV, XLSX and Parquet.

CSV and XLSX are for people (times are local, lists joined, see `cells.readable`), Parquet is for programs and keeps every type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from jianwei.render.export.cells import defuse, readable

__all__ = ["write_csv", "write_parquet", "write_tables", "write_xlsx"]

_BOM = b"\xef\xbb\xbf"
_SHEET_ROWS = 1_048_575  # the last one is left for the header
_CELL_CHARS = 32_767
_EXACT = 10**15  # a spreadsheet keeps 15 digits of a number
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)  # equal tables give equal files


def write_tables(
    folder: Path, tables: Mapping[str, pa.Table], *, zone: str = "Asia/Shanghai", workbook: str = "tables"
) -> tuple[Path, ...]:
    """Every table as `<name>.csv` and `<name>.parquet`, and all of them as the sheets of one `<workbook>.xlsx`.

    Args:
        folder: existing folder to write to; files of the same name are replaced.
        tables: name (ASCII letters, digits, hyphens) → table.
        zone: zone of the local times in CSV and XLSX.

    Returns:
        the files written.
    """
    written = []
    for name, table in tables.items():
        written += [
            write_csv(folder / f"{name}.csv", table, zone=zone),
            write_parquet(folder / f"{name}.parquet", table),
        ]
    if tables:
        written.append(write_xlsx(folder / f"{workbook}.xlsx", tables, zone=zone))
    return tuple(written)


def write_csv(path: Path, table: pa.Table, *, zone: str = "Asia/Shanghai") -> Path:
    """One table as CSV: UTF-8 with byte-order mark, so that spreadsheets see Chinese, and no cell they would compute."""
    shown = readable(table, zone)
    columns = [
        defuse(column.cast(pa.string())) if _is_text(column.type) else _digits(column) for column in shown.columns
    ]
    with path.open("wb") as file:
        file.write(_BOM)
        pa_csv.write_csv(pa.table(columns, names=shown.column_names), file)
    return path


def write_parquet(path: Path, table: pa.Table) -> Path:
    """One table as Parquet (ZSTD), types and nulls as they are."""
    pq.write_table(table, path, compression="zstd")
    return path


def write_xlsx(path: Path, tables: Mapping[str, pa.Table], *, zone: str = "Asia/Shanghai") -> Path:
    """All tables as one workbook, a sheet each; one longer than a sheet holds goes on in "<name> (2)".

    Text is written as text: nothing becomes a formula or a link. Whole numbers beyond 15 digits are written as text, because a
    spreadsheet would round them; text beyond 32,767 characters, the most a cell holds, is cut and ends with "…".
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": _EPOCH.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "bottom": 1, "bottom_color": "#C4CCD5"})
        taken: set[str] = set()
        for name, table in tables.items():
            shown = readable(table, zone)
            for part in range(max(1, -(-shown.num_rows // _SHEET_ROWS))):
                sheet = book.add_worksheet(sheet_name(name if part == 0 else f"{name} ({part + 1})", taken))
                _fill(sheet, shown.slice(part * _SHEET_ROWS, _SHEET_ROWS), bold)
    return path


def sheet_name(name: str, taken: set[str]) -> str:
    """A name that a workbook accepts and that is not `taken` yet (case does not count); it is added to `taken`.

    >>> sheet_name("sales [2024]/03", set())
    'sales _2024__03'
    """
    base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", name).strip("'") or "sheet"
    base = "history_" if base.lower() == "history" else base
    candidate, number = base[:31], 1
    while candidate.lower() in taken:
        number += 1
        tail = f"~{number}"
        candidate = base[: 31 - len(tail)] + tail
    taken.add(candidate.lower())
    return candidate


def _fill(sheet: Any, table: pa.Table, bold: Any) -> None:
    for index, name in enumerate(table.column_names):
        sheet.set_column(index, index, _width(name, table.column(index)))
    sheet.freeze_panes(1, 0)
    for index, name in enumerate(table.column_names):
        sheet.write_string(0, index, name, bold)
    for number, row in enumerate(_rows(table), start=1):
        for index, cell in enumerate(row):
            if cell is None or cell == "":
                continue
            if isinstance(cell, str):
                sheet.write_string(number, index, cell if len(cell) <= _CELL_CHARS else cell[: _CELL_CHARS - 1] + "…")
            elif isinstance(cell, bool):
                sheet.write_boolean(number, index, cell)
            else:
                sheet.write_number(number, index, cell)


def _rows(table: pa.Table) -> Iterator[tuple[str | float | bool | None, ...]]:
    for batch in table.to_batches(max_chunksize=65_536):
        yield from zip(*([_cell(value) for value in column.to_pylist()] for column in batch.columns), strict=True)


def _cell(value: Any) -> str | float | bool | None:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _EXACT else str(value)
    if isinstance(value, Decimal):
        return float(value) if abs(value) < 10**11 else str(value)
    if isinstance(value, float):
        return value if value - value == 0 else str(value)  # a sheet has no infinity and no NaN
    return str(value)


def _width(name: str, column: pa.ChunkedArray) -> int:
    """Characters: as wide as the first rows need, between 8 and 48."""
    cells = [name, *(str(value) for value in column.slice(0, 50).to_pylist() if value is not None)]
    return min(48, max(8, *(2 + sum(2 if ord(char) > 0x2E7F else 1 for char in cell) for cell in cells)))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind))


def _digits(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimals as plain digits without trailing zeros; Arrow's CSV writer has no form for some of them."""
    if not pa.types.is_decimal(column.type):
        return column
    texts = [None if value is None else f"{value.normalize():f}" for value in column.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])
