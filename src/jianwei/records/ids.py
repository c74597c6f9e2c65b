"""Deterministic ids: the same record gets the same id from every source, on every machine, at every re-import.

An id is a kind prefix and the first 32 hex digits of SHA-256 over a *length-prefixed* tuple, so that ("ab", "c") and ("a", "bc") differ.
Rows without a key of their own are told apart by how many identical rows precede them in their file (`Occurrences`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Occurrences", "encode", "ids_of", "key_id", "key_ids", "normalise", "normalise_all", "occurrence_ids"]

Value = str | int | None
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

_HEX = np.frombuffer(b"".join(b"%02x" % value for value in range(256)), np.uint16)


def normalise(text: str) -> str:
    r"""Text as it enters an id: NFC, one kind of line break, no blanks at the ends.

    >>> normalise(" a\r\nb ")
    'a\nb'
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def normalise_all(texts: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    r"""`normalise` for a column; null stays null.

    >>> normalise_all(pa.array([" a\r\nb ", None])).to_pylist()
    ['a\nb', None]
    """
    column = _flat(texts)
    buffer = column.buffers()[2]
    data = buffer.to_pybytes() if buffer else b""
    if b"\r" in data:
        column = pc.replace_substring(pc.replace_substring(column, "\r\n", "\n"), "\r", "\n")
    # A part of a text in NFC is in NFC, so that one look at all of them is mostly enough.
    if not data.isascii() and not unicodedata.is_normalized("NFC", data.decode("utf-8", "replace")):
        column = pa.array([text and unicodedata.normalize("NFC", text) for text in column.to_pylist()], pa.string())
    return pc.utf8_trim_whitespace(column)


def _flat(column: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return flat.cast(pa.string())


def _part(value: Value) -> bytes:
    if value is None:
        return b"-,"
    data = str(value).encode()
    return b"%d:%b," % (len(data), data)


_FIRST = _part(0)


def encode(columns: Sequence[pa.Array | pa.ChunkedArray | Value], rows: int) -> pa.BinaryArray:
    """Length-prefixed tuples, one a row. Scalars stand for a column of equal values; null differs from empty.

    >>> encode(["ab", pa.array(["c", None])], 2).to_pylist()
    [b'2:ab,1:c,', b'2:ab,-,']
    """
    parts: list[pa.Array] = []
    pending = b""
    for column in columns:
        if not isinstance(column, pa.Array | pa.ChunkedArray):
            pending += _part(column)
            continue
        data = _flat(column).cast(pa.binary())
        lengths = pc.binary_length(data).dictionary_encode(null_encoding="encode")
        leads = [pending + (b"-" if n is None else b"%d:" % n) for n in lengths.dictionary.to_pylist()]
        parts += [pa.array(leads, pa.binary()).take(lengths.indices), data.fill_null(b"") if data.null_count else data]
        pending = b","
    if not parts:
        return pa.array([pending] * rows, pa.binary())
    parts.append(pa.repeat(pa.scalar(pending, pa.binary()), rows))  # joining a scalar takes three times as long
    return pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.binary()))


def _digests(rows: Iterable[bytes]) -> np.ndarray:
    """uint8 [n, 32]"""
    return np.frombuffer(b"".join([sha256(row).digest() for row in rows]), np.uint8).reshape(-1, 32)


def _hexed(prefix: str, digests: np.ndarray) -> pa.StringArray:
    """The prefix and the first 16 bytes of each digest in hex."""
    lead = np.frombuffer(prefix.encode(), np.uint8)
    width = len(lead) + 32
    text = np.empty((len(digests), width), np.uint8)
    text[:, : len(lead)] = lead
    text[:, len(lead) :] = _HEX[digests[:, :16]].view(np.uint8)
    offsets = np.arange(len(digests) + 1, dtype=np.int32) * width
    return pa.StringArray.from_buffers(len(digests), pa.py_buffer(offsets), pa.py_buffer(text))


def ids_of(prefix: str, encoded: pa.BinaryArray, occurrences: Ints | None = None) -> pa.StringArray:
    """Ids for encoded tuples; `occurrences` (int64 [n]) is the last part of every tuple when given.

    >>> ids_of("m:", encode(["a"], 1)) == ids_of("m:", encode(["a"], 1))
    True
    """
    rows = encoded.to_pylist()
    if occurrences is not None:
        rows = [row + _part(int(n)) if n else row + _FIRST for row, n in zip(rows, occurrences, strict=True)]
    return _hexed(prefix, _digests(rows))


def occurrence_ids(prefix: str, encoded: pa.BinaryArray, seen: Occurrences) -> pa.StringArray:
    """The same as `ids_of(prefix, encoded, seen.count(encoded))`, at half the cost: every row is hashed once.

    >>> rows = encode([pa.array(["x", "x"])], 2)
    >>> occurrence_ids("m:", rows, Occurrences()) == ids_of("m:", rows, Occurrences().count(rows))
    True
    """
    rows = encoded.to_pylist()
    digests = _digests([row + _FIRST for row in rows])
    counts = seen._count(_prints(digests))
    repeated = np.flatnonzero(counts)
    if len(repeated):
        digests = digests.copy()
        digests[repeated] = _digests([rows[at] + _part(int(counts[at])) for at in repeated])
    return _hexed(prefix, digests)


def key_id(prefix: str, account: str, namespace: str, key: str) -> str:
    """The id of a record that has a key of its own in its source.

    >>> key_id("u:", "shop", "user", "wxid_1")[:2]
    'u:'
    """
    return prefix + sha256(_part(account) + _part(namespace) + _part(key)).hexdigest()[:32]


def key_ids(prefix: str, account: str, namespace: str, keys: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """Ids for a column of keys; null stays null. Each distinct key is hashed once."""
    coded = _flat(keys).dictionary_encode()
    lead = _part(account) + _part(namespace)
    hashed = _hexed(prefix, _digests([lead + _part(key) for key in coded.dictionary.to_pylist()]))
    return hashed.take(coded.indices)


def _prints(digests: np.ndarray) -> Ints:
    """64 bits of each digest, none of which is in the id."""
    return np.ascontiguousarray(digests[:, 16:24]).view(np.int64)[:, 0]


class Occurrences:
    """Counts, row by row, how many identical rows came before in the same file.

    Memory is 8 bytes a row: rows are remembered by 64 bits of their hash, in sorted runs that are merged as they grow; exact
    counts are kept only for rows that did repeat.

    >>> seen = Occurrences()
    >>> seen.count(encode([pa.array(["x", "y", "x"])], 3)).tolist()
    [0, 0, 1]
    >>> seen.count(encode([pa.array(["x", "z"])], 2)).tolist()
    [2, 0]
    """

    def __init__(self) -> None:
        self._runs: list[Ints] = []
        self._repeats: dict[int, int] = {}  # hash of a row that came twice or more → how often it came

    def count(self, encoded: pa.BinaryArray) -> Ints:
        """int64 [n]: for every row the number of identical rows before it, this call's and earlier calls'."""
        return self._count(_prints(_digests([row + _FIRST for row in encoded.to_pylist()])))

    def _count(self, prints: Ints) -> Ints:
        order = np.argsort(prints, kind="stable")
        ordered = prints[order]
        first = np.ones(len(ordered), bool)
        first[1:] = ordered[1:] != ordered[:-1]
        unique = ordered[first]
        old = np.zeros(len(unique), bool)
        for run in self._runs:
            at = np.minimum(np.searchsorted(run, unique), len(run) - 1)
            old |= run[at] == unique
        result = np.zeros(len(prints), np.int64)
        group = np.cumsum(first) - 1
        sizes = np.bincount(group, minlength=len(unique))
        suspects = old | (sizes > 1)
        if suspects.any():
            starts = np.flatnonzero(first)
            before = np.zeros(len(unique), np.int64)
            for index in np.flatnonzero(suspects).tolist():
                value = int(unique[index])
                before[index] = self._repeats.get(value, int(old[index]))
                self._repeats[value] = int(before[index] + sizes[index])
            result[order] = np.where(suspects[group], np.arange(len(ordered)) - starts[group] + before[group], 0)
        self._remember(unique[~old])
        return result

    def _remember(self, fresh: Ints) -> None:
        """Add a sorted run; runs of like length are merged, so that there are few (a stable sort merges in linear time)."""
        if len(fresh):
            self._runs.append(fresh)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]), kind="stable")
