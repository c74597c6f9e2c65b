"""A text classifier with scikit-learn's conventions. Only training imports scikit-learn; loading and predicting do not.

Two tiers: "fast" is one table of character n-grams (`linear`); "accurate" adds word n-grams and, where the extra "neural" is
installed, a layer on the packaged reader (`blend`): a few points better, and hundreds of times slower.
"""

from __future__ import annotations

import inspect
import io
import os
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.whole import write_whole
from jianwei.errors import InputError, MissingExtraError, ModelNotFoundError, UsageError
from jianwei.models import ModelIdentity
from jianwei.text.blend.model import BlendedModel, Encoder
from jianwei.text.inputs import Texts, as_strings
from jianwei.text.linear.explaining import Explanation, explain
from jianwei.text.linear.hashing import NGrams
from jianwei.text.linear.model import Kind, LinearModel
from jianwei.text.linear.recipe import STRENGTHS, Recipe

__all__ = ["TextClassifier", "Tier", "unpack"]

Tier: TypeAlias = Literal["fast", "accurate"]
_Model: TypeAlias = LinearModel | BlendedModel
_LABELS = {
    "i": np.int64,
    "u": np.int64,
    "f": np.float64,
    "b": np.bool_,
}  # kinds of labels that a file keeps beside strings
_LABEL_FILE = "labels.npy"
MOST_CLASSES = 1_000
_FEW_CLASSES = 50


def unpack(data: bytes, where: str, name: str) -> LinearModel | BlendedModel:
    """The trained model in a file's bytes, of whichever tier it is.

    Raises:
        InputError: they are something else.
        MissingExtraError: it needs an extra that is not installed.
    """
    return (BlendedModel if b"blend.npy" in data[:200] else LinearModel).unpack(data, where, name)


class TextClassifier:
    """Learns to tell classes of texts apart; see `linear.training` and `blend.training` for the methods.

    It works with scikit-learn's `clone`, pipelines, `cross_val_score` and `GridSearchCV`, and satisfies the room's Protocol `Classifier`.

    Args:
        ngrams: shortest and longest n-gram, in characters, 1 to 4.
        bits: n-grams are hashed into 2 ** bits buckets.
        min_texts: an n-gram counts when it is in as many training texts.
        C: inverse of the penalty's strength; None chooses among 0.1, 0.3 and 1 on a tenth of the texts.
        class_weight: "balanced" makes rare classes weigh as much as frequent ones; None does not.
        multi_label: whether a text may have several classes, or none.
        tier: "fast" or "accurate".
        encoder: for the accurate tier, what reads texts; None takes the packaged reader where it can run, and does without it elsewhere.
        threads: for predicting.
        random_state: draws the tenth that chooses C and calibrates.

    Attributes:
        classes_: array [k] of the labels, sorted, as they were given.
        model_: the trained `LinearModel` or `BlendedModel`.

    >>> model = TextClassifier(bits=12).fit(["好吃", "很好", "难吃", "太差"] * 5, ["good", "good", "bad", "bad"] * 5)
    >>> model.predict(["好吃极了"]).tolist()
    ['good']
    """

    model_: _Model
    classes_: NDArray[Any]

    def __init__(
        self,
        *,
        ngrams: tuple[int, int] = (1, 3),
        bits: int = 20,
        min_texts: int = 2,
        C: float | None = None,  # noqa: N803 - scikit-learn's name
        class_weight: str | None = None,
        multi_label: bool = False,
        tier: Tier = "fast",
        encoder: Encoder | None = None,
        threads: int = 1,
        random_state: int = 0,
    ) -> None:
        self.ngrams, self.bits, self.min_texts, self.C = ngrams, bits, min_texts, C
        self.class_weight, self.multi_label = class_weight, multi_label
        self.tier, self.encoder, self.threads, self.random_state = tier, encoder, threads, random_state

    def fit(
        self, texts: Texts, labels: Iterable[Any], sample_weight: Sequence[float] | NDArray[Any] | None = None
    ) -> TextClassifier:
        """Train.

        Args:
            texts: n texts; a list, Arrow, pandas or Polars column.
            labels: n labels, strings or numbers; with `multi_label` n collections of labels, or an indicator array [n, k] of 0 and 1.
            sample_weight: what each text counts.

        Raises:
            UsageError: lengths differ, or there are not two classes to tell apart.
        """
        from jianwei.text.linear.training import train

        recipe = self._recipe()
        array = as_strings(texts, "TextClassifier.fit")
        classes, truth = self._indicator(labels, len(array))
        kind: Kind = "multi-label" if self.multi_label else "binary" if len(classes) == 2 else "multi-class"
        weights = None if sample_weight is None else np.asarray(sample_weight, np.float64)
        names = tuple(str(value) for value in classes.tolist())
        if self.tier == "fast":
            self.model_ = train("classifier", names, kind, array, truth, recipe, weights)
        else:
            from jianwei.text.blend.training import train_blend

            encoder = self.encoder or _packaged_encoder()
            self.model_ = train_blend("classifier", names, kind, array, truth, recipe, weights, encoder=encoder)
        self.classes_ = classes
        self.n_features_in_ = 1
        return self

    def predict(self, texts: Texts) -> NDArray[Any]:
        """Array [n] of labels; with `multi_label` an indicator array int64 [n, k]."""
        array, model = self._asked(texts, "TextClassifier.predict")
        if model.kind == "multi-label":
            return (model.logits(array, threads=self.threads) > 0).astype(np.int64)
        labels: NDArray[Any] = self.classes_[model.codes(array, threads=self.threads)]
        return labels

    def predict_proba(self, texts: Texts) -> NDArray[np.float32]:
        """float32 [n, k], columns as in `classes_`."""
        array, model = self._asked(texts, "TextClassifier.predict_proba")
        return model.probabilities(array, threads=self.threads)

    def decision_function(self, texts: Texts) -> NDArray[np.float32]:
        """Logits float32 [n, k]; [n] for two classes, above 0 for the second."""
        array, model = self._asked(texts, "TextClassifier.decision_function")
        logits = model.logits(array, threads=self.threads)
        return logits[:, 0] if model.kind == "binary" else logits

    def explain(self, texts: Texts, k: int = 10) -> Explanation:
        """The k n-grams of every text that decided most; of an accurate model, what its character part goes by."""
        array, model = self._asked(texts, "TextClassifier.explain")
        return explain(model.characters if isinstance(model, BlendedModel) else model, array, k)

    def score(self, texts: Texts, labels: Iterable[Any], sample_weight: Any = None) -> float:
        """Share of texts that get exactly their label (or labels)."""
        given = self.predict(texts)
        if self.multi_label:
            known = {value: at for at, value in enumerate(self.classes_.tolist())}
            right = (given == _marked(labels, known, len(given))).all(axis=1)
        else:
            right = given == np.asarray(list(labels))
        return float(np.average(right, weights=sample_weight))

    @property
    def identity(self) -> ModelIdentity:
        """Name and version of the trained model."""
        return self._fitted().identity

    @property
    def classes(self) -> tuple[str, ...]:
        """`classes_` as strings."""
        return self._fitted().classes

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """As the Protocol `Classifier` wants it: `predict_proba` of an Arrow array."""
        return self._fitted().probabilities(texts, threads=self.threads)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file; it holds weights and names only, no code. Labels that are whole numbers, other numbers or true and
        false come back as such, strings as strings.

        Raises:
            UsageError: the labels are of another kind.
        """
        data, kind = io.BytesIO(self._fitted().pack()), self.classes_.dtype.kind
        if kind not in (*_LABELS, "U") or (kind == "u" and self.classes_.max() > np.iinfo(np.int64).max):
            raise UsageError(
                "TextClassifier.save", f"labels of the kind {self.classes_.dtype} cannot be kept", "make them strings"
            )
        if kind in _LABELS:
            with zipfile.ZipFile(data, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(_LABEL_FILE, "w") as file:
                np.lib.format.write_array(file, self.classes_.astype(_LABELS[kind]), allow_pickle=False)
        write_whole(Path(path), data.getvalue())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> TextClassifier:
        """The model in a file that `save` wrote.

        Raises:
            InputError: the file cannot be read or is something else.
        """
        file = Path(path)
        try:
            data = file.read_bytes()
        except OSError as error:
            raise InputError(str(file), f"cannot be read ({error.strerror})") from error
        made = cls.of(unpack(data, str(file), file.stem))
        with zipfile.ZipFile(io.BytesIO(data)) as archive:  # which `unpack` has looked at
            if _LABEL_FILE in archive.namelist():
                with archive.open(_LABEL_FILE) as stored:
                    labels = np.lib.format.read_array(stored, allow_pickle=False)
                if labels.shape != made.classes_.shape or labels.dtype.kind not in _LABELS:
                    raise InputError(str(file), "its labels are damaged", "train it again")
                made.classes_ = labels
        return made

    @classmethod
    def of(cls, model: LinearModel | BlendedModel) -> TextClassifier:
        """A classifier around a trained model."""
        blend = isinstance(model, BlendedModel)
        ngrams = model.characters.ngrams if isinstance(model, BlendedModel) else model.ngrams
        made = cls(
            ngrams=(ngrams.lowest, ngrams.highest),
            bits=ngrams.bits,
            multi_label=model.kind == "multi-label",
            tier="accurate" if blend else "fast",
        )
        made.model_, made.classes_ = model, np.array(model.classes)
        return made

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            name: getattr(self, name) for name in inspect.signature(type(self).__init__).parameters if name != "self"
        }

    def set_params(self, **values: Any) -> TextClassifier:
        """Change arguments of the constructor.

        Raises:
            ValueError: there is none of that name.
        """
        for name, value in values.items():
            if name not in self.get_params():
                raise ValueError(f"TextClassifier has no parameter {name!r}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.get_params().items())
        return f"TextClassifier({shown})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(
                required=True, one_d_labels=not self.multi_label, multi_output=False, single_output=True
            ),
            classifier_tags=ClassifierTags(multi_label=self.multi_label),
            transformer_tags=None,
            regressor_tags=None,
            input_tags=InputTags(one_d_array=True, two_d_array=False, string=True, allow_nan=False),
        )

    def _recipe(self) -> Recipe:
        if self.class_weight not in (None, "balanced"):
            raise UsageError("TextClassifier", f"class_weight={self.class_weight!r}", 'choose None or "balanced"')
        strengths = STRENGTHS if self.C is None else (self.C,)
        if self.tier not in ("fast", "accurate"):
            raise UsageError("TextClassifier", f"tier={self.tier!r}", 'choose "fast" or "accurate"')
        lowest, highest = self.ngrams
        ngrams = NGrams(lowest, highest, self.bits)
        return Recipe(ngrams, self.min_texts, strengths, self.class_weight == "balanced", self.random_state)

    def _indicator(self, labels: Iterable[Any], rows: int) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        given = labels if isinstance(labels, np.ndarray) else list(labels)
        if len(given) != rows:
            raise UsageError(
                "TextClassifier.fit", f"{rows:,} texts and {len(given):,} labels", "give every text its label"
            )
        if self.multi_label and isinstance(given, np.ndarray) and given.ndim == 2:
            classes, truth = np.arange(given.shape[1]), given.astype(bool)
        elif self.multi_label:
            if any(isinstance(several, str) for several in given):
                raise UsageError(
                    "TextClassifier.fit", "with multi_label each text wants a collection of labels", 'write ["a", "b"]'
                )
            classes = np.array(sorted({value for several in given for value in several}))
            truth = _marked(given, {value: at for at, value in enumerate(classes.tolist())}, rows)
        else:
            classes, codes = np.unique(np.asarray(given), return_inverse=True)
            truth = codes.reshape(-1, 1) == np.arange(len(classes))
        if len(classes) > MOST_CLASSES or len(classes) > max(_FEW_CLASSES, rows / 2):
            what = f"{len(classes):,} different labels for {rows:,} texts look like row numbers"
            raise UsageError(
                "TextClassifier.fit", what, f"name the column of the classes; {MOST_CLASSES:,} are the most"
            )
        if len(classes) < 2 - self.multi_label:
            raise UsageError("TextClassifier.fit", f"the labels have {len(classes)} class", "two are needed at least")
        return classes, truth

    def _asked(self, texts: Texts, where: str) -> tuple[pa.StringArray, _Model]:
        return as_strings(texts, where), self._fitted()

    def _fitted(self) -> _Model:
        if not hasattr(self, "model_"):
            from sklearn.exceptions import NotFittedError

            raise NotFittedError("This TextClassifier is not trained yet: call fit, or TextClassifier.load.")
        return self.model_


def _packaged_encoder() -> Encoder | None:
    from jianwei.text.neural import default_reader

    try:
        return default_reader()
    except (MissingExtraError, ModelNotFoundError):
        return None


def _marked(labels: Iterable[Any], known: dict[Any, int], rows: int) -> NDArray[np.bool_]:
    """bool [n, k]: which of the known labels each text has."""
    if isinstance(labels, np.ndarray) and labels.ndim == 2:
        return labels.astype(bool)
    truth = np.zeros((rows, len(known)), bool)
    for row, several in enumerate(labels):
        for value in several:
            if value in known:
                truth[row, known[value]] = True
    return truth
