"""Containers that may hold films and hold none: without a picture track they are recordings. Only what describes the tracks is read.

Sources: ISO/IEC 14496-12 §8.4.3 (handler reference box), RFC 9559 §5.1.4 (Tracks), Advanced Systems Format Specification 1.20 §3.3 and
§10.4 (stream properties and their GUIDs), AVI RIFF File Reference (strh).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import BinaryIO
from uuid import UUID

from jianwei.common.media.boxes import leaves
from jianwei.common.media.extent import element
from jianwei.common.media.kinds import MediaType

__all__ = ["heard_only"]

_HEAD = 1 << 16
_MOST_OF_TRACKS = 1 << 20
_MOST_PIECES = 20_000
"""Boxes or elements in all; a recorder writes some dozens of them before the frames."""
_SEGMENT, _TRACKS, _CLUSTER = b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\x1f\x43\xb6\x75"
_ENTRY, _TRACK_TYPE = b"\xae", b"\x83"
_SOUND, _SUBTITLES = 2, 17
_STREAM = re.compile(rb"strh.{4}(auds|vids)", re.DOTALL)
_ASF_SOUND = UUID("f8699e40-5b4d-11cf-a8fd-00805f5c442b").bytes_le
_ASF_PICTURE = UUID("bc19efc0-5b4d-11cf-a8fd-00805f5c442b").bytes_le


def heard_only(stream: BinaryIO, found: MediaType) -> MediaType:
    """The type of a file, where its first bytes say that it is a video: the sound of the same container if it has sound and no picture.

    What does not tell its tracks, or so far back that nobody has to search for them, stays a video. A picture of a record's sleeve is no
    track. Whoever builds a file against this can still hide a picture in it: `speech.decoding.read_audio` refuses such a one.

    Args:
        stream: the file; can be sought.
        found: what its first bytes say.

    >>> from io import BytesIO
    >>> head = b"RIFF....AVI LIST\\x1c\\0\\0\\0hdrlLIST\\x10\\0\\0\\0strlstrh\\4\\0\\0\\0auds"
    >>> heard_only(BytesIO(head), MediaType("video/x-msvideo", ".avi")).mime
    'audio/x-msvideo'
    """
    match found.mime:
        case "video/mp4" | "video/quicktime" | "video/3gpp":
            sound = _boxed(stream)
        case "video/webm" | "video/x-matroska":
            sound = _matroska(stream)
        case "video/x-msvideo":
            sound = _riff(_head(stream))
        case "video/x-ms-asf":
            head = _head(stream)
            told = int.from_bytes(head[16:24], "little") <= len(head)
            sound = told and _ASF_SOUND in head and _ASF_PICTURE not in head
        case _:
            return found
    return MediaType(found.mime.replace("video", "audio", 1), found.suffix) if sound else found


def _head(stream: BinaryIO) -> bytes:
    stream.seek(0)
    return stream.read(_HEAD)


def _boxed(stream: BinaryIO) -> bool:
    handlers = set()
    for number, box in enumerate(leaves(stream, 0, stream.seek(0, os.SEEK_END))):
        if number == _MOST_PIECES:
            return False
        if box.type == b"hdlr":
            stream.seek(box.content)
            handlers.add(stream.read(12)[8:])
    return b"soun" in handlers and b"vide" not in handlers


def _riff(head: bytes) -> bool:
    """Of an AVI, whose list of headers comes first."""
    told = head[12:16] == b"LIST" and head[20:24] == b"hdrl" and 20 + int.from_bytes(head[16:20], "little") <= len(head)
    return told and set(_STREAM.findall(head)) == {b"auds"}


def _matroska(stream: BinaryIO) -> bool:
    """No answer where frames come before the tracks."""
    pieces = iter(range(_MOST_PIECES))
    whole = [(0, stream.seek(0, os.SEEK_END))]
    tracks = next(_inside(stream, _inside(stream, whole, _SEGMENT, pieces), _TRACKS, pieces), None)
    if tracks is None or tracks[1] - tracks[0] > _MOST_OF_TRACKS:
        return False
    types = set()
    for at, end in _inside(stream, _inside(stream, [tracks], _ENTRY, pieces), _TRACK_TYPE, pieces):
        stream.seek(at)
        types.add(int.from_bytes(stream.read(min(end - at, 8)), "big"))
    ended = next(pieces, None) is not None
    return ended and _SOUND in types and types <= {_SOUND, _SUBTITLES}  # whatever else there is may be a picture


def _inside(
    stream: BinaryIO, stretches: Iterable[tuple[int, int]], wanted: bytes, pieces: Iterator[int]
) -> Iterator[tuple[int, int]]:
    """Where the content of the elements of a name begins and ends, in stretches of a file; frames end the search."""
    for start, end in stretches:
        for name, content, after in takewhile(lambda one: one[0] != _CLUSTER, _elements(stream, start, end, pieces)):
            if name == wanted:
                yield content, after


def _elements(stream: BinaryIO, at: int, end: int, pieces: Iterator[int]) -> Iterator[tuple[bytes, int, int]]:
    """(name, where the content begins, where it ends) of the elements in a stretch of a file, as far as they make sense; each takes one
    of the pieces that may be looked at.
    """
    for _ in pieces:
        stream.seek(at)
        head = stream.read(12) if at < end else b""
        width = 9 - head[0].bit_length() if head else 9
        told = element(head, width) if width <= 4 else None
        if told is None:
            return
        content, length = at + told[0], told[1]
        at = end if length is None else min(content + length, end)
        yield head[:width], content, at
