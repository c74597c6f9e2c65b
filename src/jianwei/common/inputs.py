"""What is read: an input file, its sample, or why there is none; and how much an archive may cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

__all__ = ["ArchiveLimits", "BadInput", "InputFile", "Sample"]


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read: on disk, in an archive, or already in memory.

    Attributes:
        name: what people call it, e.g. "exports.zip/chats/张三.csv".
        size: bytes (compressed ones for a .gz), 0 when unknown.
        open: gives a new binary stream from the beginning, already decompressed and limited.
        path: where it lies on disk when it is an ordinary file; None inside archives.
        modified: when it was last changed, as far as that is told; archives tell it without a zone.
    """

    name: str
    size: int
    open: Callable[[], BinaryIO]
    path: str | None = None
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class BadInput:
    """Something that was named or found but cannot be read.

    Attributes:
        name: what people call it.
        code: why; its words are `files.<code>` in the locale.
        detail: the figure or word behind it, short; may be empty.
    """

    name: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """The first bytes of a file, with what was found out about them.

    Attributes:
        name: the file's name without ".gz" (an extension is a hint, never proof).
        head: up to 256 KiB from its beginning.
        encoding: Python codec name of the text ("utf-8-sig", "utf-16", "gb18030"), or None for binary files.
        whole: whether `head` is the whole file.
    """

    name: str
    head: bytes
    encoding: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may cost before it is refused.

    Attributes:
        members: entries, those of archives inside it included.
        total_bytes: uncompressed bytes of all entries together, or of one .gz.
        ratio: uncompressed ÷ compressed bytes, looked at above `ratio_from` bytes only; chat text packs about 5 to 30 times.
        ratio_from: uncompressed bytes that are harmless whatever their ratio.
        depth: archives inside one another: 2 is a zip in a zip.
        nested_bytes: size of an archive inside an archive, which is held in memory while it is read.
    """

    members: int = 50_000
    total_bytes: int = 64 << 30
    ratio: int = 200
    ratio_from: int = 64 << 20
    depth: int = 2
    nested_bytes: int = 128 << 20
