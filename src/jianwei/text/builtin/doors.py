"""One function for each packaged model."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jianwei.errors import UsageError
from jianwei.models import locate
from jianwei.text._base import Classifier
from jianwei.text.builtin.entries import entry_of
from jianwei.text.builtin.experts import SentimentModel
from jianwei.text.builtin.together import Together
from jianwei.text.inputs import Texts, as_strings
from jianwei.text.linear import LinearModel
from jianwei.text.scores import SENTIMENTS, ClassScores, SentimentScores

__all__ = ["ACCURATE", "emotion", "load_builtin", "sentiment", "topic"]

ACCURATE = {"sentiment-accurate": ("sentiment", (0.76, 0.49)), "emotion-accurate": ("emotion", (0.51, 0.66))}
"""Name → the linear model that the reader stands beside, and the shares of both; `tools/fit_shares.py` found them."""


@cache
def load_builtin(name: str, folder: str | Path | None = None) -> Classifier:
    """A packaged model by its name.

    Args:
        name: one of `BUILTINS`, or of `ACCURATE`.
        folder: models of one's own, which go before those of the package; also a file.

    Raises:
        UsageError: there is no such model.
        ModelNotFoundError: its file is nowhere, or damaged.
        InputError: its file is something else.
        MissingExtraError: it is one of `ACCURATE`, and the extra "neural" is not installed.

    >>> load_builtin("sentiment").classes
    ('negative', 'neutral', 'positive')
    """
    if name in ACCURATE:
        plain, shares = ACCURATE[name]
        from jianwei.text.neural import default_reader

        return Together(
            name,
            (
                load_builtin(plain, folder),
                default_reader(None if folder is None else str(folder)).classifier(plain),
            ),
            shares,
        )
    located = locate(entry_of(name), path=folder)
    return SentimentModel.load(located) if name == "sentiment" else LinearModel.load(located)


def sentiment(texts: Texts, model: Classifier | None = None) -> SentimentScores:
    """How negative, neutral or positive texts are.

    Args:
        texts: n texts; a list, Arrow, pandas or Polars column.
        model: another model than the packaged one; its classes must be the three sentiments, in any order.

    Raises:
        UsageError: a single string was given, or the model answers another question.

    >>> sentiment(["物流太慢了，差评", "很好吃，下次还来"]).label.tolist()
    ['negative', 'positive']
    """
    chosen = load_builtin("sentiment") if model is None else model
    if sorted(chosen.classes) != sorted(SENTIMENTS):
        raise UsageError(
            "text.sentiment", f"the model's classes are {', '.join(chosen.classes)}", "give a model of sentiment"
        )
    columns = [chosen.classes.index(name) for name in SENTIMENTS]
    chances = chosen.probabilities(as_strings(texts, "text.sentiment"))
    return SentimentScores(chances[:, columns], chosen.identity)


def emotion(texts: Texts, model: Classifier | None = None) -> ClassScores:
    """Which emotion texts show: angry, fear, happy, neutral, sad, surprise.

    Args:
        texts: n texts.
        model: another model than the packaged one.
    """
    return _scores("emotion", texts, model)


def topic(texts: Texts, model: Classifier | None = None) -> ClassScores:
    """Which section of a newspaper texts would stand in: sports, finance, … (`load_builtin("topic").classes`).

    Args:
        texts: n texts.
        model: another model than the packaged one.
    """
    return _scores("topic", texts, model)


def _scores(name: str, texts: Texts, model: Classifier | None) -> ClassScores:
    chosen = load_builtin(name) if model is None else model
    chances = chosen.probabilities(as_strings(texts, f"text.{name}"))
    return ClassScores(chances, chosen.identity, chosen.classes)
