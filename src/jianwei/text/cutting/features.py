"""Tokens of a batch as numbers: how words are spelt in vocabularies, and which row a token stands in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["fold", "rows_of"]

_MODIFIERS = r"[\x{fe0f}\x{1f3fb}-\x{1f3ff}]"


def fold(words: pa.StringArray) -> pa.StringArray:
    """Words as the vocabulary spells them: lower case, emoji without skin tone and variation mark.

    >>> fold(pa.array(["OK", "👍🏽"])).to_pylist()
    ['ok', '👍']
    """
    return pc.replace_substring_regex(pc.utf8_lower(words), _MODIFIERS, "")


def rows_of(tokens: pa.ListArray) -> NDArray[np.int64]:
    """int64 [tokens]: the row that each token stands in."""
    return np.repeat(np.arange(len(tokens)), np.diff(tokens.offsets.to_numpy()))
