"""A question that the packaged reader was trained on, as a part of a blend."""

from __future__ import annotations

import numpy as np

from jianwei.errors import UsageError
from jianwei.text.blend.model import Head
from jianwei.text.neural import NeuralModel

__all__ = ["question_head"]


def question_head(reader: NeuralModel, question: str) -> Head:
    """The reader's own layer for one of its questions; of a question with two classes what speaks for the second.

    Raises:
        UsageError: there is no such question.
    """
    if question not in reader.questions:
        raise UsageError("text.blend", f"no question {question!r}", f"ask one of {', '.join(reader.questions)}")
    names = list(reader.questions)
    start = sum(len(reader.questions[name]) for name in names[: names.index(question)])
    own = slice(start, start + len(reader.questions[question]))
    weights, intercept = reader.weights[:, own], reader.intercept[own]
    if weights.shape[1] == 2:
        weights, intercept = np.diff(weights, axis=1), np.diff(intercept)
    return Head(reader, weights, intercept)
