"""Baskets, one a line: the plain transaction format of the FIMI repository (`.dat`: item numbers with blanks between them) and ragged
CSV without a header (item names with commas between them).

A basket is known by the file's bytes and its line; an event by its basket, its item and how often the item came before in it.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.files import head_text, sample
from jianwei.common.inputs import BadInput, InputFile, Sample
from jianwei.errors import InputError
from jianwei.records import Occurrences, conform, encode, ids_of, key_ids, occurrence_ids
from jianwei.sources._base import Piece, ReadContext, Reject
from jianwei.sources.lines import MARK, Stretch, clip, read_stretches, too_long

__all__ = ["BasketSource"]

_NUMBERS = re.compile(r"\s*\d+(?:[ \t]+\d+)*\s*")
_DELIMITERS = (",", ";", "\t", "|")
_LINES = 300
_LONGEST_NAME = 60


class BasketSource:
    """One basket a line, items separated by blanks, commas, semicolons, tabs or bars."""

    name = "baskets"

    def sniff(self, sample: Sample) -> float:
        """0.95 for lines of item numbers, 0.6 for ragged lines of names that come again and again."""
        lines = _head_lines(sample)
        if not lines:
            return 0.0
        if sum(bool(_NUMBERS.fullmatch(line)) for line in lines) >= 0.98 * len(lines):
            widths = {len(line.split()) for line in lines}
            if sample.name.lower().endswith(".dat"):
                return 0.95
            return 0.9 if len(widths) > 2 else 0.3 if max(widths) > 1 else 0.04
        delimiter = _delimiter(lines)
        rows = [_split(line, delimiter) for line in lines]
        sizes = Counter(map(len, rows))
        ragged = len(rows) >= 5 and max(sizes.values()) < 0.6 * len(rows) and max(sizes) > 2
        names = [name.strip() for row in rows for name in row]
        repeated = len(set(names)) < 0.8 * len(names)
        return 0.6 if ragged and repeated and max(map(len, names)) <= _LONGEST_NAME else 0.0

    def read(self, file: InputFile, context: ReadContext) -> Iterator[Piece]:
        """Pieces with `events` ("buy") and the `items` that were met for the first time.

        Raises:
            InputError: the file is empty or no text.
        """
        if context.mapping or context.table not in (None, "baskets"):
            from jianwei.sources.tables import TableSource

            yield from TableSource().read(file, context)
            return
        seen = sample(file)
        if isinstance(seen, BadInput) or seen.encoding is None:
            raise InputError(file.name, "is no list of baskets", "give a text file with one basket a line")
        lines = _head_lines(seen)
        numbers = all(_NUMBERS.fullmatch(line) for line in lines)
        delimiter = None if numbers else _delimiter(lines)
        known: set[str] = set()
        events = 0
        for stretch in read_stretches(file, encoding=seen.encoding):
            if stretch.skipped:
                yield Piece({}, (too_long(stretch),), {"events": 1}, stretch.consumed)
                continue
            rows, items, rejects = _items(stretch, delimiter)
            tables = _tables(rows, items, context, events, known) if len(items) else {}
            events += len(items)
            yield Piece(tables, tuple(rejects), {"events": len(items) + len(rejects)}, stretch.consumed)


def _head_lines(seen: Sample) -> list[str]:
    lines = head_text(seen).splitlines()
    if not seen.whole and len(lines) > 1:
        lines.pop()
    return [line for line in lines if line.strip()][:_LINES]


def _delimiter(lines: Sequence[str]) -> str:
    return max(_DELIMITERS, key=lambda character: sum(line.count(character) for line in lines))


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a field beyond the csv module's own limit
        return line.split(delimiter)


def _lines_of(data: bytes) -> pa.StringArray:
    """The lines of a stretch without copying them one by one."""
    codes = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(codes == ord("\n")) + 1
    bounds = np.concatenate([[0], ends, [len(data)] if not data.endswith(b"\n") else []]).astype(np.int32)
    return pa.StringArray.from_buffers(len(bounds) - 1, pa.py_buffer(bounds), pa.py_buffer(data))


def _items(stretch: Stretch, delimiter: str | None) -> tuple[np.ndarray, pa.StringArray, list[Reject]]:
    """(line of every item, int64 [n]; the items; lines that cannot be read)."""
    lines = _lines_of(stretch.data)
    rejects: list[Reject] = []
    if MARK.encode() in stretch.data or b"\0" in stretch.data:
        for code, character in (("bad_encoding", MARK), ("nul_bytes", "\0")):
            wrong = pc.match_substring(lines, character)
            for at in np.flatnonzero(wrong.to_numpy(zero_copy_only=False)).tolist():
                raw = lines[at].as_py().strip().replace(MARK, "\ufffd").replace("\0", "\u2400")
                rejects.append(Reject(stretch.line + at, code, "", clip(raw)))
            lines = pc.if_else(wrong, "", lines)
    if delimiter is None:
        lists = pc.utf8_split_whitespace(lines)
    elif b'"' in stretch.data:
        lists = pa.array([_split(line.rstrip("\r\n"), delimiter) for line in lines.to_pylist()], pa.list_(pa.string()))
    else:
        lists = pc.split_pattern(lines, delimiter)
    names = pc.utf8_trim_whitespace(lists.flatten())
    there = pc.greater(pc.binary_length(names), 0)
    rows = pc.list_parent_indices(lists).filter(there).to_numpy().astype(np.int64) + stretch.line
    return rows, names.filter(there), rejects


def _tables(
    rows: np.ndarray, items: pa.StringArray, context: ReadContext, first: int, known: set[str]
) -> Mapping[str, pa.Table]:
    count, account = len(items), context.account
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    baskets = ids_of("b:", encode([context.file_sha256, pa.array(rows[starts])], len(starts)))
    basket_id = baskets.take(pa.array(np.cumsum(np.isin(np.arange(count), starts)) - 1))
    # A basket lies in one stretch, so that repeated items are counted within it.
    event_id = occurrence_ids("e:", encode([account, "baskets", basket_id, items], count), Occurrences())
    coded = items.dictionary_encode()
    ids = key_ids("i:", account, "item", coded.dictionary)
    columns = {
        "account": pa.repeat(account, count),
        "seq": pa.array(np.arange(first, first + count)),
        "event_id": event_id,
        "name": pa.repeat("buy", count),
        "item_id": ids.take(coded.indices),
        "basket_id": basket_id,
        "input_id": pa.repeat(context.input_id, count),
    }
    tables = {"events": conform("events", columns, count)}
    fresh = [at for at, name in enumerate(coded.dictionary.to_pylist()) if name not in known]
    if fresh:
        names = coded.dictionary.take(pa.array(fresh))
        known.update(names.to_pylist())
        title = pc.if_else(pc.utf8_is_digit(names), None, names)
        found = {
            "account": pa.repeat(account, len(fresh)),
            "item_id": ids.take(pa.array(fresh)),
            "key": names,
            "title": title,
        }
        tables["items"] = conform("items", found, len(fresh))
    return tables
