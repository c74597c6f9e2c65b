"""Two classifiers of the same classes as one: their log-probabilities added, a share each."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.models import ModelIdentity
from jianwei.text._base import Classifier

__all__ = ["Together"]

_LEAST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """P(class) in proportion to the product of each model's P(class) to the power of its share (logarithmic pooling).

    Attributes:
        name: of the whole.
        models: classifiers with the same classes in the same order, which exclude each other.
        shares: what each counts; their sum is also how sure the whole is.
    """

    name: str
    models: tuple[Classifier, ...]
    shares: tuple[float, ...]

    @property
    def identity(self) -> ModelIdentity:
        """The name, and a version that changes with any of the models or shares."""
        parts = [(m.identity.name, m.identity.version) for m in self.models]
        return ModelIdentity(self.name, sha256(repr((parts, self.shares)).encode()).hexdigest()[:16])

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.models[0].classes

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, classes], rows sum to 1."""
        logits = np.zeros((len(texts), len(self.classes)), np.float32)
        for model, share in zip(self.models, self.shares, strict=True):
            logits += np.float32(share) * np.log(np.maximum(model.probabilities(texts), np.float32(_LEAST)))
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return chances
