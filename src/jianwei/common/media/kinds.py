"""What a file is, by its first bytes: what somebody says it is does not count.

Sources: PNG ISO/IEC 15948 §11.2.2, JPEG ITU-T T.81 B.2.2, GIF89a §18, RFC 9649 (WebP), RFC 4867 §5 (AMR), ISO/IEC 14496-12 §4.3 (ftyp).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["UNKNOWN", "MediaKind", "MediaType", "amr_seconds", "picture_size", "sniff"]

MediaKind = Literal["picture", "sound", "video", "other"]


@dataclass(frozen=True, slots=True)
class MediaType:
    """MIME type and suffix of a file's name."""

    mime: str
    suffix: str

    @property
    def kind(self) -> MediaKind:
        """What it is to people.

        >>> MediaType("audio/amr", ".amr").kind
        'sound'
        """
        return _KINDS.get(self.mime.partition("/")[0], "other")


_KINDS: dict[str, MediaKind] = {"image": "picture", "audio": "sound", "video": "video"}


UNKNOWN = MediaType("application/octet-stream", ".bin")

_STARTS = {
    b"\xff\xd8\xff": MediaType("image/jpeg", ".jpg"),
    b"\x89PNG\r\n\x1a\n": MediaType("image/png", ".png"),
    b"GIF87a": MediaType("image/gif", ".gif"),
    b"GIF89a": MediaType("image/gif", ".gif"),
    b"BM": MediaType("image/bmp", ".bmp"),
    b"#!AMR\n": MediaType("audio/amr", ".amr"),
    b"#!AMR-WB\n": MediaType("audio/amr-wb", ".awb"),
    b"#!SILK_V3": MediaType("audio/silk", ".silk"),
    b"\x02#!SILK_V3": MediaType("audio/silk", ".silk"),
    b"OggS": MediaType("audio/ogg", ".ogg"),
    b"ID3": MediaType("audio/mpeg", ".mp3"),
    b"\xff\xfb": MediaType("audio/mpeg", ".mp3"),
    b"\xff\xf3": MediaType("audio/mpeg", ".mp3"),
    b"\xff\xf2": MediaType("audio/mpeg", ".mp3"),
    b"\x1aE\xdf\xa3": MediaType("video/webm", ".webm"),
    b"%PDF-": MediaType("application/pdf", ".pdf"),
    b"PK\x03\x04": MediaType("application/zip", ".zip"),
}
_RIFF = {
    b"WEBP": MediaType("image/webp", ".webp"),
    b"WAVE": MediaType("audio/wav", ".wav"),
    b"AVI ": MediaType("video/x-msvideo", ".avi"),
}
_BRANDS = {
    b"heic": MediaType("image/heic", ".heic"),
    b"heix": MediaType("image/heic", ".heic"),
    b"avif": MediaType("image/avif", ".avif"),
    b"M4A ": MediaType("audio/mp4", ".m4a"),
    b"qt  ": MediaType("video/quicktime", ".mov"),
}
_MP4 = MediaType("video/mp4", ".mp4")


def sniff(content: bytes) -> MediaType:
    """The type that the bytes show; `UNKNOWN` where they show none, never one that a browser would run.

    >>> sniff(b"#!AMR\\n\\x3c").suffix, sniff(b"<html><script>")
    ('.amr', MediaType(mime='application/octet-stream', suffix='.bin'))
    """
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12], UNKNOWN)
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12], _MP4)
    for start, found in _STARTS.items():
        if content.startswith(start):
            return found
    return UNKNOWN


def picture_size(content: bytes) -> tuple[int, int] | None:
    """(width, height) of a PNG, GIF, BMP or JPEG; None of others, or where the bytes do not say.

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
    return _jpeg_size(content) if mime == "image/jpeg" else None


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
    found = sniff(content).mime
    if found not in ("audio/amr", "audio/amr-wb"):
        return None
    sizes, at = (_NARROW, 6) if found == "audio/amr" else (_WIDE, 9)
    frames = 0
    while at < len(content):
        at += sizes[content[at] >> 3 & 0x0F]
        frames += at <= len(content)
    return frames * 0.02
