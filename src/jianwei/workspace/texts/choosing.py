"""Which model: one that somebody trained, one that comes with the package, one that was pulled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import InputError, ModelNotFoundError, UsageError
from jianwei.models import ModelIdentity, known_model
from jianwei.text._base import Classifier, Embedder
from jianwei.text.builtin import ACCURATE, BUILTINS
from jianwei.text.classifier import TextClassifier
from jianwei.text.evaluation.answers import Model
from jianwei.text.evaluation.learning import Trainable
from jianwei.text.loading import load_classifier

__all__ = ["MODERATION", "TIERS", "Savable", "load_asked", "load_model", "maker"]

TIERS = ("fast", "accurate", "few-shot")
"""Kinds of classifiers that can be trained."""

MODERATION = "moderation"
"""The packaged model that has thresholds of its own; it is asked through `text.moderation`."""


class Savable(Trainable, Protocol):
    """A classifier that can be trained and kept."""

    def save(self, path: Path, /) -> None: ...


def load_model(name: str) -> Classifier:
    """The model in a file that `text train` wrote, a transformer in a folder, or the packaged or pulled model of that name.

    Raises:
        UsageError: there is none.
        InputError: the file or folder is no model.
        MissingExtraError: it needs an extra that is not installed.
    """
    path = Path(name)
    if not path.exists() and (path.suffix or path.parent != Path()):
        raise InputError(
            name, "there is no such file", "name a file that `text train` wrote, or a model of the package"
        )
    if not path.exists() and name not in (*BUILTINS, *ACCURATE):
        try:
            known_model(name)
        except ModelNotFoundError:
            hint = f"with the package come {', '.join([*BUILTINS, *ACCURATE, MODERATION])}; `jianwei text train` makes others"
            raise UsageError("--model", f"there is no file and no model {name!r}", hint) from None
    return load_classifier(name)


def load_asked(name: str) -> Model:
    """As `load_model`; of "moderation" the function that gives labels.

    Raises:
        UsageError, InputError, MissingExtraError: as `load_model`.
    """
    if name != MODERATION or Path(name).exists():
        return load_model(name)
    from jianwei.text import moderation

    return lambda texts: moderation.judge(texts).to_arrow()["label"].to_pylist()


def maker(tier: str, *, multi_label: bool) -> Callable[[], Savable]:
    """A function that gives untrained classifiers: "fast" is linear, "accurate" blends more, "few-shot" makes the most of 20 to 50
    examples a class.

    Raises:
        UsageError: there is no such tier, or it cannot give several labels.
    """
    if tier == "fast":
        return lambda: TextClassifier(multi_label=multi_label)
    if tier == "accurate":
        return lambda: TextClassifier(multi_label=multi_label, tier="accurate")
    if tier != "few-shot":
        raise UsageError("--tier", f"{tier!r} is unknown", f"choose one of {', '.join(TIERS)}")
    if multi_label:
        raise UsageError("--tier", "few-shot gives one label a text", "choose fast")
    from jianwei.text.pretrained.embedders import sentence_embedder
    from jianwei.text.pretrained.few_shot import FewShotClassifier

    embedder = sentence_embedder()
    remembering = None if embedder is None else _Remembering(embedder, {})
    return lambda: FewShotClassifier(remembering)


@dataclass(frozen=True, slots=True)
class _Remembering:
    """An embedder that reads no text twice: rounds of training see the same ones, and reading is what takes the time."""

    embedder: Embedder
    points: dict[str, NDArray[np.float32]]

    @property
    def identity(self) -> ModelIdentity:
        return self.embedder.identity

    @property
    def dimensions(self) -> int:
        return self.embedder.dimensions

    def embed(self, texts: pa.StringArray) -> NDArray[np.float32]:
        given = [text or "" for text in texts.to_pylist()]
        new = [text for text in dict.fromkeys(given) if text not in self.points]
        if new:
            self.points.update(zip(new, self.embedder.embed(pa.array(new, pa.string())), strict=True))
        if not given:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([self.points[text] for text in given])
