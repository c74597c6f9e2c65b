"""Character n-grams of a few texts, weighted by TF-IDF: what few-shot classifiers know without a sentence model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["GramTable", "count_grams"]

LONGEST = 3


def count_grams(texts: pa.StringArray) -> tuple[NDArray[np.intp], NDArray[np.uint64], NDArray[np.int64]]:
    """Which n-grams of 1 to 3 characters occur in n texts; null counts as an empty text.

    Returns:
        rows, which text, ascending; keys, a 64-bit hash of the characters of a gram, ascending within a row; how often it occurs there.

    >>> rows, keys, times = count_grams(pa.array(["好好", None]))
    >>> rows.tolist(), sorted(times.tolist())
    ([0, 0], [1, 2])
    """
    plain = [(text or "").lower().strip() for text in texts.to_pylist()]
    encoded = [text.encode("utf-32-le", "replace") for text in plain]
    points = np.frombuffer(b"".join(encoded), np.uint32).astype(np.uint64)
    owner = np.repeat(np.arange(len(encoded)), [len(one) // 4 for one in encoded])
    hashes, owners = [_mixed(points)], [owner]
    for length in range(2, LONGEST + 1):
        longer = _mixed(hashes[-1][:-1] * np.uint64(31) ^ points[length - 1 :])
        inside = owner[: len(longer)] == owner[length - 1 :][: len(longer)]
        hashes.append(longer)
        owners.append(np.where(inside, owner[: len(longer)], -1))
    rows, keys = np.concatenate(owners), np.concatenate(hashes)
    rows, keys = rows[rows >= 0], keys[rows >= 0]
    order = np.lexsort((keys, rows))
    rows, keys = rows[order], keys[order]
    first = np.ones(len(rows), bool)
    first[1:] = (rows[1:] != rows[:-1]) | (keys[1:] != keys[:-1])
    starts = np.flatnonzero(first)
    times = np.diff(np.append(starts, len(rows)))
    return rows[starts], keys[starts], times


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A 64-bit finaliser: every bit of a value changes half of the result's (Steele et al. 2014, SplitMix64)."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    finished: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return finished


@dataclass(frozen=True, eq=False)
class GramTable:
    """The n-grams of the training texts.

    Attributes:
        keys: uint64 [g], ascending hashes.
        idf: float32 [g], ln((1 + texts) / (1 + texts with the gram)) + 1.
    """

    keys: NDArray[np.uint64]
    idf: NDArray[np.float32]

    @classmethod
    def of(cls, texts: pa.StringArray) -> GramTable:
        """Every n-gram of the texts."""
        _, keys, _ = count_grams(texts)
        known, within = np.unique(keys, return_counts=True)
        return cls(known, (np.log((1 + len(texts)) / (1 + within)) + 1).astype(np.float32))

    def rows(self, texts: pa.StringArray) -> Any:
        """scipy CSR float32 [n, g]: (1 + ln times) · idf, rows of unit length.

        Grams that no training text had count in a row's length, as rarer than all others: the less is known of a text, the shorter its row,
        and the less sure what is said of it. Held-out texts of the cross-validation are in the same position.
        """
        from scipy import sparse

        rows, keys, times = count_grams(texts)
        at = np.searchsorted(self.keys, keys)
        known = at < len(self.keys)
        known[known] = self.keys[at[known]] == keys[known]
        idf = np.full(len(keys), self.idf.max(initial=1) + np.log(2), np.float64)
        idf[known] = self.idf[at[known]]
        values = (1 + np.log(times)) * idf
        lengths = np.sqrt(np.bincount(rows, values**2, len(texts)))
        shares = (values / lengths[rows]).astype(np.float32)[known]
        pointers = np.append(0, np.cumsum(np.bincount(rows[known], minlength=len(texts))))
        return sparse.csr_matrix((shares, at[known], pointers), shape=(len(texts), len(self.keys)))
