"""The loops of the linear models, over the bytes of an Arrow string array. See `jianwei.common.compiled` for how they are run.

An n-gram is n characters that follow each other, after these foldings: letters A–Z and full-width forms to what they stand for,
in lower case; any run of blanks to one blank; one blank put before the first and one after the last character, so that beginnings and
ends are n-grams of their own. An n-gram becomes a bucket by multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4).
"""

from __future__ import annotations

import numpy as np
from numba import cfunc, float32, int32, int64, njit, types, uint32, uint64

KERNELS = {}

_BLANK = 32
_GOLDEN = uint64(0x9E3779B97F4A7C15)
_OTHER = uint64(0xC2B2AE3D27D4EB4F)

_bytes, _ints, _longs = types.CPointer(types.uint8), types.CPointer(types.int32), types.CPointer(types.int64)
_words, _floats, _small = types.CPointer(types.uint32), types.CPointer(types.float32), types.CPointer(types.int8)
_number = types.int64


@njit(error_model="numpy", inline="always")
def _folded(code):
    if 0xFF01 <= code <= 0xFF5E:
        code -= 0xFEE0
    if 65 <= code <= 90:
        return code + 32
    if code <= 32 or code == 0x3000 or code == 0xA0:
        return uint32(_BLANK)
    return code


@njit(error_model="numpy", inline="always")
def _decode(data, at):
    """The character that begins at a byte, and where the next one begins; Arrow's strings are valid UTF-8."""
    first = uint32(data[at])
    if first < 0x80:
        return first, at + 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | uint32(data[at + 1]) & 0x3F, at + 2
    if first < 0xF0:
        return (first & 0x0F) << 12 | (uint32(data[at + 1]) & 0x3F) << 6 | uint32(data[at + 2]) & 0x3F, at + 3
    high = (first & 0x07) << 18 | (uint32(data[at + 1]) & 0x3F) << 12
    return high | (uint32(data[at + 2]) & 0x3F) << 6 | uint32(data[at + 3]) & 0x3F, at + 4


@njit(error_model="numpy", inline="always")
def _bucket(key, length, bits):
    mixed = (key ^ (uint64(length) * _OTHER)) * _GOLDEN
    mixed = (mixed ^ (mixed >> uint64(29))) * _OTHER
    return uint32(mixed >> uint64(64 - bits))


@njit(error_model="numpy", inline="always")
def _first_seen(bucket, stamp, mask, slots, stamps):
    """Whether this text (its stamp) meets the bucket for the first time; remembers it."""
    at = int64(bucket) & mask
    while stamps[at] == stamp:
        if slots[at] == bucket:
            return False
        at = (at + 1) & mask
    stamps[at] = stamp
    slots[at] = bucket
    return True


@njit(error_model="numpy")
def _buckets(data, begin, end, lowest, highest, bits, stamp, mask, slots, stamps, found):
    """The distinct buckets of one text, in order of first occurrence; returns how many."""
    count = 0
    one = two = three = uint64(_BLANK)  # the characters before this one, the nearest first
    known = 1
    at = begin
    while at <= end:
        if at < end:
            code, at = _decode(data, at)
            character = uint64(_folded(uint32(code)))
        else:
            character = uint64(_BLANK)
            at += 1
        if character == _BLANK and one == _BLANK:
            continue
        key = character
        for length in range(1, highest + 1):
            if length == 2:
                key |= one << uint64(21)
            elif length == 3:
                key |= two << uint64(42)
            elif length == 4:
                key = key * _OTHER + three
            if length > known + 1:
                break
            if length < lowest or (length == 1 and character == _BLANK):
                continue
            bucket = _bucket(key, length, bits)
            if _first_seen(bucket, stamp, mask, slots, stamps):
                found[count] = bucket
                count += 1
        three, two, one = two, one, character
        known = min(known + 1, 3)
    return count


@njit(error_model="numpy", inline="always")
def _put(column, total, root, scale, intercept, logits, out, classes):
    if column < classes:
        logits[out + column] = total * root * scale[column] + intercept[column]


@njit(error_model="numpy")
def _four(weights, found, count, stride, first, root, scale, intercept, logits, out, classes):
    a = b = c = d = int32(0)
    for i in range(count):
        place = int64(found[i]) * stride + first
        a += weights[place]
        b += weights[place + 1]
        c += weights[place + 2]
        d += weights[place + 3]
    _put(first, a, root, scale, intercept, logits, out, classes)
    _put(first + 1, b, root, scale, intercept, logits, out, classes)
    _put(first + 2, c, root, scale, intercept, logits, out, classes)
    _put(first + 3, d, root, scale, intercept, logits, out, classes)


@cfunc(
    types.void(
        _bytes, _ints, _number, _number, _number, _number, _number, _words, _words, _words, _number, _small, _number, _number,
        _floats, _floats, _floats,
    ),
    error_model="numpy",
)  # fmt: skip
def score(
    data, offsets, rows, lowest, highest, bits, mask, slots, stamps, found, stamp, weights, stride, classes, scale, intercept, logits
):  # fmt: skip
    """logits [rows, classes]: of every text the sum of its buckets' weights over the root of their number, scaled, and the intercept."""
    for row in range(rows):
        stamp += 1
        count = _buckets(
            data, offsets[row], offsets[row + 1], lowest, highest, bits, uint32(stamp), mask, slots, stamps, found
        )
        root = float32(1) / np.sqrt(float32(max(count, 1)))
        out = row * classes
        if stride == 1:
            total = int32(0)
            for i in range(count):
                total += weights[int64(found[i])]
            logits[out] = total * root * scale[0] + intercept[0]
            continue
        for first in range(0, stride, 4):
            _four(weights, found, count, stride, first, root, scale, intercept, logits, out, classes)


@cfunc(
    types.void(
        _bytes, _ints, _number, _number, _number, _number, _number, _words, _words, _words, _longs, _words,
    ),
    error_model="numpy",
)  # fmt: skip
def features(data, offsets, rows, lowest, highest, bits, mask, slots, stamps, found, ends, buckets):
    """buckets: the distinct ones of every text, one text after the other; ends [rows]: where those of a text end."""
    total = int64(0)
    for row in range(rows):
        count = _buckets(
            data, offsets[row], offsets[row + 1], lowest, highest, bits, uint32(row + 1), mask, slots, stamps, found
        )
        for i in range(count):
            buckets[total + i] = found[i]
        total += count
        ends[row] = total


KERNELS = {"score": score, "features": features}
