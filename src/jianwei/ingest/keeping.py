"""Files kept by content, below the workspace: all of a file or nothing, whenever the power goes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from jianwei.common.media import RejectedMediaError
from jianwei.errors import StoreError

__all__ = ["Aside", "copied", "digest_of", "settle"]

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Aside:
    """A copy that has no place yet.

    Attributes:
        path: where it lies for now.
        sha256: hex digest of its bytes.
        bytes: how many.
    """

    path: Path
    sha256: str
    bytes: int


def digest_of(stream: BinaryIO) -> str:
    """SHA-256 of what is left of a stream, in hex."""
    digest = sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


@contextmanager
def copied(source: BinaryIO, folder: Path, name: str, *, suffix: str, most_bytes: int) -> Iterator[Aside]:
    """A copy on disk, gone afterwards unless it was settled.

    Args:
        source: what is copied.
        folder: below which files are kept.
        name: what people call it.
        suffix: of the copy's name.
        most_bytes: larger files are refused.

    Raises:
        RejectedMediaError: it is larger.
        StoreError: the disk refuses.
    """
    path = folder / "media" / f".{uuid4().hex}{suffix}"
    digest, size = sha256(), 0
    try:
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = path.open("xb")
        with file:
            while block := source.read(_BLOCK):
                digest.update(block)
                size += len(block)
                if size > most_bytes:
                    what = f"it holds more than the {most_bytes:,} bytes allowed"
                    raise RejectedMediaError("too_many_bytes", name, what, "cut it into parts")
                with _writing(path):
                    file.write(block)
            with _writing(path):
                file.flush()
                os.fsync(file.fileno())
        yield Aside(path, digest.hexdigest(), size)
    finally:
        with suppress(OSError):  # what went wrong before is what must be told
            path.unlink(missing_ok=True)


def settle(aside: Aside, place: Path) -> None:
    """Give a copy its place, unless the same file lies there already.

    Raises:
        StoreError: the disk refuses.
    """
    with _writing(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        if not (place.exists() and place.stat().st_size == aside.bytes):
            aside.path.replace(place)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"cannot be written ({error.strerror})"
        raise StoreError(str(path), what, "see that the disk has room and can be written") from None
