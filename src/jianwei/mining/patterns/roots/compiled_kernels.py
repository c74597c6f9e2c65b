"""Baskets made ready for a search: rows narrowed to the frequent ones, sorted, merged, indexed."""

from __future__ import annotations

from numba import cfunc, int64, njit, types
from numba.extending import intrinsic

_ints, _longs, _bytes = types.CPointer(types.int32), types.CPointer(types.int64), types.CPointer(types.uint8)
_number = types.int64


@intrinsic
def _ones(typing, value):
    """Number of bits that are set."""

    def code(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), code


@njit(error_model="numpy", inline="always")
def _mixed(value):
    """A row number or mask as 64 well-mixed bits (the finalizer of SplitMix64, Steele et al. 2014)."""
    value = (value + int64(1)) * int64(-7046029254386353131)
    value = (value ^ ((value >> int64(30)) & int64(0x3FFFFFFFF))) * int64(-4658895280553007687)
    value = (value ^ ((value >> int64(27)) & int64(0x1FFFFFFFFF))) * int64(-7723592293110705685)
    return value ^ ((value >> int64(31)) & int64(0x1FFFFFFFF))


@cfunc(
    types.void(
        _ints, _longs, _longs, _number, _number, _ints, _number, _ints, _longs, _longs, _ints, _number, _longs,
    ),
    error_model="numpy",
)  # fmt: skip
def narrow(columns, offsets, counts, weighted, rows, rank, fewest, items, starts, weights, table, mask, made):
    """Rows with the ranks of frequent items only; rows with fewer than `fewest` are left out, equal ones merged."""
    top = int64(0)
    kept = int64(0)
    for row in range(rows):
        begin = top
        for at in range(offsets[row], offsets[row + 1]):
            own = rank[columns[at]]
            items[top] = own
            top += own >= 0
        if top - begin < fewest:
            top = begin
            continue
        weight = counts[row] if weighted != 0 else int64(1)
        key = top - begin
        for at in range(begin, top):
            key = (key ^ int64(items[at])) * int64(-7046029254386353131)
            key ^= (key >> int64(29)) & int64(0x7FFFFFFFF)
        slot = key & mask
        while table[slot] >= 0:
            other = starts[table[slot]]
            same = starts[table[slot] + 1] - other == top - begin
            at = int64(0)
            while same and at < top - begin:
                same = items[other + at] == items[begin + at]
                at += 1
            if same:
                break
            slot = (slot + 1) & mask
        if table[slot] >= 0:
            weights[table[slot]] += weight
            top = begin
            continue
        table[slot] = kept
        starts[kept] = begin
        weights[kept] = weight
        kept += 1
        starts[kept] = top
    made[0] = kept


@cfunc(types.void(_ints, _number, _ints, _ints, _ints), error_model="numpy")
def rank_cells(columns, cells, rank, items, places):
    """Ranks of the frequent items one after the other, and before each cell how many there were: one loop over all rows is quicker than
    a loop for each, where the processor guesses every row's end wrong."""
    top = int64(0)
    for at in range(cells):
        places[at] = top
        own = rank[columns[at]]
        items[top] = own
        top += own >= 0
    places[cells] = top


@cfunc(types.void(_ints, _bytes, _number), error_model="numpy")
def keep_cells(items, keep, cells):
    """Move the cells to keep to the front."""
    top = int64(0)
    for at in range(cells):
        items[top] = items[at]
        top += keep[at]


@cfunc(
    types.void(_ints, _longs, _longs, _number, _number, _longs, _number, _longs, _longs, _ints, _number, _longs),
    error_model="numpy",
)
def narrow_to_masks(columns, offsets, counts, weighted, rows, bit, fewest, masks, weights, table, mask, made):
    """Rows as masks of frequent items (`bit` of a column, 0 for the others); those with fewer than `fewest` left out, equal ones merged."""
    kept = int64(0)
    for row in range(rows):
        own = int64(0)
        for at in range(offsets[row], offsets[row + 1]):
            own |= bit[columns[at]]
        if _ones(own) < fewest:
            continue
        weight = counts[row] if weighted != 0 else int64(1)
        slot = _mixed(own) & mask
        while table[slot] >= 0 and masks[table[slot]] != own:
            slot = (slot + 1) & mask
        if table[slot] >= 0:
            weights[table[slot]] += weight
        else:
            table[slot] = kept
            masks[kept] = own
            weights[kept] = weight
            kept += 1
    made[0] = kept


@cfunc(
    types.void(_ints, _longs, _number, _number, _ints, _ints, _number, _number, _number, _number),
    error_model="numpy",
)
def index(items, starts, rows, size, fill, lists, base, first, addresses, which):
    """Rows sorted, ended and indexed by item: into `lists` at `base` the rows, at `first` where each item's occurrences begin, at
    `addresses` the place after each occurrence, at `which` its row."""
    for item in range(size + 1):
        lists[first + item] = 0
    for at in range(starts[rows]):
        lists[first + items[at] + 1] += 1
    for item in range(size):
        lists[first + item + 1] += lists[first + item]
    # Scattering moves every begin to the next item's begin; it is moved back after.
    for row in range(rows):
        fill[row] = base + starts[row] + row
        for at in range(starts[row], starts[row + 1]):
            item = first + items[at]
            lists[which + lists[item]] = row
            lists[item] += 1
    for item in range(size - 1, -1, -1):
        lists[first + item + 1] = lists[first + item]
    lists[first] = 0
    for item in range(size):
        for occurrence in range(lists[first + item], lists[first + item + 1]):
            row = lists[which + occurrence]
            place = fill[row]
            lists[place] = item
            fill[row] = place + 1
            lists[addresses + occurrence] = place + 1
    for row in range(rows):
        lists[fill[row]] = -1


@cfunc(types.void(_ints, _longs, _number, _longs, _number), error_model="numpy")
def spread(items, starts, rows, masks, width):
    """Rows as bitmaps over the rows, one of `width` words for each item."""
    for row in range(rows):
        for at in range(starts[row], starts[row + 1]):
            masks[int64(items[at]) * width + (row >> int64(6))] |= int64(1) << (row & int64(63))


KERNELS = {
    "index": index,
    "keep_cells": keep_cells,
    "narrow": narrow,
    "narrow_to_masks": narrow_to_masks,
    "rank_cells": rank_cells,
    "spread": spread,
}
