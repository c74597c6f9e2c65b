"""Texts out of files of any kind: tables in Chinese or English, plain lines, standard input. What cannot be read is counted, by file."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.files import discover, head_text, sample
from jianwei.common.inputs import BadInput, InputFile
from jianwei.common.progress import Progress, SilentProgress
from jianwei.errors import InputError, JianweiError, UsageError
from jianwei.sources._base import Reject
from jianwei.sources.delimited import Block
from jianwei.sources.lines import MARK, read_stretches, too_long
from jianwei.sources.mapping import check_columns
from jianwei.sources.tables.dialect import dialect_of
from jianwei.sources.tables.frames import container_of, open_table, preview
from jianwei.sources.tables.headers import fields_named
from jianwei.sources.tables.propose import propose

__all__ = ["STDIN", "FileRead", "Posts", "read_posts"]

STDIN = "-"
"""The name that stands for standard input."""

_TABLES = (".csv", ".tsv", ".tab", ".psv")
_LINES = "text"
_NAMES_OF = {"user": ("nickname",), "item": ("item_title",), "conversation": ("conversation_title",)}
_GROUPS = ("user", "nickname", "item", "item_title", "conversation", "conversation_title", "category", "time")


@dataclass(frozen=True, slots=True)
class FileRead:
    """What was read of one file.

    Attributes:
        name: what people call it.
        rows: rows that were read, empty ones included.
        empty: rows without a text.
        rejected: rows that could not be read, by code (`reject.<code>` in the locale).
        columns: role ("text", "by", "label") → column of the file.
        problem: why nothing (more) could be read: a code of `files` in the locale, or an error's own words; "" when all was.
    """

    name: str
    rows: int = 0
    empty: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def failed(self) -> int:
        """Rows that have no answer, whatever the reason."""
        return self.empty + sum(self.rejected.values())

    @property
    def complete(self) -> bool:
        """Whether every row of the file has a text."""
        return not self.problem and not self.failed


@dataclass(frozen=True, slots=True, eq=False)
class Posts:
    """The rows of some files.

    Attributes:
        frame: all columns of all files, text [n].
        texts: string [n]; null where a row has no text.
        by: string [n], what the rows are summed by; None when nothing was asked.
        labels: string [n], "" where a row has none; None when nothing was asked.
        files: how reading went, by file.
    """

    frame: pa.Table
    texts: pa.StringArray
    by: pa.StringArray | None
    labels: pa.StringArray | None
    files: tuple[FileRead, ...]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def complete(self) -> bool:
        """Whether every row of every file has a text."""
        return all(file.complete for file in self.files)

    def with_texts(self, texts: pa.StringArray) -> Posts:
        """The same rows with other texts, also in the columns of `frame` that they came from."""
        frame = self.frame
        for name in {file.columns["text"] for file in self.files if file.columns}:
            same = pc.fill_null(pc.equal(frame[name], self.texts), False)
            changed = pc.if_else(same, texts, frame[name])
            frame = frame.set_column(frame.column_names.index(name), name, changed)
        return Posts(frame, texts, self.by, self.labels, self.files)

    def filled(self) -> Posts:
        """Only the rows that have a text."""
        return self._where(pc.is_valid(self.texts))

    def labelled(self) -> Posts:
        """Only the rows that have a text and a label."""
        kept = pc.is_valid(self.texts)
        return self._where(kept if self.labels is None else pc.and_(kept, pc.not_equal(self.labels, "")))

    def _where(self, kept: pa.BooleanArray) -> Posts:
        rest = [None if part is None else part.filter(kept) for part in (self.by, self.labels)]
        return Posts(self.frame.filter(kept), self.texts.filter(kept), rest[0], rest[1], self.files)


def read_posts(
    paths: Sequence[str | Path],
    *,
    text: str | None = None,
    by: str | None = None,
    label: str | None = None,
    labelled: bool = False,
    stdin: BinaryIO | None = None,
    progress: Progress | None = None,
) -> Posts:
    """Read texts.

    Args:
        paths: files, folders, archives; "-" is standard input. CSV, TSV, XLSX, JSON Lines, Parquet, or text with a line a post.
        text: column of the texts; found by its name or its values when None.
        by: column to sum by, or what it means ("user", "item", "time" …) in whichever language it is called.
        label: column of the labels; found by its name when None and `labelled`.
        labelled: whether labels are wanted.
        stdin: where "-" is read from.
        progress: told of bytes.

    Raises:
        UsageError, InputError: not one of the files could be read; otherwise a file that cannot is told of in `Posts.files`.
    """
    wanted = _Wanted(text, by, label, labelled)
    parts: list[_Part] = []
    reads: list[FileRead] = []
    first: JianweiError | None = None
    for file in _inputs(paths, stdin):
        if isinstance(file, BadInput):
            reads.append(FileRead(file.name, problem=file.code))
            continue
        try:
            part, read = _read(file, wanted, progress or SilentProgress())
        except (InputError, UsageError) as error:
            first = first or error
            reads.append(FileRead(file.name, problem=error.what))
        else:
            parts.append(part)
            reads.append(read)
    if not parts and first is not None:
        raise first
    return _together(parts, wanted, tuple(reads))


@dataclass(frozen=True, slots=True)
class _Wanted:
    text: str | None
    by: str | None
    label: str | None
    labelled: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows of one file, and which of its columns have a role."""

    frame: pa.Table
    columns: Mapping[str, str]


def _inputs(paths: Sequence[str | Path], stdin: BinaryIO | None) -> Iterator[InputFile | BadInput]:
    named = [path for path in paths if str(path) != STDIN]
    if len(named) < len(paths):
        data = stdin.read() if stdin is not None else b""
        yield InputFile(STDIN, len(data), lambda: io.BytesIO(data)) if data else BadInput(STDIN, "empty")
    yield from discover(named)


def _read(file: InputFile, wanted: _Wanted, progress: Progress) -> tuple[_Part, FileRead]:
    blocks, columns = _opened(file, wanted)
    frames: list[pa.Table] = []
    rejected: Counter[str] = Counter()
    problem, done = "", 0
    with progress.task(file.name, file.size or None, "B") as task:
        try:
            for block in blocks:
                frames.append(block.frame)
                rejected.update(reject.reason for reject in block.rejects)
                task.advance(max(block.consumed - done, 0))
                done = max(block.consumed, done)
        except InputError as error:
            if not any(frame.num_rows for frame in frames):
                raise
            problem = error.what
    frame = pa.concat_tables(frames, promote_options="default") if frames else pa.table({})
    for column in columns.values():  # of JSON Lines whose later rows lack a column, or all of whose rows are bad
        if column not in frame.column_names:
            frame = frame.append_column(column, pa.nulls(frame.num_rows, pa.string()))
    empty = int(pc.sum(_blank(frame[columns["text"]])).as_py() or 0)
    return _Part(frame, columns), FileRead(file.name, frame.num_rows, empty, dict(rejected), columns, problem)


def _opened(file: InputFile, wanted: _Wanted) -> tuple[Iterator[Block], dict[str, str]]:
    if _is_lines(file, wanted):
        if wanted.by or wanted.label or wanted.labelled:
            raise UsageError(
                file.name, "has lines of text and no columns", "give a table, e.g. a CSV file with a header"
            )
        return _lines(file), {"text": _LINES}
    opened = open_table(file)
    head = preview(opened)
    if not head.num_columns:
        raise InputError(file.name, "the table has no rows that can be read")
    return opened.blocks(), _columns(head, file.name, wanted)


def _is_lines(file: InputFile, wanted: _Wanted) -> bool:
    """Whether a file is no table but a text a line: no container, no name of a table, no header with a known name."""
    seen = sample(file)
    if wanted.text or isinstance(seen, BadInput) or seen.encoding is None or container_of(seen) != "delimited":
        return False
    if seen.name.lower().endswith(_TABLES):
        return False
    dialect = dialect_of(head_text(seen), whole=seen.whole)
    return dialect is not None and not dialect.known


def _lines(file: InputFile) -> Iterator[Block]:
    seen = sample(file)
    encoding = "utf-8" if isinstance(seen, BadInput) or seen.encoding is None else seen.encoding
    for stretch in read_stretches(file, encoding=encoding):
        if stretch.skipped:
            yield Block(
                pa.table({_LINES: pa.array([], pa.string())}), _no_numbers, (too_long(stretch),), stretch.consumed
            )
            continue
        lines, rejects = [], []
        ended = stretch.data.removesuffix(b"\n").decode()
        for number, line in enumerate(ended.split("\n"), stretch.line):
            if MARK in line or "\0" in line:
                rejects.append(Reject(number, "bad_encoding" if MARK in line else "nul_bytes"))
            else:
                lines.append(line.rstrip("\r"))
        yield Block(pa.table({_LINES: pa.array(lines, pa.string())}), _no_numbers, tuple(rejects), stretch.consumed)


def _no_numbers() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.zeros(0, np.int64)


def _columns(head: pa.Table, where: str, wanted: _Wanted) -> dict[str, str]:
    """Role → column."""
    names = head.column_names
    for name in (wanted.text, wanted.label):
        if name is not None:
            check_columns({"text": name}, ["text"], names, where)
    found = propose(head, table="messages", fixed={"text": wanted.text} if wanted.text else None).fields
    columns = {"text": wanted.text or found.get("text") or (names[0] if len(names) == 1 else "")}
    if not columns["text"]:
        raise UsageError(
            where, "it is not certain which column holds the texts", f"name it with --text: {', '.join(names)}"
        )
    if wanted.by:
        columns["by"] = _group(wanted.by, names, found, where)
    if wanted.label or wanted.labelled:
        columns["label"] = wanted.label or found.get("label") or found.get("category", "")
        if not columns["label"]:
            rest = ", ".join(name for name in names if name != columns["text"])
            raise UsageError(where, "it is not certain which column holds the labels", f"name it with --label: {rest}")
    return columns


def _group(wanted: str, names: Sequence[str], found: Mapping[str, str], where: str) -> str:
    """The column of that name, or the one that means it."""
    if wanted in names:
        return wanted
    fits = fields_named(wanted)
    fields = ["user"] if wanted == "person" else [wanted, *sorted(fits, key=lambda name: -fits[name])]
    for name in fields:
        for meant in (name, *_NAMES_OF.get(name, ())):
            if meant in _GROUPS and meant in found:
                return found[meant]
    check_columns({"text": wanted}, ["text"], names, where)
    return wanted


def _blank(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.equal(pc.utf8_trim_whitespace(pc.fill_null(column, "")), "")


def _together(parts: Sequence[_Part], wanted: _Wanted, reads: tuple[FileRead, ...]) -> Posts:
    roles = {
        role: [part.frame[part.columns[role]] for part in parts] for role in (parts[0].columns if parts else ["text"])
    }
    joined = {
        role: pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string()).combine_chunks()
        for role, columns in roles.items()
    }
    frame = (
        pa.concat_tables([part.frame for part in parts], promote_options="default")
        if parts
        else pa.table({"text": pa.array([], pa.string())})
    )
    texts = joined["text"]
    texts = pc.if_else(_blank(texts), pa.scalar(None, pa.string()), texts)
    empty = pa.array([], pa.string())
    by = pc.fill_null(joined.get("by", empty), "") if wanted.by else None
    labels = (
        pc.utf8_trim_whitespace(pc.fill_null(joined.get("label", empty), ""))
        if wanted.label or wanted.labelled
        else None
    )
    return Posts(frame.combine_chunks(), texts, by, labels, reads)
