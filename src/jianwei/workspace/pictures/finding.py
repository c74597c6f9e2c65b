"""Which files are looked at."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from jianwei.common.media import MediaKind, sniff

__all__ = ["find_pictures", "kind_of"]

_HEAD = 4096
_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("avif", "bmp", "gif", "heic", "heif", "jfif", "jpe", "jpeg", "jpg", "png", "webp"),
        *("3gp", "avi", "m4v", "mkv", "mov", "mp4", "webm"),
    )
)


def find_pictures(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Files as they are named; of folders, in order, everything in them whose bytes or whose name say that it is a picture or a video.

    A file is looked at once, however often it is named. What is named and is no picture is kept: whoever looks at it says what is wrong.
    """
    found: dict[Path, None] = {}
    for path in paths:
        found.update(dict.fromkeys(_inside(path) if path.is_dir() else [path]))
    return tuple(found)


def _inside(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(here, name)
            if not name.startswith(".") and (path.suffix.lower() in _SUFFIXES or kind_of(path) in ("picture", "video")):
                yield path


def kind_of(path: Path) -> MediaKind:
    """What a file is by its first bytes; "other" where it cannot be read or is no file."""
    try:
        if not path.is_file():  # reading from a pipe would wait for ever
            return "other"
        with path.open("rb") as file:
            return sniff(file.read(_HEAD)).kind
    except OSError:
        return "other"
