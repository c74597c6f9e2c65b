"""Equal rows of a sparse matrix found by hashing."""

from __future__ import annotations

from numba import cfunc, int64, njit, types

_ints, _longs = types.CPointer(types.int32), types.CPointer(types.int64)
_number = types.int64


@njit(error_model="numpy", inline="always")
def _key(columns, begin, end):
    key = end - begin
    for at in range(begin, end):
        key = (key ^ int64(columns[at])) * int64(-7046029254386353131)
        key ^= (key >> int64(29)) & int64(0x7FFFFFFFF)
    return key


@cfunc(
    types.void(_ints, _longs, _longs, _number, _ints, _longs, _longs, _ints, _number, _longs, _longs),
    error_model="numpy",
)
def absorb(columns, offsets, counts, rows, kept_columns, kept_offsets, kept_counts, table, mask, which, made):
    """Rows that are not there yet are kept, others add to the count of their equal. `table` (-1: free) is never full.

    made[0]: rows that are kept, before and after. which: the kept row of each row.
    """
    kept = made[0]
    for row in range(rows):
        begin, end = offsets[row], offsets[row + 1]
        slot = _key(columns, begin, end) & mask
        while table[slot] >= 0:
            other = kept_offsets[table[slot]]
            same = kept_offsets[table[slot] + 1] - other == end - begin
            at = int64(0)
            while same and at < end - begin:
                same = kept_columns[other + at] == columns[begin + at]
                at += 1
            if same:
                break
            slot = (slot + 1) & mask
        if table[slot] < 0:
            table[slot] = kept
            top = kept_offsets[kept]
            for at in range(begin, end):
                kept_columns[top + at - begin] = columns[at]
            kept_counts[kept] = 0
            kept += 1
            kept_offsets[kept] = top + end - begin
        which[row] = table[slot]
        kept_counts[table[slot]] += counts[row]
    made[0] = kept


@cfunc(types.void(_ints, _longs, _number, _ints, _number), error_model="numpy")
def enter(columns, offsets, rows, table, mask):
    """Different rows put into an empty table."""
    for row in range(rows):
        slot = _key(columns, offsets[row], offsets[row + 1]) & mask
        while table[slot] >= 0:
            slot = (slot + 1) & mask
        table[slot] = row


KERNELS = {"absorb": absorb, "enter": enter}
