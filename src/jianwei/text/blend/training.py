"""Training a blend: the parts on nine tenths, their shares on the last tenth, then the parts on everything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import minimize

from jianwei.models import ModelIdentity
from jianwei.text.blend.model import BlendedModel, Encoder, Head, blended
from jianwei.text.linear.hashing import NGrams
from jianwei.text.linear.model import Kind, LinearModel
from jianwei.text.linear.recipe import Recipe
from jianwei.text.linear.training import CERTAIN, MIN_CALIBRATION, tenth, train
from jianwei.text.linear.wordwise import as_characters

__all__ = ["train_blend"]

PENALTIES = (0.003, 0.03, 0.3)  # of the head, inverse strengths to choose from


def train_blend(
    name: str,
    classes: tuple[str, ...],
    kind: Kind,
    texts: pa.StringArray,
    truth: NDArray[np.bool_],
    recipe: Recipe,
    weights: NDArray[np.float64] | None = None,
    *,
    encoder: Encoder | None = None,
    head: Head | None = None,
    held: NDArray[np.bool_] | None = None,
) -> BlendedModel:
    """Train a blend.

    Args:
        name, classes, kind, texts, truth, recipe, weights: as `linear.training.train`; the recipe's n-grams are those of characters.
        encoder: reads texts for a third part, whose layer is trained here; without one there are two.
        head: a third part that is trained already, instead of an encoder.
        held: bool [n], the texts that weigh the parts against each other; a tenth by default. An encoder that was trained on some of
            these texts must have been so on none of them.
    """
    held = tenth(truth, recipe.seed) if held is None else held
    spelled = as_characters(texts)
    features = None if encoder is None else encoder.features(texts)
    wordwise = replace(recipe, ngrams=NGrams(1, 2, recipe.ngrams.bits))
    columns = truth[:, 1:] if kind == "binary" else truth

    def parts(
        rows: NDArray[np.bool_], strength: float | None
    ) -> tuple[LinearModel, LinearModel, tuple[NDArray[np.float32], NDArray[np.float32]] | None, float | None]:
        some, own = pa.array(rows), None if weights is None else weights[rows]
        characters = train(name, classes, kind, texts.filter(some), truth[rows], recipe, own)
        words = train(name, classes, kind, spelled.filter(some), truth[rows], wordwise, own)
        if features is None:
            return characters, words, None, None
        balanced = recipe.balanced
        if strength is None:
            inner = rows & ~held
            check = tenth(truth, recipe.seed + 1) & inner
            strength = _best_strength(features, columns, kind, inner & ~check, check, balanced)
        return characters, words, _head(features[rows], columns[rows], kind, strength, balanced, own), strength

    characters, words, layer, strength = parts(~held, None)
    said = [characters.logits(texts.filter(pa.array(held))), words.logits(spelled.filter(pa.array(held)))]
    if layer is not None and features is not None:
        said.append(features[held] @ layer[0] + layer[1])
    elif head is not None:
        said.append(head.logits(texts.filter(pa.array(held))))
    shares, offset = _shares(said, columns[held], kind)
    characters, words, layer, _ = parts(np.ones(len(texts), bool), strength)
    if layer is not None and encoder is not None:
        head = Head(encoder, *layer)
    return BlendedModel(ModelIdentity(name, ""), characters, words, head, shares, offset).named(name)


def _head(
    features: NDArray[np.float32],
    columns: NDArray[np.bool_],
    kind: Kind,
    strength: float,
    balanced: bool,
    weights: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights [w, columns] and intercept [columns] of a logistic regression on standardised features, scaled back."""
    from sklearn.linear_model import LogisticRegression

    middle, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = (features - middle) / spread

    def fitted(answers: NDArray[np.int64] | NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if answers.min() == answers.max():  # a label that every text has, or none: there is nothing to learn
            return np.zeros((1, features.shape[1])), np.array([CERTAIN if answers[0] else -CERTAIN])
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-3, class_weight="balanced" if balanced else None)
        model.fit(scaled, answers, weights)
        return model.coef_, model.intercept_

    if kind == "multi-class":
        coefficients, intercept = fitted(columns.argmax(axis=1))
    else:
        each = [fitted(column) for column in columns.T]
        coefficients = np.concatenate([one[0] for one in each])
        intercept = np.concatenate([one[1] for one in each])
    layer = (coefficients / spread).T.astype(np.float16).astype(np.float32)  # as the file keeps it
    return layer, (intercept - middle @ layer).astype(np.float32)


def _best_strength(
    features: NDArray[np.float32],
    columns: NDArray[np.bool_],
    kind: Kind,
    fit: NDArray[np.bool_],
    check: NDArray[np.bool_],
    balanced: bool,
) -> float:
    tried = []
    for strength in PENALTIES:
        layer = _head(features[fit], columns[fit], kind, strength, balanced, None)
        tried.append(
            (_loss([features[check] @ layer[0] + layer[1]], np.ones(1), np.zeros(1), columns[check], kind), strength)
        )
    return min(tried)[1]


def _shares(
    said: list[NDArray[np.float32]], columns: NDArray[np.bool_], kind: Kind
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The likeliest shares (none below 0), and of classes that do not exclude each other an offset each."""
    size, many = columns.shape[1], len(said)
    if len(columns) < MIN_CALIBRATION:
        return np.full(many, 1 / many, np.float32), np.zeros(size, np.float32)
    own_offset = kind == "multi-label"

    def loss(values: NDArray[np.float64]) -> float:
        offset = values[many:] if own_offset else np.zeros(size)
        return _loss(said, values[:many], offset, columns, kind) + 1e-3 * float((values**2).mean())

    start = np.concatenate([np.full(many, 1 / many), np.zeros(size if own_offset else 0)])
    bounds = [(0.0, None)] * many + [(None, None)] * (len(start) - many)
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds).x
    offset = found[many:] if own_offset else np.zeros(size)
    return found[:many].astype(np.float32), offset.astype(np.float32)


def _loss(
    said: list[NDArray[np.float32]],
    shares: NDArray[np.float64],
    offset: NDArray[np.float64],
    columns: NDArray[np.bool_],
    kind: Kind,
) -> float:
    """Mean negative log-likelihood."""
    logits = blended(said, shares.astype(np.float64), offset, kind)  # type: ignore[arg-type]
    if kind == "multi-class":
        top = logits.max(axis=1)
        norm = np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
        return float(np.mean(norm - logits[np.arange(len(logits)), columns.argmax(axis=1)]))
    return float(np.logaddexp(0, np.where(columns, -logits, logits)).mean())
