"""File names as people read them, where there is no room for whole paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from unicodedata import east_asian_width

__all__ = ["display_width", "shortened", "told_apart"]


def display_width(text: str) -> int:
    """How many half-width places a text takes in a terminal.

    >>> display_width("a茶")
    3
    """
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def shortened(name: str, most: int = 24) -> str:
    """The name of a file without its middle, at most so many half-width places wide: beginning and ending tell which one it is.

    >>> shortened("5e19c4179edbfd0a628060688c584cbfa.png"), shortened("一二三四五六七.png", 12)
    ('5e19c4179ed…c584cbfa.png', '一二…七.png')
    """
    if display_width(name) <= most:
        return name
    begin = end = ""
    for character in name:
        if display_width(begin + character) > most - most // 2 - 1:
            break
        begin += character
    for character in reversed(name):
        if display_width(character + end) > most // 2:
            break
        end = character + end
    return f"{begin}…{end}"


def told_apart(paths: Sequence[PurePath]) -> tuple[str, ...]:
    """The names of files, with their folders where others have the same.

    >>> told_apart([PurePath("all/may/1.wav"), PurePath("all/june/1.wav"), PurePath("all/june/2.wav"), PurePath("1.wav")])
    ('may/1.wav', 'june/1.wav', '2.wav', '1.wav')
    """
    often = Counter(path.name for path in paths)
    return tuple(PurePath(*path.parts[-2 if often[path.name] > 1 else -1 :]).as_posix() for path in paths)
