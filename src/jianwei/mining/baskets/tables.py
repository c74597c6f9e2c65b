"""Baskets from Arrow: list arrays, tables of couples (basket, item), 0/1 tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.errors import UsageError
from jianwei.mining.baskets.labelling import columns_of, distinct
from jianwei.mining.baskets.matrices import from_cells
from jianwei.mining.baskets.rows import Codes, Ints, tidy
from jianwei.mining.baskets.transactions import Labels, Transactions

__all__ = [
    "couple_of",
    "flattened",
    "from_couples",
    "from_list_array",
    "from_table",
    "is_list",
    "joined",
    "looks_one_hot",
]


def is_list(kind: pa.DataType) -> bool:
    """Whether a value of this type is a list of whatever kind."""
    types = pa.types
    return bool(
        types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)
        or types.is_list_view(kind) or types.is_large_list_view(kind)
    )  # fmt: skip


def from_list_array(lists: pa.Array | pa.ChunkedArray) -> Transactions:
    """One basket a list; a null is no basket.

    >>> from_list_array(pa.array([["tea", "cup"], None, ["tea"]])).offsets.tolist()
    [0, 2, 3]
    """
    if not is_list(lists.type):
        raise UsageError("baskets", f"an array of {lists.type} holds no lists", "give one list of items a basket")
    sizes, items = flattened(lists)
    labels, columns = columns_of(items)
    offsets = np.concatenate([[0], np.cumsum(sizes[sizes >= 0])])
    return Transactions(*tidy(offsets, columns, len(labels)), labels)


def flattened(lists: pa.Array | pa.ChunkedArray) -> tuple[Ints, pa.ChunkedArray]:
    """(Values of each list, -1 for null, int64 [n]; all the values)."""
    chunks = lists.chunks if isinstance(lists, pa.ChunkedArray) else [lists]
    sizes = [pc.list_value_length(chunk).fill_null(-1).to_numpy(zero_copy_only=False) for chunk in chunks]
    items = pa.chunked_array([chunk.flatten() for chunk in chunks], lists.type.value_type)
    return np.concatenate([*sizes, np.zeros(0, np.int64)]).astype(np.int64), items


def from_couples(baskets: pa.Array | pa.ChunkedArray, items: pa.Array | pa.ChunkedArray) -> Transactions:
    """One (basket, item) a row, in any order; baskets come in the order of their first row.

    A row without a basket is nothing; a row without an item says only that there is such a basket.

    >>> from_couples(pa.array([7, 8, 7]), pa.array(["tea", "tea", "cup"])).columns.tolist()
    [0, 1, 1]
    """
    return joined(baskets, *columns_of(items))


def joined(baskets: pa.Array | pa.ChunkedArray, labels: Labels, columns: Codes) -> Transactions:
    """Couples whose items have columns already (-1: no item)."""
    known, places = distinct(baskets)
    rows, number = places.astype(np.int64), len(known)
    return Transactions(*_grouped(rows, columns, number, len(labels)), labels)


def from_table(table: pa.Table, basket: str | None = None, item: str | None = None) -> Transactions:
    """A table with a column of lists; with 0 and 1 or truth values in more than two columns or truth values in all; or of couples.

    Raises:
        UsageError: a column is missing, or none of the three fits.
    """
    if basket or item:
        couple_of(table.column_names, basket, item or basket)
    lists = [item] if item else [] if basket else [field.name for field in table.schema if is_list(field.type)]
    if len(lists) > 1:
        raise UsageError("baskets", "several columns hold lists", f'name one: item="{lists[0]}"')
    if lists and basket is None and is_list(table.schema.field(lists[0]).type):
        return from_list_array(table.column(lists[0]))
    if not (basket or item) and looks_one_hot(table):
        return from_cells([_cells(table, at) for at in range(table.num_columns)], table.column_names, table.num_rows)
    basket, item = couple_of(table.column_names, basket, item)
    held, ids = table.column(item), table.column(basket)
    if is_list(held.type):  # the items of a row join those of other rows of the same basket
        sizes, items = flattened(held)
        bare = np.flatnonzero(sizes <= 0)  # a basket all the same
        ids = ids.take(pa.array(np.concatenate([np.repeat(np.arange(len(sizes)), np.maximum(sizes, 0)), bare])))
        held = pa.chunked_array([*items.chunks, pa.nulls(len(bare), items.type)], items.type)
    return from_couples(ids, held)


def couple_of(names: Sequence[str], basket: str | None = None, item: str | None = None) -> tuple[str, str]:
    """The names of the columns of baskets and of items: those that were named, otherwise the only two in their order.

    Raises:
        UsageError: there is no such column, or there are two of that name, or too few columns.

    >>> couple_of(["order", "when", "item"], item="item")
    ('order', 'item')
    """
    shown = ", ".join(map(repr, names[:10])) + (", …" if len(names) > 10 else "") if len(names) else "none"
    for name in (basket, item):
        if name is not None and list(names).count(name) != 1:
            what = "no column" if name not in names else "more than one column"
            raise UsageError("baskets", f"there is {what} {name!r}", f"the columns are {shown}")
    if basket is None and item is None and len(names) > 2:
        what = f"which of the columns {shown} says the basket, and which the item, is not said"
        raise UsageError(
            "baskets", what, "name them: basket= and item=, on the command line --basket-column and --item-column"
        )
    others = iter([name for name in names if name not in (basket, item)])
    basket = basket if basket is not None else next(others, None)
    item = item if item is not None else next(others, None)
    if basket is None or item is None:
        raise UsageError("baskets", f"no couple of basket and item is in the columns {shown}", "give both columns")
    return basket, item


def looks_one_hot(table: pa.Table) -> bool:
    """Whether all columns hold truth values, or there are more than two and all hold numbers.

    Two columns of numbers are couples of basket and item.
    """
    kinds = [field.type for field in table.schema]
    if kinds and all(map(pa.types.is_boolean, kinds)):
        return True
    numeric = all(pa.types.is_boolean(k) or pa.types.is_integer(k) or pa.types.is_floating(k) for k in kinds)
    return len(kinds) > 2 and numeric


def _cells(table: pa.Table, at: int) -> np.ndarray:
    column = table.column(at)
    if pa.types.is_boolean(column.type):
        return np.asarray(column.fill_null(False).to_numpy())
    return np.asarray(column.fill_null(0).to_numpy())


def _grouped(rows: Ints, columns: Codes, number: int, width: int) -> tuple[Ints, Codes]:
    """Couples → offsets and columns."""
    there = (rows >= 0) & (columns >= 0)
    if not there.all():
        rows, columns = rows[there], columns[there]
    sizes = np.bincount(rows, minlength=number)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    if (rows[1:] >= rows[:-1]).all():
        return tidy(offsets, columns, width)
    keys = rows * max(width, 1) + columns
    keys.sort()
    keys -= np.repeat(np.arange(number, dtype=np.int64) * width, sizes)
    return tidy(offsets, keys.astype(np.int32), width)
