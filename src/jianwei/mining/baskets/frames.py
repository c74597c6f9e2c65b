"""Baskets from pandas: tables of couples, tables of 0 and 1 (dense and sparse), series of lists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from jianwei.mining.baskets.labelling import columns_of_values
from jianwei.mining.baskets.lists import from_lists
from jianwei.mining.baskets.matrices import from_cells, from_sparse
from jianwei.mining.baskets.tables import couple_of, from_list_array, from_table, is_list, joined
from jianwei.mining.baskets.transactions import Transactions

__all__ = ["from_frame", "from_series"]


def from_frame(frame: Any, basket: str | None = None, item: str | None = None) -> Transactions:
    """From a DataFrame, by the rules of `from_table`; the names of a 0/1 table's columns are the items, whatever their type."""
    if not (basket or item) and _is_one_hot(frame):
        if all(hasattr(kind, "fill_value") for kind in frame.dtypes):
            return from_sparse(frame.sparse.to_coo(), list(frame.columns))
        cells = [frame.iloc[:, at].to_numpy(np.float64, na_value=np.nan) for at in range(frame.shape[1])]
        return from_cells(cells, list(frame.columns), len(frame))
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except pa.ArrowException:  # a column with values of several kinds
        basket, item = couple_of(list(frame.columns), basket, item)
        labels, columns = columns_of_values(_values(frame[item]))
        _, rows = columns_of_values(_values(frame[basket]))
        return joined(pa.array(rows, mask=rows < 0), labels, columns)
    return from_table(table, basket, item)


def from_series(series: Any) -> Transactions:
    """From a Series of lists."""
    try:
        lists = pa.array(series, from_pandas=True)
    except pa.ArrowException:
        return Transactions(*from_lists(series.tolist()))
    lists = lists if isinstance(lists, pa.ChunkedArray) else pa.chunked_array([lists])
    return from_list_array(lists) if is_list(lists.type) else Transactions(*from_lists(series.tolist()))


def _is_one_hot(frame: Any) -> bool:
    """As `tables.looks_one_hot`."""
    kinds = [getattr(kind, "subtype", kind) for kind in frame.dtypes]
    if kinds and all(getattr(kind, "kind", "") == "b" for kind in kinds):
        return True
    return len(kinds) > 2 and all(getattr(kind, "kind", "") in "biuf" for kind in kinds)


def _values(series: Any) -> list[Any]:
    """Python values; pandas' ways to write null become None."""
    return list(series.astype(object).where(series.notna(), None))
