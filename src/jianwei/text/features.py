"""What the words model sees of a text: which known words and which known pairs of neighbours are in it.

Everything is numbers over a whole batch. The trainer and the model share this module, so that they cannot drift apart.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["fold", "neighbours", "presence", "rows_of", "word_ids"]

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


def word_ids(tokens: pa.ListArray, words: pa.StringArray) -> NDArray[np.int64]:
    """int64 [tokens]: index of every token in the folded vocabulary `words`, -1 for a word that is not in it."""
    values = tokens.values
    known = pc.fill_null(pc.index_in(fold(values.dictionary), value_set=words), -1).to_numpy().astype(np.int64)
    ids: NDArray[np.int64] = known[values.indices.to_numpy()]
    return ids


def neighbours(
    ids: NDArray[np.int64], rows: NDArray[np.int64], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of known words that stand side by side.

    Args:
        ids: vocabulary index of every token, -1 for unknown; [tokens].
        rows: from `rows_of`; [tokens].
        size: number of words in the vocabulary.

    Returns:
        rows and keys (first · size + second) of the pairs, int64 [pairs].
    """
    both = np.flatnonzero((ids[:-1] >= 0) & (ids[1:] >= 0) & (rows[:-1] == rows[1:]))
    return rows[both], ids[both] * size + ids[both + 1]


def presence(
    tokens: pa.ListArray, words: pa.StringArray, pairs: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Features of every text, each once however often it occurs.

    Args:
        tokens: from `tokenize_array`, n texts.
        words: folded vocabulary; word i is feature i.
        pairs: ascending keys as in `neighbours`; pair j is feature len(words) + j.

    Returns:
        rows and features, int64, ordered by both.

    >>> tokens = pa.array([["不", "好", "好"], ["好"]]).cast(pa.list_(pa.dictionary(pa.int32(), pa.string())))
    >>> [column.tolist() for column in presence(tokens, pa.array(["不", "好"]), np.array([1]))]
    [[0, 0, 0, 1], [0, 1, 2, 1]]
    """
    size, total = len(words), len(words) + len(pairs)
    ids, rows = word_ids(tokens, words), rows_of(tokens)
    pair_rows, keys = neighbours(ids, rows, size)
    at = np.searchsorted(pairs, keys)
    hit = at < len(pairs)
    hit[hit] = pairs[at[hit]] == keys[hit]
    single = ids >= 0
    cells = np.concatenate([rows[single] * total + ids[single], pair_rows[hit] * total + size + at[hit]])
    cells.sort()
    cells = cells[np.diff(cells, prepend=-1) != 0]  # np.unique hashes first, which takes many times as long
    found_rows, features = np.divmod(cells, max(total, 1))
    return found_rows, features
