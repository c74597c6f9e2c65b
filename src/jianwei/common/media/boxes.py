"""The boxes of MP4, MOV and 3GP, read before a decoder does: a few bytes in them can ask for gigabytes.

Source: ISO/IEC 14496-12 §4.2 (boxes), §8.6.1.2 (stts), §8.7.3 (stsz, stz2), §8.8.8 (trun).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

__all__ = ["Box", "asks_too_much", "boxes", "leaves"]

_MOST_BOXES = 100_000
_DEEPEST = 12
_HOLD_BOXES = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf")
_OF_SOUND = {b"soun", b"url ", b"alis"}
_MOST_SAMPLES = 10_000_000
"""Of all tracks together: 80 hours of AAC. A demuxer keeps 24 bytes and more of each."""


class Box(NamedTuple):
    """A box: its type, where it begins, where its content begins, where it ends (maybe behind the end of the file)."""

    type: bytes
    start: int
    content: int
    end: int


def boxes(stream: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """The boxes in a stretch of a file, as far as they make sense.

    >>> from io import BytesIO
    >>> [box.type for box in boxes(BytesIO(b"\\0\\0\\0\\x08free\\0\\0\\0\\x09mdat."), 0, 17)]
    [b'free', b'mdat']
    """
    at = start
    for _ in range(_MOST_BOXES):
        if at + 8 > end:  # also beyond what a file can be sought to
            return
        stream.seek(at)
        head = stream.read(16)
        if len(head) < 8 or not head[4:8].strip(b"\0") or not head[4:8].isascii():
            return
        length, content = int.from_bytes(head[:4], "big"), at + 8
        if length == 0:
            length = end - at
        elif length == 1:
            length, content = int.from_bytes(head[8:16], "big"), at + 16
        if length < content - at:
            return
        yield Box(head[4:8], at, content, at + length)
        at += length


def asks_too_much(stream: BinaryIO) -> bool:
    """Do the tables tell of more samples than the file can hold, or than anybody needs? Or are they packed, as nobody does any more?

    Sound without compression, where every sample is a sample, may have as many as it likes: it is read by the chunk.
    """
    size = stream.seek(0, os.SEEK_END)
    samples, track = 0, _Track()
    for number, box in enumerate(leaves(stream, 0, size)):
        stream.seek(box.content)
        head = stream.read(16)
        one, two, three = (int.from_bytes(head[at : at + 4], "big") for at in (4, 8, 12))
        match box.type:
            case b"cmov":
                return True
            case b"trak":
                samples, track = samples + track.kept, _Track()
            case b"hdlr":
                track.handlers.add(head[8:12])
            case b"stts":
                track.even &= one == 1 and three == 1
            case b"stsz" | b"stz2":
                track.samples += two
            case b"trun":
                samples += one
        if number > _MOST_BOXES:
            return True
    return samples + track.kept > min(size, _MOST_SAMPLES)


@dataclass(slots=True)
class _Track:
    samples: int = 0
    handlers: set[bytes] = field(default_factory=set)
    even: bool = True

    @property
    def kept(self) -> int:
        """Samples of which a demuxer keeps something each."""
        sound = b"soun" in self.handlers and self.handlers <= _OF_SOUND
        return 0 if sound and self.even else self.samples


def leaves(stream: BinaryIO, start: int, end: int, depth: int = 0) -> Iterator[Box]:
    """Every box in a stretch of a file, those inside after those around them."""
    for box in boxes(stream, start, end):
        yield box
        if box.type in _HOLD_BOXES and depth < _DEEPEST:
            yield from leaves(stream, box.content, min(box.end, end), depth + 1)
