"""A small recurrent model of characters, for a corpus that is worth an hour of training: one layer of gated units, in NumPy.

The equations are those of K. Cho et al., "Learning phrase representations using RNN encoder–decoder" (2014), in the form that PyTorch's GRU
has; the embedding serves as the output layer too (Press & Wolf 2017). `recurrent_training.py` makes the weights.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import InputError
from jianwei.text.lm.vocabulary import BEGIN_ID, Vocabulary

__all__ = ["Floats", "RecurrentModel", "Weights", "load_recurrent", "save_recurrent"]

Floats = NDArray[np.float32]

_ROWS = 256
_MAX_BYTES = 1 << 29


@dataclass(frozen=True)
class Weights:
    """What training finds; float32. d: width of a character, h: units.

    Attributes:
        embedding: [ids, d].
        bias: [ids], of the output.
        inward: [3 h, d] and `inward_bias` [3 h]: from the character, for the gates reset and update and the candidate.
        across: [3 h, h] and `across_bias` [3 h]: from the units, likewise.
        outward: [d, h], from the units to the width of a character.
    """

    embedding: Floats
    bias: Floats
    inward: Floats
    inward_bias: Floats
    across: Floats
    across_bias: Floats
    outward: Floats

    @cached_property
    def entered(self) -> Floats:
        """[ids, 3 h]: what each character contributes to the gates."""
        entered: Floats = self.embedding @ self.inward.T + self.inward_bias
        return entered

    @property
    def units(self) -> int:
        return int(self.across.shape[1])

    def step(self, state: Floats, ids: NDArray[np.integer]) -> Floats:
        """[n, h]: the state of the units after one more character each."""
        h = self.units
        into, over = self.entered[ids], state @ self.across.T + self.across_bias
        gates = (
            1 + np.tanh((into[:, : 2 * h] + over[:, : 2 * h]) / 2)
        ) / 2  # the logistic function, which cannot overflow
        candidate = np.tanh(into[:, 2 * h :] + gates[:, :h] * over[:, 2 * h :])
        update = gates[:, h:]
        moved: Floats = ((1 - update) * candidate + update * state).astype(np.float32)
        return moved

    def predict(self, state: Floats) -> Floats:
        """[n, ids]: log-probabilities of the next id; that of the begin mark is −∞."""
        logits = np.asarray((state @ self.outward.T) @ self.embedding.T + self.bias, np.float32)
        logits[:, BEGIN_ID] = -np.inf
        logits -= logits.max(axis=1, keepdims=True)
        logits -= np.log(np.exp(logits).sum(axis=1, keepdims=True))
        return logits


@dataclass(frozen=True)
class RecurrentModel:
    """Satisfies `CharacterModel`.

    Attributes:
        vocabulary: the characters that it knows.
        weights: see there.
        share: what it should weigh in a mixture with a counted model, as was found when it was trained.
    """

    vocabulary: Vocabulary
    weights: Weights
    share: float = 0.5

    def log_probabilities(self, texts: pa.StringArray) -> NDArray[np.float64]:
        """float64, of every id in `vocabulary.ids(texts)`; 0 for begin marks."""
        ids = self.vocabulary.ids(texts)
        out = np.zeros(len(ids))
        begins = np.flatnonzero(ids == BEGIN_ID)
        lengths = np.diff(np.r_[begins, len(ids)])
        order = np.argsort(lengths, kind="stable")
        for at in range(0, len(order), _ROWS):  # texts of like length together
            chosen = order[at : at + _ROWS]
            self._fill(out, ids, begins[chosen], lengths[chosen])
        return out

    def _fill(
        self, out: NDArray[np.float64], ids: NDArray[np.uint16], begins: NDArray[np.int64], lengths: NDArray[np.int64]
    ) -> None:
        state = np.zeros((len(begins), self.weights.units), np.float32)
        for place in range(1, int(lengths.max())):
            going = np.flatnonzero(lengths > place)  # the short ones end first
            at = begins[going] + place
            state = self.weights.step(state[-len(going) :], ids[at - 1])
            out[at] = self.weights.predict(state)[np.arange(len(going)), ids[at]]

    def expect(self, context: str) -> NDArray[np.float64]:
        """float64 [ids]: the probability of every id after a context, which begins a text."""
        state = np.zeros((1, self.weights.units), np.float32)
        for number in self.vocabulary.history(context, len(context) + 1):
            state = self.weights.step(state, np.array([number]))
        chances: NDArray[np.float64] = np.exp(self.weights.predict(state)[0].astype(np.float64))
        return chances


def save_recurrent(model: RecurrentModel, path: str | os.PathLike[str]) -> None:
    """Write vocabulary and weights (in half precision) as one .npz file."""
    arrays = {name: array.astype(np.float16) for name, array in vars(model.weights).items() if name != "entered"}
    letters = np.frombuffer(model.vocabulary.characters.encode("utf-32-le"), np.uint32)
    with Path(path).open("wb") as file:
        np.savez(file, allow_pickle=False, characters=letters, share=np.float64(model.share), **arrays)


def load_recurrent(path: str | os.PathLike[str]) -> RecurrentModel:
    """Read what `save_recurrent` wrote.

    Raises:
        InputError: the file cannot be read, or is no such model.
    """
    try:
        with ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _MAX_BYTES:
                raise ValueError("it is too large")
        with np.load(path, allow_pickle=False) as file:
            vocabulary = Vocabulary(file["characters"].astype(np.uint32).tobytes().decode("utf-32-le"))
            weights = Weights(**{name: file[name].astype(np.float32) for name in Weights.__annotations__})
            share = float(file["share"])
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror or error})", "check the path") from error
    except (ValueError, TypeError, KeyError, EOFError, BadZipFile, MemoryError, NotImplementedError) as error:
        raise InputError(str(path), f"is no recurrent model ({error})", "train it again") from error
    _check(str(path), vocabulary, weights, share)
    return RecurrentModel(vocabulary, weights, share)


def _check(where: str, vocabulary: Vocabulary, weights: Weights, share: float) -> None:
    arrays = [getattr(weights, name) for name in Weights.__annotations__]
    ids, (d, h) = len(vocabulary), (a.shape[-1] if a.ndim else 0 for a in (weights.embedding, weights.across))
    shapes = [(ids, d), (ids,), (3 * h, d), (3 * h,), (3 * h, h), (3 * h,), (d, h)]
    sound = 0 <= share <= 1 and all(np.isfinite(array).all() for array in arrays)
    if [array.shape for array in arrays] != shapes or not sound:
        raise InputError(where, "is no recurrent model (its weights do not fit together)", "train it again")
