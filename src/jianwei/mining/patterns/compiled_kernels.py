"""The search for frequent itemsets. See `jianwei.common.compiled` for how kernels are run, `searching` for who calls them.

A depth-first walk over sets: a node is a set together with the rows (baskets) that hold it, narrowed to the items that may still be added.
Items are numbered from the rarest to the most frequent, a set grows by items after its last one (Zaki 2000; Uno et al. 2004, LCM ver. 2).
Rows are kept in one of three forms, whichever suits the node:

* lists: item numbers in order, ended by -1, with the places where each item occurs (sparse data);
* bits: for each item a bitmap over the rows (dense data with more than 64 items);
* masks: each row a 64-bit mask over the node's items, equal rows merged (at most 64 items).

Where few items are left, all sets of them are counted at once: rows are counted by mask, and sums over supersets (Yates 1937) give
every support. An item in all rows of a node (a perfect extension) is not searched: it doubles the sets, or, for closed sets, joins them.
A closed set is recognised by the sum of its rows' random keys: whoever has the same rows and came first is larger.

The walk keeps its whole state in arrays, so that it can stop anywhere: to report progress, and to be given more room.
"""

from __future__ import annotations

from numba import cfunc, int32, int64, njit, types
from numba.extending import intrinsic

_ints, _longs, _bytes = types.CPointer(types.int32), types.CPointer(types.int64), types.CPointer(types.uint8)
_number = types.int64

# Parameters.
_LEAST, _CLOSED, _MIN_LENGTH, _MAX_LENGTH, _COUNTING, _LEAF, _BUDGET, _MOST = range(8)
# State.
_DEPTH, _SETS, _CELLS, _LISTS, _ROWS, _SLOTS, _STATUS, _NEED, _DONE = range(9)
# Status: why the walk stopped.
_FINISHED, _PAUSED, _SETS_FULL, _CELLS_FULL, _LISTS_FULL, _ROWS_FULL, _SLOTS_FULL, _TOO_MANY = range(8)
# Frame of a node.
(
    _FORM,
    _AT,
    _END,
    _PREFIX,
    _FREE,
    _LISTS_TOP,
    _ROWS_TOP,
    _COLUMNS,
    _COUNTS,
    _BASE,
    _SIZE,
    _STARTS,
    _ADDRESSES,
    _WHICH,
    _WIDTH,
) = range(15)
_FRAME = 16
_LIST, _BIT, _MASK = range(3)
_WIDE = 256


@intrinsic
def _ones(typing, value):
    """Number of bits that are set."""

    def code(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), code


@intrinsic
def _lowest(typing, value):
    """Place of the lowest bit that is set."""

    def code(context, builder, signature, arguments):
        from llvmlite import ir

        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.int64), code


@njit(error_model="numpy", inline="always")
def _mixed(value):
    """A row number or mask as 64 well-mixed bits (the finalizer of SplitMix64, Steele et al. 2014)."""
    value = (value + int64(1)) * int64(-7046029254386353131)
    value = (value ^ ((value >> int64(30)) & int64(0x3FFFFFFFF))) * int64(-4658895280553007687)
    value = (value ^ ((value >> int64(27)) & int64(0x1FFFFFFFFF))) * int64(-7723592293110705685)
    return value ^ ((value >> int64(31)) & int64(0x1FFFFFFFF))


@cfunc(types.void(_longs, _number, _number), error_model="numpy")
def draw_keys(keys, base, rows):
    """A random key for every row."""
    for row in range(rows):
        keys[base + row] = _mixed(row)


@njit(error_model="numpy", inline="always")
def _merge(masks, weights, keys, base, size, closed, slots):
    """Merge equal rows of a node in place; returns how many are left."""
    room = int64(16)
    while room < 2 * size:
        room *= 2
    for slot in range(room):
        slots[slot] = -1
    left = int64(0)
    for row in range(size):
        own = masks[base + row]
        slot = _mixed(own) & (room - 1)
        while slots[slot] >= 0 and masks[base + slots[slot]] != own:
            slot = (slot + 1) & (room - 1)
        if slots[slot] >= 0:
            weights[base + slots[slot]] += weights[base + row]
            if closed:
                keys[base + slots[slot]] += keys[base + row]
        else:
            slots[slot] = left
            masks[base + left] = own
            weights[base + left] = weights[base + row]
            if closed:
                keys[base + left] = keys[base + row]
            left += 1
    return left


@njit(error_model="numpy", inline="always")
def _sum_supersets(table, bits):
    for b in range(bits):
        half = int64(1) << b
        for begin in range(0, int64(1) << bits, 2 * half):
            for at in range(begin, begin + half):
                table[at] += table[at + half]


@njit(error_model="numpy", inline="always")
def _put(chosen, line, tag, length, rows, state, out_columns, out_offsets, out_rows):
    """Write the set of those columns in `line` whose tag is a bit of `chosen`."""
    sets = state[_SETS]
    at = out_offsets[sets]
    for place in range(length):
        out_columns[at] = line[place]
        at += (chosen >> int64(tag[place])) & int64(1)
    out_rows[sets] = rows
    out_offsets[sets + 1] = at
    state[_SETS] = sets + 1


@njit(error_model="numpy", inline="always")
def _slot(chosen, line, tag, length, rows, key, slots, room, out_columns, out_offsets, out_rows, out_keys):
    """Where among the slots a closed set belongs; -1 when a larger set with the same rows was written before."""
    slot = key & (room - 1)
    while slots[slot] >= 0:
        other = int64(slots[slot])
        if out_keys[other] == key and out_rows[other] == rows:
            at, end = out_offsets[other], out_offsets[other + 1]
            inside = True
            for place in range(length):
                if (chosen >> int64(tag[place])) & int64(1):
                    while at < end and out_columns[at] < line[place]:
                        at += 1
                    inside = inside and at < end and out_columns[at] == line[place]
            if inside:
                return int64(-1)
        slot = (slot + 1) & (room - 1)
    return slot


@njit(error_model="numpy", inline="always")
def _insert(column, bit, line, tag, length):
    """Put a column into the sorted line."""
    at = length
    while at > 0 and line[at - 1] > column:
        line[at] = line[at - 1]
        tag[at] = tag[at - 1]
        at -= 1
    line[at] = column
    tag[at] = bit


@cfunc(types.void(_longs, _number, _ints, _number), error_model="numpy")
def refill(keys, sets, slots, room):
    """The slots of the closed sets that are written, in a larger room."""
    for slot in range(room):
        slots[slot] = -1
    for one in range(sets):
        slot = keys[one] & (room - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (room - 1)
        slots[slot] = one


@njit(error_model="numpy")
def _count_in_lists(params, f, i, frames, lists, weights, keys, count):
    """Baskets of the child with each item after i, into `count`; returns the sum of its rows' keys, and the places that were read."""
    first, addresses, which = frames[f + _STARTS], frames[f + _ADDRESSES], frames[f + _WHICH]
    base = frames[f + _BASE]
    key = read = int64(0)
    begin, end = lists[first + i], lists[first + i + 1]
    if frames[f + _WIDTH] == 0 and params[_CLOSED] == 0:  # every row stands for one basket
        for occurrence in range(begin, end):
            at = int64(lists[addresses + occurrence])
            item = lists[at]
            while item >= 0:
                count[item] += int32(1)
                at += 1
                item = lists[at]
            read += at - int64(lists[addresses + occurrence])
        return key, read
    for occurrence in range(begin, end):
        row = base + lists[which + occurrence]
        weight = int32(weights[row])
        if params[_CLOSED] != 0:
            key += keys[row]
        at = int64(lists[addresses + occurrence])
        item = lists[at]
        while item >= 0:
            count[item] += weight
            at += 1
            item = lists[at]
        read += at - int64(lists[addresses + occurrence])
    return key, read


@njit(error_model="numpy")
def _gather_from_lists(params, f, i, frames, lists, count, least, ext, extc):
    """The items after i that are frequent with it, in order, and empties `count`."""
    found = int64(0)
    size = frames[f + _SIZE]
    first, addresses = frames[f + _STARTS], frames[f + _ADDRESSES]
    begin, end = lists[first + i], lists[first + i + 1]
    # Few rows: look only at what they hold.
    if (end - begin) * 16 > size - i:
        for item in range(i + 1, size):
            if count[item] >= least:
                ext[found] = item
                extc[found] = count[item]
                found += 1
            count[item] = int32(0)
        return found
    for occurrence in range(begin, end):
        at = int64(lists[addresses + occurrence])
        item = lists[at]
        while item >= 0:
            if count[item] >= least:
                place = found
                while place > 0 and ext[place - 1] > item:
                    ext[place] = ext[place - 1]
                    extc[place] = extc[place - 1]
                    place -= 1
                ext[place] = item
                extc[place] = count[item]
                found += 1
            count[item] = int32(0)
            at += 1
            item = lists[at]
    return found


@njit(error_model="numpy")
def _project_lists(f, i, frames, lists, masks, weights, keys, bit, closed, fewest, top):
    """Rows of the child as masks by `bit`, at `top`; returns how many."""
    first, addresses, which = frames[f + _STARTS], frames[f + _ADDRESSES], frames[f + _WHICH]
    base = frames[f + _BASE]
    size = int64(0)
    for occurrence in range(lists[first + i], lists[first + i + 1]):
        at = int64(lists[addresses + occurrence])
        own = int64(0)
        item = lists[at]
        while item >= 0:
            own |= bit[item]
            at += 1
            item = lists[at]
        row = base + lists[which + occurrence]
        masks[top + size] = own
        weights[top + size] = weights[row]
        if closed:
            keys[top + size] = keys[row]
        size += _ones(own) >= fewest
    return size


@njit(error_model="numpy")
def _project_bits(f, i, frames, masks, weights, keys, ext, found, closed, fewest, top):
    """The same from bitmaps."""
    base, width = frames[f + _BASE], frames[f + _WIDTH]
    size = int64(0)
    for word in range(width):
        rows = masks[base + i * width + word]
        while rows != 0:
            place = _lowest(rows)
            rows &= rows - int64(1)
            own = int64(0)
            for b in range(found):
                own |= ((masks[base + int64(ext[b]) * width + word] >> place) & int64(1)) << b
            masks[top + size] = own
            weights[top + size] = 1
            if closed:
                keys[top + size] = keys[word * 64 + place]
            size += _ones(own) >= fewest
    return size


@njit(error_model="numpy")
def _narrow_lists(f, i, child, frames, lists, weights, keys, closed, bit, found, top, rows_top):
    """The child as lists: its rows with items renumbered by `bit` (number + 1), in `lists` from `top`; returns the new top."""
    first, addresses, which = frames[f + _STARTS], frames[f + _ADDRESSES], frames[f + _WHICH]
    base = frames[f + _BASE]
    starts = top
    for item in range(found + 1):
        lists[starts + item] = 0
    top += found + 1
    begin = top
    rows = int64(0)
    cells = int64(0)
    for occurrence in range(lists[first + i], lists[first + i + 1]):
        at = int64(lists[addresses + occurrence])
        own = top
        item = lists[at]
        while item >= 0:
            number = bit[item]
            if number != 0:
                lists[top] = number - 1
                lists[starts + number] += 1
                top += 1
            at += 1
            item = lists[at]
        if top - own < (1 if closed else 2):
            while top > own:
                top -= 1
                lists[starts + lists[top] + 1] -= 1
            continue
        lists[top] = -1
        top += 1
        row = base + lists[which + occurrence]
        weights[rows_top + rows] = weights[row]
        if closed:
            keys[rows_top + rows] = keys[row]
        rows += 1
        cells += top - own - 1
    for item in range(found):
        lists[starts + item + 1] += lists[starts + item]
    end = top
    row = int64(0)
    # Filling moves every begin to the next item's; it is moved back after.
    for at in range(begin, end):
        item = lists[at]
        if item < 0:
            row += 1
        else:
            lists[end + lists[starts + item]] = at + 1
            lists[end + cells + lists[starts + item]] = row
            lists[starts + item] += 1
    for item in range(found - 1, -1, -1):
        lists[starts + item + 1] = lists[starts + item]
    lists[starts] = 0
    frames[child + _FORM] = _LIST
    frames[child + _STARTS] = starts
    frames[child + _ADDRESSES] = end
    frames[child + _WHICH] = end + cells
    frames[child + _BASE] = rows_top
    frames[child + _ROWS_TOP] = rows_top + rows
    frames[child + _WIDTH] = frames[f + _WIDTH]
    return end + 2 * cells


@cfunc(
    types.void(
        _longs, _longs, _longs, _ints, _ints, _ints, _longs, _longs, _longs, _ints, _longs, _ints, _longs, _longs, _longs, _longs,
        _ints, _ints, _ints, _ints, _number, _number, _number, _ints, _longs, _longs, _longs, _number, _number, _bytes, _longs,
    ),
    error_model="numpy",
)  # fmt: skip
def search(
    params, state, frames, prefix, free, lists, masks, weights, keys, count, bit, ext, extc, table, sums, spots,
    line, tag, merging, slots, room, lists_room, rows_room, out_columns, out_offsets, out_rows, out_keys, sets_room,
    cells_room, out_last, lengths,
):  # fmt: skip
    """Walk on from where `state` and `frames` stand, until done or one of the reasons in `_STATUS`."""
    least, closed, counting = params[_LEAST], params[_CLOSED] != 0, params[_COUNTING] != 0
    leaf, longest, shortest = params[_LEAF], params[_MAX_LENGTH], params[_MIN_LENGTH]
    budget = params[_BUDGET]
    status = int64(_PAUSED)
    while budget > 0:
        depth = state[_DEPTH]
        if depth < 0:
            status = _FINISHED
            break
        f = depth * _FRAME
        form = frames[f + _FORM]
        i = frames[f + _AT]
        if i == frames[f + _END]:
            state[_DEPTH] = depth - 1
            continue
        rest = i
        if form == _MASK:
            i = _lowest(rest)
        own_prefix, own_free = frames[f + _PREFIX], frames[f + _FREE]
        top, lists_top = frames[f + _ROWS_TOP], frames[f + _LISTS_TOP]
        columns, base = frames[f + _COLUMNS], frames[f + _BASE]
        support = int64(lists[frames[f + _COUNTS] + i])
        prefix[own_prefix] = lists[columns + i]
        length = own_prefix + 1
        frees = own_free
        found = int64(0)
        size = int64(0)
        key = read = occurrences = width = int64(0)
        going = closed or length < longest

        # The child's rows, and how many of them hold each item that may follow.
        if form == _LIST:
            occurrences = int64(lists[frames[f + _STARTS] + i + 1] - lists[frames[f + _STARTS] + i])
            if top + occurrences > rows_room:
                state[_NEED] = top + occurrences
                status = _ROWS_FULL
                break
            budget -= occurrences + 16
            if going:
                key, read = _count_in_lists(params, f, i, frames, lists, weights, keys, count)
                budget -= read
                found = _gather_from_lists(params, f, i, frames, lists, count, least, ext, extc)
        elif form == _BIT:
            width = frames[f + _WIDTH]
            if top + support > rows_room:
                state[_NEED] = top + support
                status = _ROWS_FULL
                break
            if going:
                mine = base + i * width
                if closed:
                    for word in range(width):
                        rows = masks[mine + word]
                        while rows != 0:
                            key += keys[word * 64 + _lowest(rows)]
                            rows &= rows - int64(1)
                for item in range(i + 1, frames[f + _SIZE]):
                    other = base + item * width
                    both = int64(0)
                    for word in range(width):
                        both += _ones(masks[mine + word] & masks[other + word])
                    if both >= least:
                        ext[found] = item
                        extc[found] = both
                        found += 1
                budget -= (frames[f + _SIZE] - i) * (width + 4)
        else:
            rows = frames[f + _SIZE]
            if top + rows > rows_room:
                state[_NEED] = top + rows
                status = _ROWS_FULL
                break
            above = rest & (rest - int64(1))
            if going and above != 0:
                if closed:
                    for row in range(base, base + rows):
                        own = masks[row]
                        masks[top + size] = own & above
                        weights[top + size] = weights[row]
                        keys[top + size] = keys[row]
                        size += (own >> i) & int64(1)
                    for row in range(top, top + size):
                        key += keys[row]
                else:
                    for row in range(base, base + rows):
                        own = masks[row]
                        masks[top + size] = own & above
                        weights[top + size] = weights[row]
                        size += (own >> i) & int64((own & above) != 0)
                rest_above = above
                few = _ones(above) <= leaf
                while rest_above != 0:
                    item = _lowest(rest_above)
                    rest_above &= rest_above - int64(1)
                    if few and not closed and not counting:
                        ext[found] = item
                        extc[found] = 0  # the table will tell
                        found += 1
                        continue
                    both = int64(0)
                    for row in range(top, top + size):
                        both += weights[row] & -((masks[row] >> item) & int64(1))
                    if both >= least:
                        ext[found] = item
                        extc[found] = both
                        found += 1
            elif closed:
                for row in range(base, base + rows):
                    key += keys[row] & -((masks[row] >> i) & int64(1))
            budget -= rows + 16

        # Perfect extensions: in a closed set they are, of other sets they make twice as many.
        left = int64(0)
        for at in range(found):
            if extc[at] == support and (closed or frees < (_WIDE - 1 if counting else 6)):
                if closed:
                    prefix[length] = lists[columns + ext[at]]
                    length += 1
                else:
                    free[frees] = lists[columns + ext[at]]
                    frees += 1
            else:
                ext[left] = ext[at]
                extc[left] = extc[at]
                left += 1
        found = left
        small = found <= leaf

        # Room for what is written below, before anything is.
        if not counting:
            sets = int64(1) << ((found if small else int64(0)) + frees)
            widest = length + frees + (found if small else int64(0))
            if state[_SETS] + sets > sets_room:
                state[_NEED] = state[_SETS] + sets
                status = _SETS_FULL
                break
            if out_offsets[state[_SETS]] + sets * widest + 1 > cells_room:
                state[_NEED] = out_offsets[state[_SETS]] + sets * widest + 1
                status = _CELLS_FULL
                break
            if closed and 2 * (state[_SETS] + sets) > room:
                state[_NEED] = 2 * (state[_SETS] + sets)
                status = _SLOTS_FULL
                break
        if not small:
            need = lists_top + 2 * found + 64
            if form == _LIST and found > 64:
                need += 3 * (read + occurrences) + found + 8
            if need > lists_room:
                state[_NEED] = need
                status = _LISTS_FULL
                break
            if form == _BIT and found > 64 and top + found * width > rows_room:
                state[_NEED] = top + found * width
                status = _ROWS_FULL
                break

        # The set itself and, where few items are left, all that follow from it.
        always = int64(1) << int64(63)
        total = int64(0)
        if not counting:
            for at in range(length):
                _insert(prefix[at], int32(63), line, tag, total)
                total += 1
        if small:
            if not counting:
                for at in range(found):
                    _insert(lists[columns + ext[at]], int32(at), line, tag, total)
                    total += 1
            cells = int64(1) << found
            if found == 0:
                table[0] = support
                sums[0] = key
            elif found == 1 and not closed and extc[0] > 0:
                table[0] = support
                table[1] = extc[0]
            else:
                if form == _LIST:
                    for at in range(found):
                        bit[ext[at]] = int64(1) << at
                    size = _project_lists(f, i, frames, lists, masks, weights, keys, bit, closed, int64(1), top)
                    for at in range(found):
                        bit[ext[at]] = 0
                elif form == _BIT:
                    size = _project_bits(f, i, frames, masks, weights, keys, ext, found, closed, int64(1), top)
                else:
                    for row in range(size):
                        spots[row] = 0
                    for at in range(found):
                        place = int64(ext[at])
                        for row in range(size):
                            spots[row] |= ((masks[top + row] >> place) & int64(1)) << at
                    for row in range(size):
                        masks[top + row] = spots[row]
                budget -= size
                for cell in range(cells):
                    table[cell] = 0
                for row in range(top, top + size):
                    table[masks[row]] += weights[row]
                _sum_supersets(table, found)
                table[0] = support
                if closed:
                    for cell in range(cells):
                        sums[cell] = 0
                    for row in range(top, top + size):
                        sums[masks[row]] += keys[row]
                    _sum_supersets(sums, found)
                    sums[0] = key
            if closed:
                for cell in range(cells):
                    rows = table[cell]
                    if rows < least:
                        continue
                    last = True
                    grows = False
                    for at in range(found):
                        more = table[cell | (int64(1) << at)]
                        if cell >> at & int64(1) == 0:
                            grows = grows or more == rows
                            last = last and more < least
                    if grows:
                        continue
                    slot = _slot(
                        always | cell,
                        line,
                        tag,
                        total,
                        rows,
                        sums[cell],
                        slots,
                        room,
                        out_columns,
                        out_offsets,
                        out_rows,
                        out_keys,
                    )
                    if slot < 0:
                        continue
                    slots[slot] = int32(state[_SETS])
                    out_keys[state[_SETS]] = sums[cell]
                    out_last[state[_SETS]] = last
                    _put(always | cell, line, tag, total, rows, state, out_columns, out_offsets, out_rows)
            else:
                if not counting:
                    for at in range(frees):
                        _insert(free[at], int32(found + at), line, tag, total)
                        total += 1
                for cell in range(cells):
                    if table[cell] < least:
                        continue
                    own = length + _ones(cell)
                    if counting:
                        if own <= longest:
                            lengths[own * _WIDE + frees] += 1
                            state[_SETS] += 1
                        continue
                    if frees == 0:
                        if shortest <= own <= longest:
                            _put(
                                always | cell, line, tag, total, table[cell], state, out_columns, out_offsets, out_rows
                            )
                        continue
                    for more in range(int64(1) << frees):
                        if shortest <= own + _ones(more) <= longest:
                            chosen = always | cell | (more << found)
                            _put(chosen, line, tag, total, table[cell], state, out_columns, out_offsets, out_rows)
                budget -= cells << (int64(0) if counting else frees)
        elif closed:
            slot = _slot(
                always, line, tag, total, support, key, slots, room, out_columns, out_offsets, out_rows, out_keys
            )
            if slot >= 0:
                slots[slot] = int32(state[_SETS])
                out_keys[state[_SETS]] = key
                out_last[state[_SETS]] = False
                _put(always, line, tag, total, support, state, out_columns, out_offsets, out_rows)
            else:
                found = 0  # what could follow stands under the larger set
        elif counting:
            lengths[length * _WIDE + frees] += 1
            state[_SETS] += 1
        else:
            for at in range(frees):
                _insert(free[at], int32(at), line, tag, total)
                total += 1
            for more in range(int64(1) << frees):
                if shortest <= length + _ones(more) <= longest:
                    _put(always | more, line, tag, total, support, state, out_columns, out_offsets, out_rows)

        # Done with this child; go down where many items are left.
        if form == _MASK:
            frames[f + _AT] = rest & (rest - int64(1))
        else:
            frames[f + _AT] = i + 1
        if depth == 0:
            state[_DONE] += 1
        if state[_SETS] > params[_MOST]:
            status = _TOO_MANY
            break
        if small or found == 0:
            continue
        child = f + _FRAME
        frames[child + _PREFIX] = length
        frames[child + _FREE] = frees
        frames[child + _ROWS_TOP] = top
        frames[child + _LISTS_TOP] = lists_top
        frames[child + _AT] = 0
        frames[child + _END] = 0 if found <= 64 else found
        state[_DEPTH] = depth + 1
        if form == _MASK:
            chosen = int64(0)
            counts = lists_top
            for at in range(found):
                chosen |= int64(1) << int64(ext[at])
                lists[counts + ext[at]] = int32(extc[at])
            if closed:
                for row in range(top, top + size):
                    masks[row] &= chosen
                fresh = size
            else:
                fresh = int64(0)
                for row in range(top, top + size):
                    own = masks[row] & chosen
                    masks[top + fresh] = own
                    weights[top + fresh] = weights[row]
                    fresh += (own & (own - int64(1))) != 0
            frames[child + _FORM] = _MASK
            frames[child + _AT] = chosen
            frames[child + _COLUMNS] = columns
            frames[child + _COUNTS] = counts
            frames[child + _LISTS_TOP] = lists_top + 64
            frames[child + _BASE] = top
            fresh = _merge(masks, weights, keys, top, fresh, closed, merging)
            frames[child + _SIZE] = fresh
            frames[child + _ROWS_TOP] = top + fresh
            continue
        frames[child + _COLUMNS] = lists_top
        frames[child + _COUNTS] = lists_top + found
        for at in range(found):
            lists[lists_top + at] = lists[columns + ext[at]]
            lists[lists_top + found + at] = int32(extc[at])
        lists_top += 2 * found
        frames[child + _SIZE] = found
        frames[child + _LISTS_TOP] = lists_top
        if found <= 64:
            if form == _LIST:
                for at in range(found):
                    bit[ext[at]] = int64(1) << at
                size = _project_lists(
                    f, i, frames, lists, masks, weights, keys, bit, closed, int64(1 if closed else 2), top
                )
                for at in range(found):
                    bit[ext[at]] = 0
            else:
                size = _project_bits(
                    f, i, frames, masks, weights, keys, ext, found, closed, int64(1 if closed else 2), top
                )
            frames[child + _FORM] = _MASK
            frames[child + _AT] = (int64(1) << found) - int64(1) if found < 64 else int64(-1)
            frames[child + _BASE] = top
            size = _merge(masks, weights, keys, top, size, closed, merging)
            frames[child + _SIZE] = size
            frames[child + _ROWS_TOP] = top + size
        elif form == _LIST:
            for at in range(found):
                bit[ext[at]] = at + 1
            frames[child + _LISTS_TOP] = _narrow_lists(
                f, i, child, frames, lists, weights, keys, closed, bit, found, lists_top, top
            )
            for at in range(found):
                bit[ext[at]] = 0
        else:
            frames[child + _FORM] = _BIT
            frames[child + _WIDTH] = width
            frames[child + _BASE] = top
            for at in range(found):
                for word in range(width):
                    masks[top + at * width + word] = (
                        masks[base + i * width + word] & masks[base + int64(ext[at]) * width + word]
                    )
            frames[child + _ROWS_TOP] = top + found * width
    if budget <= 0 and state[_DEPTH] < 0:
        status = _FINISHED
    state[_STATUS] = status


KERNELS = {
    "draw_keys": draw_keys,
    "refill": refill,
    "search": search,
}
