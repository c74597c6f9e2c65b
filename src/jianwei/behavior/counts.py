"""Counting the words of many messages by group (a label, a period), and what marks a group out.

Texts are cut at blanks chunk by chunk, so memory follows the vocabulary and not the text; counts of chunks add up, which is what a
cluster will need as well.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from jianwei.common.stats import log_likelihood
from jianwei.text.cutting.stopwords import stopwords

__all__ = ["KeyWords", "WordCounts", "count_words", "key_words"]

_CHUNK = 200_000
# A letter of a script without cases (一 but not a) or a picture, alone; or a letter, digit or picture beside anything else.
_WORD = r"(?s)^[\p{Lo}\p{So}]$|[\pL\pN\p{So}].|.[\pL\pN\p{So}]"


@dataclass(frozen=True, slots=True)
class WordCounts:
    """How often words occur in the messages of groups.

    Attributes:
        words: the vocabulary, sorted, strings [v].
        rows: messages of a group that contain a word, int64 csr [groups, v].
        occurrences: how often they contain it, int64 csr [groups, v].
        messages: messages of each group, with or without words, int64 [groups].
    """

    words: NDArray[np.object_]
    rows: csr_array
    occurrences: csr_array
    messages: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class KeyWords:
    """Words more frequent in their group than outside of it, by group, then rank; arrays [k].

    Attributes:
        group: the group.
        word: index into `WordCounts.words`.
        rows: messages of the group with the word.
        expected: as many there would be if the word were spread evenly.
        score: signed log-likelihood (see `common.stats.log_likelihood`), above 0.
        rank: from 1 within the group.
    """

    group: NDArray[np.int64]
    word: NDArray[np.int64]
    rows: NDArray[np.int64]
    expected: NDArray[np.float64]
    score: NDArray[np.float64]
    rank: NDArray[np.int64]


def count_words(texts: pa.ChunkedArray, groups: ArrayLike, size: int, *, without: Set[str] | None = None) -> WordCounts:
    """Count words in messages by group.

    Args:
        texts: strings [n], the words of a message joined by one blank; null counts as a message without words.
        groups: group of each message, integers [n] in 0..size-1.
        size: number of groups.
        without: words to leave out; default the packaged stop words.

    >>> counts = count_words(pa.chunked_array([["茶 好 茶", "茶", "慢"]]), [0, 0, 1], 2, without=set())
    >>> counts.words.tolist(), counts.rows.toarray().tolist(), counts.occurrences.toarray().tolist()
    (['好', '慢', '茶'], [[1, 0, 2], [0, 1, 0]], [[1, 0, 3], [0, 1, 0]])
    """
    stop = pa.array(sorted(stopwords() if without is None else without), pa.string())
    group = np.asarray(groups, np.int64)
    vocabulary, wanted = pa.array([], pa.string()), np.zeros(0, bool)
    rows, occurrences = [csr_array((size, 0), dtype=np.int64)], [csr_array((size, 0), dtype=np.int64)]
    at = 0
    for batch in pa.table({"text": texts}).to_batches(max_chunksize=_CHUNK):
        tokens = pc.split_pattern(pc.fill_null(batch["text"], ""), " ")
        coded = tokens.flatten().dictionary_encode()
        new = coded.dictionary.filter(pc.invert(pc.is_in(coded.dictionary, value_set=vocabulary)))
        vocabulary, wanted = pa.concat_arrays([vocabulary, new]), np.concatenate([wanted, _wanted(new, stop)])
        codes = pc.index_in(coded.dictionary, value_set=vocabulary).to_numpy()[coded.indices.to_numpy()]
        lengths = pc.list_value_length(tokens).to_numpy()
        messages = group[at : at + len(batch)]
        at += len(batch)
        in_rows, in_all = _count_chunk(codes, lengths, wanted, messages, size)
        rows.append(in_rows)
        occurrences.append(in_all)
    order = np.flatnonzero(wanted)
    order = order[pc.sort_indices(vocabulary.take(pa.array(order))).to_numpy()]
    return WordCounts(
        vocabulary.take(pa.array(order)).to_numpy(zero_copy_only=False),
        _sum(rows, size, len(vocabulary))[:, order],
        _sum(occurrences, size, len(vocabulary))[:, order],
        np.bincount(group, minlength=size),
    )


def key_words(counts: WordCounts, limit: int, *, min_rows: int = 2) -> KeyWords:
    """For each group the words that mark it out most against all other groups.

    Args:
        limit: words a group.
        min_rows: messages of the group that must have the word.

    Returns:
        Sorted by group, then score and rows from large to small, then word.
    """
    cells = counts.rows.tocoo()
    group, word, rows = (array.astype(np.int64) for array in (cells.row, cells.col, cells.data))
    everywhere, whole = np.asarray(counts.rows.sum(axis=0)), int(counts.messages.sum())
    inside = counts.messages[group]
    score = log_likelihood(rows, inside, everywhere[word] - rows, whole - inside)
    keep = np.flatnonzero((score > 0) & (rows >= min_rows))
    order = keep[np.lexsort((word[keep], -rows[keep], -score[keep], group[keep]))]
    sizes = np.bincount(group[order], minlength=len(counts.messages))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + 1
    top = order[rank <= limit]
    return KeyWords(
        group[top],
        word[top],
        rows[top],
        everywhere[word[top]] * inside[top] / max(whole, 1),
        score[top],
        rank[rank <= limit],
    )


def _wanted(words: pa.StringArray, stop: pa.StringArray) -> NDArray[np.bool_]:
    """Which words are worth counting: no stop words, punctuation, single digits or single Latin letters, and no long numbers, which are
    somebody's telephone, card or order; emoji are, bool [v].
    """
    worth = pc.and_not(pc.match_substring_regex(words, _WORD), pc.is_in(words, value_set=stop))
    worth = pc.and_not(worth, pc.match_substring_regex(words, r"[0-9]{6,}"))
    return np.asarray(worth.to_numpy(zero_copy_only=False), bool)


def _count_chunk(
    codes: NDArray[np.int32], lengths: NDArray[np.int32], wanted: NDArray[np.bool_], group: NDArray[np.int64], size: int
) -> tuple[csr_array, csr_array]:
    """Rows and occurrences, csr [size, v] each, of messages that have `lengths` words with these codes, one after the other."""
    keep = wanted[codes]
    kept_before = np.concatenate([[0], np.cumsum(keep)])
    offsets = kept_before[np.concatenate([[0], np.cumsum(lengths)])]
    words = codes[keep]
    messages = len(lengths)
    contains = csr_array((np.ones(len(words), np.int64), words, offsets), shape=(messages, len(wanted)))
    of_group = csr_array((np.ones(messages, np.int64), (group, np.arange(messages))), shape=(size, messages))
    occurrences = of_group @ contains
    contains.sum_duplicates()
    contains.data[:] = 1
    return of_group @ contains, occurrences


def _sum(parts: list[csr_array], rows: int, columns: int) -> csr_array:
    """The sum of counts whose vocabularies are beginnings of one another."""
    widened = [csr_array((part.data, part.indices, part.indptr), shape=(rows, columns)) for part in parts]
    return csr_array(sum(widened[1:], start=widened[0]))
