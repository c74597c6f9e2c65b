"""Baskets from matrices with a row a basket and a column an item: sparse ones, and tables of 0 and 1."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.mining.baskets.transactions import Transactions

__all__ = ["from_cells", "from_dense", "from_sparse"]


def from_sparse(matrix: Any, labels: Sequence[Hashable] | None = None) -> Transactions:
    """From a SciPy sparse matrix or array of any layout; every number but zero stands for an item in a basket.

    >>> from scipy.sparse import csr_array
    >>> from_sparse(csr_array([[0, 2], [1, 0]]), ["tea", "cup"]).columns.tolist()
    [1, 0]
    """
    if matrix.ndim != 2:
        raise UsageError("baskets", f"a matrix has two dimensions, this one has {matrix.ndim}")
    rows = matrix.tocsr()
    if not rows.has_canonical_format or (rows.data == 0).any():
        rows = rows.copy() if rows is matrix else rows
        rows.sum_duplicates()
        rows.eliminate_zeros()
    offsets, columns = np.asarray(rows.indptr, np.int64), np.asarray(rows.indices, np.int32)
    return Transactions(offsets, columns, _named(labels, matrix.shape[1]))


def from_dense(values: NDArray[Any], labels: Sequence[Hashable] | None = None) -> Transactions:
    """From a two-dimensional array of truth values or of 0 and 1; NaN counts as 0.

    >>> from_dense(np.array([[0, 1], [1, 1]])).offsets.tolist()
    [0, 1, 3]
    """
    if values.ndim != 2:
        raise UsageError("baskets", f"a table of 0 and 1 has two dimensions, this one has {values.ndim}")
    there = _truth(values)
    # Found row by row in memory, whichever way the array lies there.
    if there.flags.c_contiguous:
        rows, columns = np.nonzero(there)
    else:
        columns, rows = np.nonzero(there.T)
        order = np.argsort(rows, kind="stable")
        rows, columns = rows[order], columns[order]
    return Transactions(_offsets(rows, len(values)), columns.astype(np.int32), _named(labels, values.shape[1]))


def from_cells(columns: Sequence[NDArray[Any]], labels: Sequence[Hashable], rows: int) -> Transactions:
    """From a 0/1 table, a column at a time."""
    held = [np.flatnonzero(_truth(np.asarray(column))) for column in columns]
    sizes = [len(one) for one in held]
    at = np.concatenate([*held, np.zeros(0, np.int64)]).astype(np.int64)
    order = np.argsort(at, kind="stable")
    items = np.repeat(np.arange(len(held), dtype=np.int32), sizes)[order]
    return Transactions(_offsets(at[order], rows), items, _named(labels, len(held)))


def _offsets(rows: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    """Where each row begins among cells that are sorted by row."""
    return np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=number))]).astype(np.int64)


def _named(labels: Sequence[Hashable] | None, number: int) -> tuple[Any, ...]:
    if labels is None:
        return tuple(range(number))
    names = tuple(labels)
    if len(names) != number or len(set(names)) != number:
        what = f"{len(names)} labels, {len(set(names))} of them different, for {number} columns"
        raise UsageError("baskets", what, "give every column a name of its own")
    return names


def _truth(values: NDArray[Any]) -> NDArray[np.bool_]:
    if values.dtype == bool:
        return values
    try:
        there = np.asarray(values == 1)
        strange = ~(there | (values == 0))
        if strange.any():
            strange &= ~np.isnan(values.astype(np.float64))
    except (TypeError, ValueError):
        strange = np.ones(1, bool)
    if strange.any():
        raise UsageError(
            "baskets", "a table of items holds something else than 0 and 1", "name its columns: basket=, item="
        )
    return there
