"""What a few-shot classifier has learnt: one linear layer on points and n-grams. Needs neither scikit-learn nor the training texts."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import InputError, UsageError
from jianwei.models import ModelIdentity
from jianwei.text._base import Embedder
from jianwei.text.inputs import portions
from jianwei.text.pretrained.few_shot_grams import GramTable

__all__ = ["FewShotModel", "is_few_shot"]

_FORMAT = 1
_MARK = b"few_shot.npy"
_ROWS = 1024


class _Head(msgspec.Struct, frozen=True):
    format: int
    classes: tuple[str, ...]
    embedder: tuple[str, str] | None


@dataclass(frozen=True, eq=False)
class FewShotModel:
    """A linear layer with its features.

    Attributes:
        embedder: which embedder it was trained with; None without.
        classes: names of the columns.
        middle: float32 [e], what is taken from every point; None without an embedder.
        grams: the n-grams of the training texts; None where points alone count.
        weights: float32 [e + g, k].
        intercept: float32 [k].
    """

    embedder: ModelIdentity | None
    classes: tuple[str, ...]
    middle: NDArray[np.float32] | None
    grams: GramTable | None
    weights: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    intercept: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    def trained(self, weights: NDArray[np.float64], intercept: NDArray[np.float64]) -> FewShotModel:
        """The same features with a layer."""
        return replace(self, weights=weights.astype(np.float32), intercept=intercept.astype(np.float32))

    def features(self, points: NDArray[np.float32] | None, texts: pa.StringArray) -> Any:
        """float32 [n, e + g] of n texts: an array without n-grams, scipy CSR with them."""
        if points is None or self.middle is None:
            return self._table().rows(texts)
        moved = points - self.middle
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        moved = (moved / np.where(lengths == 0, 1, lengths)).astype(np.float32)
        if self.grams is None:
            return moved
        from scipy import sparse

        return sparse.hstack([sparse.csr_matrix(moved), self.grams.rows(texts)]).tocsr()

    def probabilities(self, texts: pa.StringArray, embedder: Embedder | None) -> NDArray[np.float32]:
        """float32 [n, k], rows sum to 1; a row depends on its own text only."""
        parts = [np.zeros((0, len(self.classes)), np.float32)]
        for portion in portions(texts, _ROWS):
            points = None if embedder is None else embedder.embed(portion)
            logits = np.asarray(self.features(points, portion) @ self.weights + self.intercept, np.float64)
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            parts.append((powers / powers.sum(axis=1, keepdims=True)).astype(np.float32))
        return np.concatenate(parts)

    @cached_property
    def identity(self) -> ModelIdentity:
        """("few-shot", the beginning of the sha256 of its file)."""
        return ModelIdentity("few-shot", sha256(self.pack()).hexdigest()[:16])

    def check(self, embedder: Embedder | None) -> None:
        """See that the points of an embedder are those that it was trained on.

        Raises:
            UsageError: they are others.
        """
        found = None if embedder is None else embedder.identity
        if found != self.embedder:
            given, wanted = (f"{one.name} {one.version}" if one else "no embedder" for one in (found, self.embedder))
            raise UsageError("few-shot model", f"was trained with {wanted}, not with {given}", f"give {wanted}")

    def pack(self) -> bytes:
        """The bytes of a file: an npz archive without pickles; the same model gives the same bytes."""
        embedder = None if self.embedder is None else (self.embedder.name, self.embedder.version)
        head = msgspec.json.encode(_Head(_FORMAT, self.classes, embedder))
        parts: dict[str, Any] = {"few_shot": np.frombuffer(head, np.uint8)}
        if self.middle is not None:
            parts["middle"] = self.middle
        if self.grams is not None:
            parts |= {"keys": self.grams.keys, "idf": self.grams.idf}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **parts, weights=self.weights, intercept=self.intercept)
        return buffer.getvalue()

    @classmethod
    def unpack(cls, data: bytes, where: str) -> FewShotModel:
        """The model in the bytes that `pack` gave.

        Raises:
            InputError: they are something else.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as stored:
                parts = {name: stored[name] for name in stored.files}
            head = msgspec.json.decode(parts["few_shot"].tobytes(), type=_Head)
            if head.format != _FORMAT:
                raise ValueError(f"format {head.format}, this version reads {_FORMAT}")
            grams = GramTable(parts["keys"].astype(np.uint64), _floats(parts["idf"])) if "keys" in parts else None
            middle = _floats(parts["middle"]) if "middle" in parts else None
            embedder = None if head.embedder is None else ModelIdentity(*head.embedder)
            model = cls(embedder, head.classes, middle, grams, _floats(parts["weights"]), _floats(parts["intercept"]))
            model._check_lengths()
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            EOFError,
            OSError,
            zipfile.BadZipFile,
            zlib.error,
            msgspec.MsgspecError,
        ) as error:
            raise InputError(
                where, f"this is no few-shot model ({error})", "make one with FewShotClassifier.save"
            ) from error
        return model

    def _table(self) -> GramTable:
        if self.grams is None:
            raise UsageError("few-shot model", "was trained with an embedder", "load it with the same one")
        return self.grams

    def _check_lengths(self) -> None:
        columns = 0 if self.middle is None else len(self.middle)
        if self.grams is not None:
            columns += len(self.grams.keys)
            if self.grams.keys.shape != self.grams.idf.shape or not (self.grams.keys[1:] > self.grams.keys[:-1]).all():
                raise ValueError("its n-grams are in disorder")
        wanted = (columns, len(self.classes))
        if self.weights.shape != wanted or self.intercept.shape != wanted[1:] or len(self.classes) < 2:
            raise ValueError("its parts differ in length")
        if (self.middle is None) != (self.embedder is None) or (self.middle is None and self.grams is None):
            raise ValueError("its features are missing")


def _floats(array: NDArray[Any]) -> NDArray[np.float32]:
    plain: NDArray[np.float32] = array.astype(np.float32)
    if not np.isfinite(plain).all():
        raise ValueError("a weight is no number")
    return plain


def is_few_shot(data: bytes) -> bool:
    """Whether the bytes of a file look like what `FewShotModel.pack` gives."""
    return _MARK in data[:200]
