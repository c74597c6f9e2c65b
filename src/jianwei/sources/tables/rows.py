"""Rows of a table with their columns typed: what every kind of table begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.common.times import to_micros
from jianwei.records import Occurrences, encode, ids_of, key_ids, occurrence_ids
from jianwei.sources._base import ReadContext
from jianwei.sources.tables.cells import attrs_of, given, keys, to_money, to_rating
from jianwei.sources.tables.headers import squeeze

__all__ = ["Bad", "Cells", "Plan", "read_cells", "record_ids"]

_MONEY = ("amount", "price", "quantity")
_TEXT = ("text", "description")
_OWN_KEY = 10  # characters; a shorter key may be a row number, which other files have too
_VAGUE = ("id", "编号", "rowid", "recordid", "lineid")


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays the same for all rows of a file.

    Attributes:
        table: kind of table.
        fields: canonical field → column.
        layout: layout of the times, None where values differ or there are none.
        place: the file's name without folders and extension: what reviews without a conversation belong to.
        met: people and things that were given already.
    """

    context: ReadContext
    table: str
    fields: Mapping[str, str]
    layout: str | None
    place: str
    met: Occurrences = field(default_factory=Occurrences)


@dataclass(frozen=True, slots=True)
class Bad:
    """Rows that cannot be read for one reason: their positions in the frame, int64 [k]; `field` is the one that is wrong."""

    rows: np.ndarray
    reason: str
    field: str


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows that can be read, their columns typed.

    Attributes:
        values: field → column: `time` int64 µs, `amount` `price` `quantity` decimal(18,4), `rating` float64, `seq` int64, others string.
        extra: the columns that are no field, as text.
        seq: position of each row, int64.
    """

    plan: Plan
    values: Mapping[str, pa.Array]
    extra: Mapping[str, pa.StringArray]
    seq: pa.Int64Array

    def __len__(self) -> int:
        return len(self.seq)

    def has(self, name: str) -> bool:
        return name in self.values

    def get(self, name: str, kind: pa.DataType | None = None) -> pa.Array:
        """The column of a field; nulls where no column gives it."""
        found = self.values.get(name)
        return pa.nulls(len(self), kind or pa.string()) if found is None else found

    def first_of(self, *names: str) -> pa.StringArray:
        """Row by row the first of these fields that is given."""
        return pc.coalesce(*[self.get(name) for name in names])

    def constant(self, value: str) -> pa.StringArray:
        return pa.repeat(pa.scalar(value, pa.string()), len(self))

    def attrs(self, more: Mapping[str, pa.StringArray]) -> pa.StringArray:
        """The columns that are no field, and `more`, as JSON."""
        return attrs_of({**self.extra, **more}, len(self))

    def common(self) -> dict[str, pa.Array]:
        """The columns that every canonical table has."""
        return {
            "account": self.constant(self.plan.context.account),
            "ts_us": self.get("time", pa.int64()),
            "seq": self.seq,
        }


def _column(frame: pa.Table, name: str) -> pa.StringArray:
    """A column of text; a block of JSON Lines may lack it."""
    if name not in frame.column_names:
        return pa.nulls(frame.num_rows, pa.string())
    column = frame.column(name)
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def read_cells(plan: Plan, frame: pa.Table, first: int, needs: Sequence[Sequence[str]]) -> tuple[Cells, list[Bad]]:
    """Type the columns and set aside the rows that cannot be read.

    Args:
        plan: how to read.
        frame: columns of text.
        first: rows of the file before these.
        needs: groups of fields; a row must have one of each group that the plan has at all.
    """
    values: dict[str, pa.Array] = {}
    bad: list[Bad] = []

    def refuse(mask: pa.BooleanArray, reason: str, name: str) -> None:
        rows = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
        if len(rows):
            bad.append(Bad(rows, reason, name))

    for name, column in plan.fields.items():
        texts = _column(frame, column)
        if name in _TEXT:
            values[name] = given(texts)
        elif name == "time":
            wanted = keys(texts)
            values[name] = to_micros(wanted, plan.context.zone, plan.layout)
            refuse(pc.and_(wanted.is_valid(), values[name].is_null()), "bad_time", name)
        elif name in _MONEY:
            values[name], wrong = to_money(texts)
            refuse(wrong, "bad_quantity" if name == "quantity" else "bad_amount", name)
        elif name == "rating" and plan.table != "messages":
            values[name], wrong = to_rating(texts)
            refuse(wrong, "bad_rating", name)
        elif name != "seq":
            values[name] = keys(texts)
    for group in needs:
        there = [values[name] for name in group if name in values]
        if there:
            refuse(pc.coalesce(*there).is_null(), f"missing_{group[0]}", group[0])
    seq = _positions(plan, frame, first)
    used = set(plan.fields.values())
    extra = {name: _column(frame, name) for name in frame.column_names if name not in used}
    if not bad:
        return Cells(plan, values, extra, seq), []
    good = np.ones(frame.num_rows, bool)
    for item in bad:
        good[item.rows] = False
    mask = pa.array(good)
    kept = {name: column.filter(mask) for name, column in values.items()}
    return Cells(plan, kept, {name: column.filter(mask) for name, column in extra.items()}, seq.filter(mask)), bad


def _positions(plan: Plan, frame: pa.Table, first: int) -> pa.Int64Array:
    """The file's own positions where a column gives them, else the row numbers, from 0."""
    numbers = pa.array(np.arange(first, first + frame.num_rows))
    if "seq" not in plan.fields:
        return numbers
    own, wrong = to_money(_column(frame, plan.fields["seq"]))
    return pc.if_else(wrong, numbers, pc.coalesce(pc.floor(own).cast(pa.int64(), safe=False), numbers))


def record_ids(prefix: str, cells: Cells, namespace: str, content: Sequence[pa.Array | str | None]) -> pa.StringArray:
    """Ids for rows: by their own key where it says enough, else by content.

    A key of at least ten characters in a column that says whose key it is (mid, comment_id) names the record alone. Any other key
    may be a row number: it counts together with the content. Rows without a key are told apart by content and by how many rows with
    the same content came before.

    Args:
        prefix: kind prefix, e.g. "m:".
        cells: the rows; their field "id" is the key.
        namespace: what keys are keys of.
        content: columns [n] or scalars that make up the tuple.
    """
    context = cells.plan.context
    if not cells.has("id"):
        return occurrence_ids(prefix, encode(content, len(cells)), context.seen)
    own = cells.get("id")
    by_content = ids_of(prefix, encode([*content, own], len(cells)))
    if own.null_count:
        keyless = own.is_null()
        some = [part.filter(keyless) if isinstance(part, pa.Array) else part for part in content]
        numbered = occurrence_ids(prefix, encode(some, own.null_count), context.seen)
        by_content = pc.replace_with_mask(by_content, keyless, numbered)
    if squeeze(cells.plan.fields["id"]) in _VAGUE:
        return by_content
    enough = pc.fill_null(pc.greater_equal(pc.utf8_length(own), _OWN_KEY), False)
    return pc.if_else(enough, key_ids(prefix, context.account, namespace, own), by_content)
