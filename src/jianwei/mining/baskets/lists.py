"""Baskets from Python lists, and from whatever else can be iterated over twice deep."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from jianwei.errors import UsageError
from jianwei.mining.baskets.labelling import columns_of, columns_of_values, is_nothing
from jianwei.mining.baskets.rows import Codes, Ints, tidy

__all__ = ["from_lists"]

_SIZED = {list, tuple, set, frozenset}


def from_lists(baskets: Iterable[Any]) -> tuple[Ints, Codes, tuple[Any, ...]]:
    """(offsets, columns, labels) of baskets given as lists of items.

    Raises:
        UsageError: a basket is a text or no list at all; an item cannot be a key.

    >>> offsets, columns, labels = from_lists([["tea", "cup"], {"tea"}, ()])
    >>> offsets.tolist(), columns.tolist(), labels
    ([0, 2, 3, 3], [0, 1, 1], ('cup', 'tea'))
    """
    rows = baskets if isinstance(baskets, list) else list(_iterated(baskets))
    if not set(map(type, rows)) <= _SIZED:
        rows = [_items(row) for row in rows if isinstance(row, Iterable) or not is_nothing(row)]
    offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, rows), np.int64, len(rows)), out=offsets[1:])
    labels, columns = _columns(rows)
    return *tidy(offsets, columns, len(labels)), labels


def _iterated(baskets: Any) -> Iterator[Any]:
    try:
        return iter(baskets)
    except TypeError:
        raise UsageError(
            "baskets",
            f"{type(baskets).__name__} holds no baskets",
            "give lists of items, an Arrow, pandas or Polars table, a sparse matrix or the path of a file",
        ) from None


def _items(row: Any) -> Any:
    if isinstance(row, str | bytes):
        raise UsageError(
            "baskets", f"{row!r} is a text and no list of items", f"write [{row!r}] for a basket with one item"
        )
    if type(row) in _SIZED:
        return row
    if isinstance(row, np.ndarray):
        return row.tolist()
    try:
        return list(row)
    except TypeError:
        raise UsageError("baskets", f"{row!r} is no list of items", "give one list a basket") from None


def _columns(rows: list[Any]) -> tuple[tuple[Any, ...], Codes]:
    """Labels and columns; numbers and texts go through arrays, which is several times quicker than a dictionary."""
    first = next(chain.from_iterable(rows), None)
    if isinstance(first, int | np.integer) and not isinstance(first, bool):
        try:
            numbers = np.frombuffer(array("q", list(chain.from_iterable(rows))), np.int64)
        except (TypeError, OverflowError):  # others among them, or above 64 bits
            return _by_dictionary(rows)
        labels, columns = columns_of(pa.array(numbers))
        return tuple(labels.to_pylist()), columns
    if isinstance(first, str):
        try:
            texts = pa.array(list(chain.from_iterable(rows)), pa.large_string())
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeError):
            return _by_dictionary(rows)
        labels, columns = columns_of(texts)
        return tuple(labels.to_pylist()), columns
    return _by_dictionary(rows)


def _by_dictionary(rows: list[Any]) -> tuple[tuple[Any, ...], Codes]:
    try:
        return columns_of_values(list(chain.from_iterable(rows)))
    except TypeError as error:
        raise UsageError("baskets", f"an item cannot be a key: {error}", "use names, numbers or tuples") from None
