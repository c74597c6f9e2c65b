"""Training of the recurrent model, with PyTorch, which is no dependency: `pip install torch` adds it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.progress import Progress, SilentProgress
from jianwei.errors import MissingExtraError
from jianwei.text.lm.recurrent import RecurrentModel, Weights
from jianwei.text.lm.vocabulary import BEGIN_ID, Vocabulary

__all__ = ["Training", "train_recurrent"]

_NOTHING = -100  # what the loss passes over


@dataclass(frozen=True, slots=True)
class Training:
    """How to train.

    Attributes:
        width: of a character's embedding.
        units: in the layer.
        epochs: times that every text is seen.
        rate: of Adam at the beginning; falls to nothing in a straight line.
        dropout: share of inputs and outputs left out.
        batch: ids in one step of the optimiser, about.
        seed: of the weights at the beginning, the order of the texts and what is left out.
    """

    width: int = 128
    units: int = 256
    epochs: int = 4
    rate: float = 3e-3
    dropout: float = 0.1
    batch: int = 2048
    seed: int = 0


def train_recurrent(
    texts: pa.StringArray, vocabulary: Vocabulary, how: Training | None = None, progress: Progress | None = None
) -> RecurrentModel:
    """Train on texts, none null; each is seen by itself.

    Raises:
        MissingExtraError: PyTorch is not installed.
    """
    torch = _torch()
    how, progress = how or Training(), progress or SilentProgress()
    torch.manual_seed(how.seed)
    rng = np.random.default_rng(how.seed)
    ids = vocabulary.ids(texts).astype(np.int64)
    begins = np.flatnonzero(ids == BEGIN_ID)
    batches = _batches(ids, begins, np.diff(np.r_[begins, len(ids)]), how.batch)
    embedding = torch.nn.Embedding(len(vocabulary), how.width)
    torch.nn.init.normal_(embedding.weight, std=how.width**-0.5)
    layer = torch.nn.GRU(how.width, how.units, batch_first=True)
    outward = torch.nn.Linear(how.units, how.width, bias=False)
    bias = torch.nn.Parameter(torch.zeros(len(vocabulary)))
    drop, parts = torch.nn.Dropout(how.dropout), torch.nn.ModuleList([embedding, layer, outward])
    parameters = [*parts.parameters(), bias]
    optimiser = torch.optim.Adam(parameters, lr=how.rate)
    steps = how.epochs * len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: max(1 - step / steps, 0.01))
    with progress.task("recurrent", steps, "batches") as task:
        for _ in range(how.epochs):
            for at in rng.permutation(len(batches)):
                rows = torch.from_numpy(batches[at])
                states = outward(drop(layer(drop(embedding(rows[:, :-1].clamp(min=0))))[0]))
                seen = rows[:, 1:] != _NOTHING
                logits = states[seen] @ embedding.weight.T + bias
                loss = torch.nn.functional.cross_entropy(logits, rows[:, 1:][seen])
                optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(parameters, 1.0)
                optimiser.step()
                schedule.step()
                task.advance()

    def found(tensor: Any) -> NDArray[np.float32]:
        return np.ascontiguousarray(tensor.detach().numpy())

    weights = Weights(
        found(embedding.weight), found(bias), found(layer.weight_ih_l0), found(layer.bias_ih_l0),
        found(layer.weight_hh_l0), found(layer.bias_hh_l0), found(outward.weight),
    )  # fmt: skip
    return RecurrentModel(vocabulary, weights)


def _batches(
    ids: NDArray[np.int64], begins: NDArray[np.int64], lengths: NDArray[np.int64], wanted: int
) -> list[NDArray[np.int64]]:
    """int64 [texts, longest] each: texts of like length, filled up."""
    order = np.argsort(lengths, kind="stable")
    made, at = [], 0
    while at < len(order):
        rows = max(1, wanted // int(lengths[order[at]]))
        chosen = order[at : at + rows]
        at += rows
        places = begins[chosen, None] + np.arange(lengths[chosen[-1]])
        inside = np.arange(lengths[chosen[-1]]) < lengths[chosen, None]
        made.append(np.where(inside, ids[np.minimum(places, len(ids) - 1)], _NOTHING))
    return made


def _torch() -> ModuleType:
    try:
        return import_module("torch")
    except ImportError as error:
        what = "needs PyTorch, which is not installed"
        raise MissingExtraError("training of a recurrent model", what, "pip install torch") from error
