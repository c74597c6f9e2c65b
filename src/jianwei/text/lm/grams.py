"""From windows to n-grams: of every order, in lexicographic order, each with its parent, its suffix and its counts.

The *parent* of an n-gram is the n-gram less its last character, its *suffix* less its first. An n-gram of a lower order counts in how many
different characters stand before it (Kneser & Ney 1995); one that begins a text has nothing before it and counts how often it occurs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jianwei.text.lm.vocabulary import Vocabulary
from jianwei.text.lm.windows import FILL, Windows, sorted_rows

__all__ = ["Grams", "grams_of"]


@dataclass(frozen=True, slots=True)
class Grams:
    """The n-grams of one order.

    Attributes:
        characters: uint16 [n], id of the last character.
        parents: int64 [n], ascending; index among the n-grams of the order before.
        suffixes: int64 [n], likewise.
        raw: int64 [n], how often each occurs.
        counts: int64 [n], what the estimates are made from.
    """

    characters: NDArray[np.uint16]
    parents: NDArray[np.int64]
    suffixes: NDArray[np.int64]
    raw: NDArray[np.int64]
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.characters)


@dataclass(frozen=True, slots=True)
class _Found:
    """As `Grams`, before suffixes and counts are known; `begun`: how many of the n-grams begin a text (they come first)."""

    characters: NDArray[np.uint16]
    parents: NDArray[np.int64]
    raw: NDArray[np.int64]
    begun: int


def grams_of(windows: Windows, vocabulary: Vocabulary) -> tuple[Grams, ...]:
    """The n-grams of orders 1, 2 … up to the width of the windows. Those of order 1 are all the characters, in the order of their ids."""
    fill = len(vocabulary)
    table = vocabulary.table()
    table[FILL] = fill
    rows, counts = sorted_rows(table[windows.rows], windows.counts, fill + 1)
    found = _levels(rows, counts, fill)
    suffixes = _suffixes(found)
    made = []
    for at, level in enumerate(found):
        adjusted = level.raw
        if at + 1 < len(found):
            adjusted = np.bincount(suffixes[at + 1], minlength=len(level.raw))
            adjusted[: level.begun] = level.raw[: level.begun]
        if at == 0:
            adjusted[: level.begun] = 0  # the begin mark is never what comes next
        made.append(Grams(level.characters, level.parents, suffixes[at], level.raw, adjusted))
    return tuple(made)


def _levels(rows: NDArray[np.uint16], counts: NDArray[np.int64], size: int) -> list[_Found]:
    ids = np.arange(size)
    singles = np.bincount(rows[:, 0], weights=counts, minlength=size).astype(np.int64)
    levels = [_Found(ids.astype(np.uint16), np.zeros(size, np.int64), singles, 1)]
    new = np.r_[True, rows[1:, 0] != rows[:-1, 0]]
    parents = rows[:, 0].astype(np.int64)  # of the n-gram that begins at each row
    for column in range(1, rows.shape[1]):
        characters = rows[:, column]
        new[1:] |= characters[1:] != characters[:-1]
        first = np.flatnonzero(new)
        raw = np.add.reduceat(counts, first)
        real = characters[first] != size
        begun = int(np.count_nonzero(real & (rows[first, 0] == 0)))
        levels.append(_Found(characters[first][real], parents[first][real], raw[real], begun))
        numbers = np.cumsum(real) - 1
        parents = numbers[np.cumsum(new) - 1]
    return levels


def _suffixes(found: list[_Found]) -> list[NDArray[np.int64]]:
    """Every n-gram but those that begin a text is the suffix of a longer one. So the distinct suffixes, in order, are those n-grams."""
    suffixes = [np.zeros(len(found[0].characters), np.int64)]
    for at, level in enumerate(found[1:]):
        if at == 0:
            suffixes.append(level.characters.astype(np.int64))
            continue
        keys = suffixes[at][level.parents] << 16 | level.characters
        order = np.argsort(keys)
        ranked = keys[order]
        suffix = np.empty(len(keys), np.int64)
        suffix[order] = np.cumsum(np.r_[False, ranked[1:] != ranked[:-1]]) + found[at].begun
        suffixes.append(suffix)
    return suffixes
