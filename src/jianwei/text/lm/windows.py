"""Counting: every place in the texts with the characters that follow it.

A text becomes a begin mark, its characters and an end mark. A *window* is `order` of these in a row; after the end mark it is filled up.
Every place begins one window, so the distinct windows with their counts say how often any n-gram of up to `order` occurs: they are
all that is kept of the texts, and those of several batches are merged by adding the counts of equal ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.text.inputs import as_strings

__all__ = ["BEGIN", "END", "FILL", "Windows", "batches", "gather", "merged", "sequence", "sorted_rows"]

BEGIN, END, FILL = 0x110000, 0x110001, 0x110002
"""What stands beside the code points of Unicode: the marks of a text's begin and end, and what fills a window up."""

_BATCH_TEXTS = 65_536


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows and how often each occurs.

    Attributes:
        rows: uint32 [windows, order], code points and marks.
        counts: int64 [windows].
    """

    rows: NDArray[np.uint32]
    counts: NDArray[np.int64]


def batches(texts: Any, where: str) -> Iterator[pa.StringArray]:
    """Texts a batch at a time, nulls and empty ones left out; an iterator is never held whole.

    Raises:
        UsageError: a single string, or something that holds no texts.
    """
    if hasattr(texts, "__len__") or isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
        whole = as_strings(texts, where)
        yield from (_filled(whole.slice(at, _BATCH_TEXTS)) for at in range(0, len(whole), _BATCH_TEXTS))
        return
    pending = iter(texts)
    while portion := list(islice(pending, _BATCH_TEXTS)):
        yield _filled(as_strings(portion, where))


def _filled(texts: pa.StringArray) -> pa.StringArray:
    return texts.filter(pc.fill_null(pc.not_equal(texts, ""), False))


def sequence(texts: pa.StringArray) -> NDArray[np.uint32]:
    """Code points of all texts, each text between its marks.

    >>> [hex(code) for code in sequence(pa.array(["a"]))]
    ['0x110000', '0x61', '0x110001']
    """
    lengths = pc.fill_null(pc.utf8_length(texts), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset :][: len(texts) + 1] if len(texts) else [0, 0]
    data = texts.buffers()[2]
    text = b"" if data is None else memoryview(data)[offsets[0] : offsets[-1]]
    ends = np.cumsum(lengths + 2)
    out = np.empty(int(ends[-1]) if len(ends) else 0, np.uint32)
    inside = np.ones(len(out), bool)
    inside[ends - 1] = inside[ends - lengths - 2] = False
    out[ends - lengths - 2], out[ends - 1] = BEGIN, END
    out[inside] = np.frombuffer(str(text, "utf-8").encode("utf-32-le"), np.uint32)
    return out


def _cut(codes: NDArray[np.uint32], order: int) -> Windows:
    rows = np.empty((len(codes), order), np.uint32)
    over = np.zeros(len(codes), bool)
    for column in range(order):
        here = np.full(len(codes), FILL, np.uint32)
        here[: max(len(codes) - column, 0)] = codes[column:]
        here[over] = FILL
        over |= here == END
        rows[:, column] = here
    return Windows(rows, np.ones(len(codes), np.int64))


def gather(parts: Iterable[pa.StringArray], order: int, limit: int = 1 << 23) -> Windows:
    """All windows of all batches.

    Memory follows the distinct windows: whenever `limit` have come, and as many as were distinct at the last time, equal ones are merged.

    Args:
        parts: batches of texts, none null or empty.
        order: characters in a window.
        limit: windows to hold before equal ones are merged.
    """
    held: list[Windows] = [Windows(np.empty((0, order), np.uint32), np.empty(0, np.int64))]
    fresh = 0
    for part in parts:
        held.append(_cut(sequence(part), order))
        fresh += len(held[-1].counts)
        if fresh >= max(limit, len(held[0].counts)):
            held, fresh = [merged(held)], 0
    return _joined(held)


def _joined(parts: list[Windows]) -> Windows:
    return Windows(np.concatenate([part.rows for part in parts]), np.concatenate([part.counts for part in parts]))


def merged(parts: list[Windows]) -> Windows:
    """Windows of all parts, each once, in the order of their code points."""
    both = _joined(parts)
    if not len(both.counts):
        return both
    known = np.flatnonzero(np.bincount(both.rows.ravel(), minlength=FILL + 1))
    dense = np.zeros(FILL + 1, np.uint32)
    dense[known] = np.arange(len(known))
    rows, counts = sorted_rows(dense[both.rows], both.counts, len(known))
    first = np.flatnonzero(np.r_[True, (rows[1:] != rows[:-1]).any(axis=1)])
    return Windows(known.astype(np.uint32)[rows[first]], np.add.reduceat(counts, first))


def sorted_rows(rows: NDArray[Any], counts: NDArray[np.int64], size: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Rows of ids below `size` in lexicographic order, and their counts: as many columns at a time as 64 bits hold.

    Raises:
        UsageError: more rows than fit one key beside a column.

    >>> rows, counts = sorted_rows(np.array([[2, 1], [0, 1], [2, 0]]), np.array([5, 6, 7]), 3)
    >>> rows.tolist(), counts.tolist()
    ([[0, 1], [2, 0], [2, 1]], [6, 7, 5])
    """
    bits = max(size - 1, 1).bit_length()
    ranks, used, column = np.zeros(len(rows), np.uint64), 0, 0
    while column < rows.shape[1]:
        taken = min((64 - used) // bits, rows.shape[1] - column)
        if not taken:
            raise UsageError("lm", "these are more distinct n-grams than one model can hold", "lower the order")
        key = ranks
        for at in range(column, column + taken):
            key = key << np.uint64(bits) | rows[:, at].astype(np.uint64)
        column += taken
        order = np.argsort(key)
        rows, counts, key = rows[order], counts[order], key[order]
        if column < rows.shape[1]:
            ranks = np.cumsum(np.r_[False, key[1:] != key[:-1]]).astype(np.uint64)
            used = int(ranks[-1]).bit_length() if len(ranks) else 0
    return rows, counts
