"""What a classifier said of many texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.models import ModelIdentity

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SENTIMENTS", "ClassScores", "SentimentScores"]

SENTIMENTS = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores:
    """How probable each class is for n texts.

    Attributes:
        probabilities: float32 [n, k], columns as in `classes`; rows sum to 1, unless the classes do not exclude each other.
        identity: the model that says so.
        classes: k names.
    """

    probabilities: NDArray[np.float32]
    identity: ModelIdentity
    classes: tuple[str, ...]

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


@dataclass(frozen=True, slots=True, eq=False)
class SentimentScores(ClassScores):
    """`ClassScores` of the three sentiments."""

    classes: tuple[str, ...] = SENTIMENTS

    @property
    def positive(self) -> NDArray[np.float32]:
        """float32 [n]: P(positive | not neutral), what a model without a neutral class would call "positive"."""
        negative, positive = (self.probabilities[:, self.classes.index(name)] for name in ("negative", "positive"))
        share: NDArray[np.float32] = positive / np.maximum(positive + negative, np.float32(1e-30))
        return share
