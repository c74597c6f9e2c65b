"""Where a file ends by its own structure: before the last byte there is something behind it, after it the file is cut off.

Sources: T.81 B.1.1 (JPEG markers), ISO/IEC 15948 §5.3 (PNG chunks), GIF89a §12, RIFF (Multimedia Programming Interface 1.0, §2),
ISO/IEC 14496-12 §4.2 (boxes), RFC 8794 §6 (EBML), RFC 3533 §6 (Ogg pages).
"""

from __future__ import annotations

import os
import re
from itertools import takewhile
from typing import BinaryIO

from jianwei.common.media.boxes import boxes
from jianwei.common.media.kinds import MediaType

__all__ = ["element", "extent"]

_OUTER_BOXES = frozenset(
    b"ftyp styp moov moof mfra mdat free skip wide uuid meta sidx ssix prft pdin pnot PICT udta emsg idat mpvd".split()
)
_MOST_BLOCKS = 1_000_000  # of a GIF: 256 MB in full blocks
_MOST_PIECES = 100_000  # segments or chunks
_UNTOLD = 0x7FFF_F000  # lengths from here on were written by programs that did not know them yet


def extent(stream: BinaryIO, type: MediaType, size: int) -> int | None:
    """Bytes that belong to the file by its own structure; more than `size` where it is cut off or is of more pieces than any file of that
    size has; None where it does not say.

    Args:
        stream: the file; can be sought.
        type: what it is.
        size: bytes there are.

    >>> from io import BytesIO
    >>> extent(BytesIO(b"RIFF\\x04\\0\\0\\0WAVE<html>"), MediaType("audio/wav", ".wav"), 18)
    12
    """
    stream.seek(0)
    match type.mime:
        case "image/jpeg":
            return _jpeg(stream.read())
        case "image/png":
            return _png(stream, size)
        case "image/gif":
            return _gif(stream.read())
        case "image/webp" | "audio/wav" | "video/x-msvideo":
            length = int.from_bytes(stream.read(8)[4:], "little")
            if length == 0 or length >= _UNTOLD:
                return None
            return size if 8 + length == size + 1 else 8 + length  # the last byte is often counted but not written
        case "image/heic" | "image/avif" | "audio/mp4" | "video/mp4" | "video/quicktime" | "video/3gpp":
            return _boxes(stream, size)
        case "video/webm" | "video/x-matroska":
            return _matroska(stream.read(4096))
        case "audio/ogg" | "video/ogg":
            return _ogg(stream, size)
    return None


_FILLING = b"\xff" * 4096  # between segments, where decoders go byte by byte
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)


def _jpeg(content: bytes) -> int | None:
    at = 2
    for _ in range(0 if content.startswith(_FILLING, at) else _MOST_PIECES):
        found = _MARKER.search(content, at)
        if found is None:
            return None
        if found[1] == b"\xd9":
            return found.end()
        at = found.end() + int.from_bytes(content[found.end() : found.end() + 2], "big")
        if content.startswith(_FILLING, at):
            break
    return len(content) + 1


def _png(stream: BinaryIO, size: int) -> int | None:
    at = 8
    for _ in range(_MOST_PIECES):
        if at + 8 > size:
            break
        stream.seek(at)
        head = stream.read(8)
        at += 12 + int.from_bytes(head[:4], "big")
        if head[4:] == b"IEND":
            return at
    return max(at, size + 1)


def _gif(content: bytes) -> int | None:
    """Screen, palette, then extensions and pictures, each followed by blocks up to an empty one, then a semicolon."""
    size = len(content)
    if size < 13:
        return size + 1
    at, pieces = 13 + _palette(content[10]), 0
    while at < size and pieces < _MOST_BLOCKS:
        kind = content[at]
        if kind == 0x3B:
            return at + 1
        if kind == 0x2C and at + 10 <= size:
            at += 11 + _palette(content[at + 9])
        elif kind == 0x21:
            at += 2
        else:
            return None
        while at < size and content[at] and pieces < _MOST_BLOCKS:
            at, pieces = at + 1 + content[at], pieces + 1
        at, pieces = at + 1, pieces + 1
    return size + 1


def _palette(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _boxes(stream: BinaryIO, size: int) -> int | None:
    known = takewhile(lambda box: box.type in _OUTER_BOXES, boxes(stream, 0, size))
    return max((box.end for box in known), default=None)


def _matroska(head: bytes) -> int | None:
    """One header, one segment."""
    start = element(head, 4)
    if start is None or start[1] is None:
        return None
    at = start[0] + start[1]
    if head[at : at + 4] != b"\x18S\x80g":
        return None
    segment = element(head, at + 4)
    return None if segment is None or segment[1] is None else segment[0] + segment[1]


def element(head: bytes, at: int) -> tuple[int, int | None] | None:
    """(where the content begins, its length or None) of the EBML element whose length stands at `at`; None where there is none."""
    if at >= len(head) or not head[at]:
        return None
    width = 9 - head[at].bit_length()
    unknown = (1 << 7 * width) - 1
    length = int.from_bytes(head[at : at + width], "big") & unknown
    return at + width, None if length == unknown else length


def _ogg(stream: BinaryIO, size: int) -> int | None:
    """Where the last page ends."""
    start = max(0, size - (1 << 17))
    stream.seek(start, os.SEEK_SET)
    tail = stream.read()
    at = tail.rfind(b"OggS")
    if at < 0:
        return None
    page = tail[at : at + 282]
    if len(page) < 27 or len(page) < 27 + page[26]:
        return size + 1
    return start + at + 27 + page[26] + sum(page[27 : 27 + page[26]])
