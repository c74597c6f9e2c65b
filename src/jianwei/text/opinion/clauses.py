"""Texts cut into clauses: what stands between two marks, or before and after a "but"."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["clauses"]

# A point or comma between digits belongs to the number; "、" joins what is judged together.
_BREAK = re.compile(r"[，。！？；!?;~～…\n\r\t]+|(?<![0-9])[.,]+|[.,]+(?![0-9])|[\s\u3000]{1,}(?![A-Za-z0-9])")

_SPOKEN = re.compile(r"[^\W_]")


def clauses(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every clause, blanks around it left out; what holds no letter or digit is none.

    >>> text = "送得快，就是 2.5小时才到!!"
    >>> [text[start:end] for start, end in clauses(text)]
    ['送得快', '就是 2.5小时才到']
    """
    at = 0
    for mark in _BREAK.finditer(text):
        yield from _trimmed(text, at, mark.start())
        at = mark.end()
    yield from _trimmed(text, at, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if _SPOKEN.search(piece):
        start += len(piece) - len(piece.lstrip())
        yield start, start + len(piece.strip())
