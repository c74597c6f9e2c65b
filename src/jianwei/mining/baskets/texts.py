"""Text files of baskets as Arrow batches: a basket a line, or a table with a row for each item in a basket.

Which of the two a file is, is told by its first lines. Lines with the same number of fields, at least two, are a table when the first
line names the columns, that is, when none of its fields comes again; or when there are two columns that have no value in common. All
else is a basket a line: names between commas, semicolons, tabs or bars, and where there are none of these, between blanks.
"""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from jianwei.common.files import head_text, sample
from jianwei.common.inputs import BadInput, InputFile
from jianwei.errors import InputError

__all__ = ["TRUE_OR_FALSE", "Layout", "layout_of", "text_batches"]

_DELIMITERS = (",", "\t", ";", "|")
TRUE_OR_FALSE = {"1": True, "0": False, "1.0": True, "0.0": False, "true": True, "false": False}
"""What cells of a table of 0 and 1 are written as, in small letters; a blank one is not there."""

_LINES = 500
_BLOCK = 8 << 20
_LONGEST = 64 << 20  # bytes of one line


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text file holds baskets.

    Attributes:
        encoding: Python codec.
        delimiter: one character; None: blanks.
        header: names of a table's columns; None: a basket a line.
        skip: lines before the first row of a table: that of the names, and blank ones.
        cells: a table of 0 and 1 with a column an item.
    """

    encoding: str
    delimiter: str | None
    header: tuple[str, ...] | None
    skip: int = 0
    cells: bool = False


def layout_of(file: InputFile, *, table: bool = False) -> Layout:
    """How a file is laid out.

    Args:
        file: a text file.
        table: it is a table whose first line names the columns, however it looks.

    Raises:
        InputError: it is empty, or no text.
    """
    seen = sample(file)
    if isinstance(seen, BadInput):
        raise InputError(file.name, "the file is empty")
    if seen.head.startswith(b"PK\x03\x04"):
        what = "spreadsheets and archives of them are not read here"
        raise InputError(file.name, what, "save the sheet as .csv, or bring it into a workspace with `jianwei import`")
    if seen.encoding is None:
        raise InputError(file.name, "this is no text in UTF-8, UTF-16 or GB18030", "give a text file or Parquet")
    lines = head_text(seen).splitlines()
    if not seen.whole and len(lines) > 1:
        lines.pop()
    skip = next((at for at, line in enumerate(lines, 1) if line.strip()), 0)
    lines = [line for line in lines if line.strip()][:_LINES]
    if not lines:
        raise InputError(file.name, "the file has blank lines only")
    counts = Counter({mark: sum(line.count(mark) for line in lines) for mark in _DELIMITERS})
    delimiter, times = counts.most_common(1)[0]
    if not times:
        if table:
            raise InputError(file.name, "there is no delimiter between columns", "separate them by commas or tabs")
        return Layout(seen.encoding, None, None)
    rows = [_fields(line, delimiter) for line in lines]
    columns = len(rows[0])
    if table or (len(rows) > 1 and columns > 1 and all(len(row) == columns for row in rows)):
        others = {field for row in rows[1:] for field in row}
        if table or not others.intersection(rows[0]):
            return Layout(seen.encoding, delimiter, tuple(rows[0]), skip, not table and _are_cells(rows))
        if columns == 2 and not {row[0] for row in rows} & {row[1] for row in rows}:
            return Layout(seen.encoding, delimiter, ("basket", "item"), skip - 1)
    return Layout(seen.encoding, delimiter, None)


def text_batches(file: InputFile, layout: Layout, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The baskets of a text file.

    Args:
        columns: those of a table that are wanted.

    Yields:
        Batches with a column `items` of lists of strings, one a line that is not blank; or, of a table, its columns as strings, null
        where a cell is blank.

    Raises:
        InputError: bytes are no text, a line is far too long, a row has too few or too many columns.
    """
    if layout.header is None:
        return _line_batches(file, layout)
    return _table_batches(file, layout, columns)


def _are_cells(rows: list[list[str]]) -> bool:
    """Whether there are more than two columns, with 0 and 1 in all; the first one may be a number without a name, as pandas writes it."""
    first = 0 if rows[0][0] else 1
    return len(rows[0]) > 2 and all(
        not field or field.lower() in TRUE_OR_FALSE for row in rows[1:] for field in row[first:]
    )


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return [field.strip() for field in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:  # a field beyond the csv module's own limit
        return [field.strip() for field in line.split(delimiter)]


# --- a basket a line --------------------------------------------------------------------------------------------------


def _line_batches(file: InputFile, layout: Layout) -> Iterator[pa.RecordBatch]:
    number = 1
    for data in _whole_lines(file, layout.encoding):
        lines = _lines_of(data)
        _check_text(file, lines, number)
        lists = _split(lines, data, layout.delimiter)
        items = pc.utf8_trim_whitespace(lists.flatten())
        named = pc.greater(pc.binary_length(items), 0)
        before = np.concatenate([[0], np.cumsum(named.to_numpy(zero_copy_only=False))])
        offsets = before[lists.offsets.to_numpy() - lists.offsets[0].as_py()]
        offsets = np.concatenate([[0], offsets[1:][np.diff(offsets) > 0]])
        yield pa.record_batch({"items": pa.LargeListArray.from_arrays(offsets, items.filter(named))})
        number += len(lines)


def _split(lines: pa.StringArray, data: bytes, delimiter: str | None) -> pa.Array:
    if delimiter is None:
        return pc.utf8_split_whitespace(lines)
    if b'"' in data:
        return pa.array([_fields(line.rstrip("\r\n"), delimiter) for line in lines.to_pylist()], pa.list_(pa.string()))
    return pc.split_pattern(lines, delimiter)


def _whole_lines(file: InputFile, encoding: str) -> Iterator[bytes]:
    """UTF-8 in blocks that end with a line (the last one may not), lines ended by LF."""
    rest = b""
    with file.open() as stream:
        for data in _recoded(file, stream, encoding):
            rest += data
            end = rest.rfind(b"\n") + 1
            if end:
                yield rest[:end]
                rest = rest[end:]
            elif len(rest) > _LONGEST:
                raise InputError(
                    file.name, f"a line has more than {_LONGEST:,} bytes", "give a file with one basket a line"
                )
    if rest:
        yield rest


def _recoded(file: InputFile, stream: BinaryIO, encoding: str) -> Iterator[bytes]:
    plain = encoding in ("utf-8", "utf-8-sig", "ascii")
    decoder = codecs.getincrementaldecoder(encoding)()
    first, only_cr = True, False
    while data := stream.read(_BLOCK):
        if not plain:
            try:
                data = decoder.decode(data).encode()
            except UnicodeError as error:
                raise InputError(
                    file.name, f"not all of it is text in {encoding} ({error})", "save it as UTF-8"
                ) from None
        if first:
            data, first = data.removeprefix(codecs.BOM_UTF8), False
            only_cr = b"\n" not in data and b"\r" in data
        yield data.replace(b"\r", b"\n") if only_cr else data


def _lines_of(data: bytes) -> pa.StringArray:
    """The lines without copying them one by one."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")) + 1
    bounds = np.concatenate([[0], ends, [len(data)] if not data.endswith(b"\n") else []]).astype(np.int32)
    return pa.StringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(data))


def _check_text(file: InputFile, lines: pa.StringArray, first: int) -> None:
    try:
        lines.validate(full=True)
    except pa.ArrowInvalid:
        for number, line in enumerate(lines.cast(pa.binary()).to_pylist(), first):
            try:
                line.decode()
            except UnicodeDecodeError:
                raise InputError(file.name, f"line {number} is no text in UTF-8", "save the file as UTF-8") from None


# --- tables -----------------------------------------------------------------------------------------------------------


def _table_batches(file: InputFile, layout: Layout, columns: Sequence[str] | None) -> Iterator[pa.RecordBatch]:
    names = list(layout.header or ())
    with file.open() as stream:
        try:
            reader = pacsv.open_csv(
                pa.PythonFile(stream, "r"),
                pacsv.ReadOptions(
                    block_size=_BLOCK, column_names=names, skip_rows_after_names=layout.skip, encoding=layout.encoding
                ),
                pacsv.ParseOptions(delimiter=layout.delimiter or ",", newlines_in_values=True),
                pacsv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    include_columns=list(dict.fromkeys(columns or names)),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
            yield from reader
        except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeError) as error:
            raise InputError(file.name, str(error).splitlines()[0], "export it again as CSV in UTF-8") from None
