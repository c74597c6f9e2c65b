"""The chunks of WAV and AVI, read before a decoder does: it makes room for as much as a chunk claims to hold.

Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft, 1991), §2.
"""

from __future__ import annotations

import os
from typing import BinaryIO

__all__ = ["claims_too_much"]

_DEEPEST = 5
_MOST_CHUNKS = 10_000


def claims_too_much(stream: BinaryIO) -> bool:
    """Does a chunk that describes sound or picture claim to be larger than the file? The sound and the picture themselves may.

    >>> from io import BytesIO
    >>> claims_too_much(BytesIO(b"RIFF\\0\\0\\0\\0WAVELIST\\0\\0\\0\\xffINFO"))
    True
    """
    size = stream.seek(0, os.SEEK_END)
    return _claims(stream, 12, size, size, 0)


def _claims(stream: BinaryIO, at: int, end: int, size: int, depth: int) -> bool:
    for _ in range(_MOST_CHUNKS):
        if at + 8 > end:
            break
        stream.seek(at)
        head = stream.read(12)
        name, length, form = head[:4], int.from_bytes(head[4:8], "little"), head[8:]
        if not name.isascii() or not name.decode("ascii").isprintable():
            break
        at += 8
        after = at + length
        if name == b"data" or form == b"movi":
            if after > size:
                break
        elif after > size + 1:
            return True
        if name == b"LIST" and depth < _DEEPEST and _claims(stream, at + 4, min(after, size), size, depth + 1):
            return True
        at = after + (length & 1)
    return False
