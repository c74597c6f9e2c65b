"""What the text room asks of a tokenizer and of a classifier: enough to put another one in their place."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.models import ModelIdentity

__all__ = ["Classifier", "Embedder", "Parser", "Tokenizer"]


class Tokenizer(Protocol):
    """Cuts one text into pieces that, put together again, are the text.

    `rjieba` satisfies it as a module. A line break must always be a piece of its own: it is what tells joined texts apart.
    """

    def cut(self, text: str, /) -> list[str]: ...


class Classifier(Protocol):
    """Says how probable each of its classes is for every text, whatever is behind it: weights, a transformer, an endpoint.

    Attributes:
        identity: name and version; thresholds and stored scores belong to it.
        classes: names of the columns that `probabilities` returns.
    """

    @property
    def identity(self) -> ModelIdentity: ...

    @property
    def classes(self) -> tuple[str, ...]: ...

    def probabilities(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, classes]; rows sum to 1, unless the classes do not exclude each other. Null counts as an empty text."""
        ...


class Embedder(Protocol):
    """Makes a point of every text, so that texts of like meaning lie close.

    Attributes:
        identity: name and version; points of different embedders have nothing to do with each other.
        dimensions: columns of `embed`.
    """

    @property
    def identity(self) -> ModelIdentity: ...

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: pa.StringArray) -> NDArray[np.float32]:
        """float32 [n, dimensions], rows of unit length (an empty text's may be zero). Null counts as an empty text."""
        ...


class Parser(Protocol):
    """Says which part of speech every token of a text has and, if it can, on which token it depends.

    Attributes:
        identity: name and version.
        dependencies: whether it knows dependencies at all.
    """

    @property
    def identity(self) -> ModelIdentity: ...

    @property
    def dependencies(self) -> bool: ...

    def parse(self, texts: pa.StringArray) -> pa.Table:
        """A table in `parsing.PARSED_SCHEMA` with the tokens of n texts, `row` from 0; null counts as an empty text."""
        ...
