"""Training on everything, after saying on a held-out tenth how good it will be; with a recurrent model beside it where that is wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from jianwei.common.progress import Progress
from jianwei.errors import UsageError
from jianwei.text.lm.judging import Evaluation, evaluate, held_out
from jianwei.text.lm.mixing import Mixture, best_weight
from jianwei.text.lm.model import LanguageModel
from jianwei.text.lm.recurrent import RecurrentModel
from jianwei.text.lm.recurrent_training import Training, train_recurrent

__all__ = ["LEAST_TEXTS", "Outcome", "train_and_judge"]

LEAST_TEXTS = 100
"""Of fewer texts none are held out."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of training.

    Attributes:
        model: trained on all texts.
        judged: a model of the same kind, trained without the held-out texts, on those; None where there are too few texts.
        recurrent: trained without the held-out texts; None when none was wanted.
        mixed: both together on every other of the held-out texts (on the rest, the weight was chosen); likewise.
        alone: the counted one on the same, beside it.
    """

    model: LanguageModel
    judged: Evaluation | None = None
    recurrent: RecurrentModel | None = None
    mixed: Evaluation | None = None
    alone: Evaluation | None = None


def train_and_judge(
    model: LanguageModel, texts: pa.StringArray, *, neural: Training | None = None, progress: Progress | None = None
) -> Outcome:
    """Train a model on texts, none null.

    Args:
        model: its settings; it is trained in place.
        texts: what to learn from.
        neural: how to train a recurrent model beside it, or None.
        progress: where to report.

    Raises:
        UsageError: there is no text, or too few for a recurrent model.
        MissingExtraError: PyTorch is wanted and not installed.
    """
    model.fit(texts, progress=progress)
    held = held_out(texts.to_pylist())
    if len(texts) < LEAST_TEXTS or np.count_nonzero(held) < 2:
        if neural is not None:
            raise UsageError(
                "recurrent model", "there are too few texts", f"{LEAST_TEXTS:,} are the least, many thousands better"
            )
        return Outcome(model)
    rest, held_texts = texts.filter(pa.array(~held)), texts.filter(pa.array(held))
    judge = LanguageModel(model.order, min_count=model.min_count, prune=model.prune)
    judged = judge.fit(rest).evaluate(held_texts)
    if neural is None:
        return Outcome(model, judged)
    judge.fit(rest, vocabulary=model.vocabulary)
    recurrent = train_recurrent(rest, model.vocabulary, neural, progress)
    odd = np.arange(len(held_texts)) % 2 == 1
    weight = best_weight(judge, recurrent, held_texts.filter(pa.array(odd)))
    other = held_texts.filter(pa.array(~odd))
    mixed = evaluate(Mixture(judge, recurrent, weight), other)
    return Outcome(model, judged, replace(recurrent, share=weight), mixed, judge.evaluate(other))
