"""What a topic is about: the words that mark its texts out, and a name made of the best of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from jianwei.common.stats import log_likelihood
from jianwei.text.salience.graph import has_part_of_speech
from jianwei.text.salience.phrases import joined
from jianwei.text.topicmodel.corpus import Corpus

__all__ = ["Topic", "TopicWord", "describe"]

Ints = NDArray[np.int64]

_WORDS, _OF_NAME, _CONSIDERED = 12, 2, 8
_TOGETHER, _SEEN = 0.5, 3
# Names of things, persons and places, in the tag set of jieba's dictionary; words that it lacks are mostly names of wares.
_NAMES = frozenset({"n", "ns", "nz", "nr", "nrt", "nt", "nrfg", "vn", "eng", "x"})


class TopicWord(msgspec.Struct, frozen=True):
    """A word, or two that belong together, of a topic.

    Attributes:
        word: folded to lower case.
        texts: different texts of the topic that have it.
        score: signed log-likelihood of the topic's texts against all others, above 0 (10.8: p = 0.001).
    """

    word: str
    texts: int
    score: float


class Topic(msgspec.Struct, frozen=True):
    """What a topic is called, and its words, the most telling first."""

    name: str
    words: tuple[TopicWord, ...]


def describe(corpus: Corpus, labels: Ints) -> tuple[Topic, ...]:
    """The topics of texts; no word stands in two names.

    Args:
        corpus: n texts.
        labels: topic of each, int64 [n]; every number from 0 to the largest occurs.
    """
    pairs, presence = _phrases(corpus)
    counts = _by_topic(corpus.presence, labels)
    scores = _telling(counts, labels)
    side_by_side = _by_topic(presence, labels)
    phrases = _telling(side_by_side, labels)
    taken: set[str] = set()
    topics = []
    for topic in range(len(counts)):
        words = _words(corpus.words, counts[topic], scores[topic], pairs, side_by_side[topic], phrases[topic])
        topics.append(Topic(_name([word.word for word in words], taken), words))
    return tuple(topics)


def _by_topic(presence: csr_array, labels: Ints) -> Ints:
    """Texts of each topic with each word, [topics, words]."""
    cells = (np.ones(len(labels), np.int64), (labels, np.arange(len(labels))))
    members = csr_array(cells, (int(labels.max(initial=-1)) + 1, len(labels)))
    counts: Ints = (members @ presence.astype(np.int64)).toarray()
    return counts


def _telling(counts: Ints, labels: Ints) -> NDArray[np.float64]:
    everywhere, sizes = counts.sum(axis=0), np.bincount(labels)
    scores = [
        log_likelihood(counts[t], int(sizes[t]), everywhere - counts[t], int(sizes.sum() - sizes[t]))
        for t in range(len(counts))
    ]
    return np.array(scores).reshape(counts.shape)


def _phrases(corpus: Corpus) -> tuple[Ints, csr_array]:
    """Neighbours that are half of all texts with one of the two: [p, 2] words, and 1 where a text has them, csr [n, p]."""
    size = len(corpus.words)
    texts = np.bincount(corpus.presence.indices, minlength=size)
    text, first, second = corpus.neighbours.T
    keys, at, counts = np.unique(first * max(size, 1) + second, return_inverse=True, return_counts=True)
    one, other = np.divmod(keys, max(size, 1))
    whole = (counts >= _SEEN) & (counts >= _TOGETHER * np.minimum(texts[one], texts[other])) & (one != other)
    place = np.cumsum(whole) - 1
    kept = whole[at]
    cells = (np.ones(int(kept.sum()), np.int64), (text[kept], place[at[kept]]))
    return np.column_stack([one[whole], other[whole]]), csr_array(cells, (corpus.presence.shape[0], int(whole.sum())))


def _words(
    names: pa.StringArray,
    counts: Ints,
    scores: NDArray[np.float64],
    pairs: Ints,
    together: Ints,
    phrases: NDArray[np.float64],
) -> tuple[TopicWord, ...]:
    """The most telling words; two that mostly stand together in the topic are one."""
    best = np.argsort(-scores, kind="stable")[: 2 * _WORDS]
    best = best[scores[best] > 0]
    among = set(best.tolist())
    found = [
        (float(phrases[p]), joined(str(names[one]), str(names[other])), int(together[p]), (one, other))
        for p, (one, other) in enumerate(pairs.tolist())
        if {one, other} <= among and together[p] >= _TOGETHER * min(counts[one], counts[other]) and phrases[p] > 0
    ]  # fmt: skip
    merged: set[int] = set()
    entries: list[tuple[float, str, int]] = []
    for score, phrase, texts, parts in sorted(found, key=lambda entry: (-entry[0], entry[1])):
        if not merged & set(parts):
            swallowed = [part for part in parts if texts >= _TOGETHER * counts[part]]
            merged.update(swallowed)
            entries.append((max(score, *(float(scores[part]) for part in swallowed)), phrase, texts))
    entries += [(float(scores[w]), str(names[w]), int(counts[w])) for w in best.tolist() if w not in merged]
    entries.sort(key=lambda entry: (-entry[0], entry[1]))
    return tuple(TopicWord(word, texts, score) for score, word, texts in entries[:_WORDS])


def _name(words: Sequence[str], taken: set[str]) -> str:
    """The first words that name things, then whatever there is; words of names before are not taken again."""
    considered = [word for word in words[:_CONSIDERED] if word not in taken] or list(words[:1])
    things = has_part_of_speech(pa.array(considered, pa.string()), _NAMES).tolist()
    ordered = sorted(zip(considered, things, strict=True), key=lambda entry: not entry[1])
    chosen = [word for word, _ in ordered[:_OF_NAME]]
    taken.update(chosen)
    return "·".join(chosen)
