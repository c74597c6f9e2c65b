"""How large a picture and how long a recording is, from its bytes alone: nothing is decoded."""

from __future__ import annotations

import math
from itertools import islice

from jianwei.common.media.kinds import sniff
from jianwei.common.media.speex import FRAME_SECONDS, speex_frames

__all__ = ["amr_seconds", "framed_seconds", "picture_size", "silk_packets"]


def picture_size(content: bytes) -> tuple[int, int] | None:
    """(width, height) of a PNG, GIF, BMP, WebP or JPEG; None of others, or where the bytes do not say.

    >>> picture_size(b"GIF89a\\x02\\x00\\x03\\x00")
    (2, 3)
    """
    mime = sniff(content).mime
    if mime == "image/png" and len(content) >= 24:
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if mime == "image/gif" and len(content) >= 10:
        return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")
    if mime == "image/bmp" and len(content) >= 26:
        width, height = (int.from_bytes(content[at : at + 4], "little", signed=True) for at in (18, 22))
        return abs(width), abs(height)
    if mime == "image/webp" and len(content) >= 30:
        return _webp_size(content)
    return _jpeg_size(content) if mime == "image/jpeg" else None


def _webp_size(content: bytes) -> tuple[int, int] | None:
    """RFC 9649 §2.7 (canvas), §3.4 (lossless), RFC 6386 §9.1 (lossy)."""
    chunk = content[12:16]
    if chunk == b"VP8X":
        return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    if chunk == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 ":
        return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """The frame header's, which stands behind other segments."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(content[at + 7 : at + 9], "big"), int.from_bytes(content[at + 5 : at + 7], "big")
        if marker in (0xD9, 0xDA):
            return None
        at += 1 if marker == 0xFF else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


_NARROW = (
    13,
    14,
    16,
    18,
    20,
    21,
    27,
    32,
    6,
    6,
    6,
    6,
    1,
    1,
    1,
    1,
)  # bytes of a frame by its mode, the mode's byte counted
_WIDE = (18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 1, 1, 1, 1, 1, 1)


def amr_seconds(content: bytes) -> float | None:
    """How long an AMR recording is: a frame is 20 ms. None of other files.

    >>> amr_seconds(b"#!AMR\\n" + (b"\\x3c" + bytes(31)) * 50)
    1.0
    """
    whole = _amr_frames(content)
    return None if whole is None else whole[0] * FRAME_SECONDS


def _amr_frames(content: bytes, most: float = math.inf) -> tuple[int, bool] | None:
    """(whole frames, is there half a one at the end)."""
    found = sniff(content[:16]).mime
    if found not in ("audio/amr", "audio/amr-wb"):
        return None
    sizes, at = (_NARROW, 6) if found == "audio/amr" else (_WIDE, 9)
    frames, enough = 0, most / FRAME_SECONDS
    while at < len(content) and frames <= enough:
        at += sizes[content[at] >> 3 & 0x0F]
        frames += at <= len(content)
    return frames, at > len(content)


def silk_packets(content: bytes, most: float = math.inf) -> tuple[int, int, bool]:
    """The packets of SILK v3: each is 20 ms, behind two bytes with its length.

    WeChat puts a byte 2 before the mark and leaves out the end mark.

    Args:
        content: all of the file.
        most: seconds after which there is no need to look on.

    Returns:
        (whole packets, where the last one ends, is there half a one behind it).

    >>> silk_packets(b"\\x02#!SILK_V3" + b"\\x02\\x00ab" * 3)
    (3, 22, False)
    """
    at = 10 if content[:1] == b"\x02" else 9
    packets, enough = 0, most / FRAME_SECONDS
    while at + 2 <= len(content) and packets <= enough:
        size = int.from_bytes(content[at : at + 2], "little")
        if size == 0xFFFF:
            return packets, at, False
        if size > _MOST_SILK or at + 2 + size > len(content):
            return packets, at, True
        at, packets = at + 2 + size, packets + 1
    return packets, at, at < len(content)


_MOST_SILK = 1250  # bytes of a packet: five frames of the largest kind


def framed_seconds(content: bytes, most: float = math.inf) -> tuple[float, bool] | None:
    """(seconds, is it cut off) of a recording that is nothing but frames of 20 ms: AMR, SILK, Speex. None of others.

    Args:
        content: all of the file.
        most: seconds after which there is no need to look on.

    >>> framed_seconds(b"#!AMR\\n" + b"\\x3c" * 40)
    (0.02, True)
    """
    mime = sniff(content[:4096]).mime
    if mime == "audio/silk":
        frames, _, cut = silk_packets(content, most)
    elif mime == "audio/x-speex-with-header-byte":
        enough = math.ceil(min(most / FRAME_SECONDS, len(content))) + 1
        sizes = [len(frame) + 1 for frame in islice(speex_frames(content), enough)]
        frames, cut = len(sizes), sum(sizes) < len(content)
    elif (found := _amr_frames(content, most)) is not None:
        frames, cut = found
    else:
        return None
    return frames * FRAME_SECONDS, cut
