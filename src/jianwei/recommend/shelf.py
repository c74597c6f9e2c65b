"""The items of a shop: their ids, names and categories, and which of them say themselves that they cannot be had."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.query._base import Reader

__all__ = ["Shelf", "cannot_be_had", "read_shelf"]

Columns: TypeAlias = NDArray[np.int32]

_STOCK = frozenset({"stock", "inventory", "stock_quantity", "库存", "库存量", "库存数", "库存数量"})
_SALE = frozenset(
    {
        "status", "state", "on_sale", "for_sale", "available", "availability",
        "状态", "商品状态", "上架", "上架状态", "在售", "是否上架", "是否在售",
    }
)  # fmt: skip
_NOT = frozenset(
    {
        "0", "false", "no", "n", "off", "off_sale", "unavailable", "out of stock", "out_of_stock", "outofstock", "sold out",
        "sold_out", "discontinued", "否", "下架", "已下架", "未上架", "停售", "已停售", "停产", "缺货", "无货", "售罄", "已售罄",
    }
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Shelf:
    """Items by column number, in the order of their ids.

    Attributes:
        ids: strings [m], ascending.
        keys: the source's own id, strings [m], null where unknown.
        names: title, else the source's own key, else the id; strings [m].
        categories: strings [m], null where unknown.
        gone: bool [m]: the item's own attributes say that it is out of stock or not for sale.
    """

    ids: pa.StringArray
    keys: pa.StringArray
    names: pa.StringArray
    categories: pa.StringArray
    gone: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    def columns_of(self, ids: pa.Array | pa.ChunkedArray | list[str]) -> Columns:
        """Column number of each id, int32; -1 where there is no such item."""
        values = pa.array(ids, pa.string()) if isinstance(ids, list) else ids
        found: Columns = pc.fill_null(pc.index_in(values, value_set=self.ids), -1).to_numpy().astype(np.int32)
        return found

    def name(self, column: int) -> str:
        """The name of one item."""
        return str(self.names[int(column)].as_py())

    def id(self, column: int) -> str:
        """The id of one item."""
        return str(self.ids[int(column)].as_py())

    @cached_property
    def category_codes(self) -> Columns:
        """A number for each item's category, int32; -1 where it is unknown."""
        coded = self.categories.dictionary_encode()
        codes: Columns = pc.fill_null(coded.indices, -1).to_numpy().astype(np.int32)
        return codes

    def among(self, categories: frozenset[str]) -> NDArray[np.bool_]:
        """Which items are of one of these categories, bool [m]."""
        wanted = pa.array(sorted(categories), pa.string())
        inside: NDArray[np.bool_] = pc.is_in(self.categories, value_set=wanted).to_numpy(zero_copy_only=False)
        return inside


def read_shelf(reader: Reader) -> Shelf:
    """Every item that stands in `items` or occurs in an event."""
    items, events = reader.table("items"), reader.table("events")
    met = events.filter(events.item_id.notnull()).select("item_id").distinct()
    known = items.select("item_id", "key", "title", "category", "attrs")
    rows = met.outer_join(known, "item_id")
    rows = rows.mutate(id=rows.item_id.coalesce(rows.item_id_right)).order_by("id")
    found = reader.execute(rows.select("id", "key", "title", "category", "attrs"))
    ids, key, title, category, attrs = (column.combine_chunks() for column in found.columns)
    spoken = (pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, column) for column in (title, key))
    names = pc.coalesce(*spoken, ids)
    gone = np.zeros(len(ids), bool)
    for at in np.flatnonzero(attrs.is_valid().to_numpy(zero_copy_only=False)):
        gone[at] = cannot_be_had(attrs[int(at)].as_py())
    return Shelf(ids, key, names, category, gone)


def cannot_be_had(attrs: str) -> bool:
    """Whether an item's own attributes (JSON) say that it is out of stock or not for sale.

    >>> cannot_be_had('{"库存": "0"}'), cannot_be_had('{"status": "下架"}'), cannot_be_had('{"stock": 3, "status": "new"}')
    (True, True, False)
    """
    try:
        told = msgspec.json.decode(attrs)
    except msgspec.DecodeError:
        return False
    if not isinstance(told, dict):
        return False
    for name, value in told.items():
        word = str(value).strip().lower()
        plain = name.strip().lower()
        if (plain in _SALE and word in _NOT) or (plain in _STOCK and (word in _NOT or _empty(word))):
            return True
    return False


def _empty(word: str) -> bool:
    try:
        return float(word) <= 0
    except ValueError:
        return False
