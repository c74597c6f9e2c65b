"""Baskets restricted to those that hold some items, or freed of others."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.mining.baskets.transactions import Labels, Transactions

__all__ = ["columns_of", "with_all", "without"]


def columns_of(labels: Labels, items: Collection[Hashable]) -> NDArray[np.int64]:
    """The columns of some items, sorted; items that no basket holds have none.

    Raises:
        UsageError: a text was given instead of a collection of items.
    """
    if isinstance(items, str | bytes):
        raise UsageError("items", f"{items!r} is one text, not a collection of items", f"write [{items!r}]")
    if not all(isinstance(item, Hashable) for item in items):
        raise UsageError("items", "one of the items cannot be an item of a basket", "give names or numbers")
    if isinstance(labels, pa.Array):
        wanted = [label for label in items if _fits(label, labels.type)]
        found = pc.index_in(pa.array(wanted, labels.type), labels).drop_null().to_numpy()
    else:
        place = {label: column for column, label in enumerate(labels)}
        found = np.array([place[label] for label in items if label in place], np.int64)
    return np.unique(found).astype(np.int64)


def without(data: Transactions, items: Collection[Hashable]) -> Transactions:
    """The baskets without some items; as many baskets as before.

    >>> without(Transactions.of([["tea", "cup"], ["tea"]]), ["tea"]).item_rows.tolist()
    [1, 0]
    """
    columns = columns_of(data.labels, items)
    return _freed(data, columns) if len(columns) else data


def with_all(data: Transactions, items: Collection[Hashable]) -> tuple[Transactions, NDArray[np.int32]]:
    """The baskets that hold all of some items, freed of these; and the items' columns.

    Raises:
        UsageError: no basket holds one of the items.

    >>> rest, columns = with_all(Transactions.of([["tea", "cup"], ["cup"]]), ["tea"])
    >>> len(rest), rest.item_rows.tolist(), columns.tolist()
    (1, [1, 0], [1])
    """
    columns = columns_of(data.labels, items)
    if len(columns) < len(set(items)) or not data.item_rows[columns].all():
        found = dict(zip(data.labels_of(columns), data.item_rows[columns].tolist(), strict=True))
        missing = next(item for item in items if not found.get(item))
        raise UsageError("include", f"no basket holds {missing!r}", "see which items there are: `.labels`")
    wanted = np.zeros(len(data.labels), bool)
    wanted[columns] = True
    before = np.concatenate([[0], np.cumsum(wanted[data.columns])])
    rows = np.flatnonzero(np.diff(before[data.offsets]) == len(columns))
    lengths = np.diff(data.offsets)[rows]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    cells = np.arange(offsets[-1]) + np.repeat(data.offsets[:-1][rows] - offsets[:-1], lengths)
    counts = None if data.counts is None else data.counts[rows]
    return _freed(Transactions(offsets, data.columns[cells], data.labels, counts), columns), columns.astype(np.int32)


def _freed(data: Transactions, columns: NDArray[np.int64]) -> Transactions:
    kept = np.ones(len(data.labels), bool)
    kept[columns] = False
    keep = kept[data.columns]
    offsets = np.concatenate([[0], np.cumsum(keep)])[data.offsets]
    return replace(data, offsets=offsets, columns=data.columns[keep])


def _fits(label: Hashable, kind: pa.DataType) -> bool:
    try:
        pa.scalar(label, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError, ValueError, OverflowError):
        return False
    return True
