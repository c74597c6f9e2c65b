"""How well a model foresees texts, and how odd it finds each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.text.inputs import Texts, as_strings
from jianwei.text.lm._base import CharacterModel
from jianwei.text.lm.vocabulary import BEGIN_ID, END_ID, UNKNOWN_ID

__all__ = ["Evaluation", "evaluate", "held_out", "typical"]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a model foresees texts.

    Attributes:
        perplexity: e to the mean of −ln p over all characters and the ends of all texts. An unknown character counts with the probability
            of "any unknown character".
        perplexity_inside: the same without the ends.
        texts: how many, empty ones left out.
        characters: in all texts, ends not counted.
        unknown: those among them that the vocabulary lacks.
    """

    perplexity: float
    perplexity_inside: float
    texts: int
    characters: int
    unknown: int


def evaluate(model: CharacterModel, texts: Texts) -> Evaluation:
    """Evaluate a model on texts it was not trained on; nulls and empty texts are left out.

    Raises:
        UsageError: there is no text.
    """
    given = as_strings(texts, "evaluate").drop_null()
    ids = model.vocabulary.ids(given)
    ends = ids == END_ID
    empty = np.r_[False, ends[1:] & (ids[:-1] == BEGIN_ID)]
    wanted = (ids != BEGIN_ID) & ~empty
    if not wanted.any():
        raise UsageError("evaluate", "there is no text", "pass texts that the model was not trained on")
    logs = model.log_probabilities(given)
    inside = wanted & ~ends
    return Evaluation(
        perplexity=float(np.exp(-logs[wanted].mean())),
        perplexity_inside=float(np.exp(-logs[inside].mean())),
        texts=int(np.count_nonzero(wanted & ends)),
        characters=int(np.count_nonzero(inside)),
        unknown=int(np.count_nonzero(ids == UNKNOWN_ID)),
    )


def typical(model: CharacterModel, texts: Texts) -> NDArray[np.float64]:
    """float64 [n]: the mean of ln p over each text's characters and its end; the lower, the odder. Null counts as an empty text."""
    given = as_strings(texts, "score").fill_null("")
    if not len(given):
        return np.empty(0)
    begins = np.flatnonzero(model.vocabulary.ids(given) == BEGIN_ID)
    logs = model.log_probabilities(given)
    lengths = np.diff(np.r_[begins, len(logs)]) - 1
    means: NDArray[np.float64] = np.add.reduceat(logs, begins) / lengths
    return means


def held_out(keys: Iterable[str]) -> NDArray[np.bool_]:
    """bool [n]: whether each belongs to the tenth that a fixed hash of it names. Equal texts are on one side, always and everywhere.

    >>> held_out(["a", "b", "a"]).tolist()
    [True, False, True]
    """
    hashes = (sha256(key.encode("utf-8", "replace")).digest()[:8] for key in keys)
    return np.array([int.from_bytes(digest, "big") % 10 == 0 for digest in hashes], bool)
