"""A trained table of weights, ready to score: nothing of scikit-learn is needed or imported here."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import InputError
from jianwei.models import Located, ModelIdentity
from jianwei.text.linear.archive import DAMAGES, parts_of
from jianwei.text.linear.hashing import NGrams, Scratch, buffers, kernel

__all__ = ["Kind", "LinearModel"]

Kind: TypeAlias = Literal["binary", "multi-class", "multi-label"]
_FORMAT = 1


class _Head(msgspec.Struct, frozen=True):
    format: int
    kind: Kind
    classes: tuple[str, ...]
    lowest: int
    highest: int
    bits: int


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """Weights of hashed n-grams.

    A logit is the sum of a text's weights over the root of the number of its distinct n-grams, and an intercept.

    Attributes:
        identity: name, and the beginning of the sha256 of the file.
        classes: their names.
        kind: "binary" (two classes, one column of weights: that of the second class), "multi-class", "multi-label".
        weights: int8 [2 ** bits · stride + 4], bucket after bucket; stride is 1 for one column of weights, else the number of
            columns rounded up to a multiple of 4. The last 4 are padding.
        scale, intercept: float32 [max(stride, 4)]; a weight is its int8 times its column's scale, calibrated already.
    """

    identity: ModelIdentity
    classes: tuple[str, ...]
    kind: Kind
    ngrams: NGrams
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    intercept: NDArray[np.float32]

    @classmethod
    def build(
        cls,
        name: str,
        classes: tuple[str, ...],
        kind: Kind,
        ngrams: NGrams,
        coefficients: NDArray[np.float64],
        intercept: NDArray[np.float64],
    ) -> LinearModel:
        """A model from coefficients [2 ** bits, columns] and intercept [columns]; coefficients are rounded to 255 steps a column."""
        columns = coefficients.shape[1]
        stride = 1 if columns == 1 else -(-columns // 4) * 4
        scale = np.zeros(max(stride, 4), np.float32)
        scale[:columns] = np.maximum(np.abs(coefficients).max(axis=0), 1e-12) / 127
        weights = np.zeros((ngrams.buckets, stride), np.int8)
        weights[:, :columns] = np.rint(coefficients / scale[:columns])
        padded = np.zeros(max(stride, 4), np.float32)
        padded[:columns] = intercept
        table = np.concatenate([weights.ravel(), np.zeros(4, np.int8)])
        model = cls(ModelIdentity(name, ""), classes, kind, ngrams, table, scale, padded)
        return model._identified(name, model.pack())

    @classmethod
    def load(cls, located: Located) -> LinearModel:
        """The model in a located file; see `unpack`."""
        return cls.unpack(located.data, located.where, located.entry.name)

    @classmethod
    def unpack(cls, data: bytes, where: str, name: str) -> LinearModel:
        """The model in the bytes that `pack` gave.

        Raises:
            InputError: they are something else.
        """
        try:
            parts = parts_of(data)
            head = msgspec.json.decode(parts["head"].tobytes(), type=_Head)
            if head.format != _FORMAT:
                raise ValueError(f"format {head.format}, this version reads {_FORMAT}")
            ngrams = NGrams(head.lowest, head.highest, head.bits)
            table = parts["weights"].astype(np.int8), parts["scale"], parts["intercept"]
            model = cls(ModelIdentity(name, ""), head.classes, head.kind, ngrams, *table)
            model._check()
        except DAMAGES as error:
            raise InputError(
                where,
                "this is no linear text model, or a damaged one",
                "name a file that `text train` or TextClassifier.save wrote",
            ) from error
        return model._identified(name, data)

    def pack(self) -> bytes:
        """The bytes of a file: an npz archive without pickles; the same model gives the same bytes."""
        head = _Head(_FORMAT, self.kind, self.classes, self.ngrams.lowest, self.ngrams.highest, self.ngrams.bits)
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            head=np.frombuffer(msgspec.json.encode(head), np.uint8),
            weights=self.weights,
            scale=self.scale,
            intercept=self.intercept,
        )
        return buffer.getvalue()

    @property
    def stride(self) -> int:
        """Weights of one bucket."""
        return (len(self.weights) - 4) // self.ngrams.buckets

    @property
    def columns(self) -> int:
        """Columns of `logits`."""
        return 1 if self.kind == "binary" else len(self.classes)

    def logits(self, texts: pa.StringArray, *, threads: int = 1) -> NDArray[np.float32]:
        """float32 [n, columns]; a row depends on its own text only, to the last bit."""
        out = np.empty((len(texts), self.columns), np.float32)
        share = -(-len(texts) // max(threads, 1)) or 1
        starts = range(0, len(texts), share)
        if len(starts) <= 1:
            self._score(texts, out)
        else:
            with ThreadPoolExecutor(len(starts)) as pool:
                list(pool.map(lambda at: self._score(texts.slice(at, share), out[at : at + share]), starts))
        return out

    def _score(self, texts: pa.StringArray, out: NDArray[np.float32]) -> None:
        raw = buffers(texts)
        scratch = Scratch.for_texts(raw, self.ngrams)
        kernel("score")(
            raw.data, raw.offsets, len(texts), self.ngrams.lowest, self.ngrams.highest, self.ngrams.bits, scratch.mask,
            scratch.slots, scratch.stamps, scratch.found, 0, self.weights, self.stride, self.columns, self.scale,
            self.intercept, out,
        )  # fmt: skip

    def probabilities(self, texts: pa.StringArray, *, threads: int = 1) -> NDArray[np.float32]:
        """float32 [n, classes]: rows sum to 1, except those of a multi-label model, whose classes do not exclude each other."""
        return self.chances(self.logits(texts, threads=threads))

    def codes(self, texts: pa.StringArray, *, threads: int = 1) -> NDArray[np.int64]:
        """int64 [n]: index of the most probable class (multi-label: of the likeliest one)."""
        return self.best(self.logits(texts, threads=threads))

    def chances(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """What logits [n, columns] mean: probabilities [n, classes]."""
        if self.kind == "multi-class":
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            chances: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
            return chances
        likely = np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))), np.float32)
        return likely if self.kind == "multi-label" else np.concatenate([1 - likely, likely], axis=1)

    def best(self, logits: NDArray[np.float32]) -> NDArray[np.int64]:
        """int64 [n]: index of the class with the highest logit."""
        if self.kind == "binary":
            return (logits[:, 0] > 0).astype(np.int64)
        best: NDArray[np.int64] = logits.argmax(axis=1)
        return best

    def weight(self, buckets: NDArray[np.uint32]) -> NDArray[np.float32]:
        """float32 [k, columns]: the weights of some buckets."""
        table = self.weights[:-4].reshape(-1, self.stride)[buckets][:, : self.columns]
        weights: NDArray[np.float32] = table * self.scale[: self.columns]
        return weights

    def _identified(self, name: str, data: bytes) -> LinearModel:
        identity = ModelIdentity(name, sha256(data).hexdigest()[:16])
        return LinearModel(identity, self.classes, self.kind, self.ngrams, self.weights, self.scale, self.intercept)

    def _check(self) -> None:
        if len(self.classes) < 2 - (self.kind == "multi-label") or (self.kind == "binary" and len(self.classes) != 2):
            raise ValueError(f"{len(self.classes)} classes")
        stride = 1 if self.columns == 1 else -(-self.columns // 4) * 4
        if self.weights.shape != (self.ngrams.buckets * stride + 4,):
            raise ValueError("its table has another size")
        if {self.scale.shape, self.intercept.shape} != {(max(stride, 4),)} or {
            self.scale.dtype,
            self.intercept.dtype,
        } != {np.dtype(np.float32)}:
            raise ValueError("its scales have another size")
        if not (np.isfinite(self.scale).all() and np.isfinite(self.intercept).all()):
            raise ValueError("its scales are no numbers")
        if len(set(self.classes)) < len(self.classes):
            raise ValueError("it names a class twice")
