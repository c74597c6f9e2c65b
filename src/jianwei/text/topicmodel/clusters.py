"""Texts into topics: k-means by direction finds where they are, a mixture of word distributions draws the lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

__all__ = ["Mixture", "mixture", "spherical_k_means"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_STARTS, _ROUNDS = 3, 30
_FOR_SEEDS = 20_000
_SMALL_PRODUCT = 250_000
_STEPS = 20
_PRIOR = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Word distributions of k topics.

    Attributes:
        words: log-probability of a word in a topic, float64 [k, v].
        topics: log-probability of a topic, float64 [k].
    """

    words: Floats
    topics: Floats

    def scores(self, presence: csr_array) -> Floats:
        """Log-probability of each text together with each topic, float64 [n, k]; presence is csr [n, v]."""
        scores: Floats = presence @ self.words.T + self.topics
        return scores


def spherical_k_means(vectors: NDArray[np.float32], k: int, seed: int = 0) -> Ints:
    """Cluster of each of n directions, int64 [n] (Dhillon & Modha 2001; seeds by k-means++): the best of three starts."""
    rng = np.random.default_rng(seed)
    best, fit = np.zeros(len(vectors), np.int64), -np.inf
    for _ in range(_STARTS):
        centres = _seeds(vectors[rng.permutation(len(vectors))[:_FOR_SEEDS]], k, rng)
        found, closeness = _settle(vectors, centres)
        if closeness > fit:
            best, fit = found, closeness
    return best


def mixture(presence: csr_array, labels: Ints, k: int) -> tuple[Mixture, Ints]:
    """The multinomial mixture that explains the texts best, and the topic of each: classification EM (Celeux & Govaert 1992) from `labels`.

    Args:
        presence: 1 where a text has a word, csr [n, v].
        labels: a first topic of each text, int64 [n] in 0..k-1.

    Returns:
        the mixture and the topics, int64 [n]; topics that lose all texts are gone.
    """
    overall = np.asarray(presence.sum(axis=0), np.float64).ravel()
    prior = _PRIOR * len(overall) * (overall + 1) / (overall.sum() + len(overall))
    for _ in range(_STEPS):
        used, labels = np.unique(labels, return_inverse=True)
        k = len(used)
        members = csr_array((np.ones(len(labels), np.float32), (labels, np.arange(len(labels)))), (k, len(labels)))
        counts = (members @ presence).toarray().astype(np.float64) + prior
        sizes = np.bincount(labels, minlength=k) + 1.0
        found = Mixture(np.log(counts / counts.sum(axis=1, keepdims=True)), np.log(sizes / sizes.sum()))
        moved = found.scores(presence).argmax(axis=1)
        if (moved == labels).all():
            break
        labels = moved
    return found, labels


def _seeds(vectors: NDArray[np.float32], k: int, rng: np.random.Generator) -> NDArray[np.float32]:
    centres = [vectors[int(rng.integers(len(vectors)))]]
    near = vectors @ centres[0]
    for _ in range(1, k):
        far = np.maximum(1 - near, 0).astype(np.float64)
        chances = far / far.sum() if far.sum() > 0 else None
        centres.append(vectors[int(rng.choice(len(vectors), p=chances))])
        near = np.maximum(near, vectors @ centres[-1])
    return np.array(centres)


def _settle(vectors: NDArray[np.float32], centres: NDArray[np.float32]) -> tuple[Ints, float]:
    labels = np.full(len(vectors), -1, np.int64)
    closeness = -np.inf
    for _ in range(_ROUNDS):
        moved, near = _nearest(vectors, centres)
        closeness = float(near.sum(dtype=np.float64))
        if (moved == labels).all():
            break
        labels = moved
        members = csr_array(
            (np.ones(len(labels), np.float32), (labels, np.arange(len(labels)))), (len(centres), len(labels))
        )
        sums = members @ vectors
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        centres = np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1), centres)
    return labels, closeness


def _nearest(vectors: NDArray[np.float32], centres: NDArray[np.float32]) -> tuple[Ints, NDArray[np.float32]]:
    """The nearest centre of each vector, int64 [n], and the cosine to it, float32 [n].

    In products so small that the linear algebra library does not spread them over threads: on a busy machine that would take several
    times as long, and on another number of cores the last bits would differ.
    """
    labels, near = np.empty(len(vectors), np.int64), np.empty(len(vectors), np.float32)
    rows = max(1, _SMALL_PRODUCT // centres.size)
    for start in range(0, len(vectors), rows):
        part = slice(start, start + rows)
        cosines = vectors[part] @ centres.T
        labels[part] = cosines.argmax(axis=1)
        near[part] = cosines.max(axis=1)
    return labels, near
