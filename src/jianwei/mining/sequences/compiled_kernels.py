"""The search for frequent sequences. See `jianwei.common.compiled` for how kernels are run, `searching` for who calls them.

PrefixSpan (Pei et al. 2004, IEEE TKDE 16) by pseudo-projection: a node is a sequence with the places where it ends in the histories, and
its children are found by reading on from there. What is known of a place is its position and the latest position at which an occurrence
that ends there can have begun. With a greatest gap or a window (Srikant & Agrawal 1996) all ends of a person count, not the first alone;
but for an event it is enough to look at the latest end that is early enough: where a later end exists, an occurrence that ends there can
begin no earlier, so both bounds are kept by it if they are kept by any. Without those bounds the first end of a person says everything.

A child is a code: twice the column, and 1 more where the item joins the moment of the last one instead of following it.
The walk keeps its whole state in arrays, so that it can stop anywhere: to report progress, and to be given more room.
"""

from __future__ import annotations

from numba import cfunc, int64, njit, types

_ints, _longs, _number = types.CPointer(types.int32), types.CPointer(types.int64), types.int64

# Parameters.
_LEAST, _SHORTEST, _LONGEST, _MIN_GAP, _MAX_GAP, _WINDOW, _FIRST, _TOGETHER, _REPEATS, _BUDGET, _MOST, _TOP = range(12)
# Room in the arrays.
_ENDS_ROOM, _KIDS_ROOM, _SETS_ROOM, _CELLS_ROOM = range(4)
# State.
_DEPTH, _STATUS, _NEED, _SETS, _CELLS, _STAMP, _READ, _BEST, _RAISED, _DONE = range(10)
# Status: why the walk stopped.
_FINISHED, _PAUSED, _ENDS_FULL, _KIDS_FULL, _SETS_FULL, _CELLS_FULL, _TOO_MANY = range(7)
# Frame of a node: its children, the next one to visit, where their ends begin and stop, persons with the node.
_KIDS, _LAST, _NEXT, _BEGIN, _STOP, _ROWS = range(6)
_FRAME = 6


@njit(error_model="numpy", inline="always")
def _meet(code, at, begun, placing, first, stamp, stamps, rows, ends, touched, count, ends_at, ends_from):
    """Count one way to go on, or write it down where `ends` says; returns how many codes were met."""
    fresh = stamps[code] != stamp
    if first and not fresh:
        return count
    stamps[code] = stamp
    if placing:
        place = ends[code]
        if place >= 0:
            ends_at[place] = at
            ends_from[place] = begun
            ends[code] = place + 1
        return count
    if rows[code] == 0:
        touched[count] = code
        count += 1
    rows[code] += int64(fresh)
    ends[code] += 1
    return count


@njit(error_model="numpy")
def _read_on(
    params, begin, stop, placing, state, offsets, columns, times, owners, ends_at, ends_from, used, stamps, rows, ends, touched
):  # fmt: skip
    """Meet every way to go on from the ends `begin` to before `stop`; returns how many codes there are."""
    min_gap, max_gap, window, first = params[_MIN_GAP], params[_MAX_GAP], params[_WINDOW], params[_FIRST]
    count, read, stamp = int64(0), int64(0), state[_STAMP]
    at = begin
    while at < stop:
        owner = owners[ends_at[at]]
        end = offsets[owner + 1]
        past = at
        while past < stop and owners[ends_at[past]] == owner:
            past += 1
        stamp += 1
        latest, following = int64(-1), at
        for event in range(int64(ends_at[at]) + 1, end):
            read += 1
            now = times[event]
            while following < past and times[ends_at[following]] < now and times[ends_at[following]] + min_gap <= now:
                latest = following
                following += 1
            if latest < 0:
                continue
            if now - times[ends_at[latest]] > max_gap or now - times[ends_from[latest]] > window:
                if following == past and first == 0:
                    break
                continue
            column = int64(columns[event])
            if used[column] == 0:
                count = _meet(
                    2 * column, event, ends_from[latest], placing, first, stamp, stamps, rows, ends, touched, count,
                    ends_at, ends_from,
                )  # fmt: skip
        if params[_TOGETHER]:
            for one in range(at, past):
                event = int64(ends_at[one]) + 1
                while event < end and times[event] == times[ends_at[one]]:
                    column = int64(columns[event])
                    if used[column] == 0:
                        count = _meet(
                            2 * column + 1, event, ends_from[one], placing, first, stamp, stamps, rows, ends, touched, count,
                            ends_at, ends_from,
                        )  # fmt: skip
                    event += 1
        at = past
    state[_STAMP], state[_READ] = stamp, read
    return count


@njit(error_model="numpy", inline="always")
def _forget(touched, count, rows, ends):
    for i in range(count):
        rows[touched[i]] = 0
        ends[touched[i]] = 0


@njit(error_model="numpy", inline="always")
def _sink(values, at, size):
    """Let a value sink to its place in a heap whose root is the largest."""
    value = values[at]
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and values[child + 1] > values[child]:
            child += 1
        if values[child] <= value:
            break
        values[at] = values[child]
        at = child
    values[at] = value


@njit(error_model="numpy")
def _sort(values, size):
    for at in range(size // 2 - 1, -1, -1):
        _sink(values, at, size)
    for last in range(size - 1, 0, -1):
        largest = values[0]
        values[0] = values[last]
        values[last] = largest
        _sink(values, 0, last)


@njit(error_model="numpy", inline="always")
def _raise_bar(rows, params, state, best):
    """Remember the supports of the best sequences (negative, the least is the root); what is below all of them is too little."""
    size = state[_BEST]
    if size < params[_TOP]:
        at = size
        while at > 0 and best[(at - 1) // 2] < -rows:
            best[at] = best[(at - 1) // 2]
            at = (at - 1) // 2
        best[at] = -rows
        state[_BEST] = size + 1
    elif -rows < best[0]:
        best[0] = -rows
        _sink(best, int64(0), size)
    if state[_BEST] == params[_TOP]:
        state[_RAISED] = max(state[_RAISED], -best[0])


@cfunc(
    types.void(
        _longs, _longs, _longs, _longs, _ints, _longs, _ints, _ints, _ints, _ints, _longs, _longs, _longs, _ints, _ints,
        _ints, _longs, _longs, _longs, _ints, _longs, _longs, _longs,
    ),
    error_model="numpy",
)  # fmt: skip
def search(
    params, room, state, offsets, columns, times, owners, used, ends_at, ends_from, stamps, rows, ends, touched, prefix,
    kid_code, kid_end, kid_rows, frames, out_codes, out_offsets, out_rows, best,
):  # fmt: skip
    """Walk on from the state. The root, with its children and their ends, stands in the first frame.

    out_codes, out_offsets: the sequences, each after those it begins with; out_rows [2 * sequences]: persons with the sequence, and with
    the sequence less its last item. See `searching.Walk` for the other arrays.
    """
    work = int64(0)
    depth = state[_DEPTH]
    while depth >= 0:
        frame = depth * _FRAME
        kid = frames[frame + _NEXT]
        if kid == frames[frame + _LAST]:
            depth -= 1
            if depth >= 0:
                used[prefix[depth] >> 1] = 0
            continue
        support = kid_rows[kid]
        least = max(params[_LEAST], state[_RAISED])
        if support < least:
            frames[frame + _NEXT] = kid + 1
            continue
        state[_DEPTH] = depth
        if work > params[_BUDGET]:
            state[_STATUS] = _PAUSED
            return
        length = depth + 1
        begin = frames[frame + _BEGIN] if kid == frames[frame + _KIDS] else kid_end[kid - 1]
        stop = kid_end[kid]
        sets, cells = state[_SETS], state[_CELLS]
        written = length >= params[_SHORTEST]
        if written:
            if sets >= params[_MOST]:
                state[_STATUS] = _TOO_MANY
                return
            if sets == room[_SETS_ROOM]:
                state[_STATUS] = _SETS_FULL
                return
            if cells + length > room[_CELLS_ROOM]:
                state[_STATUS], state[_NEED] = _CELLS_FULL, cells + length
                return
        prefix[depth] = kid_code[kid]
        going = int64(0)
        if length < params[_LONGEST]:
            used[prefix[depth] >> 1] = 1 - params[_REPEATS]
            count = _read_on(
                params, begin, stop, False, state, offsets, columns, times, owners, ends_at, ends_from, used, stamps, rows,
                ends, touched,
            )  # fmt: skip
            work += state[_READ]
            more = int64(0)
            for i in range(count):  # the frequent ones to the front
                code = int64(touched[i])
                if rows[code] >= least:
                    touched[i] = touched[going]
                    touched[going] = code
                    going += 1
                    more += ends[code]
            kids, top = frames[frame + _LAST], frames[frame + _STOP]
            full = top + more > room[_ENDS_ROOM]
            if full or kids + going > room[_KIDS_ROOM]:
                _forget(touched, count, rows, ends)
                used[prefix[depth] >> 1] = 0
                state[_STATUS] = _ENDS_FULL if full else _KIDS_FULL
                state[_NEED] = top + more if full else kids + going
                return
            _sort(touched, going)
            place = top
            for i in range(going):
                code = int64(touched[i])
                kid_code[kids + i] = code
                kid_rows[kids + i] = rows[code]
                place += ends[code]
                kid_end[kids + i] = place
                ends[code] = place - ends[code]
            for i in range(going, count):
                ends[touched[i]] = -1
            if going:
                _read_on(
                    params, begin, stop, True, state, offsets, columns, times, owners, ends_at, ends_from, used, stamps, rows,
                    ends, touched,
                )  # fmt: skip
                work += state[_READ]
            _forget(touched, count, rows, ends)
            used[prefix[depth] >> 1] = 0
        if written:
            for i in range(length):
                out_codes[cells + i] = prefix[i]
            out_offsets[sets + 1] = cells + length
            out_rows[2 * sets], out_rows[2 * sets + 1] = support, frames[frame + _ROWS]
            state[_SETS], state[_CELLS] = sets + 1, cells + length
            if params[_TOP]:
                _raise_bar(support, params, state, best)
        frames[frame + _NEXT] = kid + 1
        state[_DONE] += depth == 0
        if going:
            kids, top = frames[frame + _LAST], frames[frame + _STOP]
            used[prefix[depth] >> 1] = 1 - params[_REPEATS]
            depth += 1
            frame += _FRAME
            frames[frame + _KIDS], frames[frame + _NEXT], frames[frame + _LAST] = kids, kids, kids + going
            frames[frame + _BEGIN], frames[frame + _STOP] = top, kid_end[kids + going - 1]
            frames[frame + _ROWS] = support
    state[_DEPTH] = depth
    state[_STATUS] = _FINISHED


@cfunc(types.void(_longs, _number, _ints, _longs, _longs), error_model="numpy")
def count_rows(offsets, persons, columns, seen, rows):
    """rows [items]: persons with each item. seen [items] is 0 and holds afterwards who had the item last, from 1."""
    for person in range(persons):
        for at in range(offsets[person], offsets[person + 1]):
            column = int64(columns[at])
            rows[column] += int64(seen[column] != person + 1)
            seen[column] = person + 1


@cfunc(types.void(_longs, _number, _ints, _number, _longs, _longs, _ints), error_model="numpy")
def lay_out(offsets, persons, columns, first, seen, places, ends):
    """ends: where each item stands, by item, of each person all places or the first one. places [items]: where those of an item begin, and
    afterwards where they stop; seen as in `count_rows`.
    """
    for person in range(persons):
        for at in range(offsets[person], offsets[person + 1]):
            column = int64(columns[at])
            if first and seen[column] == person + 1:
                continue
            seen[column] = person + 1
            ends[places[column]] = at
            places[column] += 1


KERNELS = {"search": search, "count_rows": count_rows, "lay_out": lay_out}
