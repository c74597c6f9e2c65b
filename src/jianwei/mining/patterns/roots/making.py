"""The root of a search: the frequent items, numbered from the rarest on, and the rows in the form that suits them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jianwei.common.compiled import kernels
from jianwei.errors import UsageError
from jianwei.mining.baskets.transactions import Transactions

__all__ = ["BIT", "LIST", "MASK", "Root", "make_root"]

Ints: TypeAlias = NDArray[np.int64]
Small: TypeAlias = NDArray[np.int32]

_KERNELS = "jianwei.mining.patterns.roots.compiled_kernels"
LIST, BIT, MASK = range(3)

_MASK_ITEMS = 64
# Nanoseconds, for the choice between lists and bits.
_WORD, _PAIR, _CELL = 0.1, 3.0, 1.0
_MOST_BITMAPS = 1 << 26  # words, half a gigabyte
# Many baskets with few frequent items each are often equal; of fewer baskets, merging costs more than it saves.
_SHORT, _MANY = 4.0, 1 << 20
_NOTHING = np.empty(1, np.int64)


_Given: TypeAlias = "tuple[Small, Ints, Ints, int, int]"  # columns, offsets, counts, whether there are counts, rows


@dataclass(frozen=True, slots=True)
class Root:
    """The root as the kernel wants it; see `patterns.compiled_kernels` for the three forms.

    Attributes:
        form: LIST, BIT or MASK.
        size: number of frequent items.
        rows: rows that are kept.
        lists: int32; first the items' columns [size], then their supports [size], then, for LIST, the rows and their index; then room.
        masks: int64; for MASK the rows, for BIT the bitmaps; then room.
        weights: int64; [rows] baskets that each row stands for; then room, as much as of `masks`.
        lists_used, rows_used: what of `lists`, and of `masks` and `weights`, is no room.
        starts, addresses, which: places in `lists`, for LIST.
        width: words of a bitmap for BIT; for LIST whether rows stand for more than one basket.
    """

    form: int
    size: int
    rows: int
    lists: Small
    masks: Ints
    weights: Ints
    lists_used: int
    rows_used: int
    starts: int = 0
    addresses: int = 0
    which: int = 0
    width: int = 0


def make_root(data: Transactions, least: int, closed: bool) -> Root | None:
    """The root of all itemsets in at least `least` baskets; None when no item is in so many.

    Args:
        closed: rows with a single item are needed, too.
    """
    supports = data.item_rows
    frequent = np.flatnonzero(supports >= least)
    if not len(frequent):
        return None
    if len(data) >= 1 << 31:
        raise UsageError("frequent_itemsets", f"{len(data):,} baskets are too many at once", "mine them in partitions")
    frequent = frequent[np.argsort(supports[frequent], kind="stable")]
    head = np.concatenate([frequent, supports[frequent]]).astype(np.int32)
    weights = _NOTHING if data.counts is None else data.counts
    given = (data.columns, data.offsets, weights, int(data.counts is not None), len(data.offsets) - 1)
    fewest = 1 if closed else 2
    if len(frequent) <= _MASK_ITEMS:
        return _as_masks(given, frequent, len(data.labels), head, fewest)
    return _as_lists_or_bits(given, frequent, supports[frequent], len(data.labels), head, fewest)


def _as_masks(given: _Given, frequent: Ints, columns: int, head: Small, fewest: int) -> Root:
    rows = given[-1]
    bit = np.zeros(columns, np.int64)
    bit[frequent] = np.int64(1) << np.arange(len(frequent))
    masks, weights, made = _rows(rows), _rows(rows), np.zeros(1, np.int64)
    table = _table(rows)
    kernels(_KERNELS)["narrow_to_masks"](*given, bit, fewest, masks, weights, table, len(table) - 1, made)
    kept = int(made[0])
    return Root(MASK, len(frequent), kept, _lists(head, len(head), len(frequent)), masks, weights, len(head), kept)


def _as_lists_or_bits(given: _Given, frequent: Ints, supports: Ints, columns: int, head: Small, fewest: int) -> Root:
    run, rows, size = kernels(_KERNELS), given[-1], len(frequent)
    rank = np.full(columns, -1, np.int32)
    rank[frequent] = np.arange(size, dtype=np.int32)
    cells = int(supports.sum())
    if given[3] or (rows >= _MANY and cells < _SHORT * rows):
        items, starts, weights = _merged(given, rank, fewest)
    else:
        items, starts = _ranked(given, rank, fewest)
        weights = np.ones(len(starts) - 1, np.int64)
    kept = len(starts) - 1
    plain = not given[3] and len(weights) == kept and weights.max(initial=1) == 1
    if plain and _bits_are_cheaper(starts, size):
        width = (kept + 63) // 64
        words = size * width
        extent = max(words, kept)
        masks = _rows(extent)
        masks[:words] = 0
        run["spread"](items, starts, kept, masks, width)
        lists = _lists(head, len(head), size)
        return Root(BIT, size, kept, lists, masks, _with_room(weights, extent), len(head), extent, width=width)
    cells = int(starts[kept])
    base = 2 * size
    first = base + cells + kept
    addresses = first + size + 1
    which = addresses + cells
    used = which + cells
    lists = _lists(head, used, size)
    run["index"](items, starts, kept, size, np.empty(kept + 1, np.int32), lists, base, first, addresses, which)
    weights = _with_room(weights, kept)
    return Root(LIST, size, kept, lists, _rows(kept), weights, used, kept, first, addresses, which, int(not plain))


def _lists(head: Small, used: int, size: int) -> Small:
    lists = np.empty(used + 4 * size + 4096, np.int32)
    lists[: len(head)] = head
    return lists


def _rows(used: int) -> Ints:
    return np.empty(2 * used + 4096, np.int64)


def _with_room(weights: Ints, used: int) -> Ints:
    roomy = _rows(used)
    roomy[: len(weights)] = weights
    return roomy


def _ranked(given: _Given, rank: Small, fewest: int) -> tuple[Small, Ints]:
    """Ranks of frequent items, row after row, and where each row begins; rows with fewer than `fewest` are left out where they are many."""
    columns, offsets = given[0], given[1]
    cells = len(columns)
    items, places = np.empty(cells + 1, np.int32), np.empty(cells + 1, np.int32)
    run = kernels(_KERNELS)
    run["rank_cells"](columns, cells, rank, items, places)
    begins = places[offsets]
    lengths = np.diff(begins)
    short = lengths == 1
    if fewest > 1 and np.count_nonzero(short) * 20 > begins[-1]:
        keep = np.ones(begins[-1], np.uint8)
        keep[begins[:-1][short]] = 0
        run["keep_cells"](items, keep, len(keep))
        lengths = lengths[lengths > 1]
    else:
        lengths = lengths[lengths > 0]
    starts = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=starts[1:])
    return items, starts


def _merged(given: _Given, rank: Small, fewest: int) -> tuple[Small, Ints, Ints]:
    """The same with equal rows merged, and how many baskets each row stands for."""
    rows = given[-1]
    items, starts = np.empty(len(given[0]) + 1, np.int32), np.zeros(rows + 2, np.int64)
    weights, made, table = np.empty(rows + 1, np.int64), np.zeros(1, np.int64), _table(rows)
    kernels(_KERNELS)["narrow"](*given, rank, fewest, items, starts, weights, table, len(table) - 1, made)
    kept = int(made[0])
    return items, starts[: kept + 1], weights[:kept]


def _bits_are_cheaper(starts: Ints, size: int) -> bool:
    width = (len(starts) + 62) // 64
    if size * width > _MOST_BITMAPS:
        return False
    lengths = np.diff(starts)
    return size * size / 2 * (width * _WORD + _PAIR) < float(lengths @ lengths) / 2 * _CELL + float(starts[-1]) * 4


def _table(rows: int) -> Small:
    """An empty hash table with room for so many rows."""
    return np.full(1 << max(4, (2 * rows).bit_length()), -1, np.int32)
