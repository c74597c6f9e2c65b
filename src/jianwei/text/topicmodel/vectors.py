"""Word vectors out of the texts themselves: words in the same company lie close together.

A short text shares few words with the others on its topic, but its words share their company. Positive pointwise mutual information
of words within a text, with the context's frequency raised to 0.75, factorised (Levy & Goldberg 2014, "Neural Word Embedding as
Implicit Matrix Factorization"); a text is the direction of the sum of its words.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

__all__ = ["text_vectors", "word_vectors"]

Floats = NDArray[np.float64]

_SMALL = 400


def word_vectors(presence: csr_array, dimensions: int = 50) -> Floats:
    """Directions of words.

    Args:
        presence: 1 where a text has a word, csr [n, v], v >= 2.

    Returns:
        float64 [v, d], rows of length 1, d at most `dimensions`.
    """
    together = (presence.T @ presence).tocoo()
    first, second, count = together.row, together.col, together.data.astype(np.float64)
    total = np.bincount(first, count, presence.shape[1])
    context = total**0.75 / np.sum(total**0.75)
    information = np.log(count / (total[first] * context[second]))
    positive = information > 0
    matrix = csr_array((information[positive], (first[positive], second[positive])), together.shape)
    size = min(dimensions, presence.shape[1] - 1)
    if presence.shape[1] <= _SMALL:
        left, values, _ = np.linalg.svd(matrix.toarray())
        left, values = left[:, :size], values[:size]
    else:
        left, values, _ = svds(matrix, size, v0=np.ones(presence.shape[1]))
    return _directions(left * np.sqrt(values))


def text_vectors(presence: csr_array, words: Floats) -> NDArray[np.float32]:
    """Directions of texts, float32 [n, d]."""
    return _directions(presence @ words).astype(np.float32)


def _directions(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)
