"""Deterministic ids: the same record gets the same id from every source, on every machine, at every re-import.

An id is a kind prefix and the first 32 hex digits of SHA-256 over a *length-prefixed* tuple, so that ("ab", "c") and ("a", "bc") differ.
Rows without a key of their own are told apart by how many identical rows precede them in their file (`Occurrences`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Occurrences", "encode", "ids_of", "key_id", "key_ids", "normalise"]

Value = str | int | None


def normalise(text: str) -> str:
    r"""Text as it enters an id: NFC, one kind of line break, no blanks at the ends.

    >>> normalise(" a\r\nb ")
    'a\nb'
    """
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _part(value: Value) -> bytes:
    if value is None:
        return b"-,"
    data = str(value).encode()
    return b"%d:%b," % (len(data), data)


def encode(columns: Sequence[pa.Array | pa.ChunkedArray | Value], rows: int) -> pa.BinaryArray:
    """Length-prefixed tuples, one a row. Scalars stand for a column of equal values; null differs from empty.

    >>> encode(["ab", pa.array(["c", None])], 2).to_pylist()
    [b'2:ab,1:c,', b'2:ab,-,']
    """
    parts: list[pa.Array | pa.Scalar] = []
    pending = b""
    for column in columns:
        if not isinstance(column, pa.Array | pa.ChunkedArray):
            pending += _part(column)
            continue
        if pending:
            parts.append(pa.scalar(pending, pa.binary()))
            pending = b""
        flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        data = flat.cast(pa.string()).cast(pa.binary())
        prefix = pc.binary_length(data).cast(pa.string()).cast(pa.binary())
        joined = pc.binary_join_element_wise(prefix, data, pa.scalar(b":", pa.binary()))
        parts.append(pc.fill_null(pc.binary_join_element_wise(joined, b"", pa.scalar(b",", pa.binary())), b"-,"))
    if pending:
        parts.append(pa.scalar(pending, pa.binary()))
    if all(isinstance(part, pa.Scalar) for part in parts):
        return pa.array([b"".join(part.as_py() for part in parts)] * rows, pa.binary())
    return pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.binary()))


def ids_of(prefix: str, encoded: pa.BinaryArray, occurrences: np.ndarray | None = None) -> pa.StringArray:
    """Ids for encoded tuples; `occurrences` (int64 [n]) is the last part of every tuple when given.

    >>> ids_of("m:", encode(["a"], 1)) == ids_of("m:", encode(["a"], 1))
    True
    """
    if occurrences is None:
        return pa.array([prefix + sha256(row).hexdigest()[:32] for row in encoded.to_pylist()], pa.string())
    zero = _part(0)
    tails = [zero] * len(encoded)
    for index in np.flatnonzero(occurrences):
        tails[index] = _part(int(occurrences[index]))
    pairs = zip(encoded.to_pylist(), tails, strict=True)
    return pa.array([prefix + sha256(row + tail).hexdigest()[:32] for row, tail in pairs], pa.string())


def key_id(prefix: str, account: str, namespace: str, key: str) -> str:
    """The id of a record that has a key of its own in its source.

    >>> key_id("u:", "shop", "user", "wxid_1")[:2]
    'u:'
    """
    return prefix + sha256(_part(account) + _part(namespace) + _part(key)).hexdigest()[:32]


def key_ids(prefix: str, account: str, namespace: str, keys: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """Ids for a column of keys; null stays null. Each distinct key is hashed once."""
    flat = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    coded = flat.cast(pa.string()).dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    hashed = pa.array([key_id(prefix, account, namespace, key) for key in coded.dictionary.to_pylist()], pa.string())
    return hashed.take(coded.indices)


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
        self._runs: list[np.ndarray] = []
        self._repeats: dict[int, int] = {}

    def count(self, encoded: pa.BinaryArray) -> np.ndarray:
        """int64 [n]: for every row the number of identical rows before it, this call's and earlier calls'."""
        rows = encoded.to_pylist()
        hashes = np.fromiter((hash(row) for row in rows), np.int64, len(rows))
        result = np.zeros(len(rows), np.int64)
        unique, first, sizes = np.unique(hashes, return_index=True, return_counts=True)
        suspects = np.zeros(len(unique), bool)
        suspects |= sizes > 1
        for run in self._runs:
            at = np.searchsorted(run, unique)
            suspects |= (at < len(run)) & (run[np.minimum(at, len(run) - 1)] == unique)
        if suspects.any():
            wanted = np.flatnonzero(np.isin(hashes, unique[suspects]))
            old = {int(h) for h in unique[suspects] if self._has(int(h))}
            counts = self._repeats
            for index in wanted:
                value = int(hashes[index])
                before = counts.get(value, 1 if value in old else 0)
                result[index] = before
                counts[value] = before + 1
        self._remember(unique)
        return result

    def _has(self, value: int) -> bool:
        for run in self._runs:
            at = int(np.searchsorted(run, value))
            if at < len(run) and run[at] == value:
                return True
        return False

    def _remember(self, unique: np.ndarray) -> None:
        self._runs.append(unique)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.union1d(self._runs[-1], last)
