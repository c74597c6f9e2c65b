"""What is asked of a model of characters, whatever is behind it: counts, a neural network, a mixture."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.text.lm.vocabulary import Vocabulary

__all__ = ["CharacterModel", "Suggestion"]


class Suggestion(NamedTuple):
    """What may come next: one character or several, "" for the end of the text, and how probable that is."""

    text: str
    probability: float


class CharacterModel(Protocol):
    """Says how probable every character is after those before it in its text.

    Attributes:
        vocabulary: the characters that it knows.
    """

    @property
    def vocabulary(self) -> Vocabulary: ...

    def log_probabilities(self, texts: pa.StringArray) -> NDArray[np.float64]:
        """Natural logarithms, float64, one for every id in `vocabulary.ids(texts)`; 0 for begin marks. Texts must not be null."""
        ...

    def expect(self, context: str) -> NDArray[np.float64]:
        """float64 [ids]: the probability of every id after a context, which begins a text. They sum to 1."""
        ...
