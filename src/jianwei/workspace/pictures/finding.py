"""Which files are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jianwei.common.media.finding import find_media

__all__ = ["find_pictures"]


def find_pictures(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Files as they are named; of folders, in order, everything in them whose bytes or whose name say that it is a picture or a video.

    A file is looked at once, however often it is named. What is named and is no picture is kept: whoever looks at it says what is wrong.
    """
    return tuple(find_media(paths, "picture", "video"))
