"""Sentiment of short Chinese texts: negative, neutral, positive.

The packaged model "words" is deliberately simple: a multinomial logistic regression over which words, and which pairs of neighbouring words
("不 好"), occur in a text. It reads no irony and no negation beyond the neighbour. How it was trained and how well it does stands in
docs/models/sentiment-words.md; `tools/train_sentiment.py` trains it again.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import InputError
from jianwei.models import Located, ModelEntry, ModelIdentity, locate
from jianwei.text._base import SentimentModel
from jianwei.text.features import presence, rows_of
from jianwei.text.inputs import Texts, as_strings, portions
from jianwei.text.words import is_word, tokenize_array

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CLASSES", "ENTRY", "SentimentScores", "WordsModel", "default_model", "pack", "sentiment"]

CLASSES = ("negative", "neutral", "positive")
ENTRY = ModelEntry(
    name="words",
    file="sentiment-words.npz",
    sha256="10771db8ea8ed81792a198d5af20110949e656ceef169e9287e8c59ddd1338b8",
    package="jianwei.text.data",
    hint="install jianwei again",
)
_FORMAT = 1


@dataclass(frozen=True, slots=True, eq=False)
class SentimentScores:
    """How probable each sentiment is for n texts.

    Attributes:
        probabilities: float32 [n, 3], columns as in `classes`, rows sum to 1.
        identity: the model that says so.
        classes: ("negative", "neutral", "positive").
    """

    probabilities: NDArray[np.float32]
    identity: ModelIdentity
    classes: tuple[str, ...] = CLASSES

    @property
    def label(self) -> NDArray[np.str_]:
        """str [n]: the most probable class."""
        labels: NDArray[np.str_] = np.array(self.classes)[self.probabilities.argmax(axis=1)]
        return labels

    @property
    def score(self) -> NDArray[np.float32]:
        """float32 [n]: the probability of `label`."""
        scores: NDArray[np.float32] = self.probabilities.max(axis=1)
        return scores

    @property
    def positive(self) -> NDArray[np.float32]:
        """float32 [n]: P(positive | not neutral), what a model without a neutral class would call "positive"."""
        negative, positive = (self.probabilities[:, self.classes.index(name)] for name in ("negative", "positive"))
        return positive / (positive + negative)

    def to_arrow(self) -> pa.Table:
        """Columns label (string) and one float32 column a class."""
        columns = {name: self.probabilities[:, i] for i, name in enumerate(self.classes)}
        return pa.table({"label": pa.array(self.label.tolist(), pa.string()), **columns})

    def to_pandas(self) -> pd.DataFrame:
        """`to_arrow` as a pandas DataFrame."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def __len__(self) -> int:
        return len(self.probabilities)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        yield from self.to_arrow().to_pylist()


@dataclass(frozen=True, eq=False)
class WordsModel:
    """Weights of words and of pairs of neighbours; the logits are their sum over the square root of their number.

    Attributes:
        identity: ("words", sha256 of the file).
        words: folded vocabulary, string [w].
        pairs: ascending int64 [p] keys of `features.neighbours`.
        weights: float32 [w + p, 3].
        intercept: float32 [3], the logits of a text without a known word.
    """

    identity: ModelIdentity
    words: pa.StringArray
    pairs: NDArray[np.int64]
    weights: NDArray[np.float32]
    intercept: NDArray[np.float32]
    classes: tuple[str, ...] = CLASSES

    @classmethod
    def load(cls, located: Located) -> WordsModel:
        """The model in a file that `pack` wrote.

        Raises:
            InputError: the file is something else.
        """
        try:
            with np.load(io.BytesIO(located.data), allow_pickle=False) as stored:
                if int(stored["format"]) != _FORMAT:
                    raise ValueError(f"format {int(stored['format'])}, this version reads {_FORMAT}")
                words = pa.array(stored["words"].tobytes().decode().split("\n"), pa.string())
                weights = stored["weights"].astype(np.float32) * stored["scale"]
                pairs = stored["pairs"].astype(np.int64)
                model = cls(located.identity, words, pairs @ [len(words), 1], weights, stored["intercept"])
        except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(
                located.where, f"this is no sentiment model ({error})", "make one with tools/train_sentiment.py"
            ) from error
        if model.weights.shape != (len(words) + len(pairs), len(CLASSES)):
            raise InputError(located.where, "this is no sentiment model (its parts differ in length)")
        return model

    def probabilities(self, texts: pa.StringArray, tokens: pa.ListArray) -> NDArray[np.float32]:
        """float32 [n, 3], rows sum to 1; a row depends on its own tokens only, to the last bit."""
        rows, features = presence(tokens, self.words, self.pairs)
        spoken = np.zeros(len(tokens), bool)  # marks weigh in beside words ("好!"), but alone they say nothing
        spoken[rows_of(tokens)[is_word(tokens.values.dictionary)[tokens.values.indices.to_numpy()]]] = True
        rows, features = rows[spoken[rows]], features[spoken[rows]]
        known = np.sqrt(np.maximum(np.bincount(rows, minlength=len(tokens)), 1))
        sums = [np.bincount(rows, column, len(tokens)) for column in self.weights[features].T]
        logits = np.stack(sums, axis=1) / known[:, None] + self.intercept
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances: NDArray[np.float32] = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        return chances


def pack(
    words: Sequence[str],
    pairs: NDArray[np.int64],
    weights: NDArray[np.float64],
    intercept: NDArray[np.float64],
) -> bytes:
    """The bytes of a model file: weights as int8 with a scale a class, deflated; the same arguments give the same bytes.

    Args:
        words: folded vocabulary, at most 65,536.
        pairs: int [p, 2], indices into `words`, in ascending order.
        weights: float [w + p, 3].
        intercept: float [3].
    """
    scale = np.abs(weights).max(axis=0) / 127
    scale[scale == 0] = 1
    parts: dict[str, Any] = {
        "format": np.int64(_FORMAT),
        "words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "pairs": pairs.astype(np.uint16),
        "weights": np.rint(weights / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
        "intercept": intercept.astype(np.float32),
    }
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **parts)
    return buffer.getvalue()


@cache
def default_model(path: str | os.PathLike[str] | None = None) -> WordsModel:
    """The words model at `path`; without a path the one that `models.locate` finds, at last the packaged one.

    Raises:
        ModelNotFoundError: there is no such file, or the packaged one is damaged.
        InputError: the file is no sentiment model.
    """
    return WordsModel.load(locate(ENTRY, path=path))


def sentiment(texts: Texts, model: SentimentModel | None = None) -> SentimentScores:
    """Sentiment of every text.

    Args:
        texts: list, Arrow, pandas or Polars column of n texts. None, bare punctuation and texts without a known word get what the
            model says of no words at all (the packaged one: neutral).
        model: another model; the packaged "words" by default.

    Raises:
        UsageError: a single string was given.

    >>> sentiment(["物流太慢了", "什么时候发货？", "很喜欢，谢谢"]).label.tolist()
    ['negative', 'neutral', 'positive']
    """
    chosen = default_model() if model is None else model
    scores = [
        chosen.probabilities(portion, tokenize_array(portion))
        for portion in portions(as_strings(texts, "text.sentiment"))
    ]
    empty = np.zeros((0, len(chosen.classes)), np.float32)
    return SentimentScores(np.concatenate([empty, *scores]), chosen.identity, chosen.classes)
