"""Texts as sets of hashed character n-grams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.compiled import Kernel, kernels
from jianwei.errors import UsageError

__all__ = ["Buffers", "NGrams", "buffers", "kernel"]

MAX_LENGTH, MAX_BITS = 4, 24


@dataclass(frozen=True, slots=True)
class NGrams:
    """Which n-grams are features, and into how many buckets they are hashed.

    Attributes:
        lowest, highest: their lengths in characters, 1 to 4.
        bits: 2 ** bits buckets, 8 to 24 bits.

    Raises:
        UsageError: a number is out of its bounds.

    >>> NGrams(1, 2, 16).features(pa.array(["好好", None])).row_sizes.tolist()
    [4, 0]
    """

    lowest: int = 1
    highest: int = 3
    bits: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.lowest <= self.highest <= MAX_LENGTH:
            raise UsageError(
                "n-grams", f"lengths {self.lowest} to {self.highest}", f"choose from 1 to {MAX_LENGTH}, ascending"
            )
        if not 8 <= self.bits <= MAX_BITS:
            raise UsageError("n-grams", f"{self.bits} bits", f"choose from 8 to {MAX_BITS}")

    @property
    def buckets(self) -> int:
        """How many buckets there are."""
        return 1 << self.bits

    def features(self, texts: pa.StringArray) -> Features:
        """The distinct buckets of every text, in the order in which they first occur."""
        raw = buffers(texts)
        scratch = Scratch.for_texts(raw, self)
        ends = np.zeros(len(texts), np.int64)
        found = np.zeros(max(scratch.most_in_all(raw, self), 1), np.uint32)
        kernel("features")(
            raw.data, raw.offsets, len(texts), self.lowest, self.highest, self.bits, scratch.mask, scratch.slots,
            scratch.stamps, scratch.found, ends, found,
        )  # fmt: skip
        total = int(ends[-1]) if len(ends) else 0
        return Features(np.concatenate([np.zeros(1, np.int64), ends]), found[:total])


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Sets of buckets, those of text i from ends[i] to ends[i + 1].

    Attributes:
        ends: int64 [n + 1].
        buckets: uint32 [ends[-1]].
    """

    ends: NDArray[np.int64]
    buckets: NDArray[np.uint32]

    @property
    def row_sizes(self) -> NDArray[np.int64]:
        """int64 [n]: number of distinct buckets of every text."""
        return np.diff(self.ends)


@dataclass(frozen=True, slots=True, eq=False)
class Buffers:
    """Arrow's own memory of n strings: offsets int32 [n + 1] into data uint8."""

    data: NDArray[np.uint8]
    offsets: NDArray[np.int32]


def buffers(texts: pa.StringArray) -> Buffers:
    """The memory of an array without copying it; nulls become empty texts.

    Raises:
        TypeError: the array is of another type than `pa.string()`; its memory would be read wrongly.
    """
    if texts.type != pa.string():
        raise TypeError(f"an Arrow array of strings is needed, got {texts.type}")
    if texts.null_count:
        texts = texts.fill_null("")
    _, offsets, data = texts.buffers()
    if not len(texts) or offsets is None:
        return Buffers(np.zeros(1, np.uint8), np.zeros(1, np.int32))
    numbers = np.frombuffer(offsets, np.int32, len(texts) + 1, texts.offset * 4)
    return Buffers(np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8), numbers)


@dataclass(frozen=True, slots=True, eq=False)
class Scratch:
    """Memory that a kernel works in: a hash set that holds one text's buckets, and the list of them."""

    slots: NDArray[np.uint32]
    stamps: NDArray[np.uint32]
    found: NDArray[np.uint32]

    @classmethod
    def for_texts(cls, raw: Buffers, ngrams: NGrams) -> Scratch:
        longest = int(np.diff(raw.offsets).max(initial=0))
        most = (longest + 1) * (ngrams.highest - ngrams.lowest + 1)  # a character has a byte at least
        size = 1 << max(int(2 * most - 1).bit_length(), 6)
        return cls(np.zeros(size, np.uint32), np.zeros(size, np.uint32), np.zeros(most, np.uint32))

    @property
    def mask(self) -> int:
        return len(self.slots) - 1

    @staticmethod
    def most_in_all(raw: Buffers, ngrams: NGrams) -> int:
        """No more n-grams than this are in all texts together."""
        return (int(raw.offsets[-1] - raw.offsets[0]) + len(raw.offsets) - 1) * (ngrams.highest - ngrams.lowest + 1)


def kernel(name: str) -> Kernel:
    """One of the kernels of this room."""
    return kernels("jianwei.text.linear.compiled_kernels")[name]
