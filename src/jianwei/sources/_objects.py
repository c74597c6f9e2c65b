"""JSON objects as columns: fast where all of them have the shape they should, patient where some do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.sources._base import Reject
from jianwei.sources.lines import clip

__all__ = ["Field", "Objects", "objects_of", "raw_of", "text_of"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an object.

    Attributes:
        name: its key.
        type: string (numbers are taken as text), int64, float64 (any number) or bool.
        required: whether null and absence are an error.
    """

    name: str
    type: pa.DataType
    required: bool = False


@dataclass(frozen=True, slots=True)
class Objects:
    """n objects of the right shape: themselves, their row numbers, a column for each field, and rejects for the others."""

    values: list[dict[str, Any]]
    rows: list[int]
    columns: dict[str, pa.Array]
    rejects: list[Reject]

    def without(self, bad: pa.BooleanArray, reason: str, field: str) -> Objects:
        """The objects that are not in `bad`, bool [n] without nulls; those are rejected for `reason`."""
        if not pc.any(bad).as_py():
            return self
        marks = bad.to_pylist()
        told = [
            Reject(row, reason, f"{field}: {value.get(field)!r}"[:200], raw_of(value))
            for value, row, mark in zip(self.values, self.rows, marks, strict=True)
            if mark
        ]
        keep = pc.invert(bad)
        return Objects(
            [value for value, mark in zip(self.values, marks, strict=True) if not mark],
            [row for row, mark in zip(self.rows, marks, strict=True) if not mark],
            {name: column.filter(keep) for name, column in self.columns.items()},
            self.rejects + told,
        )


def objects_of(values: Sequence[object], rows: Sequence[int], fields: Sequence[Field]) -> Objects:
    """Decoded JSON values as objects with columns.

    Args:
        values: what was decoded; anything but an object is rejected.
        rows: their row numbers.
        fields: the fields that become columns.

    >>> found = objects_of([{"a": "x"}, {"a": []}, 7], [1, 2, 3], [Field("a", pa.string())])
    >>> found.columns["a"].to_pylist(), [(reject.line, reject.reason) for reject in found.rejects]
    (['x'], [(2, 'wrong_type'), (3, 'not_an_object')])
    """
    columns = _columns(values, fields)
    if columns is not None:
        return Objects(list(values), list(rows), columns, [])  # type: ignore[arg-type]
    good: list[dict[str, Any]] = []
    good_rows: list[int] = []
    rejects: list[Reject] = []
    for value, row in zip(values, rows, strict=True):
        if not isinstance(value, dict):
            rejects.append(Reject(row, "not_an_object", type(value).__name__, raw_of(value)))
            continue
        shaped, problem = _shaped(value, fields)
        if problem:
            rejects.append(Reject(row, *problem, raw_of(value)))
        else:
            good.append(shaped)
            good_rows.append(row)
    return Objects(good, good_rows, _columns(good, fields) or {}, rejects)


def _columns(values: Sequence[Any], fields: Sequence[Field]) -> dict[str, pa.Array] | None:
    """A column for each field, or None when some value does not have its type."""
    columns: dict[str, pa.Array] = {}
    for field in fields:
        name = field.name
        try:
            column = pa.array([value.get(name) for value in values], field.type)
        except (AttributeError, pa.ArrowException, TypeError, ValueError, OverflowError):
            return None
        if field.required and column.null_count:
            return None
        if field.type == pa.string() and pc.any(pc.match_substring(column, "\0")).as_py():
            return None
        columns[name] = column
    return columns


def _shaped(value: dict[str, Any], fields: Sequence[Field]) -> tuple[dict[str, Any], tuple[str, str] | None]:
    """The object with its fields in their types, or (reason, detail) why not."""
    shaped = dict(value)
    for field in fields:
        item = value.get(field.name)
        if item is None:
            if field.required:
                return value, ("missing_field", field.name)
            continue
        if field.type == pa.string():
            if isinstance(item, int) and not isinstance(item, bool):
                shaped[field.name] = str(item)
            elif not isinstance(item, str):
                return value, ("wrong_type", field.name)
            elif "\0" in item:
                return value, ("nul_bytes", field.name)
        elif field.type == pa.bool_():
            if not isinstance(item, bool):
                return value, ("wrong_type", field.name)
        elif isinstance(item, bool) or not isinstance(item, int | float) or abs(item) >= 2**53:
            return value, ("wrong_type", field.name)
        elif field.type == pa.int64():
            if item != int(item):
                return value, ("wrong_type", field.name)
            shaped[field.name] = int(item)
    return shaped, None


def text_of(item: object, name: str) -> str | None:
    """A text in an object, null when it is absent, blank or no text; whole numbers count as text.

    >>> text_of({"id": 7}, "id"), text_of({"id": ""}, "id"), text_of(None, "id")
    ('7', None, None)
    """
    value = item.get(name) if isinstance(item, dict) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def raw_of(value: object) -> str:
    """A decoded value as the text that a reject keeps."""
    try:
        return clip(msgspec.json.encode(value).decode().replace("\\u0000", "\u2400"))
    except (ValueError, TypeError, RecursionError):
        return clip(repr(value)[:2000])
