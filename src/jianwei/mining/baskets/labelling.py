"""Items as columns: the different ones in their order, and the column of each."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.errors import UsageError
from jianwei.mining.baskets.rows import Codes

__all__ = ["columns_of", "columns_of_values", "in_order"]


def columns_of(values: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """The different items of an Arrow array, sorted, and the column of each; nulls and NaN are nothing and have -1.

    Items of a type without an order stay in the order of first occurrence.

    Raises:
        UsageError: items of a type that cannot be told apart, as lists.

    >>> labels, columns = columns_of(pa.array(["tea", "cup", None, "tea"]))
    >>> labels.to_pylist(), columns.tolist()
    (['cup', 'tea'], [1, 0, -1, 1])
    """
    chunks = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    try:
        if pa.types.is_dictionary(chunks.type):
            return _of_dictionary(chunks.unify_dictionaries())
        if pa.types.is_string_view(chunks.type) or pa.types.is_binary_view(chunks.type):
            chunks = chunks.cast(pa.large_string() if pa.types.is_string_view(chunks.type) else pa.large_binary())
        coded = chunks.dictionary_encode().unify_dictionaries()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        raise UsageError(
            "baskets", f"items of the type {chunks.type} cannot be told apart", "use names or numbers"
        ) from error
    if coded.num_chunks == 0:
        return pa.array([], chunks.type), np.zeros(0, np.int32)
    labels, rank = _ranked(coded.chunk(0).dictionary)
    return labels, _taken(rank, coded)


def columns_of_values(values: Sequence[Hashable]) -> tuple[tuple[Any, ...], Codes]:
    """The same for Python values: sorted where they can be compared with each other, otherwise in order of first occurrence.

    >>> columns_of_values([3, "tea", 3, None])
    ((3, 'tea'), array([ 0,  1,  0, -1], dtype=int32))
    """
    number: dict[Hashable, int] = _Counting()
    codes = np.fromiter(map(number.__getitem__, values), np.int32, len(values))
    known = [value for value in number if value is not None and value == value]  # noqa: PLR0124 - NaN differs from itself
    labels = in_order(known)
    rank = np.full(len(number), -1, np.int32)
    rank[[number[label] for label in labels]] = np.arange(len(labels), dtype=np.int32)
    return labels, rank[codes]


def in_order(items: Iterable[Hashable]) -> tuple[Any, ...]:
    """Different items, sorted where they can be compared."""
    given = tuple(items)
    try:
        return tuple(sorted(given))
    except TypeError:  # items of several kinds
        return given


class _Counting(dict[Hashable, int]):
    """Gives every new key the next number."""

    def __init__(self) -> None:
        super().__init__()
        self._next = count().__next__

    def __missing__(self, key: Hashable) -> int:
        self[key] = number = self._next()
        return number


def _of_dictionary(coded: pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """A dictionary may hold what does not occur, and the same value twice."""
    if coded.num_chunks == 0:
        return pa.array([], coded.type.value_type), np.zeros(0, np.int32)
    labels, rank = columns_of(coded.chunk(0).dictionary)
    columns = _taken(np.append(rank, np.int32(-1)), coded)
    used = np.bincount(columns[columns >= 0], minlength=len(labels)) > 0
    if used.all():
        return labels, columns
    renumbered = np.append(np.where(used, np.cumsum(used) - 1, -1), -1).astype(np.int32)
    return labels.filter(pa.array(used)), renumbered[columns]


def _ranked(dictionary: pa.Array) -> tuple[pa.Array, Codes]:
    """(Labels, the column of each position in the dictionary and, at the end, of null)."""
    try:
        order = pc.sort_indices(dictionary).to_numpy()
    except pa.ArrowNotImplementedError:
        order = np.arange(len(dictionary))
    if pa.types.is_floating(dictionary.type):
        nan = pc.is_nan(dictionary).to_numpy(zero_copy_only=False)
        order = order[~nan[order]]
    if pa.types.is_null(dictionary.type):
        order = order[:0]
    rank = np.full(len(dictionary) + 1, -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return dictionary.take(pa.array(order)), rank


def _taken(rank: Codes, coded: pa.ChunkedArray) -> Codes:
    """`rank` at the indices; its last element where they are null."""
    parts = [rank[chunk.indices.fill_null(-1).to_numpy(zero_copy_only=False)] for chunk in coded.chunks]
    return np.concatenate(parts) if parts else np.zeros(0, np.int32)
