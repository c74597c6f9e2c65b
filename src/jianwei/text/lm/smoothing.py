"""Interpolated modified Kneser–Ney: S. F. Chen & J. Goodman, "An empirical study of smoothing techniques for language modeling",
Computer Speech & Language 13 (1999), section 3 and equations 17 and 26 to 28.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jianwei.text.lm.grams import Grams
from jianwei.text.lm.vocabulary import BEGIN_ID

__all__ = ["Discounts", "Estimates", "discounts_of", "estimate"]

Discounts = tuple[float, float, float]
"""What is taken from n-grams that count once, twice, three times and more."""

_FALLBACK: Discounts = (0.5, 1.0, 1.5)


@dataclass(frozen=True, slots=True)
class Estimates:
    """Probabilities of the n-grams of one order.

    Attributes:
        probabilities: float64 [n], of the last character after the others.
        backs: float64 [parents], what the order below weighs after each context; 1 for one that nothing follows.
    """

    probabilities: NDArray[np.float64]
    backs: NDArray[np.float64]


def discounts_of(counts: NDArray[np.int64]) -> Discounts:
    """Discounts from the numbers of n-grams that count one, two, three and four times.

    Small or odd collections have none of some, or give discounts that take nothing, or more than there is: then 0.5, 1 and 1.5 are taken.

    >>> discounts_of(np.repeat([1, 2, 3, 4], [8, 4, 2, 1]))
    (0.5, 1.25, 2.0)
    >>> discounts_of(np.array([1, 1, 2]))
    (0.5, 1.0, 1.5)
    """
    n1, n2, n3, n4 = (int(np.count_nonzero(counts == k)) for k in (1, 2, 3, 4))
    if not n1 * n2 * n3 * n4:
        return _FALLBACK
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    return found if all(0 < d < k for k, d in enumerate(found, 1)) else _FALLBACK


def estimate(grams: tuple[Grams, ...]) -> tuple[tuple[Estimates, ...], tuple[Discounts, ...]]:
    """Probabilities and weights of every order, and the discounts of every order.

    Below order 1 stands the uniform distribution over all characters and marks but the begin mark.
    """
    made: list[Estimates] = []
    taken: list[Discounts] = []
    lower = np.array([1 / (len(grams[0]) - 1)])
    for at, order in enumerate(grams):
        discounts = discounts_of(order.counts)
        contexts = len(grams[at - 1]) if at else 1
        amount = np.array((0.0, *discounts))[np.minimum(order.counts, 3)]
        totals = np.bincount(order.parents, weights=order.counts, minlength=contexts)
        freed = np.bincount(order.parents, weights=amount, minlength=contexts)
        backs = np.divide(freed, totals, out=np.ones(contexts), where=totals > 0)
        share = np.divide(order.counts - amount, totals[order.parents])
        probabilities = share + backs[order.parents] * lower[order.suffixes]
        if at == 0:
            probabilities[BEGIN_ID] = 0.0
        made.append(Estimates(probabilities, backs))
        taken.append(discounts)
        lower = probabilities
    return tuple(made), tuple(taken)
