"""TextRank: words that keep company with many others are what a text is about. Needs no table of how common words are in general.

The graph is that of Mihalcea & Tarau 2004 ("TextRank: Bringing Order into Texts") as jieba builds it: words are joined once for every time
that they stand at most four tokens apart, and a word is as weighty as the words it is joined to, of whose weight they hand on 0.85. All
texts of a portion are one graph whose parts do not touch, so a step for thousands of texts is one sparse product.

jieba goes round its graph ten times, which is not enough: carried on for a hundred rounds, its weights are these to the last digit shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import rjieba
from numpy.typing import NDArray
from scipy.sparse import csr_array

from jianwei.errors import UsageError
from jianwei.text.cutting.features import rows_of
from jianwei.text.cutting.words import tokenize_array
from jianwei.text.inputs import Texts, as_strings, portions
from jianwei.text.salience.terms import Keywords, best_of_each, is_content

__all__ = ["PARTS_OF_SPEECH", "has_part_of_speech", "textrank", "textrank_array"]

PARTS_OF_SPEECH = frozenset({"n", "ns", "vn", "v"})
"""Nouns, places and verbs in the tag set of jieba's dictionary: what TextRank ranks unless told otherwise."""

_WINDOW = 5
_DAMPING = 0.85
# The error shrinks by the damping at every step, and what is left of it is rounded away: words of the same weight are the same to the
# last bit, and no text's result depends on the texts beside it.
_STEPS, _DECIMALS = 100, 6


def has_part_of_speech(words: pa.StringArray, wanted: Set[str] = PARTS_OF_SPEECH) -> NDArray[np.bool_]:
    """bool [n]: whether the dictionary gives a word one of the parts of speech. A word that it lacks has none.

    >>> has_part_of_speech(pa.array(["物流", "发货", "漂亮", "因为"])).tolist()
    [True, True, False, False]
    """
    parts: list[list[str]] = [[]]
    for piece, tag in rjieba.tag("\n".join(pc.replace_substring(words, "\n", " ").to_pylist())):
        if piece == "\n":
            parts.append([])
        else:
            parts[-1].append(tag)
    # Alone, a few words fall into pieces that they do not fall into beside others; then all pieces must be of a wanted kind.
    return np.array([bool(tags) and wanted >= set(tags) for tags in parts[: len(words)]], np.bool_)


def textrank_array(
    tokens: pa.ListArray, k: int = 5, parts_of_speech: Set[str] | None = PARTS_OF_SPEECH
) -> pa.ListArray:
    """The best words of every single text by TextRank, the earlier word first when two are equal.

    Args:
        tokens: from `tokenize_array`, n texts.
        k: how many at most.
        parts_of_speech: tags of jieba's dictionary; None for words of any kind.

    Returns:
        list<dictionary<int32, string>> [n], best first, the dictionary that of `tokens`.

    >>> textrank_array(tokenize_array(pa.array(["快递太慢，快递员态度不好，快递公司不赔"])), 1).to_pylist()
    [['快递']]
    """
    codes, rows, at = _candidates(tokens, parts_of_speech)
    size = max(len(tokens.values.dictionary), 1)
    cells, first, nodes = np.unique(rows * size + codes, return_index=True, return_inverse=True)
    scores = _rank(_graph(nodes, rows, at, len(cells)))
    cell_rows, cell_codes = np.divmod(cells, size)
    return best_of_each(cell_rows, cell_codes, scores, first, k, tokens)


def textrank(texts: Texts, k: int = 20, parts_of_speech: Set[str] | None = PARTS_OF_SPEECH) -> Keywords:
    """What many texts together are about: one graph of all their words.

    Args:
        texts: list, Arrow, pandas or Polars column.
        k: how many at most.
        parts_of_speech: tags of jieba's dictionary; None for words of any kind.

    Raises:
        UsageError: a single string was given, or `k` is below 1.

    >>> textrank(["物流公司太慢", "物流公司不错", "物流公司的态度"], k=1).to_arrow()["word"].to_pylist()
    ['公司']
    """
    if k < 1:
        raise UsageError("text.textrank", f"k = {k}, it must be 1 or more")
    places: dict[str, int] = {}
    counts = np.zeros(0, np.int64)
    parts: list[csr_array] = []
    for words, nodes, rows, at in _portions(as_strings(texts, "text.textrank"), parts_of_speech):
        ids = np.array([places.setdefault(word, len(places)) for word in words], np.int64)
        counts = np.append(counts, np.zeros(len(places) - len(counts), np.int64))
        cells = np.unique(rows * max(len(ids), 1) + nodes)
        counts += np.bincount(ids[cells % max(len(ids), 1)], minlength=len(places))
        parts.append(_graph(ids[nodes], rows, at, len(places)))
    scores = _rank(_sum(parts, len(places)))
    table = pa.table({"word": pa.array(places, pa.string()), "texts": counts, "score": scores})
    return Keywords(table.sort_by([("score", "descending"), ("word", "ascending")]).slice(0, k))


_Candidates = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _candidates(tokens: pa.ListArray, parts_of_speech: Set[str] | None) -> _Candidates:
    """Dictionary code, row and position of every token that may be a keyword."""
    words = tokens.values.dictionary
    wanted = is_content(words)
    if parts_of_speech is not None:
        wanted[wanted] = has_part_of_speech(words.filter(pa.array(wanted)), parts_of_speech)
    codes = tokens.values.indices.to_numpy()
    at = np.flatnonzero(wanted[codes])
    return codes[at].astype(np.int64), rows_of(tokens)[at], at


def _portions(
    texts: pa.StringArray, parts_of_speech: Set[str] | None
) -> Iterator[tuple[list[str], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]]:
    """For each portion: its words, and word, row and position of every candidate."""
    for portion in portions(texts):
        tokens = tokenize_array(portion)
        codes, rows, at = _candidates(tokens, parts_of_speech)
        used, nodes = np.unique(codes, return_inverse=True)
        yield pc.take(tokens.values.dictionary, pa.array(used)).to_pylist(), nodes, rows, at


def _graph(nodes: NDArray[np.int64], rows: NDArray[np.int64], at: NDArray[np.int64], size: int) -> csr_array:
    """How often two nodes stand in one window, symmetric float64 csr [size, size]."""
    ends = []
    # Candidates d apart in the list are d apart at least in the text, so that the window needs no larger d.
    for d in range(1, _WINDOW):
        near = np.flatnonzero((rows[d:] == rows[:-d]) & (at[d:] - at[:-d] < _WINDOW))
        ends.append((nodes[near], nodes[near + d]))
    one, other = (np.concatenate(side) for side in zip(*ends, strict=True))
    both = np.concatenate([one, other]), np.concatenate([other, one])
    return csr_array((np.ones(len(both[0])), both), (size, size))


def _sum(graphs: Sequence[csr_array], size: int) -> csr_array:
    """Graphs of growing sets of nodes, added up."""
    cells = [graph.tocoo() for graph in [csr_array((size, size), dtype=np.float64), *graphs]]
    data, rows, columns = (np.concatenate(part) for part in zip(*((c.data, c.row, c.col) for c in cells), strict=True))
    return csr_array((data, (rows, columns)), (size, size))


def _rank(graph: csr_array) -> NDArray[np.float64]:
    """The fixed point of s = (1 - d) + d · Σ w / Σ w(neighbour) · s(neighbour), [nodes]; a node without neighbours gets 1 - d."""
    weight = np.asarray(graph.sum(axis=0)).ravel()
    inverse = np.divide(1.0, weight, out=np.zeros_like(weight), where=weight > 0)
    scores = np.ones(graph.shape[0])
    for _ in range(_STEPS):
        scores = (1 - _DAMPING) + _DAMPING * (graph @ (scores * inverse))
    return scores.round(_DECIMALS)
