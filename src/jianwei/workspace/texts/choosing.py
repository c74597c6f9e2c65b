"""Which model: one in a file that somebody trained, or one that comes with the package."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from jianwei.errors import InputError, UsageError
from jianwei.text._base import Classifier
from jianwei.text.classifier import TextClassifier

__all__ = ["load_model", "new_model"]


def load_model(name: str) -> Classifier:
    """The model in a file, or the packaged model of that name.

    Raises:
        UsageError: there is neither.
        InputError: the file is no model.
    """
    path = Path(name)
    if path.is_file():
        return TextClassifier.load(path)
    if path.suffix or path.parent != Path():
        raise InputError(
            name, "there is no such file", "name a file that `text train` wrote, or a model of the package"
        )
    if find_spec("jianwei.text.builtin") is None:
        raise UsageError("--model", f"there is no file {name!r}", "train one: jianwei text train")
    model: Classifier = import_module("jianwei.text.builtin").load_builtin(name)
    return model


def new_model(tier: str, *, multi_label: bool) -> TextClassifier:
    """An untrained classifier: "fast" is linear, "accurate" blends more.

    Raises:
        UsageError: there is no such tier.
    """
    if tier == "fast":
        return TextClassifier(multi_label=multi_label)
    if tier == "accurate":
        return TextClassifier(multi_label=multi_label, tier="accurate")
    raise UsageError("--tier", f"{tier!r} is unknown", "choose fast or accurate")
