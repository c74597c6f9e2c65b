"""Many itemsets counted in many baskets at once."""

from __future__ import annotations

from numba import cfunc, int64, njit, types

_ints, _longs = types.CPointer(types.int32), types.CPointer(types.int64)
_number = types.int64


@njit(error_model="numpy", inline="always")
def _lower(values, low, high, wanted):
    """First place in ascending values[low:high] that is not below `wanted`."""
    while low < high:
        middle = (low + high) >> int64(1)
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@cfunc(
    types.void(_ints, _longs, _longs, _number, _ints, _longs, _longs, _longs),
    error_model="numpy",
)
def count_paths(columns, offsets, counts, rows, items, begins, found, stack):
    """Add to `found` of every node of a trie the baskets that hold all items on the path to it.

    The children of a node are the nodes begins[node] to begins[node + 1], by ascending item; node 0 is the root. `stack` has two places for
    each item of the longest row times each level of the trie.
    """
    for row in range(rows):
        weight, end = counts[row], offsets[row + 1]
        found[0] += weight
        stack[0], stack[1] = 0, offsets[row]
        top = int64(1)
        while top > 0:
            top -= 1
            child, at = begins[stack[2 * top]], stack[2 * top + 1]
            last = begins[stack[2 * top] + 1]
            while child < last and at < end:
                # The longer side is searched, the shorter one is walked along.
                if last - child > 8 * (end - at):
                    child = _lower(items, child, last, columns[at])
                    if child == last:
                        break
                elif items[child] < columns[at]:
                    child += 1
                    continue
                if items[child] > columns[at]:
                    at += 1
                    continue
                found[child] += weight
                at += 1
                if begins[child] < begins[child + 1] and at < end:
                    stack[2 * top], stack[2 * top + 1] = child, at
                    top += 1
                child += 1


KERNELS = {"count_paths": count_paths}
