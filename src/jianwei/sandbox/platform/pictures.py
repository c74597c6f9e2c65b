"""How large a picture is, and what pictures show: the simulator cannot see, so it is told.

PNG: ISO/IEC 15948 §11.2.2. JPEG: ITU-T T.81 B.2.2. GIF: GIF89a §18. BMP: the 40-byte header.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from jianwei.sandbox.platform.areas.media import Hosted
from jianwei.sandbox.platform.formats import suffix_of
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints.ocr import Picture
from jianwei.wechat.request import File

__all__ = ["Looked", "Seen", "look", "size_of"]


@dataclass(slots=True)
class Seen:
    """What pictures show, kept by `App.of`; filled by tests and by whoever draws pictures.

    Attributes:
        shown: SHA-256 of a picture → what is on it: answers of `ocr` and `images` (`IdCard(...)`, `Code(...)`), texts as lines.
        pictures: pictures of the web, by address.
        daily: how many pictures may be looked at in a day. †
    """

    shown: dict[str, list[msgspec.Struct | str]] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    daily: int = 100

    def show(self, content: bytes, *what: msgspec.Struct | str, url: str = "") -> None:
        """A picture shows this; `url` is where it lies on the web."""
        self.shown.setdefault(sha256(content).hexdigest(), []).extend(what)
        if url:
            self.pictures[url] = content


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture that was looked at."""

    content: bytes = field(repr=False)
    width: int = 0
    height: int = 0
    shown: tuple[msgspec.Struct | str, ...] = ()


def look(visit: Visit, call: Picture[Any]) -> Looked:
    """The picture of a request.

    Raises:
        Refusal: 101002 too many in this day, 101000 it cannot be had or is none.
    """
    seen = visit.app.of(Seen)
    if visit.app.used["pictures"] >= seen.daily:
        raise Refusal(101002, "not enough market quota")
    content = _content(visit, seen, call)
    size = size_of(content)
    if size is None:
        raise Refusal(101000, "invalid image")
    visit.app.used["pictures"] += 1
    return Looked(content, *size, tuple(seen.shown.get(sha256(content).hexdigest(), ())))


def _content(visit: Visit, seen: Seen, call: Picture[Any]) -> bytes:
    if call.file is not None:
        return File.of(call.file).content
    url = call.url or ""
    hosted = visit.platform.of(Hosted).files.get(url.removeprefix(visit.base_url))
    return seen.pictures.get(url, b"") if hosted is None else hosted.content


def size_of(content: bytes) -> tuple[int, int] | None:
    """(width, height) of a PNG, JPEG, GIF or BMP; None of anything else.

    >>> from jianwei.sandbox.platform.formats import picture
    >>> size_of(picture(b"a", 20)), size_of(b"no picture")
    ((20, 20), None)
    """
    kind = suffix_of(content)
    if kind == "png" and len(content) >= 24:
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if kind == "gif" and len(content) >= 10:
        return int.from_bytes(content[6:8], "little"), int.from_bytes(content[8:10], "little")
    if kind == "bmp" and len(content) >= 26:
        width, height = (int.from_bytes(content[at : at + 4], "little", signed=True) for at in (18, 22))
        return width, abs(height)
    return _jpeg_size(content) if kind == "jpg" else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(content[at + 7 : at + 9], "big"), int.from_bytes(content[at + 5 : at + 7], "big")
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None
