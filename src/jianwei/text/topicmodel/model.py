"""A topic model: fitted to texts once, kept in a file, and asked for the topics of other texts.

Short texts share few words, so that factorising the table of texts and words finds little in them. Here words are first placed by
the company they keep (`vectors`), texts are clustered by the directions of their words, and a mixture of word distributions draws the
lines (`clusters`). The model that is kept is the mixture: logarithms to look up and add for each word.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_array

from jianwei.common.results import Reason, Unavailable
from jianwei.common.whole import write_whole
from jianwei.errors import InputError, UsageError
from jianwei.text.cutting.words import tokenize_array
from jianwei.text.inputs import Texts, as_strings, portions
from jianwei.text.topicmodel.choice import choose_number
from jianwei.text.topicmodel.clusters import Mixture, mixture, spherical_k_means
from jianwei.text.topicmodel.corpus import Corpus, gather, same_words, seen
from jianwei.text.topicmodel.naming import Topic, describe
from jianwei.text.topicmodel.vectors import text_vectors, word_vectors

__all__ = ["Assignment", "TopicModel"]

_FORMAT = 1
_LEAST_TEXTS, _LEAST_DIFFERENT = 30, 10
_MOST_TEXTS = 100_000
_LARGEST = 200


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """The topics of n texts.

    Attributes:
        topic: number of the topic, int64 [n]; -1 for a text without any word that the model knows.
        weight: how probable it is that the text is of this topic and of no other, float32 [n]; 0 for -1.
    """

    topic: NDArray[np.int64]
    weight: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.topic)


@dataclass(frozen=True, slots=True, eq=False)
class TopicModel:
    """Topics, the largest first.

    Attributes:
        words: the vocabulary, folded and sorted, strings [v].
        mixture: log-probabilities of words and topics.
        topics: name and words of each topic.

    >>> texts = [f"{a}{b}" for a in ("物流太慢", "快递物流", "快递太慢") for b in ("包裹", "发货", "送货")] * 3
    >>> texts += [f"{a}{b}" for a in ("房间干净", "酒店房间", "酒店干净") for b in ("早餐", "前台", "服务")] * 3
    >>> model = TopicModel.fit(texts, 2)
    >>> one, other, none = model.transform(["物流什么时候送货", "前台服务", "。"]).topic.tolist()
    >>> sorted([one, other]), none
    ([0, 1], -1)
    """

    words: pa.StringArray
    mixture: Mixture
    topics: tuple[Topic, ...]

    @classmethod
    def fit(cls, texts: Texts, k: int | Literal["auto"] = "auto", *, seed: int = 0) -> TopicModel | Unavailable:
        """Topics of texts. The same texts in any order give the same topics.

        Args:
            texts: list, Arrow, pandas or Polars column.
            k: number of topics, at least 2; there may be fewer when the texts have fewer. "auto": see `choose_number`.
            seed: of the random starts.

        Returns:
            Unavailable where there are too few texts ("few_texts"), or nothing tells them apart ("no_topics").

        Raises:
            UsageError: a single string was given, or `k` is out of bounds.
        """
        strings = as_strings(texts, "TopicModel.fit")
        return cls.fit_corpus(gather(tokenize_array(portion) for portion in portions(strings)), k, seed=seed)

    @classmethod
    def fit_corpus(
        cls, corpus: Corpus, k: int | Literal["auto"] = "auto", *, seed: int = 0
    ) -> TopicModel | Unavailable:
        """`fit`, for texts that were cut into words before.

        Texts with the same content words count once, and of more than 100,000 different ones a part is taken that depends on
        the words alone.
        """
        if k != "auto" and not 2 <= k <= _LARGEST:
            raise UsageError("topics.k", f"k = {k}, it must be from 2 to {_LARGEST}", 'or "auto"')
        different, kinds = same_words(corpus)
        spoken = int((kinds >= 0).sum())
        if spoken < _LEAST_TEXTS:
            return Unavailable(Reason("few_texts", {"texts": spoken, "needed": _LEAST_TEXTS}))
        sample = corpus.rows(different[:_MOST_TEXTS])
        vocabulary = _vocabulary(sample)
        presence = sample.presence[:, vocabulary]
        known = np.flatnonzero(np.diff(presence.indptr))
        if len(known) < _LEAST_DIFFERENT or len(vocabulary) < 2:
            return Unavailable(Reason("few_texts", {"texts": len(known), "needed": _LEAST_DIFFERENT}))
        presence = presence[known]
        vectors = text_vectors(presence, word_vectors(presence))
        chosen = choose_number(presence, vectors, seed) if k == "auto" else min(k, len(known) // 2)
        found, labels = mixture(presence, spherical_k_means(vectors, chosen, seed), chosen)
        if len(found.topics) < 2:
            return Unavailable(Reason("no_topics"))
        order = np.argsort(-np.bincount(labels), kind="stable")
        topics = describe(sample.rows(known), np.argsort(order)[labels])
        words = corpus.words.take(pa.array(vocabulary))
        # As precise as a file keeps it, so that a model says the same before and after.
        kept = found.words[order].astype(np.float32).astype(np.float64)
        return cls(words, Mixture(kept, found.topics[order]), topics)

    def transform(self, texts: Texts) -> Assignment:
        """The topics of texts, of those fitted or any others.

        Raises:
            UsageError: a single string was given.
        """
        strings = as_strings(texts, "TopicModel.transform")
        return self.transform_tokens(tokenize_array(portion) for portion in portions(strings))

    def transform_tokens(self, batches: Iterable[pa.ListArray]) -> Assignment:
        """`transform`, for batches as `tokenize_array` gives them."""
        topics, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        for tokens in batches:
            presence = seen(tokens, self.words)
            scores = self.mixture.scores(presence)
            known = np.diff(presence.indptr) > 0
            best = scores.argmax(axis=1)
            weight = np.exp(scores.max(axis=1) - np.logaddexp.reduce(scores, axis=1)).astype(np.float32)
            topics.append(np.where(known, best, -1))
            weights.append(np.where(known, weight, np.float32(0)))
        return Assignment(np.concatenate(topics), np.concatenate(weights))

    def typical(self, corpus: Corpus, topic: NDArray[np.int64], many: int = 3) -> list[list[int]]:
        """The most typical texts of every topic, best first: those of whose words the topic has more than texts in general have.

        Args:
            corpus: n texts.
            topic: theirs, int64 [n], from `transform`.
            many: texts a topic; one that shares half of its words with a better one is left out.
        """
        different, _ = same_words(corpus)
        place = pc.fill_null(pc.index_in(corpus.words, value_set=self.words), -1).to_numpy()
        overall = np.logaddexp.reduce(self.mixture.words + self.mixture.topics[:, None], axis=0)
        peculiar = np.where(place >= 0, (self.mixture.words - overall)[:, place], 0.0)
        presence = corpus.presence[different]
        # A few words more in the denominator: one telling word alone is no example.
        lengths = np.diff(presence.indptr) + 3
        found = []
        for number in range(len(self.topics)):
            mine = np.flatnonzero(topic[different] == number)
            scores = (presence[mine] @ peculiar[number]) / lengths[mine]
            best = mine[np.argsort(-scores, kind="stable")[: 10 * many]]
            found.append(different[_unlike(presence, best.tolist())[:many]].tolist())
        return found

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file: numbers and words, no code."""
        parts: dict[str, Any] = {
            "format": np.int64(_FORMAT),
            "words": np.frombuffer("\n".join(self.words.to_pylist()).encode(), np.uint8),
            "of_words": self.mixture.words.astype(np.float32),
            "of_topics": self.mixture.topics,
            "topics": np.frombuffer(msgspec.json.encode(self.topics), np.uint8),
        }
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **parts)
        write_whole(Path(path), buffer.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> TopicModel:
        """The model in a file that `save` wrote.

        Raises:
            InputError: the file cannot be read or is something else.
        """
        file = Path(path)
        try:
            with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
                if int(stored["format"]) != _FORMAT:
                    raise ValueError(f"format {int(stored['format'])}, this version reads {_FORMAT}")
                words = pa.array(stored["words"].tobytes().decode().split("\n"), pa.string())
                found = Mixture(stored["of_words"].astype(np.float64), stored["of_topics"].astype(np.float64))
                topics = msgspec.json.decode(stored["topics"].tobytes(), type=tuple[Topic, ...])
        except OSError as error:
            raise InputError(str(file), f"cannot be read ({error.strerror or error})") from error
        except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(str(file), f"this is no topic model ({error})", "make one with TopicModel.save") from error
        if found.words.shape != (len(topics), len(words)) or found.topics.shape != (len(topics),):
            raise InputError(str(file), "this is no topic model (its parts differ in length)")
        return cls(words, found, topics)


def _vocabulary(corpus: Corpus) -> NDArray[np.int64]:
    """Words in more than a few texts, and in no more than half of them."""
    texts = corpus.presence.shape[0]
    having = np.bincount(corpus.presence.indices, minlength=len(corpus.words))
    least = max(min(5, 2 + texts // 1000), texts // 20_000)
    return np.flatnonzero((having >= least) & (having <= max(texts // 2, least)))


def _unlike(presence: csr_array, rows: list[int]) -> list[int]:
    """The rows, without those that share half of their words with an earlier one."""
    chosen: list[int] = []
    held: list[set[int]] = []
    for row in rows:
        words = set(presence.indices[presence.indptr[row] : presence.indptr[row + 1]].tolist())
        if all(2 * len(words & others) < min(len(words), len(others)) for others in held):
            chosen.append(row)
            held.append(words)
    return chosen
