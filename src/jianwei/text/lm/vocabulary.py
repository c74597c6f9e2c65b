"""The characters that a model knows. Their ids begin with the three marks; then come the characters, frequent ones first."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.text.lm.windows import BEGIN, END, FILL, Windows, sequence

__all__ = ["BEGIN_ID", "END_ID", "LIMIT", "MARKS", "UNKNOWN_ID", "Vocabulary", "vocabulary_of"]

BEGIN_ID, END_ID, UNKNOWN_ID, MARKS = 0, 1, 2, 3
"""Ids of the begin of a text, its end and any unknown character; then how many marks there are."""
LIMIT = 65_000
"""Characters that a model can know."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A fixed set of characters.

    Attributes:
        characters: the known ones, that with the id `MARKS` first.

    >>> Vocabulary("的我").ids(pa.array(["我?"])).tolist()
    [0, 4, 2, 1]
    """

    characters: str
    numbers: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", {c: at for at, c in enumerate(self.characters, MARKS)})

    def __len__(self) -> int:
        """Ids there are: characters and marks."""
        return len(self.characters) + MARKS

    def name(self, number: int) -> str:
        """The character of an id; nothing for a mark."""
        return self.characters[number - MARKS] if number >= MARKS else ""

    def table(self) -> NDArray[np.uint16]:
        """uint16 [FILL + 1]: the id of every code point and mark; what fills windows up is unknown."""
        table = np.full(FILL + 1, UNKNOWN_ID, np.uint16)
        table[np.fromiter(map(ord, self.characters), np.int64, len(self.characters))] = np.arange(MARKS, len(self))
        table[BEGIN], table[END] = BEGIN_ID, END_ID
        return table

    def ids(self, texts: pa.StringArray) -> NDArray[np.uint16]:
        """uint16: ids of all texts, each between its marks."""
        return self.table()[sequence(texts)]

    def history(self, context: str, length: int) -> NDArray[np.uint16]:
        """uint16: ids of the last `length` characters of a context; of a shorter one, after the mark of its begin."""
        numbers = [self.numbers.get(c, UNKNOWN_ID) for c in context[-length:]] if length else []
        if len(context) < length:
            numbers.insert(0, BEGIN_ID)
        return np.array(numbers, np.uint16)


def vocabulary_of(windows: Windows, min_count: int) -> Vocabulary:
    """Every character that occurs `min_count` times, frequent ones first, equally frequent ones by code point; at most `LIMIT`."""
    found = np.bincount(windows.rows[:, 0], weights=windows.counts, minlength=FILL + 1)[:BEGIN]
    codes = np.flatnonzero(found >= max(min_count, 1))
    codes = codes[np.argsort(-found[codes], kind="stable")][:LIMIT]
    return Vocabulary("".join(map(chr, codes)))
