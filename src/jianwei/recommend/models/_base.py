"""What a model learns from, what it answers: the Protocol that every model of people's histories satisfies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from jianwei.errors import UsageError
from jianwei.recommend.index import Index

__all__ = ["Because", "Columns", "Fitted", "Floats", "Interactions", "Ints", "Model"]

Ints: TypeAlias = NDArray[np.int64]
Columns: TypeAlias = NDArray[np.int32]
Floats: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Interactions:
    """Who had to do with which items, in which order.

    Attributes:
        offsets: int64 [p + 1]: the history of person i is `items[offsets[i]:offsets[i + 1]]`.
        items: int32 [n], numbers below `size`, in order of time; each at most once in a history.
        size: number of all items, those included that nobody had to do with.
        times_us: int64 [n], µs since the epoch; None where only the order is known.
    """

    offsets: Ints
    items: Columns
    size: int
    times_us: Ints | None = None

    def __post_init__(self) -> None:
        if len(self.offsets) == 0 or self.offsets[-1] != len(self.items):
            raise UsageError("offsets", "they do not end at the number of items", "give p + 1 offsets from 0 to n")
        if len(self.items) and not 0 <= int(self.items.min()) <= int(self.items.max()) < self.size:
            raise UsageError("items", f"there are items outside 0 … {self.size - 1}", "give the number of all items")

    @classmethod
    def of(cls, persons: Any, items: Any, times: ArrayLike | None = None) -> tuple[Interactions, pa.Array, pa.Array]:
        """From columns, one row for each time that somebody had to do with something; of several times of the same, the last counts.

        Args:
            persons, items: Arrow, NumPy or list, [rows], of any type; rows without one of them are left out.
            times: int64 [rows], µs since the epoch (or any integers where only the order matters), or NumPy or Arrow times; None where the
                rows are in order of time.

        Returns:
            The interactions, the names of the persons by their numbers, and those of the items.

        >>> found, persons, items = Interactions.of(["u", "v", "u", "u"], ["tea", "tea", "cup", "tea"], [1, 1, 2, 3])
        >>> found.offsets.tolist(), items.take(pa.array(found.items)).to_pylist(), persons.to_pylist()
        ([0, 2, 3], ['cup', 'tea', 'tea'], ['u', 'v'])
        """
        who, what = _coded(persons), _coded(items)
        if len(who) != len(what):
            raise UsageError("items", f"{len(what)} items for {len(who)} persons", "give one for each row")
        known = pc.and_(pc.is_valid(who), pc.is_valid(what)).to_numpy(zero_copy_only=False)
        when = np.arange(len(who)) if times is None else _micros(times)
        if len(when) != len(who):
            raise UsageError("times", f"{len(when)} times for {len(who)} rows", "give one for each row")
        row, column = (pc.fill_null(one.indices, 0).to_numpy().astype(np.int32)[known] for one in (who, what))
        when = when[known]
        order = np.lexsort((when, row))
        row, column, when = row[order], column[order], when[order]
        pair = row.astype(np.int64) * len(what.dictionary) + column
        _, backward = np.unique(pair[::-1], return_index=True)
        keep = np.sort(len(pair) - 1 - backward)
        sizes = np.bincount(row[keep], minlength=len(who.dictionary))
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        kept = None if times is None else when[keep]
        return cls(offsets, column[keep], len(what.dictionary), kept), who.dictionary, what.dictionary

    def __len__(self) -> int:
        """Number of persons."""
        return len(self.offsets) - 1

    @cached_property
    def index(self) -> Index:
        """By person and by item."""
        return Index.of(self.offsets, self.items, self.size)

    @property
    def popularity(self) -> Ints:
        """Persons with each item, int64 [size]."""
        return np.bincount(self.items, minlength=self.size).astype(np.int64)

    def history(self, person: int) -> Columns:
        """What a person had to do with, the latest last."""
        return self.items[self.offsets[person] : self.offsets[person + 1]]

    def until(self, back: int, least: int = 1) -> tuple[Interactions, Ints, Columns]:
        """Without the last `back` items of every history that has `least` items before them.

        Returns:
            What is left, the persons whose items were taken away, and of each of them the first item that was.

        >>> whole = Interactions(np.array([0, 3, 4]), np.array([2, 0, 1, 1], np.int32), 3)
        >>> left, persons, hidden = whole.until(1)
        >>> left.offsets.tolist(), left.items.tolist(), persons.tolist(), hidden.tolist()
        ([0, 2, 3], [2, 0, 1], [0], [1])
        """
        sizes = np.diff(self.offsets)
        cut = np.where(sizes >= least + back, back, 0)
        place = np.arange(len(self.items)) - np.repeat(self.offsets[:-1], sizes)
        keep = place < np.repeat(sizes - cut, sizes)
        persons = np.flatnonzero(cut)
        offsets = np.concatenate([[0], np.cumsum(sizes - cut)]).astype(np.int64)
        times = None if self.times_us is None else self.times_us[keep]
        hidden = self.items[self.offsets[persons + 1] - back]
        return Interactions(offsets, self.items[keep], self.size, times), persons, hidden


@dataclass(frozen=True, slots=True)
class Because:
    """One item of a history that speaks for another item.

    Attributes:
        item: the item of the history.
        weight: its part of the score.
        rows: people who had to do with it.
        both: those of them who had to do with the other item too.
        usual: share of all people who had to do with the other item.
    """

    item: int
    weight: float
    rows: int
    both: int
    usual: float

    @property
    def share(self) -> float:
        """Of the people with the one item, the share with the other."""
        return self.both / self.rows if self.rows else 0.0

    @property
    def lift(self) -> float:
        """How many times the usual that share is; 0 where the other item is unknown."""
        return self.share / self.usual if self.usual else 0.0


class Fitted(Protocol):
    """What a model learned. Histories are items in order of time, each once; those of new people and baskets are as good as others."""

    def score(self, histories: Sequence[Columns]) -> Floats:
        """How much speaks for each item, float32 [histories, items]; 0 where nothing does. Items of the history get a score as well."""

    def reasons(self, history: Columns, item: int, k: int = 5) -> tuple[Because, ...]:
        """At most k items of a history that speak for an item, the weightiest first; none where the model knows no such reasons."""

    def similar(self, item: int, k: int = 10) -> tuple[Because, ...]:
        """At most k items for which an item speaks, the most first. The field `item` is the other item; rows are those of the one given."""


class Model(Protocol):
    """Settings of a model: a value."""

    @property
    def name(self) -> str: ...

    def fit(self, interactions: Interactions) -> Fitted:
        """Learn. The same interactions give the same answers."""


def _coded(column: Any) -> pa.DictionaryArray:
    array = column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array if isinstance(array, pa.DictionaryArray) else array.dictionary_encode()


def _micros(times: ArrayLike) -> Ints:
    when = np.asarray(times)
    if when.dtype.kind == "M":
        return when.astype("datetime64[us]").astype(np.int64)
    if len(when) and when.dtype.kind not in "iu":
        raise UsageError("times", f"{when.dtype} is no kind of time", "give integers or times")
    return when.astype(np.int64)
