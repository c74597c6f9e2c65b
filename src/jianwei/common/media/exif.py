"""When a photograph was taken, from the EXIF in the head of a JPEG. Nothing else is read, nothing is decoded.

Source: CIPA DC-008 (Exif 2.32) §4.5.4 (APP1), §4.6.2 (IFD), §4.6.6 (tags 0x9003 DateTimeOriginal, 0x9011 OffsetTimeOriginal).
"""

from __future__ import annotations

from datetime import datetime

__all__ = ["taken_at"]

_EXIF, _TAKEN, _OFFSET = 0x8769, 0x9003, 0x9011
_ASCII, _LONG = 2, 4
_MOST_ENTRIES = 512


def taken_at(head: bytes) -> datetime | None:
    """The time at which a photograph was taken: aware where its zone is told, else by the camera's own clock. None where nothing is told.

    Args:
        head: the beginning of the file; EXIF lies in the first 128 KiB.

    >>> taken_at(b"no picture") is None
    True
    """
    block = _exif_of(head)
    order = {b"II": "little", b"MM": "big"}.get(block[:2])
    if order is None:
        return None
    told = _Tiff(block, order == "big")
    first = told.entries(told.number(4, 4))
    inner = told.entries(first.get(_EXIF, (0, 0, 0))[2]) if first.get(_EXIF, (0,))[0] == _LONG else {}
    taken, offset = (told.text(inner.get(tag)) for tag in (_TAKEN, _OFFSET))
    for text, layout in ((f"{taken}{offset}", "%Y:%m:%d %H:%M:%S%z"), (taken, "%Y:%m:%d %H:%M:%S")):
        try:
            return datetime.strptime(text, layout)  # noqa: DTZ007 - cameras tell a zone only lately
        except ValueError:
            continue
    return None


def _exif_of(head: bytes) -> bytes:
    """The TIFF structure inside the APP1 segment; b"" where there is none."""
    at = 2 if head[:2] == b"\xff\xd8" else len(head)
    while at + 4 <= len(head) and head[at] == 0xFF and head[at + 1] not in (0xD9, 0xDA):
        size = int.from_bytes(head[at + 2 : at + 4], "big")
        if head[at + 1] == 0xE1 and head[at + 4 : at + 10] == b"Exif\0\0":
            return head[at + 10 : at + 2 + size]
        at += 2 + size
    return b""


class _Tiff:
    """Directories of tags; offsets that lead nowhere read as nothing."""

    def __init__(self, block: bytes, big: bool) -> None:
        self._block, self._big = block, big

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(self._block[at : at + size], "big" if self._big else "little")

    def entries(self, at: int) -> dict[int, tuple[int, int, int]]:
        """Tag → (type, count, value or offset)."""
        count = min(self.number(at, 2), _MOST_ENTRIES) if 8 <= at < len(self._block) else 0
        places = range(at + 2, min(at + 2 + 12 * count, len(self._block) - 11), 12)
        return {
            self.number(p, 2): (self.number(p + 2, 2), self.number(p + 4, 4), self.number(p + 8, 4)) for p in places
        }

    def text(self, entry: tuple[int, int, int] | None) -> str:
        if entry is None or entry[0] != _ASCII or not 4 < entry[1] <= 32:
            return ""
        return self._block[entry[2] : entry[2] + entry[1]].split(b"\0")[0].decode("ascii", "replace").strip()
