"""File names as people read them, where there is no room for whole paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

__all__ = ["told_apart"]


def told_apart(paths: Sequence[PurePath]) -> tuple[str, ...]:
    """The names of files, with their folders where others have the same.

    >>> told_apart([PurePath("all/may/1.wav"), PurePath("all/june/1.wav"), PurePath("all/june/2.wav"), PurePath("1.wav")])
    ('may/1.wav', 'june/1.wav', '2.wav', '1.wav')
    """
    often = Counter(path.name for path in paths)
    return tuple(PurePath(*path.parts[-2 if often[path.name] > 1 else -1 :]).as_posix() for path in paths)
