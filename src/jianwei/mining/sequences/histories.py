"""What sequences are found in: what each person did, in the order of time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from jianwei.common.compiled import kernels
from jianwei.errors import UsageError
from jianwei.mining.baskets.labelling import columns_of, columns_of_values, distinct
from jianwei.mining.baskets.transactions import Labels

__all__ = ["Histories", "read_histories"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Histories:
    """Items by person and time.

    Attributes:
        offsets: int64 [p + 1]; person i has `columns[offsets[i]:offsets[i + 1]]`.
        columns: int32 [n], each below len(labels); in the order of time, ascending and different within a moment.
        times: int64 [n], never falling within a person, in any unit; items with the same time are of one moment and have no order.
        labels: item of each column.
    """

    offsets: Ints
    columns: NDArray[np.int32]
    times: Ints
    labels: Labels

    @classmethod
    def of(cls, sequences: Iterable[Iterable[Any]]) -> Histories:
        """From lists, a list for each person: of items, or of sets (`set`, `frozenset`, `list`) of items of one moment.

        The time of a moment is its position in the list. Items are anything that can be a key; None and NaN are nothing.

        >>> few = Histories.of([["tea", {"cup", "pot"}], ["tea"], []])
        >>> len(few), few.columns.tolist(), few.times.tolist(), few.labels
        (3, [2, 0, 1, 2], [0, 1, 1, 0], ('cup', 'pot', 'tea'))
        """
        people: list[int] = []
        times: list[int] = []
        items: list[Hashable] = []
        number = 0
        try:
            for sequence in sequences:
                if isinstance(sequence, str | bytes):
                    raise UsageError(
                        "sequences", f"{sequence!r} is a text and no list of items", "give one list a person"
                    )
                for moment, element in enumerate(sequence):
                    held = element if isinstance(element, set | frozenset | list) else (element,)
                    items += held
                    people += [number] * len(held)
                    times += [moment] * len(held)
                number += 1
            labels, columns = columns_of_values(items)
        except TypeError as error:
            raise UsageError(
                "sequences", str(error), "give a list of items for each person; items must be hashable"
            ) from error
        there = columns >= 0
        return cls.ordered(
            np.array(people, np.int64)[there], columns[there], np.array(times, np.int64)[there], labels, number
        )

    @classmethod
    def ordered(
        cls, people: ArrayLike, columns: ArrayLike, times: ArrayLike, labels: Labels, number: int | None = None
    ) -> Histories:
        """From one entry for each thing done, in any order.

        Args:
            people: number of a person, int [n].
            columns: column of an item, int [n].
            times: int [n].
            labels: item of each column.
            number: of persons, those who did nothing among them; default: up to the last one who did something.
        """
        who, what, when = (np.asarray(values, np.int64) for values in (people, columns, times))
        order = np.lexsort((what, when, who))
        who, what, when = who[order], what[order], when[order]
        fresh = np.ones(len(who), bool)
        fresh[1:] = (np.diff(who) != 0) | (np.diff(when) != 0) | (np.diff(what) != 0)
        who = who[fresh]
        size = int(who.max(initial=-1)) + 1 if number is None else number
        offsets = np.concatenate([[0], np.cumsum(np.bincount(who, minlength=size))]).astype(np.int64)
        return cls(offsets, what[fresh].astype(np.int32), when[fresh], labels)

    def __len__(self) -> int:
        """The number of persons, those who did nothing among them."""
        return len(self.offsets) - 1

    @cached_property
    def owners(self) -> NDArray[np.int32]:
        """Person of each entry, int32 [n]."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.offsets))

    @cached_property
    def item_rows(self) -> Ints:
        """Persons with each item, int64 [items]."""
        seen, rows = np.zeros(len(self.labels), np.int64), np.zeros(len(self.labels), np.int64)
        count = kernels("jianwei.mining.sequences.compiled_kernels")["count_rows"]
        count(self.offsets, len(self), self.columns, seen, rows)
        return rows


def read_histories(data: Any) -> Histories:
    """Histories from what holds them.

    Args:
        data: Histories; lists as `Histories.of` takes them; or a table (Arrow, pandas, Polars) whose first columns are person, item and,
            unless its rows are in the order of time already, an integer or a timestamp (in µs then). Rows without one of them are left out.

    Raises:
        UsageError: a table has fewer than two columns, or times of another kind.

    >>> read_histories(pa.table({"person": [7, 7, 8], "item": ["tea", "cup", "tea"], "day": [3, 1, 1]})).columns.tolist()
    [0, 1, 1]
    """
    if isinstance(data, Histories):
        return data
    table = _table(data)
    if table is None:
        return Histories.of(data)
    if table.num_columns < 2:
        raise UsageError("sequences", "a table needs a column of persons and one of items", "and a third one of times")
    people, items, *others = (table.column(at) for at in range(min(table.num_columns, 3)))
    times = _times(others[0]) if others else pa.array(np.arange(table.num_rows))
    _, who = distinct(people)
    labels, what = columns_of(items)
    there = (who >= 0) & (what >= 0) & pc.is_valid(times).to_numpy(zero_copy_only=False)
    moments = pc.fill_null(times, 0).to_numpy(zero_copy_only=False)
    return Histories.ordered(who[there], what[there], moments[there], labels)


def _times(column: pa.ChunkedArray) -> pa.Array:
    """Times as integers: timestamps and dates in µs."""
    moments = column.combine_chunks()
    kind = moments.type
    try:
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            return moments.cast(pa.timestamp("us", getattr(kind, "tz", None))).cast(pa.int64())
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return moments.cast(pa.int64())
    except pa.ArrowInvalid as error:
        raise UsageError(
            "sequences", f"times cannot be kept exactly: {error}", "give integers or timestamps"
        ) from error
    raise UsageError("sequences", f"times are of the type {kind}", "give integers or timestamps")


def _table(data: Any) -> pa.Table | None:
    if isinstance(data, pa.Table | pa.RecordBatch):
        return data if isinstance(data, pa.Table) else pa.Table.from_batches([data])
    if hasattr(data, "to_arrow") and hasattr(data, "columns"):  # Polars
        return data.to_arrow()
    if type(data).__module__.startswith("pandas"):
        return pa.Table.from_pandas(data, preserve_index=False)
    return None
