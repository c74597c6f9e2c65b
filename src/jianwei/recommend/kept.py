"""What was learned is kept in the workspace, so that the next answer need not learn again.

A file holds arrays only. Its name says what it was learned from (the versions of the tables and of the model of sentiment) and how (the
settings, who was left out); when a table changes, what was learned from the older one is removed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import msgspec

from jianwei import __version__
from jianwei.common.whole import write_whole
from jianwei.errors import StoreError
from jianwei.recommend._base import Learning
from jianwei.recommend.knowledge import KINDS, Knowledge
from jianwei.recommend.packing import pack, unpack

__all__ = ["Shelved", "place_of", "recalled"]

_FORM = 3  # of the files: older ones are learned anew
_MOST = 4


@dataclass(frozen=True, slots=True)
class Shelved:
    """Where something that was learned lies: `<source>-<how>.npz` in `folder`."""

    folder: Path
    source: str
    how: str

    @property
    def path(self) -> Path:
        return self.folder / f"{self.source}-{self.how}.npz"


def place_of(
    folder: Path, versions: Mapping[str, int], models: Mapping[str, str], zone: str, learning: Learning
) -> Shelved:
    """The place for what is learned from these tables in this way."""
    source = [__version__, _FORM, dict(sorted(versions.items())), dict(sorted(models.items())), zone]
    how = [learning.settings, sorted(learning.left_out)]
    return Shelved(folder, *(sha256(msgspec.json.encode(part)).hexdigest()[:24] for part in (source, how)))


def recalled(place: Shelved, learning: Learning, learn: Callable[[], Knowledge]) -> Knowledge:
    """What lies at a place; learned, and kept there, where nothing does."""
    try:
        return Knowledge(learning, *unpack(place.path.read_bytes(), KINDS))
    except (OSError, ValueError, TypeError):  # not there, or not whole, or of another form
        known = learn()
    try:
        place.folder.mkdir(exist_ok=True)
        write_whole(place.path, pack(known.learned))
        _tidy(place)
    except (OSError, StoreError):
        pass  # a full or a read-only disk only makes the next answer slower
    return known


def _tidy(place: Shelved) -> None:
    """Remove what was learned from other versions of the tables, and all but the newest few."""
    files = sorted(place.folder.glob("*.npz"), key=lambda file: -file.stat().st_mtime)
    mine = [file for file in files if file.name.startswith(f"{place.source}-")]
    for file in (*(file for file in files if file not in mine), *mine[_MOST:]):
        file.unlink(missing_ok=True)
