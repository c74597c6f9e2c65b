"""What chat formats in CSV share: pieces of checked rows, and what those that are not plain words hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.ahead import ahead
from jianwei.errors import InputError
from jianwei.sources._base import InputFile, Reject
from jianwei.sources._markup import Content, Quote, Record
from jianwei.sources._rows import attrs_of
from jianwei.sources.delimited import Block, read_delimited
from jianwei.sources.lines import clip

__all__ = ["Contents", "Stack", "contents_of", "flags", "read_frames", "spread", "unreadable"]

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class Stack:
    """Some blocks of a file as one frame of strings; `first` is the position of its first row in the file, from 1."""

    frame: pa.Table
    blocks: tuple[Block, ...]
    first: int

    @property
    def rejects(self) -> list[Reject]:
        return [reject for block in self.blocks for reject in block.rejects]

    @property
    def consumed(self) -> int:
        return self.blocks[-1].consumed


def read_frames(
    file: InputFile, encoding: str, required: Sequence[str], optional: Sequence[str], chunk_rows: int
) -> Iterator[Stack]:
    """The rows of a CSV in frames of about `chunk_rows`, with the columns `required` and `optional`, the latter blank where missing.

    Raises:
        InputError: a required column is missing, or the stream breaks, after everything before was given.
    """
    blocks: list[Block] = []
    first = 1

    def stacked() -> Stack:
        return Stack(pa.concat_tables([block.frame for block in blocks]).combine_chunks(), tuple(blocks), first)

    try:
        for block in ahead(read_delimited(file, encoding=encoding, delimiter=",")):
            frame = block.frame
            missing = [name for name in required if name not in frame.column_names]
            if missing:
                raise InputError(file.name, f"the column {missing[0]} is missing", "export the chat again as CSV")
            blank = pa.repeat(pa.scalar("", pa.string()), frame.num_rows)
            for name in optional:
                if name not in frame.column_names:
                    frame = frame.append_column(name, blank)
            blocks.append(Block(frame.select([*required, *optional]), block.lines, block.rejects, block.consumed))
            if sum(held.frame.num_rows for held in blocks) >= chunk_rows:
                whole = stacked()
                yield whole
                first, blocks = first + whole.frame.num_rows, []
    except InputError:
        if blocks:
            yield stacked()
        raise
    if blocks:
        yield stacked()


def unreadable(stack: Stack, problems: Sequence[tuple[str, str, pa.BooleanArray]]) -> tuple[Flags, list[Reject]]:
    """Which rows cannot be read, bool [n], and their rejects.

    Args:
        stack: the rows.
        problems: (reason, column to quote, which rows have it), the gravest first: a row is rejected once.
    """
    bad = np.zeros(stack.frame.num_rows, bool)
    rejects: list[Reject] = []
    for reason, name, mask in problems:
        fresh = flags(mask) & ~bad
        if fresh.any():
            bad |= fresh
            lines = np.concatenate([block.lines() for block in stack.blocks])
            for index in np.flatnonzero(fresh).tolist():
                row = stack.frame.slice(index, 1).to_pylist()[0]
                detail = f"{name}: {row[name][:80]}"
                rejects.append(Reject(int(lines[index]), reason, detail, clip(",".join(row.values()))))
    return bad, rejects


def flags(mask: pa.BooleanArray) -> Flags:
    """A mask without nulls as numpy booleans."""
    return np.asarray(mask.to_numpy(zero_copy_only=False), bool)


@dataclass(frozen=True, slots=True)
class Contents:
    """Columns string [n] and, by row, quotes and messages of forwards."""

    kind: pa.StringArray
    text: pa.StringArray
    attrs: pa.StringArray
    quotes: dict[int, Quote]
    records: dict[int, tuple[Record, ...]]


def contents_of(
    text: pa.StringArray,
    odd: pa.BooleanArray,
    keys: Sequence[pa.StringArray],
    settled: Callable[..., Content],
    kind: pa.StringArray | None = None,
) -> Contents:
    """Kind, text and attrs of n rows: the rows in `odd` are looked into, the others are plain words.

    Args:
        text: what the rows say.
        odd: rows that may be something else.
        keys: what decides beside the text, values without a comma.
        settled: (value of each key…, text) → what the row holds; asked once for equal rows.
        kind: kind of the rows that are plain words; "text" when None.
    """
    shown = pc.fill_null(text, "")
    coded = pc.binary_join_element_wise(*(column.filter(odd) for column in (*keys, shown)), ",").dictionary_encode()
    found = [settled(*distinct.split(",", len(keys))) for distinct in coded.dictionary.to_pylist()]
    return spread(text, odd, found, coded.indices, kind)


def spread(
    text: pa.StringArray,
    odd: pa.BooleanArray,
    found: Sequence[Content],
    places: pa.Array,
    kind: pa.StringArray | None = None,
) -> Contents:
    """Columns of n rows, of which those in `odd` hold `found[place]` each, `places` in their order, and the others plain words."""
    kind = pa.repeat(pa.scalar("text", pa.string()), len(text)) if kind is None else kind
    attrs = pa.nulls(len(text), pa.string())
    if not len(places):
        return Contents(kind, text, attrs, {}, {})

    def mended(column: pa.StringArray, values: list[str | None]) -> pa.StringArray:
        return pc.replace_with_mask(column, odd, pa.array(values, pa.string()).take(places))

    quotes: dict[int, Quote] = {}
    records: dict[int, tuple[Record, ...]] = {}
    if any(content.quote or content.records for content in found):
        for row, place in zip(np.flatnonzero(flags(odd)).tolist(), places.to_pylist(), strict=True):
            content = found[place]
            if content.quote:
                quotes[row] = content.quote
            if content.records:
                records[row] = content.records
    return Contents(
        mended(kind, [content.kind for content in found]),
        mended(text, [content.text for content in found]),
        mended(attrs, [attrs_of(content) for content in found]),
        quotes,
        records,
    )
