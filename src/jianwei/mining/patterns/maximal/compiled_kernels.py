"""Which itemsets lie inside another one."""

from __future__ import annotations

from numba import cfunc, int64, types

_ints, _longs, _bytes = types.CPointer(types.int32), types.CPointer(types.int64), types.CPointer(types.uint8)
_number = types.int64


@cfunc(types.void(_ints, _longs, _number, _longs, _longs, _ints, _longs, _number, _longs, _bytes), error_model="numpy")
def inside(columns, offsets, sets, begins, holders, bitmap, bitmaps, width, both, found):
    """Mark the sets that are part of a longer one.

    Sets come by length, the longest first. The sets that hold an item, in order, are `holders[begins[item]:begins[item + 1]]`.
    Of an item that many sets hold, `bitmap` says which row of `bitmaps` (words [items, width]) has a bit for each of them; others have -1.
    """
    for one in range(sets):
        begin, end = offsets[one], offsets[one + 1]
        rarest = int64(columns[begin])
        listed = bitmap[rarest] < 0
        for at in range(begin, end):
            item = int64(columns[at])
            if begins[item + 1] - begins[item] < begins[rarest + 1] - begins[rarest]:
                rarest = item
            listed = listed or bitmap[item] < 0
        found[one] = 0
        if listed:
            for place in range(begins[rarest], begins[rarest + 1]):
                other = holders[place]
                if offsets[other + 1] - offsets[other] <= end - begin:
                    break
                at = offsets[other]
                mine = begin
                while mine < end and at < offsets[other + 1]:
                    if columns[at] == columns[mine]:
                        mine += 1
                    at += 1
                if mine == end:
                    found[one] = 1
                    break
            continue
        # Only sets before this one can be longer.
        words = (one >> int64(6)) + 1
        row = int64(bitmap[rarest]) * width
        for word in range(words):
            both[word] = bitmaps[row + word]
        both[words - 1] &= (int64(1) << (int64(one) & int64(63))) - int64(1)
        for at in range(begin, end):
            row = int64(bitmap[columns[at]]) * width
            for word in range(words):
                both[word] &= bitmaps[row + word]
        any_ = int64(0)
        for word in range(words):
            any_ |= both[word]
        found[one] = any_ != 0


KERNELS = {"inside": inside}
