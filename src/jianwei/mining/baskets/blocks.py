"""A stream of Arrow batches as blocks of whole baskets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.errors import InputError, UsageError
from jianwei.mining.baskets.labelling import plain_type
from jianwei.mining.baskets.rows import Ints
from jianwei.mining.baskets.tables import couple_of, flattened, is_list

__all__ = ["Block", "blocks_of"]

_CELLS = 1 << 20


@dataclass(frozen=True, eq=False, slots=True)
class Block:
    """Whole baskets.

    Attributes:
        offsets: int64 [r + 1].
        items: [offsets[r]]; nulls are nothing.
    """

    offsets: Ints
    items: pa.ChunkedArray


def blocks_of(batches: Iterable[pa.RecordBatch], basket: str | None = None, item: str | None = None) -> Iterator[Block]:
    """Blocks of about a million items from batches with a column of lists, or with columns of baskets and items.

    The rows of a basket may lie in several batches but stand together: only the basket at the end of a batch is held back, and of
    every other one eight bytes are kept, to notice when it comes again.

    Args:
        batches: all with the same columns; rows without a basket, and lists that are null, are nothing.
        basket, item: names of the columns; see `tables.from_table`.

    Raises:
        InputError: rows of a basket do not stand together (told at the end).
        UsageError: a column is missing.
    """
    couples: _Couples | None = None
    for table in _gathered(batches, basket, item):
        lists = _list_column(table.schema, basket, item)
        if lists is not None:
            yield _lists(table.column(lists))
            continue
        couples = couples or _Couples(*couple_of(table.schema.names, basket, item))
        yield from couples.whole(table)
    if couples is not None:
        yield from couples.rest()
        couples.check()


def _gathered(batches: Iterable[pa.RecordBatch], basket: str | None, item: str | None) -> Iterator[pa.Table]:
    """Batches put together until there is something to do."""
    pending: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        lists = _list_column(batch.schema, basket, item)
        pending.append(batch)
        size += batch.num_rows if lists is None else _items_in(batch.column(lists))
        if size >= _CELLS:
            yield pa.Table.from_batches(pending)
            pending, size = [], 0
    if pending:
        yield pa.Table.from_batches(pending)


def _list_column(schema: pa.Schema, basket: str | None, item: str | None) -> str | None:
    if basket is not None:
        return None
    names = [item] if item is not None else schema.names
    return next((name for name in names if name in schema.names and is_list(schema.field(name).type)), None)


def _items_in(lists: pa.Array) -> int:
    return int(pc.sum(pc.list_value_length(lists)).as_py() or 0)


def _lists(lists: pa.ChunkedArray) -> Block:
    sizes, items = flattened(lists)
    return Block(np.concatenate([[0], np.cumsum(sizes[sizes >= 0])]), items)


class _Couples:
    """Tables of couples, one after the other; what may go on in the next one is held back."""

    def __init__(self, basket: str, item: str) -> None:
        self._basket, self._item = basket, item
        self._held: pa.Table | None = None
        self._seen: list[Ints] = []

    def whole(self, table: pa.Table) -> Iterator[Block]:
        """The baskets that certainly end in this table."""
        ids, items = table.column(self._basket), table.column(self._item)
        ids = ids.cast(plain_type(ids.type))
        if not pa.types.is_dictionary(items.type):
            items = items.cast(plain_type(items.type))
        rows = pa.table({"basket": ids, "item": items})
        rows = rows.filter(pc.invert(pc.is_null(ids, nan_is_null=pa.types.is_floating(ids.type))))
        if self._held is not None:
            rows = pa.concat_tables([self._held, rows])
        starts = _starts(rows.column("basket"))
        if not len(starts):
            return
        last = int(starts[-1])
        self._held = rows.slice(last)
        if len(starts) == 1:  # one basket so far: what it holds twice is not kept
            different = pc.drop_null(pc.unique(rows.column("item")))
            first = rows.column("basket").slice(0, 1).combine_chunks()
            ids = pa.chunked_array([pc.take(first, pa.array(np.zeros(max(len(different), 1), np.int64)))])
            held = different if len(different) else pa.nulls(1, rows.column("item").type)
            self._held = pa.table({"basket": ids, "item": held})
            return
        yield self._block(rows.slice(0, last), starts[:-1])

    def rest(self) -> Iterator[Block]:
        """The basket that was held back."""
        if self._held is not None:
            yield self._block(self._held, np.zeros(1, np.int64))

    def check(self) -> None:
        """Whether no basket came in two places."""
        seen = np.concatenate([*self._seen, np.zeros(0, np.int64)])
        self._seen = []
        if (seen[1:] > seen[:-1]).all():
            return
        seen.sort()
        twice = int((seen[1:] == seen[:-1]).sum())
        if twice:
            raise InputError(
                self._basket,
                f"the rows of {twice:,} baskets do not stand together",
                "sort by basket, or give a column of lists",
            )

    def _block(self, rows: pa.Table, starts: Ints) -> Block:
        self._seen.append(_marks(rows.column("basket").take(pa.array(starts))))
        return Block(np.append(starts, rows.num_rows), rows.column("item"))


def _starts(ids: pa.ChunkedArray) -> Ints:
    """Where another basket begins than the one before."""
    if not len(ids):
        return np.zeros(0, np.int64)
    try:
        other = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1)).to_numpy()
    except pa.ArrowNotImplementedError as error:
        raise UsageError(
            "baskets", f"baskets of the type {ids.type} cannot be told apart", "use names or numbers"
        ) from error
    return np.concatenate([[0], np.flatnonzero(other) + 1])


def _marks(ids: pa.ChunkedArray) -> Ints:
    """64 bits of each id: the number itself, otherwise its hash (of a billion texts one pair in forty cases has the same)."""
    if pa.types.is_integer(ids.type):
        return np.asarray(ids.to_numpy()).astype(np.int64)
    return np.fromiter(map(hash, ids.to_pylist()), np.int64, len(ids))
