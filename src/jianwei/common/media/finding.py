"""Media among files: what is named, and in folders everything whose bytes or whose name say that it is of a kind."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from jianwei.common.media.kinds import MediaKind, sniff
from jianwei.common.media.suffixes import promised_kind

__all__ = ["find_media", "kind_of"]

_HEAD = 4096


def find_media(paths: Sequence[Path], *kinds: MediaKind) -> Mapping[Path, Path]:
    """Files as they are named; of folders, in order, everything in them that is of one of the kinds or says so, but nothing hidden.

    A file is given once, however often it is named. What is named and is of another kind is kept: whoever opens it says what is wrong.

    Returns:
        path → its name: below the folder in which it was found, or the last part of the path where it was named itself.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            for file in _inside(path, kinds):
                found.setdefault(file, file.relative_to(path))
        else:
            found.setdefault(path, Path(path.name))
    return found


def _inside(folder: Path, kinds: tuple[MediaKind, ...]) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(here, name)
            if not name.startswith(".") and (promised_kind(name) in kinds or kind_of(path) in kinds):
                yield path


def kind_of(path: Path) -> MediaKind:
    """What a file is by its first bytes; "other" where it cannot be read or is no file."""
    try:
        if not path.is_file():  # reading from a pipe would wait for ever
            return "other"
        with path.open("rb") as file:
            return sniff(file.read(_HEAD)).kind
    except (OSError, ValueError):
        return "other"
