"""What finds faces and what turns them into numbers, as the finder needs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jianwei.models import ModelIdentity
from jianwei.vision._base import Face, Point

__all__ = ["Detector", "Embedder", "Pixels", "Pointer"]

Pixels = NDArray[np.uint8]
"""uint8 [height, width, 3], RGB."""


class Detector(Protocol):
    """Finds faces."""

    @property
    def identity(self) -> ModelIdentity: ...

    def detect(self, pixels: Pixels) -> tuple[Face, ...]:
        """The faces of a picture, each once, boxes in its pixels; they may reach over its borders."""
        ...


class Pointer(Protocol):
    """Finds points of a face whose box is known."""

    def points(self, pixels: Pixels, face: Face) -> tuple[Point, ...]: ...


class Embedder(Protocol):
    """Turns faces into vectors of length 1: the closer two are, the more likely they show one person.

    Attributes:
        alike: two faces whose embeddings are at most this far apart (Euclidean) are taken for one person.
    """

    @property
    def identity(self) -> ModelIdentity: ...

    @property
    def alike(self) -> float: ...

    def embed(self, pixels: Pixels, faces: Sequence[Face]) -> NDArray[np.float32]:
        """float32 [n, d], one row a face."""
        ...
