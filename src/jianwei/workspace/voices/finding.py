"""Which files are heard, and what what was heard is called."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jianwei.common.media import sniff

__all__ = ["Recording", "find_recordings"]

_HEAD = 4096
_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("aac", "ac3", "aif", "aiff", "amr", "awb", "flac", "m4a", "mp3", "oga", "ogg", "opus", "silk", "slk"),
        *("speex", "spx", "wav", "wma", "3gp", "avi", "m4v", "mkv", "mov", "mp4", "webm"),
    )
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that is to be heard.

    Attributes:
        path: where it lies.
        name: what its transcript is called, a relative path without an ending; no two recordings have the same.
    """

    path: Path
    name: Path

    @property
    def shown(self) -> str:
        """Its path for people and programs; bytes that are no text become question marks.

        >>> Recording(Path("a\\udcff.amr"), Path("a")).shown
        'a?.amr'
        """
        return str(self.path).encode("utf-8", "replace").decode()


def find_recordings(paths: Sequence[Path]) -> tuple[Recording, ...]:
    """Files as they are named; of folders, in order, everything in them whose bytes or whose name say that it is a sound or a video.

    A file is heard once, however often it is named. What is named and is no sound is kept: whoever hears it says what is wrong.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        if path.is_dir():
            for file in _inside(path):
                found.setdefault(file, file.relative_to(path))
        else:
            found.setdefault(path, Path(path.name))
    bare = {path: name.with_suffix("") if name.name else Path("recording") for path, name in found.items()}
    often = Counter(bare.values())
    names: set[Path] = set()
    recordings = []
    for path, name in found.items():
        base = chosen = bare[path] if often[bare[path]] == 1 else name
        number = 1
        while chosen in names:
            number += 1
            chosen = base.with_name(f"{base.name}-{number}")
        names.add(chosen)
        recordings.append(Recording(path, chosen))
    return tuple(recordings)


def _inside(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(here, name)
            if not name.startswith(".") and (path.suffix.lower() in _SUFFIXES or _sounds(path)):
                yield path


def _sounds(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return sniff(file.read(_HEAD)).kind in ("sound", "video")
    except OSError:
        return False
