"""Learning the weights of hashed n-grams: linear support vector machines on features scaled by how much they tell the classes apart.

* A text is the set of its n-grams, divided by the root of its size, so that long and short texts weigh alike.
* Every n-gram is scaled by the largest of its log-count ratios between one class and all others (Wang & Manning, "Baselines and
  Bigrams", ACL 2012, with one scale for all classes).
* One machine a class against all others, squared hinge loss, L2 penalty: liblinear (Fan et al., JMLR 9, 2008), by scikit-learn.
* Its strength C is chosen on a tenth of the texts, and so is the calibration: one temperature for classes that exclude each other (Guo et
  al., "On Calibration of Modern Neural Networks", ICML 2017), a logistic curve a class (Platt 1999) for those that do not. Then all
  texts are trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix

from jianwei.errors import UsageError
from jianwei.text.linear.model import Kind, LinearModel
from jianwei.text.linear.recipe import Recipe

__all__ = ["CERTAIN", "MIN_CALIBRATION", "Calibration", "Matrix", "calibrated", "fit", "matrix", "tenth", "train"]

MIN_CALIBRATION = 20
"""Fewer texts than these choose and calibrate nothing."""
CERTAIN = 3.0


def train(
    name: str,
    classes: tuple[str, ...],
    kind: Kind,
    texts: pa.StringArray,
    truth: NDArray[np.bool_],
    recipe: Recipe,
    weights: NDArray[np.float64] | None = None,
) -> LinearModel:
    """Train a model.

    Args:
        name: of the model.
        classes: k names, at least two of which have texts.
        kind: "binary" when k = 2 and one class holds of every text.
        texts: n texts.
        truth: bool [n, k], which classes hold.
        recipe: how.
        weights: what every text counts, 1 by default; float64 [n].
    """
    x = matrix(texts, recipe)
    columns = truth[:, 1:] if kind == "binary" else truth
    held = tenth(truth, recipe.seed)
    strength, calibration = recipe.strengths[len(recipe.strengths) // 2], Calibration.none(columns.shape[1])
    if held.sum() >= MIN_CALIBRATION and all(_mixed(columns[~held, at]) for at in range(columns.shape[1])):
        tried = []
        for value in recipe.strengths:
            machine = fit(x.rows[~held], columns[~held], value, recipe.balanced, _part(weights, ~held))
            logits = x.rows[held] @ machine[0] + machine[1]
            tried.append((_goodness(logits, columns[held], kind, recipe.balanced), -value, logits))
        _, negative, logits = max(tried, key=lambda t: t[:2])
        strength, calibration = -negative, calibrated(logits, columns[held], kind)
    coefficients, intercept = fit(x.rows, columns, strength, recipe.balanced, weights)
    table = np.zeros((recipe.ngrams.buckets, columns.shape[1]))
    table[x.buckets] = coefficients * calibration.slope
    return LinearModel.build(
        name, classes, kind, recipe.ngrams, table, intercept * calibration.slope + calibration.offset
    )


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """rows: float64 [n, features]; buckets: which bucket is which feature."""

    rows: csr_matrix
    buckets: NDArray[np.int64]


def matrix(texts: pa.StringArray, recipe: Recipe) -> Matrix:
    """Every text as the set of its n-grams, scaled to length 1; n-grams of too few texts are left out."""
    found = recipe.ngrams.features(texts)
    counts = np.bincount(found.buckets, minlength=recipe.ngrams.buckets)
    kept = np.flatnonzero(counts >= recipe.min_texts)
    if not len(kept):  # a handful of texts without anything in common
        kept = np.flatnonzero(counts)
    if not len(kept):
        raise UsageError("TextClassifier.fit", "the texts are empty", "give texts with something in them")
    place = np.full(recipe.ngrams.buckets, -1)
    place[kept] = np.arange(len(kept))
    sizes = found.row_sizes
    values = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes)  # of all n-grams, as the model will see them
    at = place[found.buckets]
    rows = np.repeat(np.arange(len(texts)), sizes)
    known = at >= 0
    return Matrix(csr_matrix((values[known], (rows[known], at[known])), (len(texts), len(kept))), kept)


def fit(
    x: csr_matrix, columns: NDArray[np.bool_], strength: float, balanced: bool, weights: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients [features, columns] and intercept [columns], on scaled features and scaled back."""
    from sklearn.svm import LinearSVC

    seen = x.sign()
    ratios = np.zeros(x.shape[1])
    for column in columns.T:
        inside, outside = (1 + seen.T @ part.astype(np.float64) for part in (column, ~column))
        ratios = np.maximum(ratios, np.abs(np.log(inside / inside.sum() * outside.sum() / outside)))
    scaled = csr_matrix(x.multiply(ratios))
    coefficients, intercept = np.zeros((x.shape[1], columns.shape[1])), np.zeros(columns.shape[1])
    for at, column in enumerate(columns.T):
        if not _mixed(column):  # one of several labels that every text has, or none: there is nothing to learn
            intercept[at] = CERTAIN if column.any() else -CERTAIN
            continue
        machine = LinearSVC(
            C=strength, class_weight="balanced" if balanced else None, tol=0.01, random_state=0, max_iter=2000
        ).fit(scaled, column, weights)
        coefficients[:, at], intercept[at] = machine.coef_[0] * ratios, machine.intercept_[0]
    return coefficients, intercept


def _goodness(logits: NDArray[np.float64], columns: NDArray[np.bool_], kind: Kind, balanced: bool) -> float:
    """Share of right answers; where classes are to weigh the same, or are many at once, the mean F1 of the classes."""
    says = np.zeros(columns.shape, bool)
    if kind == "multi-class":
        says[np.arange(len(says)), logits.argmax(axis=1)] = True
    else:
        says = logits > 0
    if kind != "multi-label" and not balanced:
        return float((says == columns).all(axis=1).mean())
    both, either = (says & columns).sum(axis=0), says.sum(axis=0) + columns.sum(axis=0)
    return float(np.mean(2 * both / np.maximum(either, 1)))


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Turns a machine's distances into logits: slope [columns] and offset [columns]."""

    slope: NDArray[np.float64]
    offset: NDArray[np.float64]

    @staticmethod
    def none(columns: int) -> Calibration:
        return Calibration(np.full(columns, 2.0), np.zeros(columns))


def calibrated(logits: NDArray[np.float64], columns: NDArray[np.bool_], kind: Kind) -> Calibration:
    """What makes a machine's distances on texts that it did not see likeliest."""
    size = columns.shape[1]
    if kind == "multi-class":
        truth = columns.argmax(axis=1)

        def loss(log_slope: float) -> float:
            scaled = logits * np.exp(log_slope)
            top = scaled.max(axis=1)
            norm = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
            return float(np.mean(norm - scaled[np.arange(len(truth)), truth]))

        slope = np.exp(minimize_scalar(loss, bounds=(-3, 4), method="bounded").x)
        return Calibration(np.full(size, slope), np.zeros(size))
    curves = np.array([_platt(logits[:, at], columns[:, at], offset=kind == "multi-label") for at in range(size)])
    return Calibration(curves[:, 0], curves[:, 1])


def _platt(distances: NDArray[np.float64], truth: NDArray[np.bool_], *, offset: bool) -> tuple[float, float]:
    """Slope and offset of the likeliest logistic curve; the small penalty keeps the slope finite where all are told apart."""
    signs = np.where(truth, 1.0, -1.0)

    def loss(values: NDArray[np.float64]) -> float:
        at = np.exp(values[0]) * distances + (values[1] if offset else 0)
        return float(np.logaddexp(0, -signs * at).mean() + 1e-4 * (values**2).sum())

    found = minimize(loss, np.zeros(2), method="Nelder-Mead").x
    return float(np.exp(found[0])), float(found[1]) if offset else 0.0


def tenth(truth: NDArray[np.bool_], seed: int) -> NDArray[np.bool_]:
    """bool [n]: a tenth of the texts, of every set of classes its share."""
    _, group = np.unique(np.packbits(truth, axis=1), axis=0, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(truth))
    order = order[np.argsort(group.ravel()[order], kind="stable")]
    held = np.zeros(len(truth), bool)
    held[order[9::10]] = True
    return held


def _mixed(column: NDArray[np.bool_]) -> bool:
    return bool(column.any() and not column.all())


def _part(weights: NDArray[np.float64] | None, rows: NDArray[np.bool_]) -> NDArray[np.float64] | None:
    return None if weights is None else weights[rows]
