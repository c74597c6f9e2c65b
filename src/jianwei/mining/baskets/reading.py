"""Baskets from whatever holds them."""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from jianwei.errors import UsageError
from jianwei.mining.baskets.lists import from_lists
from jianwei.mining.baskets.matrices import from_dense, from_sparse
from jianwei.mining.baskets.tables import from_list_array, from_table
from jianwei.mining.baskets.transactions import Transactions

__all__ = ["read_baskets"]


def read_baskets(
    data: Any, *, basket: str | None = None, item: str | None = None, labels: Sequence[Hashable] | None = None
) -> Transactions:
    """Baskets from lists, tables, matrices and files, without a cell for what is not in a basket.

    Args:
        data: one of

            * lists of items, or whatever can be iterated over twice deep; None is no basket;
            * an Arrow array, pandas or Polars series of lists; a null is no basket;
            * a table (Arrow, pandas, Polars, or what exports itself as Arrow) with a column of lists;
            * a table with a column of baskets and one of items, a row for each item in a basket, in any order: the columns that are named,
              otherwise the first two. A row without a basket is nothing, one without an item says only that there is such a basket;
            * a table of truth values, or of 0 and 1 in more than two columns (dense, or sparse in pandas): columns are items;
            * a NumPy array of these, or a SciPy sparse matrix of any layout: whatever is not zero is there;
            * the path of a file: see `baskets.files`;
            * `Transactions`, which are given back.
        basket, item: names of columns.
        labels: items of the columns of an array or sparse matrix; default: 0, 1, 2 …

    Returns:
        Transactions. An item counts once in a basket; None, null and NaN are no items. Labels are sorted where items can be compared with
        each other, whatever the order of the baskets; otherwise in order of first occurrence; the columns of matrices stay
        where they are. Labels of Arrow data are an Arrow array, others a tuple.

    Raises:
        UsageError: the data hold no baskets, or a column is missing.
        InputError: a file cannot be read as what it claims to be.

    >>> few = read_baskets(pa.table({"order": [7, 8, 7], "item": ["tea", "tea", "cup"]}))
    >>> len(few), few.labels.to_pylist(), few.item_rows.tolist()
    (2, ['cup', 'tea'], [1, 2])
    """
    if labels is not None and not (isinstance(data, np.ndarray) or hasattr(data, "tocsr")):
        raise UsageError("labels", "belong to an array or a sparse matrix", "a table has names of its own")
    if isinstance(data, Transactions):
        return data
    if isinstance(data, str | os.PathLike):
        from jianwei.mining.baskets.files import from_file

        return from_file(data, basket, item)
    if isinstance(data, pa.Array | pa.ChunkedArray):
        return from_list_array(data)
    if isinstance(data, pa.Table | pa.RecordBatch):
        return from_table(data if isinstance(data, pa.Table) else pa.Table.from_batches([data]), basket, item)
    if isinstance(data, np.ndarray):
        of_lists = data.dtype == object and data.ndim == 1
        return Transactions(*from_lists(list(data))) if of_lists else from_dense(data, labels)
    if hasattr(data, "tocsr"):
        return from_sparse(data, labels)
    return _from_library(data, basket, item)


def _from_library(data: Any, basket: str | None, item: str | None) -> Transactions:
    if type(data).__module__.split(".")[0] == "pandas":
        from jianwei.mining.baskets.frames import from_frame, from_series

        return from_frame(data, basket, item) if hasattr(data, "columns") else from_series(data)
    if type(data).__module__.split(".")[0] == "polars" and hasattr(data, "collect"):
        data = data.collect()
    if hasattr(data, "__arrow_c_stream__"):
        if hasattr(data, "columns"):
            return from_table(pa.table(data), basket, item)
        return from_list_array(pa.chunked_array(data))
    if basket or item or isinstance(data, bytes):
        raise UsageError("baskets", f"{type(data).__name__} has no columns", "give a table or the path of a file")
    return Transactions(*from_lists(data))
