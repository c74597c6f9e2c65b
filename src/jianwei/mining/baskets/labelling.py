"""Items as columns: the different ones in their order, and the column of each."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.mining.baskets.rows import Codes

__all__ = ["Vocabulary", "columns_of", "columns_of_values", "distinct", "in_order", "is_nothing", "plain_type"]


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of the labels for items of a type: without dictionaries and views, which Arrow's functions do not all take."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    views = {pa.string_view(): pa.large_string(), pa.binary_view(): pa.large_binary()}
    return views.get(kind, kind)


def distinct(values: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """The different items of an Arrow array in order of first occurrence, and the place of each; nulls and NaN are nothing and have -1.

    Raises:
        UsageError: items of a type that cannot be told apart, as lists.
    """
    chunks = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    packed = pa.types.is_dictionary(chunks.type)
    try:
        coded = (chunks if packed else chunks.cast(plain_type(chunks.type)).dictionary_encode()).unify_dictionaries()
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid) as error:
        what = f"items of the type {chunks.type} cannot be told apart"
        raise UsageError("baskets", what, "use names or numbers") from error
    if coded.num_chunks == 0:
        return pa.array([], plain_type(chunks.type)), np.zeros(0, np.int32)
    dictionary = coded.chunk(0).dictionary
    # Polars' indices have no sign.
    indices = [chunk.indices.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False) for chunk in coded.chunks]
    places = np.concatenate(indices).astype(np.int32, copy=False)
    if packed:  # it may hold what does not occur, nulls, and the same value twice
        labels, own = distinct(dictionary)
        places = np.append(own, np.int32(-1))[places]
        used = np.bincount(places[places >= 0], minlength=len(labels)) > 0
        return _kept(labels, used, places)
    if pa.types.is_floating(dictionary.type):
        return _kept(dictionary, ~np.isnan(dictionary.to_numpy()), places)
    if pa.types.is_null(dictionary.type):
        return dictionary.slice(0, 0), np.full(len(places), -1, np.int32)
    return dictionary, places


def columns_of(values: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """The same with the items sorted; those of a type without an order stay as they are.

    >>> labels, columns = columns_of(pa.array(["tea", "cup", None, "tea"]))
    >>> labels.to_pylist(), columns.tolist()
    (['cup', 'tea'], [1, 0, -1, 1])
    """
    labels, places = distinct(values)
    try:
        order = pc.sort_indices(labels).to_numpy()
    except pa.ArrowNotImplementedError:
        return labels, places
    rank = np.full(len(labels) + 1, -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return labels.take(pa.array(order)), rank[places]


def columns_of_values(values: Sequence[Hashable]) -> tuple[tuple[Any, ...], Codes]:
    """The same for Python values: sorted where they can be compared with each other, otherwise in order of first occurrence.

    >>> columns_of_values([3, "tea", 3, None])
    ((3, 'tea'), array([ 0,  1,  0, -1], dtype=int32))
    """
    number: dict[Hashable, int] = _Counting()
    codes = np.fromiter(map(number.__getitem__, values), np.int32, len(values))
    labels = in_order(value for value in number if not is_nothing(value))
    rank = np.full(len(number), -1, np.int32)
    rank[[number[label] for label in labels]] = np.arange(len(labels), dtype=np.int32)
    return labels, rank[codes]


def is_nothing(value: Any) -> bool:
    """Whether a value is a way to write that there is none: None, NaN, NaT, pandas' NA.

    >>> is_nothing(None), is_nothing(float("nan")), is_nothing(0)
    (True, True, False)
    """
    try:
        return value is None or bool(value != value)  # noqa: PLR0124 - NaN differs from itself
    except (TypeError, ValueError):  # NA is not even that
        return type(value).__name__ == "NAType"


def in_order(items: Iterable[Hashable]) -> tuple[Any, ...]:
    """Different items, sorted where they can be compared."""
    given = tuple(items)
    try:
        return tuple(sorted(given))
    except TypeError:  # items of several kinds
        return given


class Vocabulary:
    """Items met so far, in order of first occurrence.

    >>> known = Vocabulary(pa.string())
    >>> known.places(pa.array(["tea", "cup", "tea"])).tolist(), known.places(pa.array(["pot", None, "cup"])).tolist()
    ([0, 1, 0], [2, -1, 1])
    """

    def __init__(self, kind: pa.DataType) -> None:
        self.labels: pa.Array = pa.array([], kind)

    def __len__(self) -> int:
        return len(self.labels)

    def places(self, items: pa.Array | pa.ChunkedArray) -> Codes:
        """The place of each item, new ones at the end; -1 for nothing."""
        known, places = distinct(items)
        at = pc.index_in(known, value_set=self.labels)
        fresh = known.filter(pc.is_null(at))
        own = np.append(at.fill_null(-1).to_numpy().astype(np.int32), np.int32(-1))
        own[:-1][own[:-1] < 0] = np.arange(len(fresh), dtype=np.int32) + len(self.labels)
        self.labels = pa.concat_arrays([self.labels, fresh])
        return own[places]


class _Counting(dict[Hashable, int]):
    """Gives every new key the next number."""

    def __init__(self) -> None:
        super().__init__()
        self._next = count().__next__

    def __missing__(self, key: Hashable) -> int:
        self[key] = number = self._next()
        return number


def _kept(labels: pa.Array, keep: NDArray[np.bool_], places: Codes) -> tuple[pa.Array, Codes]:
    """Some of the labels, and the places among them."""
    if keep.all():
        return labels, places
    renumbered = np.append(np.where(keep, np.cumsum(keep) - 1, -1), -1).astype(np.int32)
    return labels.filter(pa.array(keep)), renumbered[places]
