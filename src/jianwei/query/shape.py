"""Results in the schema that their question documents, whatever types an engine came back with."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["SUM", "ranked", "shares", "typed"]

SUM = pa.decimal128(38, 4)
"""Sums of money: as exact as `records.MONEY`, with room for many rows."""


def typed(schema: pa.Schema, /, **columns: Any) -> pa.Table:
    """A table in `schema` from its columns (Arrow, NumPy or lists), given by name in any order.

    >>> typed(pa.schema([("a", pa.int64()), ("b", pa.string())]), b=["x"], a=[1]).to_pylist()
    [{'a': 1, 'b': 'x'}]
    """
    if set(columns) != set(schema.names):
        raise KeyError(f"columns {sorted(columns)} are not those of the schema, {sorted(schema.names)}")
    return pa.table([_column(columns[field.name], field.type) for field in schema], schema=schema)


def ranked(table: pa.Table, *order: str) -> pa.Table:
    """The rows sorted by columns; a minus before a name means from large to small. Nulls come last.

    >>> ranked(pa.table({"a": [1, 2, 2], "id": ["x", "z", "y"]}), "-a", "id")["id"].to_pylist()
    ['y', 'z', 'x']
    """
    keys = [(name.removeprefix("-"), "descending" if name.startswith("-") else "ascending") for name in order]
    return table.take(pc.sort_indices(table, sort_keys=keys))


def shares(parts: Sequence[int | Decimal | None], whole: int | Decimal | None) -> list[float | None]:
    """Each part ÷ the whole, taken once; None where there is no part, or nothing to divide by.

    >>> shares([1, None], 4), shares([1], 0)
    ([0.25, None], [None])
    """
    return [float(part / whole) if part is not None and whole else None for part in parts]


def _column(values: Any, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values.cast(kind)
    return pa.array(values, kind)
