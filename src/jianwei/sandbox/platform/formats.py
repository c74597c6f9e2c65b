"""What a file is by its first bytes, and how long a voice lasts: what the platform looks at when something is uploaded.

AMR: RFC 4867 §5 (narrow band, frames of 20 ms). MP3: ISO/IEC 11172-3 §2.4.2.3 and 13818-3 (layer III).
"""

from __future__ import annotations

__all__ = ["media_type_of", "picture", "seconds_of", "suffix_of"]

_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "amr": "audio/amr",
    "mp3": "audio/mpeg",
    "speex": "audio/speex",
    "mp4": "video/mp4",
}
_AMR = (12, 13, 15, 17, 19, 20, 26, 31, 5)
_KBITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def suffix_of(content: bytes) -> str:
    r"""jpg, png, gif, bmp, amr, mp3 or mp4; "" for anything else.

    >>> suffix_of(b"\xff\xd8\xff\xe0"), suffix_of(b"#!AMR\n"), suffix_of(b"%PDF-1.7")
    ('jpg', 'amr', '')
    """
    starts = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif", b"BM": "bmp", b"#!AMR\n": "amr"}
    for start, suffix in starts.items():
        if content.startswith(start):
            return suffix
    if content[4:8] == b"ftyp":
        return "mp4"
    is_mp3 = content.startswith(b"ID3") or (len(content) > 1 and content[0] == 0xFF and content[1] & 0xE6 == 0xE2)
    return "mp3" if is_mp3 else ""


def media_type_of(suffix: str) -> str:
    """The media type of a suffix."""
    return _TYPES.get(suffix, "application/octet-stream")


def seconds_of(content: bytes) -> float:
    r"""How long a voice in AMR or MP3 lasts, by its frames; 0 for anything else.

    >>> seconds_of(b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50)
    1.0
    """
    match suffix_of(content):
        case "amr":
            return _amr_seconds(content)
        case "mp3":
            return _mp3_seconds(content)
    return 0.0


def _amr_seconds(content: bytes) -> float:
    at, frames = 6, 0
    while at < len(content):
        kind = content[at] >> 3 & 0x0F
        at += 1 + (_AMR[kind] if kind < len(_AMR) else 0)
        frames += 1
    return frames * 0.02


def _mp3_seconds(content: bytes) -> float:
    at, seconds = 0, 0.0
    if content.startswith(b"ID3") and len(content) >= 10:
        size = 0
        for byte in content[6:10]:
            size = size << 7 | byte & 0x7F
        at = 10 + size
    while at + 4 <= len(content):
        head = int.from_bytes(content[at : at + 4], "big")
        version, bits, rate = head >> 19 & 3, head >> 12 & 15, head >> 10 & 3
        if head >> 21 != 0x7FF or version == 1 or bits in (0, 15) or rate == 3:
            break
        kbits, hertz = _KBITS[3 if version == 3 else 2][bits], _RATES[version][rate]
        samples = 1_152 if version == 3 else 576
        seconds += samples / hertz
        at += samples * kbits * 125 // hertz + (head >> 9 & 1)
    return seconds


def picture(seed: bytes, size: int = 16) -> bytes:
    """A small PNG of one colour, which follows from the seed.

    >>> suffix_of(picture(b"a")), picture(b"a") == picture(b"a"), picture(b"a") == picture(b"b")
    ('png', True, False)
    """
    import zlib
    from hashlib import sha256
    from struct import pack

    colour = sha256(seed).digest()[:3]
    rows = (b"\x00" + colour * size) * size

    def chunk(name: bytes, data: bytes) -> bytes:
        return pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
