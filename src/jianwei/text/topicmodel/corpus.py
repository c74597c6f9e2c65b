"""Texts as topics see them: which content words stand in each, and which of the texts say the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_array

from jianwei.text.cutting.features import fold, rows_of
from jianwei.text.salience.terms import is_content

__all__ = ["Corpus", "gather", "same_words", "seen"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """Content words of n texts, folded to lower case.

    Attributes:
        words: every content word, sorted, strings [v].
        presence: 1 where a text has a word, however often, float32 csr [n, v].
        neighbours: content words that stand side by side, int64 [pairs, 3]: text, first word, second word; each pair once a text.
    """

    words: pa.StringArray
    presence: csr_array
    neighbours: Ints

    def rows(self, chosen: Ints) -> Corpus:
        """Some of the texts, in the order given; the words stay."""
        at = np.full(self.presence.shape[0], -1, np.int64)
        at[chosen] = np.arange(len(chosen))
        pairs = self.neighbours[at[self.neighbours[:, 0]] >= 0]
        return Corpus(self.words, self.presence[chosen], np.column_stack([at[pairs[:, 0]], pairs[:, 1:]]))


def gather(batches: Iterable[pa.ListArray]) -> Corpus:
    """The corpus of texts that come in batches, list<dictionary<int32, string>> as `tokenize_array` gives them.

    >>> tokens = pa.array([["物流", "太慢", "了"], ["物流", "，", "物流"]])
    >>> corpus = gather([tokens.cast(pa.list_(pa.dictionary(pa.int32(), pa.string())))])
    >>> corpus.words.to_pylist(), corpus.presence.toarray().tolist(), corpus.neighbours.tolist()
    (['太慢', '物流'], [[1.0, 1.0], [0.0, 1.0]], [[0, 1, 0]])
    """
    places: dict[str, int] = {}
    ids, rows, follows = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, bool)]
    texts = 0
    for tokens in batches:
        words = tokens.values.dictionary
        wanted = is_content(words)
        place = np.full(len(words), -1, np.int64)
        folded = fold(words.filter(pa.array(wanted))).to_pylist()
        place[wanted] = np.fromiter((places.setdefault(word, len(places)) for word in folded), np.int64, len(folded))
        found = place[tokens.values.indices.to_numpy()]
        at = np.flatnonzero(found >= 0)
        ids.append(found[at])
        rows.append(rows_of(tokens)[at] + texts)
        follows.append(np.diff(at, prepend=-2) == 1)
        texts += len(tokens)
    vocabulary = pa.array(places, pa.string())
    order = pc.sort_indices(vocabulary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    word, row, follow = rank[np.concatenate(ids)], np.concatenate(rows), np.concatenate(follows)
    return Corpus(
        vocabulary.take(pa.array(order)), _presence(row, word, (texts, len(order))), _pairs(row, word, follow)
    )


def seen(tokens: pa.ListArray, words: pa.StringArray) -> csr_array:
    """1 where a text has one of some folded, sorted words, float32 csr [texts, words]."""
    place = pc.fill_null(pc.index_in(fold(tokens.values.dictionary), value_set=words), -1).to_numpy().astype(np.int64)
    found = place[tokens.values.indices.to_numpy()]
    known = found >= 0
    return _presence(rows_of(tokens)[known], found[known], (len(tokens), len(words)))


def same_words(corpus: Corpus) -> tuple[Ints, Ints]:
    """Which texts have the very same content words: marks, particles and the order make no difference.

    Returns:
        one text of every kind, in an order that depends on the words alone; and the kind of each text, -1 for texts without words.
    """
    # Sums of 64 random bits a word: two sets of words in a million collide once in 10 million such corpora.
    codes = np.random.default_rng(0).integers(0, 2**63, len(corpus.words), dtype=np.uint64) * np.uint64(2) + np.uint64(
        1
    )
    presence = corpus.presence
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(codes[presence.indices])])[presence.indptr]
    keys = np.diff(sums)
    some = np.flatnonzero(np.diff(presence.indptr))
    _, first, kind = np.unique(keys[some], return_index=True, return_inverse=True)
    kinds = np.full(len(keys), -1, np.int64)
    kinds[some] = kind
    return some[first], kinds


def _presence(rows: Ints, words: Ints, shape: tuple[int, int]) -> csr_array:
    cells = np.unique(rows * max(shape[1], 1) + words)
    at = np.divmod(cells, max(shape[1], 1))
    return csr_array((np.ones(len(cells), np.float32), at), shape)


def _pairs(rows: Ints, words: Ints, follows: NDArray[np.bool_]) -> Ints:
    second = np.flatnonzero(follows[1:] & (rows[1:] == rows[:-1])) + 1
    pairs: Ints = np.unique(np.column_stack([rows[second], words[second - 1], words[second]]), axis=0)
    return pairs
