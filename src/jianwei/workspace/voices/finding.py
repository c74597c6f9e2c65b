"""Which files are heard, and what what was heard is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jianwei.common.files import path_name
from jianwei.common.media.finding import find_media

__all__ = ["Recording", "find_recordings"]


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
        """Its path for people and programs; see `common.files.path_name`.

        >>> Recording(Path("a\\udcff.amr"), Path("a")).shown
        'a%FF.amr'
        """
        return path_name(self.path)


def find_recordings(paths: Sequence[Path]) -> tuple[Recording, ...]:
    """Files as they are named; of folders, in order, everything in them whose bytes or whose name say that it is a sound or a video.

    A file is heard once, however often it is named. What is named and is no sound is kept: whoever hears it says what is wrong.
    """
    found = find_media(paths, "sound", "video")
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
