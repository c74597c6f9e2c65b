"""The walks through the tree of n-grams. See `jianwei.common.compiled` for how they are run, `trie.py` for the arrays.

Nothing that the arrays hold is trusted: a damaged file gives wrong figures, never a read outside of them.
"""

from __future__ import annotations

from numba import cfunc, int32, int64, njit, types

_halves, _signed, _words = types.CPointer(types.uint16), types.CPointer(types.int16), types.CPointer(types.uint32)
_ints, _longs = types.CPointer(types.int32), types.CPointer(types.int64)
_number = types.int64


@njit(error_model="numpy", inline="always")
def _child(characters, starts, total, inner, node, wanted):
    """The node of an n-gram that goes on with a character; -1 where it was not kept."""
    if node >= inner:
        return int64(-1)
    low, end = int64(starts[node]), min(int64(starts[node + 1]), total)
    high = end
    while low < high:
        middle = (low + high) >> 1
        if characters[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    if low < end and characters[low] == wanted:
        return low
    return int64(-1)


@njit(error_model="numpy", inline="always")
def _step(characters, costs, backs, starts, total, inner, order, known, character, path):
    """The cost of one more character. `path[j]`, for j below `known`: node of the last j + 1 characters, or -1; moved on by one."""
    cost, passed = int64(-1), int64(0)
    for j in range(known - 1, -1, -1):
        node = path[j]
        child = int64(-1)
        if node >= 0:
            child = _child(characters, starts, total, inner, node, character)
            if cost < 0 and child >= 0:
                cost = passed + int64(costs[child])
            elif cost < 0 and node < inner:
                passed += int64(backs[node])
        if j + 2 < order:
            path[j + 1] = child
    if cost < 0:
        cost = passed + int64(costs[character])
    if order > 1:
        path[0] = int64(character)
    return max(cost, int64(0))


@cfunc(
    types.void(_halves, _halves, _signed, _words, _number, _number, _number, _halves, _number, _longs, _ints),
    error_model="numpy",
)
def score(characters, costs, backs, starts, total, inner, order, ids, length, path, out):
    """out [length]: the cost of every id after those before it, back to the last begin mark (0); 0 for that itself."""
    known = 0
    for i in range(length):
        if ids[i] == 0:
            out[i] = 0
            path[0] = 0
            known = min(1, order - 1)
            continue
        out[i] = int32(_step(characters, costs, backs, starts, total, inner, order, known, ids[i], path))
        known = min(known + 1, order - 1)


@njit(error_model="numpy", inline="always")
def _expect(characters, costs, backs, starts, total, inner, order, size, history, length, path, out):
    """out [size]: the cost of every id after a history of `length` ids."""
    known = 0
    for i in range(length):
        _step(characters, costs, backs, starts, total, inner, order, known, history[i], path)
        known = min(known + 1, order - 1)
    passed = int64(0)
    for j in range(known):
        if 0 <= path[j] < inner:
            passed += int64(backs[path[j]])
    base = int32(passed)
    for i in range(size):
        out[i] = max(int32(costs[i]) + base, int32(0))
    for j in range(known):
        node = path[j]
        if 0 <= node < inner:
            passed -= int64(backs[node])
            base = int32(passed)
            # The cost of a child is that of this very order: what is left to add are the weights of the longer contexts.
            for child in range(int64(starts[node]), min(int64(starts[node + 1]), total)):
                if characters[child] < size:
                    out[characters[child]] = max(int32(costs[child]) + base, int32(0))


@cfunc(
    types.void(_halves, _halves, _signed, _words, _number, _number, _number, _number, _halves, _number, _longs, _ints),
    error_model="numpy",
)
def expect(characters, costs, backs, starts, total, inner, order, size, history, length, path, out):
    """See `_expect`."""
    _expect(characters, costs, backs, starts, total, inner, order, size, history, length, path, out)


@cfunc(
    types.void(
        _halves, _halves, _signed, _words, _number, _number, _number, _number, _halves, _number, _longs, _ints, _number, _number, _longs,
    ),
    error_model="numpy",
)  # fmt: skip
def likeliest(
    characters, costs, backs, starts, total, inner, order, size, history, length, path, out, first, wanted, found
):
    """found [wanted]: the ids from `first` on that cost least, cheapest first, of equal ones the smaller; -1 where there are no more."""
    _expect(characters, costs, backs, starts, total, inner, order, size, history, length, path, out)
    count = 0
    for i in range(first, size):
        if count == wanted and out[i] >= out[found[count - 1]]:
            continue
        place = count if count < wanted else wanted - 1
        while place > 0 and out[found[place - 1]] > out[i]:
            found[place] = found[place - 1]
            place -= 1
        found[place] = i
        count = min(count + 1, wanted)
    for i in range(count, wanted):
        found[i] = -1


KERNELS = {"expect": expect, "likeliest": likeliest, "score": score}
