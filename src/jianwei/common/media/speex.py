"""Speex as WeChat's official account gives it: no container, frames that each follow a byte with their length.

The platform calls it `audio/x-speex-with-header-byte; rate=16000`. Nothing in it says so, but a frame tells its own length in bits: a
narrow-band layer, a wide-band layer, and a terminator of a 0 and 1s up to the next byte.
Source: The Speex Codec Manual, §8.3 (table of narrow-band sub-modes), §9.3 (wide-band), §5.5 (packing, terminator).
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["FRAME_SECONDS", "looks_like_speex", "speex_frames"]

FRAME_SECONDS = 0.02

_NARROW_BITS = {0: 5, 1: 43, 2: 119, 3: 160, 4: 220, 5: 300, 6: 364, 7: 492, 8: 79}
_WIDE_BITS = (4, 36, 112, 192, 352)
_FEW = 5


def looks_like_speex(content: bytes) -> bool:
    """Whether these are frames with their lengths, 100 ms of them at least.

    >>> frame = bytes([0b0_0101_000, *bytes(36), 0b0000_1_001, *bytes(3), 0b0000_0111])
    >>> looks_like_speex((bytes([len(frame)]) + frame) * 5), looks_like_speex(bytes(500))
    (True, False)
    """
    at = seen = 0
    while at + 1 + content[at] <= len(content) if at < len(content) else False:
        size = content[at]
        if not _is_frame(content[at + 1 : at + 1 + size]):
            return False
        at, seen = at + 1 + size, seen + 1
    return seen >= _FEW


def speex_frames(content: bytes) -> Iterator[bytes]:
    """The frames, one after the other; what is cut off at the end is not given."""
    at = 0
    while at < len(content) and (end := at + 1 + content[at]) <= len(content):
        yield content[at + 1 : end]
        at = end


def _is_frame(frame: bytes) -> bool:
    """Does the length in bits fit the length in bytes, and is the rest a terminator?"""
    if not frame or frame[0] & 0x80:
        return False
    bits = _NARROW_BITS.get(frame[0] >> 3)
    if bits is None:
        return False
    whole, length = int.from_bytes(frame, "big"), 8 * len(frame)
    if bits + 4 <= length and whole >> (length - bits - 1) & 1:
        mode = whole >> (length - bits - 4) & 7
        if mode >= len(_WIDE_BITS):
            return False
        bits += _WIDE_BITS[mode]
    spare = length - bits
    return 0 <= spare < 8 and whole & (1 << spare) - 1 == (1 << spare >> 1) - (spare > 0)
