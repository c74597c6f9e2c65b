"""A trained blend, ready to score."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.errors import InputError
from jianwei.models import ModelIdentity
from jianwei.text.linear.archive import DAMAGES, parts_of
from jianwei.text.linear.model import Kind, LinearModel
from jianwei.text.linear.wordwise import as_characters

__all__ = ["BlendedModel", "Encoder", "Head"]

_FORMAT = 1


class Encoder(Protocol):
    """What reads a text into numbers, the same for every task; `text.neural.NeuralModel` is one."""

    @property
    def identity(self) -> ModelIdentity: ...

    def features(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, w]."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A linear layer on the features of an encoder: weights float32 [w, columns], intercept float32 [columns]."""

    encoder: Encoder
    weights: NDArray[np.float32]
    intercept: NDArray[np.float32]

    def logits(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, columns]."""
        return self.encoder.features(texts) @ self.weights + self.intercept


class _Head(msgspec.Struct, frozen=True):
    format: int
    kind: Kind
    classes: tuple[str, ...]
    encoder: tuple[str, str] | None


@dataclass(frozen=True, slots=True, eq=False)
class BlendedModel:
    """Logits of two or three models, summed with a weight each.

    Attributes:
        identity: name, and the beginning of the sha256 of the file.
        characters: a linear model of character n-grams.
        words: a linear model of word n-grams, on texts that `as_characters` made.
        head: what the encoder adds, or None.
        shares: float32 [2 or 3], the weights of characters, words and head.
        offset: float32 [columns].
    """

    identity: ModelIdentity
    characters: LinearModel
    words: LinearModel
    head: Head | None
    shares: NDArray[np.float32]
    offset: NDArray[np.float32]

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.characters.classes

    @property
    def kind(self) -> Kind:
        """As `LinearModel.kind`."""
        return self.characters.kind

    def logits(self, texts: pa.StringArray, *, threads: int = 1) -> NDArray[np.float32]:
        """float32 [n, columns], as `LinearModel.logits`."""
        parts = [
            self.characters.logits(texts, threads=threads),
            self.words.logits(as_characters(texts), threads=threads),
        ]
        if self.head is not None:
            parts.append(self.head.logits(texts))
        return blended(parts, self.shares, self.offset, self.kind)

    def probabilities(self, texts: pa.StringArray, *, threads: int = 1) -> NDArray[np.float32]:
        """float32 [n, classes], as `LinearModel.probabilities`."""
        return self.characters.chances(self.logits(texts, threads=threads))

    def codes(self, texts: pa.StringArray, *, threads: int = 1) -> NDArray[np.int64]:
        """int64 [n]: index of the most probable class."""
        return self.characters.best(self.logits(texts, threads=threads))

    def pack(self) -> bytes:
        """The bytes of a file. The encoder is not in it: only which one it must be."""
        own = None if self.head is None else (self.head.encoder.identity.name, self.head.encoder.identity.version)
        head = _Head(_FORMAT, self.kind, self.classes, own)
        arrays = {"shares": self.shares, "offset": self.offset}
        if self.head is not None:
            arrays |= {"weights": self.head.weights.astype(np.float16), "intercept": self.head.intercept}
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            blend=np.frombuffer(msgspec.json.encode(head), np.uint8),
            characters=np.frombuffer(self.characters.pack(), np.uint8),
            words=np.frombuffer(self.words.pack(), np.uint8),
            **arrays,  # type: ignore[arg-type]
        )
        return buffer.getvalue()

    @classmethod
    def unpack(cls, data: bytes, where: str, name: str, encoder: Encoder | None = None) -> BlendedModel:
        """The model in the bytes that `pack` gave.

        Args:
            encoder: the one it was trained with, when it was trained with one; the packaged one by default.

        Raises:
            InputError: they are something else, or the encoder is another one.
            MissingExtraError: it needs the extra "neural".
        """
        try:
            parts = parts_of(data)
            about = msgspec.json.decode(parts["blend"].tobytes(), type=_Head)
            if about.format != _FORMAT:
                raise ValueError(f"format {about.format}, this version reads {_FORMAT}")
            characters, words = (
                LinearModel.unpack(parts[key].tobytes(), where, name) for key in ("characters", "words")
            )
            columns, many = characters.columns, 2 + (about.encoder is not None)
            if {m.classes for m in (characters, words)} != {about.classes} or {m.kind for m in (characters, words)} != {
                about.kind
            }:
                raise ValueError("its parts answer different questions")
            if parts["shares"].shape != (many,) or parts["offset"].shape != (columns,):
                raise ValueError("its parts differ in length")
            head = None if about.encoder is None else _head(parts, about.encoder, columns, where, encoder)
        except DAMAGES as error:
            raise InputError(where, "this is no blended text model, or a damaged one", "train it again") from error
        identity = ModelIdentity(name, sha256(data).hexdigest()[:16])
        return cls(identity, characters, words, head, parts["shares"], parts["offset"])

    def named(self, name: str) -> BlendedModel:
        """The same model under another name."""
        return replace(self, identity=ModelIdentity(name, sha256(self.pack()).hexdigest()[:16]))


def blended(
    parts: list[NDArray[np.float32]], shares: NDArray[np.float32], offset: NDArray[np.float32], kind: Kind
) -> NDArray[np.float32]:
    """The weighted sum of logits [n, columns]; of classes that exclude each other only what sets them apart in a row counts."""
    total = np.broadcast_to(offset, parts[0].shape).astype(np.float32)
    for part, share in zip(parts, shares, strict=True):
        total = total + share * (part - part.mean(axis=1, keepdims=True) if kind == "multi-class" else part)
    return total


def _head(
    parts: dict[str, NDArray[np.float32]], wanted: tuple[str, str], columns: int, where: str, encoder: Encoder | None
) -> Head:
    if encoder is None:
        from jianwei.text.neural import default_reader

        encoder = default_reader()
    found = encoder.identity
    if (found.name, found.version) != wanted:
        raise InputError(
            where,
            f"it needs the encoder {wanted[0]} {wanted[1]}, here is {found.name} {found.version}",
            "train it again",
        )
    weights, intercept = parts["weights"].astype(np.float32), parts["intercept"]
    if weights.ndim != 2 or weights.shape[1] != columns or intercept.shape != (columns,):
        raise ValueError("its parts differ in length")
    return Head(encoder, weights, intercept)
