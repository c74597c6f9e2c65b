"""Two models as one: a weighted mean of their probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.text.inputs import Texts, as_strings
from jianwei.text.lm._base import CharacterModel
from jianwei.text.lm.vocabulary import BEGIN_ID, Vocabulary

__all__ = ["Mixture", "best_weight"]


@dataclass(frozen=True, slots=True)
class Mixture:
    """Satisfies `CharacterModel`.

    Attributes:
        first, second: models over the same vocabulary.
        weight: of the second, from 0 to 1; see `best_weight`.

    Raises:
        UsageError: the vocabularies differ, or the weight is out of bounds.
    """

    first: CharacterModel
    second: CharacterModel
    weight: float = 0.5

    def __post_init__(self) -> None:
        if self.first.vocabulary.characters != self.second.vocabulary.characters:
            raise UsageError("mixture", "the two models know different characters", "train both with one vocabulary")
        if not 0 <= self.weight <= 1:
            raise UsageError("mixture", f"the weight {self.weight} is not between 0 and 1", "let best_weight find it")

    @property
    def vocabulary(self) -> Vocabulary:
        return self.first.vocabulary

    def log_probabilities(self, texts: pa.StringArray) -> NDArray[np.float64]:
        """See `CharacterModel`."""
        one, two = self.first.log_probabilities(texts), self.second.log_probabilities(texts)
        mixed: NDArray[np.float64] = np.log((1 - self.weight) * np.exp(one) + self.weight * np.exp(two))
        return mixed

    def expect(self, context: str) -> NDArray[np.float64]:
        """See `CharacterModel`."""
        return (1 - self.weight) * self.first.expect(context) + self.weight * self.second.expect(context)


def best_weight(first: CharacterModel, second: CharacterModel, texts: Texts, rounds: int = 50) -> float:
    """The weight of the second model under which texts are most probable, by expectation maximisation.

    Args:
        first, second: models over the same vocabulary.
        texts: seen by neither in training, and not those that results are reported on.
        rounds: of the algorithm.
    """
    given = as_strings(texts, "best_weight").drop_null()
    real = first.vocabulary.ids(given) != BEGIN_ID
    one, two = (np.exp(model.log_probabilities(given)[real]) for model in (first, second))
    weight = 0.5
    for _ in range(rounds if real.any() else 0):
        share = weight * two
        weight = float(np.mean(share / (share + (1 - weight) * one)))
    return weight
