"""Delimited text (CSV, TSV, …) of any size in flat memory: blocks of text columns, and every row that cannot be read by its line.

The text is cut into stretches that end with a record, and Arrow's CSV reader parses each. What real exports do wrong costs their
own rows and no others:

* bytes that are no text in the file's encoding: the row is rejected, "bad_encoding";
* NUL bytes: "nul_bytes"; too few or too many columns: "wrong_columns";
* a line longer than `max_row_bytes`: "row_too_long"; it is skipped without being held;
* quotes that do not pair are taken literally (`quotes.mend`): one that was forgotten at line 5 spoils line 5, not the file.

Quoting follows RFC 4180; LF, CRLF and CR end lines, also mixed; blank lines are no rows.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from jianwei.errors import InputError
from jianwei.sources._base import InputFile, Reject
from jianwei.sources.lines import MARK, Stretch, clip, line_ends, read_stretches, too_long
from jianwei.sources.quotes import mend, record_starts

__all__ = ["Block", "column_names", "read_delimited"]

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of rows.

    Attributes:
        frame: the rows; every column a string, none null.
        lines: gives the 1-based line on which each row of `frame` starts, int64 [rows]; worked out when it is called.
        rejects: rows of this stretch that could not be read.
        consumed: bytes of the file used so far, in the measure of `InputFile.size`.
    """

    frame: pa.Table
    lines: Callable[[], Ints]
    rejects: tuple[Reject, ...]
    consumed: int


def column_names(header: list[str]) -> list[str]:
    """Names that differ, one a column: blank ones are numbered, repeated ones get a suffix.

    >>> column_names(["text", "", "text "])
    ['text', 'column_2', 'text_2']
    """
    names: list[str] = []
    taken: set[str] = set()
    for number, raw in enumerate(header, 1):
        base = name = raw.strip() or f"column_{number}"
        suffix = 1
        while name in taken:
            suffix += 1
            name = f"{base}_{suffix}"
        names.append(name)
        taken.add(name)
    return names


def _first_record(data: bytes, delimiter: str) -> tuple[list[str], int]:
    """The fields of the first record that is not blank, and the offset after it; no fields where all is blank."""
    starts, _ = record_starts(data)
    if not len(starts):
        return [], len(data)
    end = int(starts[1]) if len(starts) > 1 else len(data)
    text = data[int(starts[0]) : end].decode().rstrip("\r\n")
    try:
        return next(csv.reader([text], delimiter=delimiter)), end
    except csv.Error:  # a field beyond the csv module's own limit
        return text.split(delimiter), end


def _parse(
    data: bytes, line: int, names: list[str], delimiter: str
) -> tuple[pa.Table, Callable[[], Ints], list[Reject]]:
    misfits: list[pacsv.InvalidRow] = []

    def skip(row: pacsv.InvalidRow) -> str:
        misfits.append(row)
        return "skip"

    frame = pacsv.read_csv(
        pa.BufferReader(data),
        pacsv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names),
        pacsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip),
        pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), check_utf8=False, strings_can_be_null=False
        ),
    ).combine_chunks()
    dropped = np.array([row.number - 1 for row in misfits], np.int64)

    def all_lines() -> Ints:
        return np.asarray(record_starts(data)[1] + line)

    if not misfits and MARK.encode() not in data and b"\0" not in data:
        return frame, all_lines, []
    own = all_lines()
    rejects = [
        Reject(
            int(own[row.number - 1]), "wrong_columns", f"{row.actual_columns}≠{row.expected_columns}", clip(row.text)
        )
        for row in misfits
        if row.text.strip()
    ]
    lines = np.delete(own, dropped)
    bad = np.zeros(frame.num_rows, bool)
    for code, character in (("bad_encoding", MARK), ("nul_bytes", "\0")):
        here = _holds(frame, character) & ~bad
        bad |= here
        for index in np.flatnonzero(here):
            row = frame.slice(int(index), 1).to_pylist()[0]
            column = next(name for name, value in row.items() if character in value)
            rejects.append(Reject(int(lines[index]), code, column, _raw(delimiter.join(row.values()))))
    rejects.sort(key=lambda reject: reject.line)
    good = lines[~bad]
    return frame.filter(pa.array(~bad)), lambda: good, rejects


def _raw(text: str) -> str:
    return clip(text.replace(MARK, "\ufffd").replace("\0", "\u2400"))


def _holds(frame: pa.Table, character: str) -> Flags:
    found = np.zeros(frame.num_rows, bool)
    for column in frame.columns:
        found |= np.asarray(pc.match_substring(column, character).to_numpy())
    return found


def _stretches(
    file: InputFile, encoding: str, delimiter: str, block_bytes: int, max_row_bytes: int
) -> Iterator[Stretch]:
    """Stretches of whole, mended records, and lines that are too long."""
    rest, rest_line, consumed = b"", 1, 0
    for stretch in read_stretches(file, encoding=encoding, block_bytes=block_bytes, max_row_bytes=max_row_bytes):
        consumed = stretch.consumed
        line = rest_line if rest else stretch.line
        data = rest if stretch.skipped else rest + stretch.data
        whole, rest = mend(data, delimiter, max_row_bytes, last=bool(stretch.skipped)) if data else (b"", b"")
        if whole:
            yield Stretch(whole, line, consumed)
        rest_line = line + line_ends(whole) if rest else 0
        if stretch.skipped:
            yield stretch
    if rest:
        yield Stretch(mend(rest, delimiter, max_row_bytes, last=True)[0], rest_line, consumed)


def read_delimited(
    file: InputFile,
    *,
    encoding: str,
    delimiter: str,
    header: bool = True,
    block_bytes: int = 2 << 20,
    max_row_bytes: int = 1 << 20,
) -> Iterator[Block]:
    """Read a delimited file block by block.

    Args:
        file: what to read.
        encoding: Python codec name; a byte order mark is dropped.
        delimiter: one ASCII character.
        header: whether the first row names the columns; otherwise they are column_1, column_2, …
        block_bytes: size of a block, about.
        max_row_bytes: what a line, or a record with line ends in quotes, may have.

    Yields:
        Blocks in file order; the first one has the columns even when it has no rows. A file without any row gives no block.

    Raises:
        InputError: the line with the column names is longer than `max_row_bytes`.
    """
    names: list[str] = []
    for stretch in _stretches(file, encoding, delimiter, block_bytes, max_row_bytes):
        data, line = stretch.data, stretch.line
        if stretch.skipped:
            if header and not names:
                raise InputError(file.name, f"line {line} should name the columns but has {stretch.skipped:,} bytes")
            empty = pa.table({name: pa.array([], pa.string()) for name in names})
            yield Block(empty, lambda: np.zeros(0, np.int64), (too_long(stretch),), stretch.consumed)
            continue
        if not names:
            fields, end = _first_record(data, delimiter)
            if not fields:
                continue
            names = column_names(fields if header else [""] * len(fields))
            if header:
                line, data = line + data.count(b"\n", 0, end), data[end:]
        if data:
            frame, lines, rejects = _parse(data, line, names, delimiter)
        else:
            frame, lines, rejects = pa.table({name: pa.array([], pa.string()) for name in names}), _no_lines, []
        yield Block(frame, lines, tuple(rejects), stretch.consumed)


def _no_lines() -> Ints:
    return np.zeros(0, np.int64)
