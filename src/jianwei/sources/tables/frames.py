"""Tables of every container as blocks of text columns: delimited text, JSON Lines, Parquet, spreadsheets."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.files import head_text, sample
from jianwei.common.inputs import ArchiveLimits, BadInput, InputFile, Sample
from jianwei.errors import InputError
from jianwei.sources._base import Reject
from jianwei.sources.delimited import Block, column_names, read_delimited
from jianwei.sources.lines import MARK, clip, read_stretches, too_long
from jianwei.sources.tables.dialect import dialect_of

__all__ = ["MOST_COLUMNS", "PREVIEW_ROWS", "Container", "container_of", "open_table", "preview", "text_frame"]

Container = str
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
PREVIEW_ROWS = 1_000
MOST_COLUMNS = 1_000
_BATCH_ROWS = 65_536
_MOST_UNPACKED = 2 << 30
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def container_of(seen: Sample) -> Container | None:
    """ "parquet", "spreadsheet", "jsonl" or "delimited"; None when the bytes are no table."""
    if seen.head[:4] == b"PAR1":
        return "parquet"
    if seen.head.startswith(_SPREADSHEETS):
        return "spreadsheet"
    text = head_text(seen)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        return None
    return "jsonl" if _object(first.encode()) is not None else "delimited"


@dataclass(frozen=True, slots=True)
class Opened:
    """A table that can be read.

    Attributes:
        container: what it is stored in.
        blocks: gives its rows from the beginning.
    """

    container: Container
    blocks: Callable[[], Iterator[Block]]


def open_table(file: InputFile) -> Opened:
    """Find out what a file is stored in.

    Raises:
        InputError: it is empty or no table.
    """
    seen = sample(file)
    if isinstance(seen, BadInput):
        raise InputError(file.name, "the file is empty")
    container = container_of(seen)
    if container == "parquet":
        return Opened(container, lambda: _parquet(file))
    if container == "spreadsheet":
        return Opened(container, lambda: _spreadsheet(file))
    if container == "jsonl" and seen.encoding:
        return Opened(container, lambda: _jsonl(file, seen.encoding or "utf-8"))
    dialect = dialect_of(head_text(seen), whole=seen.whole) if container and seen.encoding else None
    if dialect is None or seen.encoding is None:
        raise InputError(file.name, "is not a table", "give a CSV, TSV, XLSX, JSON Lines or Parquet file")
    encoding = seen.encoding
    return Opened(
        "delimited",
        lambda: read_delimited(file, encoding=encoding, delimiter=dialect.delimiter, header=dialect.header),
    )


def preview(opened: Opened) -> pa.Table:
    """The first rows, at most `PREVIEW_ROWS`; without columns when there is nothing."""
    frames: list[pa.Table] = []
    for block in opened.blocks():
        frames.append(block.frame)
        if sum(frame.num_rows for frame in frames) >= PREVIEW_ROWS:
            break
    if not frames:
        return pa.table({})
    return pa.concat_tables(frames, promote_options="default").slice(0, PREVIEW_ROWS).combine_chunks()


# --- JSON Lines ------------------------------------------------------------------------------------------------------


def _object(line: bytes) -> dict[str, object] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _cell(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return msgspec.json.encode(value, order="sorted").decode()


def _flatten(value: dict[str, object], into: dict[str, str | None], lead: str = "") -> dict[str, str | None]:
    """{"user": {"id": 1}} becomes {"user.id": "1"}."""
    for name, inner in value.items():
        if isinstance(inner, dict) and lead.count(".") < 2:
            _flatten(inner, into, f"{lead}{name}.")
        else:
            into[lead + name] = _cell(inner)
    return into


def _jsonl(file: InputFile, encoding: str) -> Iterator[Block]:
    for stretch in read_stretches(file, encoding=encoding):
        if stretch.skipped:
            yield _block([], [], [too_long(stretch)], stretch.consumed)
            continue
        rows: list[dict[str, str | None]] = []
        lines: list[int] = []
        rejects: list[Reject] = []
        for number, line in enumerate(stretch.data.split(b"\n"), stretch.line):
            bare = line.strip()
            if not bare:
                continue
            value = _object(bare)
            if value is not None and MARK.encode() not in bare:
                rows.append(_flatten(value, {}))
                lines.append(number)
                continue
            reason = "bad_encoding" if MARK.encode() in bare else "bad_json"
            rejects.append(Reject(number, reason, "", clip(bare.decode("utf-8", "replace").replace(MARK, "\ufffd"))))
        yield _block(rows, lines, rejects, stretch.consumed)


def _block(rows: list[dict[str, str | None]], lines: list[int], rejects: list[Reject], consumed: int) -> Block:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > MOST_COLUMNS:  # keys that are values: the rare ones stay together as JSON
        kept = set(names[: MOST_COLUMNS - 1])
        rows = [_narrowed(row, kept) for row in rows]
        names = [*names[: MOST_COLUMNS - 1], "more"]
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    return _without_nul(pa.table(columns), np.array(lines, np.int64), rejects, consumed)


def _narrowed(row: dict[str, str | None], kept: set[str]) -> dict[str, str | None]:
    rest = {name: value for name, value in row.items() if name not in kept}
    return {**{name: value for name, value in row.items() if name in kept}, "more": _cell(rest) if rest else None}


def _without_nul(frame: pa.Table, lines: Ints, rejects: list[Reject], consumed: int) -> Block:
    """A block whose rows with NUL characters are rejects; delimited text has its own way to the same end."""
    bad = np.zeros(frame.num_rows, bool)
    for column in frame.columns:
        found = pc.match_substring(column, "\0").fill_null(False)
        bad |= np.asarray(found.to_numpy())
    if bad.any():
        for row, line in zip(frame.filter(pa.array(bad)).to_pylist(), lines[bad].tolist(), strict=True):
            raw = "\t".join(value or "" for value in row.values()).replace("\0", "\u2400")
            rejects.append(Reject(line, "nul_bytes", "", clip(raw)))
        frame, lines = frame.filter(pa.array(~bad)), lines[~bad]
    return Block(frame, lines.copy, tuple(rejects), consumed)


# --- Parquet ---------------------------------------------------------------------------------------------------------


def text_frame(batch: pa.RecordBatch | pa.Table) -> pa.Table:
    """Any columns as text: times in ISO 8601, lists and structs as JSON, bytes in hex."""
    return pa.table([_as_text(column) for column in batch.columns], names=column_names(batch.schema.names))


def _as_text(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    kind = flat.type
    if pa.types.is_dictionary(kind):
        return _as_text(flat.dictionary_decode())
    if pa.types.is_nested(kind):
        return pa.array([_cell(value) for value in flat.to_pylist()], pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.array([value and value.hex() for value in flat.to_pylist()], pa.string())
    if pa.types.is_timestamp(kind):
        zone = "Z" if kind.tz else ""
        naive = flat.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.timestamp("us"))
        return pc.binary_join_element_wise(naive.cast(pa.string()), zone, "")
    try:
        return flat.cast(pa.string())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # durations, intervals, text that is not UTF-8
        return pa.array([None if value is None else str(value) for value in flat.to_pylist()], pa.string())


def _parquet(file: InputFile) -> Iterator[Block]:
    import pyarrow.parquet as pq

    with file.open() as stream:
        data = file.path or pa.BufferReader(stream.read())
    try:
        with pq.ParquetFile(data) as source:
            total, done = source.metadata.num_rows, 0
            for batch in source.iter_batches(_BATCH_ROWS):
                numbers = np.arange(done + 1, done + batch.num_rows + 1)
                done += batch.num_rows
                yield _without_nul(text_frame(batch), numbers, [], file.size * done // max(total, 1))
            if not total:
                yield _without_nul(text_frame(source.schema_arrow.empty_table()), np.zeros(0, np.int64), [], file.size)
    except (pa.ArrowException, OSError) as error:
        raise InputError(file.name, "the Parquet file is broken", str(error).splitlines()[0]) from error


# --- spreadsheets ----------------------------------------------------------------------------------------------------


def _sheet_cell(value: object) -> str | None:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if value == "" or isinstance(value, datetime.timedelta):
        return str(value) or None
    return _cell(value)


def _refuse_bomb(file: InputFile, data: io.BytesIO, limits: ArchiveLimits) -> None:
    """A workbook is an archive, and all of it is unpacked to read one sheet."""
    if not zipfile.is_zipfile(data):
        return
    with zipfile.ZipFile(data) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    packed = len(data.getbuffer())
    if unpacked > _MOST_UNPACKED or (unpacked > limits.ratio_from and unpacked > limits.ratio * packed):
        raise InputError(file.name, f"the spreadsheet unpacks to {unpacked:,} bytes", "save the sheet as CSV")


def _spreadsheet(file: InputFile) -> Iterator[Block]:
    """Rows of the first sheet that has any, and of those that have the same header; other sheets are named as rejects.

    Cells come as the values that the spreadsheet program stored; formulas are not computed.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    with file.open() as stream:
        data = io.BytesIO(stream.read())
    try:
        _refuse_bomb(file, data, ArchiveLimits())
        data.seek(0)
        book = CalamineWorkbook.from_filelike(data)
        names: list[str] = []
        for number, title in enumerate(book.sheet_names):
            sheet = book.get_sheet_by_index(number)
            rows = enumerate(sheet.iter_rows(), 1 + (sheet.start or (0, 0))[0])
            filled = ((line, row) for line, row in rows if any(cell != "" for cell in row))
            first = next(filled, None)
            if first is None:
                continue
            header = column_names([_sheet_cell(cell) or "" for cell in first[1]])
            if names and header != names:
                yield Block(pa.table({}), lambda: np.zeros(0, np.int64), (Reject(first[0], "other_sheet", title),), 0)
                continue
            names = header
            yield from _sheet_blocks(filled, names, file.size)
    except (CalamineError, zipfile.BadZipFile, ValueError, OSError) as error:
        raise InputError(file.name, "the spreadsheet cannot be read", str(error)) from error


def _sheet_blocks(rows: Iterator[tuple[int, Any]], names: list[str], size: int) -> Iterator[Block]:
    yield Block(pa.table({name: pa.array([], pa.string()) for name in names}), lambda: np.zeros(0, np.int64), (), 0)
    while part := list(islice(rows, _BATCH_ROWS)):
        columns = {
            name: pa.array([_sheet_cell(row[at]) if at < len(row) else None for _, row in part], pa.string())
            for at, name in enumerate(names)
        }
        yield _without_nul(pa.table(columns), np.array([line for line, _ in part], np.int64), [], size)
