"""What a file is, by its first bytes: what somebody says it is does not count.

Sources: PNG ISO/IEC 15948 §11.2.2, JPEG ITU-T T.81 B.2.2, GIF89a §18, RFC 9649 (WebP), RFC 4867 §5 (AMR), ISO/IEC 14496-12 §4.3 (ftyp),
ISO/IEC 23008-12 §10 (HEIF brands), ISO/IEC 11172-3 §2.4.1 (MP3), ISO/IEC 13818-7 §6.2 (ADTS), RFC 9639 (FLAC), RFC 8794 §11 (EBML).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from jianwei.common.media.speex import looks_like_speex

__all__ = ["UNKNOWN", "MediaKind", "MediaType", "sniff"]

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
    b"II*\0": MediaType("image/tiff", ".tif"),
    b"MM\0*": MediaType("image/tiff", ".tif"),
    b"8BPS\0\x01": MediaType("image/vnd.adobe.photoshop", ".psd"),
    b"\0\0\0\x0cjP  \r\n": MediaType("image/jp2", ".jp2"),
    b"\0\0\0\x0cJXL \r\n": MediaType("image/jxl", ".jxl"),
    b"wxgf": MediaType("image/x-wxgf", ".wxgf"),
    b"#!AMR\n": MediaType("audio/amr", ".amr"),
    b"#!AMR-WB\n": MediaType("audio/amr-wb", ".awb"),
    b"#!SILK_V3": MediaType("audio/silk", ".silk"),
    b"\x02#!SILK_V3": MediaType("audio/silk", ".silk"),
    b"fLaC": MediaType("audio/flac", ".flac"),
    b"ID3": MediaType("audio/mpeg", ".mp3"),
    b"0&\xb2u\x8ef\xcf\x11": MediaType("video/x-ms-asf", ".wmv"),
    b"FLV\x01": MediaType("video/x-flv", ".flv"),
    b"\0\0\x01\xba": MediaType("video/mpeg", ".mpg"),
    b"%PDF-": MediaType("application/pdf", ".pdf"),
    b"PK\x03\x04": MediaType("application/zip", ".zip"),
}
_RIFF = {
    b"WEBP": MediaType("image/webp", ".webp"),
    b"WAVE": MediaType("audio/wav", ".wav"),
    b"AVI ": MediaType("video/x-msvideo", ".avi"),
}
_HEIC, _AVIF = MediaType("image/heic", ".heic"), MediaType("image/avif", ".avif")
_MP4, _M4A = MediaType("video/mp4", ".mp4"), MediaType("audio/mp4", ".m4a")
_QUICKTIME, _3GPP = MediaType("video/quicktime", ".mov"), MediaType("video/3gpp", ".3gp")
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), _HEIC),
    **dict.fromkeys((b"avif", b"avis"), _AVIF),
    **dict.fromkeys((b"M4A ", b"M4B ", b"F4A "), _M4A),
    b"qt  ": _QUICKTIME,
}
_OGG, _OGV = MediaType("audio/ogg", ".ogg"), MediaType("video/ogg", ".ogv")
_WEBM, _MATROSKA = MediaType("video/webm", ".webm"), MediaType("video/x-matroska", ".mkv")
_MP3, _AAC = MediaType("audio/mpeg", ".mp3"), MediaType("audio/aac", ".aac")
_SPEEX = MediaType("audio/x-speex-with-header-byte", ".speex")
_BMP = MediaType("image/bmp", ".bmp")
_DOCTYPE = re.compile(rb"\x42\x82[\x80-\xff]([a-z]+)")


def sniff(content: bytes) -> MediaType:
    """The type that the bytes show; `UNKNOWN` where they show none, never one that a browser would run.

    Args:
        content: the beginning of a file; 4,096 bytes are enough.

    >>> sniff(b"#!AMR\\n\\x3c").suffix, sniff(b"<html><script>")
    ('.amr', MediaType(mime='application/octet-stream', suffix='.bin'))
    """
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12], UNKNOWN)
    if content[4:8] == b"ftyp":
        return _branded(content)
    if content[4:8] in (b"moov", b"wide") and content[:1] == b"\0":  # QuickTime before brands
        return _QUICKTIME
    for start, found in _STARTS.items():
        if content.startswith(start):
            return found
    if content[:4] == b"OggS":  # pages that begin a stream come before all others, and say what it is (RFC 3533 §6)
        return _OGV if b"\x80theora" in content[:4096] else _OGG
    if content[:4] == b"\x1aE\xdf\xa3":
        named = _DOCTYPE.search(content[:128])
        return _MATROSKA if named and named[1].startswith(b"matroska") else _WEBM
    if content[:2] == b"BM" and content[15:18] == b"\0\0\0" and content[14] in (12, 40, 52, 56, 64, 108, 124):
        return _BMP
    if content[:1] == b"\xff" and len(content) >= 4:
        return _mpeg(content[1], content[2])
    return _SPEEX if looks_like_speex(content) else UNKNOWN


def _branded(content: bytes) -> MediaType:
    """By the major brand; pictures may bear a general one and name theirs among the compatible ones."""
    major = content[8:12]
    if major in (b"mif1", b"msf1", b"miaf"):
        others = content[16 : min(int.from_bytes(content[:4], "big"), 256)]
        return _AVIF if b"avif" in others or b"avis" in others else _HEIC
    return _3GPP if major[:2] == b"3g" else _BRANDS.get(major, _MP4)


def _mpeg(second: int, third: int) -> MediaType:
    """A frame header: eleven set bits, then version, layer, rates."""
    if second & 0xF6 == 0xF0 and third >> 2 & 0x0F < 13:
        return _AAC
    layer_three = second & 0xE6 == 0xE2 and second & 0x18 != 0x08
    return _MP3 if layer_three and 0 < third >> 4 < 15 and third >> 2 & 3 < 3 else UNKNOWN
