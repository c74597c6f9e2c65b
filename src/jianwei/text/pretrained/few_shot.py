"""Classifiers from a few examples: 20–50 texts a class are enough, a handful already helps.

A text is its point from a sentence embedder, less the mean of the training texts and of unit length, beside the TF-IDF of its character
n-grams, also of unit length. A multinomial logistic regression (C = 30, all classes weighing the same) learns on both; its temperature is
the one that makes five-fold cross-validation most likely (Guo et al. 2017, "On calibration of modern neural networks"). Where a class has
fewer than five examples, its mean point stands for it, and ten times the cosine with it is its logit (Snell et al. 2017, "Prototypical
networks"). Without an embedder the n-grams are all there is, which is weaker; docs/benchmarks.md says by how much.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.whole import write_whole
from jianwei.errors import InputError, UsageError
from jianwei.models import ModelIdentity
from jianwei.text._base import Embedder
from jianwei.text.inputs import Texts, as_strings
from jianwei.text.pretrained.few_shot_grams import GramTable
from jianwei.text.pretrained.few_shot_model import FewShotModel

__all__ = ["FEWEST", "FewShotClassifier"]

FEWEST = 5
"""Examples of the smallest class from which on a regression is learnt."""

_C = 30.0
_SHARPNESS = 10.0


class FewShotClassifier:
    """Learns to tell classes of texts apart from a few examples of each. It satisfies the room's Protocol `Classifier`.

    Args:
        embedder: makes a point of every text, such as `embedders.sentence_embedder()`; None goes by character n-grams alone.

    Attributes:
        classes_: array [k] of the labels, sorted, as they were given.
        model_: what was learnt.

    >>> model = FewShotClassifier().fit(["好吃", "很好吃", "难吃", "真难吃"], ["good", "good", "bad", "bad"])
    >>> model.predict(["太难吃了"]).tolist()
    ['bad']
    """

    model_: FewShotModel
    classes_: NDArray[Any]

    def __init__(self, embedder: Embedder | None = None) -> None:
        self.embedder = embedder

    def fit(self, texts: Texts, labels: Iterable[Any]) -> FewShotClassifier:
        """Learn.

        Args:
            texts: n texts; a list, Arrow, pandas or Polars column.
            labels: n labels, strings or numbers.

        Raises:
            UsageError: lengths differ, or there are not two classes.
        """
        array = as_strings(texts, "FewShotClassifier.fit")
        given = np.asarray(list(labels))
        if given.shape != (len(array),):
            raise UsageError("FewShotClassifier.fit", f"{given.shape} labels for {len(array)} texts", "give one a text")
        classes, truth, counts = np.unique(given, return_inverse=True, return_counts=True)
        if len(classes) < 2:
            raise UsageError("FewShotClassifier.fit", f"{len(classes)} class", "give examples of two classes or more")
        points = None if self.embedder is None else self.embedder.embed(array)
        middle = None if points is None else points.mean(axis=0)
        few = bool(counts.min() < FEWEST)
        grams = None if few and points is not None else GramTable.of(array)
        identity = None if self.embedder is None else self.embedder.identity
        names = tuple(str(label) for label in classes.tolist())
        model = FewShotModel(identity, names, middle, grams)
        rows = model.features(points, array)
        weights, intercept = _prototypes(rows, truth) if few else _regression(rows, truth, int(min(counts.min(), 5)))
        self.model_ = model.trained(weights, intercept)
        self.classes_ = classes
        return self

    def predict(self, texts: Texts) -> NDArray[Any]:
        """Array [n] of labels."""
        best = self.predict_proba(texts).argmax(axis=1)
        labels: NDArray[Any] = self.classes_[best]
        return labels

    def predict_proba(self, texts: Texts) -> NDArray[np.float32]:
        """float32 [n, k], columns as in `classes_`, rows sum to 1."""
        return self._fitted().probabilities(as_strings(texts, "FewShotClassifier.predict_proba"), self.embedder)

    def score(self, texts: Texts, labels: Iterable[Any]) -> float:
        """Share of texts that get their label."""
        return float(np.mean(self.predict(texts) == np.asarray(list(labels))))

    @property
    def identity(self) -> ModelIdentity:
        """("few-shot", the beginning of the sha256 of what `save` writes)."""
        return self._fitted().identity

    @property
    def classes(self) -> tuple[str, ...]:
        """`classes_` as strings."""
        return self._fitted().classes

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """As the Protocol `Classifier` wants it: `predict_proba` of an Arrow array."""
        return self._fitted().probabilities(texts, self.embedder)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what was learnt to a file: weights and names, no code, no embedder. Labels become strings."""
        write_whole(Path(path), self._fitted().pack())

    @classmethod
    def load(cls, path: str | os.PathLike[str], embedder: Embedder | None = None) -> FewShotClassifier:
        """What `save` wrote; its labels are strings.

        Args:
            path: the file.
            embedder: the one it was trained with; None where it was trained without.

        Raises:
            InputError: the file cannot be read, or is something else.
            UsageError: another embedder.
        """
        file = Path(path)
        try:
            data = file.read_bytes()
        except OSError as error:
            raise InputError(str(file), f"cannot be read ({error.strerror})", "give a file that can be read") from None
        made = cls(embedder)
        made.model_ = FewShotModel.unpack(data, str(file))
        made.model_.check(embedder)
        made.classes_ = np.array(made.model_.classes)
        return made

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor, as scikit-learn wants them."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> FewShotClassifier:
        """Change arguments of the constructor."""
        for name, value in params.items():
            if name not in inspect.signature(type(self)).parameters:
                raise UsageError("FewShotClassifier", f"has no argument {name!r}", "its only argument is embedder")
            setattr(self, name, value)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True, one_d_labels=True, multi_output=False, single_output=True),
            classifier_tags=ClassifierTags(),
            transformer_tags=None,
            regressor_tags=None,
            input_tags=InputTags(one_d_array=True, two_d_array=False, string=True, allow_nan=False),
        )

    def _fitted(self) -> FewShotModel:
        if not hasattr(self, "model_"):
            raise UsageError("FewShotClassifier", "has learnt nothing yet", "call fit first")
        return self.model_


def _prototypes(rows: Any, truth: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights [d, k] and intercept [k]: cosines with the mean row of each class."""
    classes = int(truth.max()) + 1
    belongs = np.zeros((classes, len(truth)))
    belongs[truth, np.arange(len(truth))] = 1
    means = np.asarray((rows.T @ belongs.T).T, np.float64)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return _SHARPNESS * (means / np.where(lengths == 0, 1, lengths)).T, np.zeros(classes)


def _regression(rows: Any, truth: NDArray[np.intp], folds: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights [d, k] and intercept [k] of the regression, divided by its temperature."""
    from scipy.optimize import minimize_scalar
    from sklearn.model_selection import StratifiedKFold

    held_out = np.zeros((len(truth), int(truth.max()) + 1))
    for learn, hold in StratifiedKFold(folds, shuffle=True, random_state=0).split(truth, truth):
        weights, intercept = _learnt(rows[learn], truth[learn])
        held_out[hold] = rows[hold] @ weights + intercept

    def unlikelihood(sharpness: float) -> float:
        logits = held_out * np.exp(sharpness)
        logits -= logits.max(axis=1, keepdims=True)
        own = logits[np.arange(len(truth)), truth]
        return float((np.log(np.exp(logits).sum(axis=1)) - own).mean())

    best = np.exp(minimize_scalar(unlikelihood, bounds=(-3, 3), method="bounded").x)
    weights, intercept = _learnt(rows, truth)
    return weights * best, intercept * best


def _learnt(rows: Any, truth: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.linear_model import LogisticRegression

    made = LogisticRegression(C=_C, class_weight="balanced", max_iter=1000).fit(rows, truth)
    weights, intercept = made.coef_.T.astype(np.float64), made.intercept_.astype(np.float64)
    if weights.shape[1] == 1:  # of two classes only the second has weights
        weights, intercept = np.hstack([0 * weights, weights]), np.append(0, intercept)
    return weights, intercept
