"""How many topics there are: as few as foretell the words of texts that were not looked at nearly as well as any number does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from jianwei.text.topicmodel.clusters import mixture, spherical_k_means

__all__ = ["NUMBERS", "choose_number", "foretold"]

NUMBERS = (2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30)
"""Numbers of topics that are tried."""

_ENOUGH = 0.97
_TEXTS = 20_000
_TEXTS_A_TOPIC = 5


def choose_number(presence: csr_array, vectors: NDArray[np.float32], seed: int = 0) -> int:
    """The smallest number whose gain over one single topic is 97 % of the best gain.

    Gain is in log-probability of the words of one half of the texts under a mixture fitted to the other half: more topics than there are
    fit noise, and foretell worse.

    Args:
        presence: 1 where a text has a word, csr [n, v].
        vectors: directions of the texts, float32 [n, d].
        seed: of the halves and of the clusters.

    Returns:
        1 when no number of topics foretells better than none.
    """
    halves = np.random.default_rng(seed).permutation(presence.shape[0])[:_TEXTS]
    middle = len(halves) // 2
    known, unknown = np.sort(halves[:middle]), presence[np.sort(halves[middle:])]
    numbers = [1, *(k for k in NUMBERS if k * _TEXTS_A_TOPIC <= middle)]
    gains = np.array([foretold(presence[known], vectors[known], unknown, k, seed) for k in numbers])
    gains -= gains[0]
    return numbers[int(np.argmax(gains >= _ENOUGH * gains.max()))]


def foretold(known: csr_array, vectors: NDArray[np.float32], unknown: csr_array, k: int, seed: int = 0) -> float:
    """Log-probability of unknown texts under k topics of known ones, `vectors` their directions."""
    found, _ = mixture(known, spherical_k_means(vectors, k, seed), k)
    return float(np.logaddexp.reduce(found.scores(unknown), axis=1).sum())
