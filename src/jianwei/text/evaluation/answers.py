"""What is evaluated, and the answers that it gives: probabilities where there are any, labels always, and how fast they came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import UsageError
from jianwei.text._base import Classifier

__all__ = ["Answers", "Model", "ask"]

Model: TypeAlias = Classifier | Callable[[list[str]], Sequence[Any]]
"""A classifier, or a function from texts to their labels (multi-label: to a collection of labels each)."""

_WARM = 32
_PORTION = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a model says of n texts.

    Attributes:
        classes: names of the columns.
        chosen: bool [n, k], the label it gives, or the labels.
        chances: float32 [n, k]; None of a function, which says no probabilities.
        rate: texts a second, over distinct texts.
    """

    classes: tuple[str, ...]
    chosen: NDArray[np.bool_]
    chances: NDArray[np.float32] | None
    rate: float


def ask(
    name: str,
    model: Model,
    texts: pa.StringArray,
    *,
    multi_label: bool = False,
    threshold: float = 0.5,
    advance: Callable[[int], None] = lambda units: None,
) -> Answers:
    """Let a model answer. Each distinct text is asked once, after a few that warm it up: what is asked again comes from caches.

    Args:
        name: of the model, for errors.
        model: what to ask.
        texts: n texts.
        multi_label: whether a text has any number of labels; those of at least `threshold` are chosen.
        threshold: see above.
        advance: told of every portion, as rows done.

    Raises:
        UsageError: a function returned another number of labels than it got texts.
    """
    encoded = texts.fill_null("").dictionary_encode()
    distinct, rows = encoded.dictionary, encoded.indices.to_numpy()
    times = np.bincount(rows, minlength=len(distinct))
    score = _chances if hasattr(model, "probabilities") else _labels
    if len(distinct) > _WARM:
        score(name, model, distinct.slice(0, _WARM))
    parts, begun = [], perf_counter()
    for start in range(0, max(len(distinct), 1), _PORTION):
        parts.append(score(name, model, distinct.slice(start, _PORTION)))
        advance(int(times[start : start + _PORTION].sum()))
    seconds = perf_counter() - begun
    rate = len(distinct) / seconds if seconds else 0.0
    if isinstance(parts[0], np.ndarray):
        chances = np.concatenate(parts)[rows]
        chosen = chances >= threshold
        if not multi_label:
            chosen = np.zeros(chances.shape, bool)
            chosen[np.arange(len(chances)), chances.argmax(axis=1)] = True
        return Answers(tuple(model.classes), chosen, chances, rate)  # type: ignore[union-attr]
    given = [label for part in parts for label in part]
    several = [{str(label) for label in one} if multi_label else {str(one)} for one in given]
    classes = tuple(sorted(set().union(*several)))
    chosen = np.zeros((len(several), len(classes)), bool)
    place = {label: at for at, label in enumerate(classes)}
    for row, labels in enumerate(several):
        chosen[row, [place[label] for label in labels]] = True
    return Answers(classes, chosen[rows], None, rate)


def _chances(name: str, model: Any, texts: pa.StringArray) -> NDArray[np.float32]:
    chances: NDArray[np.float32] = model.probabilities(texts)
    return chances


def _labels(name: str, model: Any, texts: pa.StringArray) -> list[Any]:
    given = list(model(texts.to_pylist()))
    if len(given) != len(texts):
        raise UsageError(
            "text.evaluate", f"{name} gave {len(given):,} labels for {len(texts):,} texts", "it must give one each"
        )
    return given
