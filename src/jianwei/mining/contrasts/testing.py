"""How sure a difference between two groups is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jianwei.mining.exact_test import fisher

__all__ = ["Counts", "beyond_parts", "fisher_two_sided", "odds_ratio"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_EQUAL = 1e-7  # probabilities that differ by less, relatively, count as equal, as in R and scipy
_MANY = 25  # baskets from which on a count is as good as normal


class Counts(NamedTuple):
    """Baskets with something in the left and in the right group, int64 [n]."""

    left: Ints
    right: Ints


def fisher_two_sided(left: ArrayLike, left_baskets: int, right: ArrayLike, right_baskets: int) -> Floats:
    """Fisher's exact test, two sides: how probable a table at most as probable as this one is, if both groups were alike.

    Args:
        left, right: baskets with something in each group, int [n].
        left_baskets, right_baskets: all baskets of each group.

    Returns:
        float64 [n]; 1 where nothing can be told.

    >>> fisher_two_sided([8, 5], 10, [1, 5], 6).round(4).tolist()
    [0.035, 0.3069]
    """
    some, others = np.broadcast_arrays(
        np.atleast_1d(np.asarray(left, np.int64)), np.atleast_1d(np.asarray(right, np.int64))
    )
    both = some + others
    # Seen from the group that has more than its part of it.
    mirrored = some * right_baskets < others * left_baskets
    seen = np.where(mirrored, others, some)
    drawn = np.where(mirrored, right_baskets, left_baskets)
    rest = np.where(mirrored, left_baskets, right_baskets)
    fewest = np.maximum(both - rest, 0)
    bar = _log_probability(seen, both, drawn, rest) + np.log1p(_EQUAL)
    # Below `seen` probabilities rise to the peak and fall again: the last count that is improbable enough lies before the peak.
    low, high = fewest - 1, np.maximum(seen - 1, fewest - 1)
    while (searching := low < high).any():
        middle = (low + high + 1) // 2
        fits = _log_probability(np.maximum(middle, fewest), both, drawn, rest) <= bar
        low, high = np.where(searching & fits, middle, low), np.where(searching & ~fits, middle - 1, high)
    near = fisher(seen, drawn + rest, both, drawn)
    far = np.where(low >= fewest, fisher(both - low, drawn + rest, both, rest), 0.0)
    # Where the count next to it is no likelier, this is the peak and every table is as improbable.
    before = np.maximum(seen - 1, fewest)
    peak = (before < seen) & (_log_probability(before, both, drawn, rest) <= bar)
    return np.minimum(np.where(peak, 1.0, near + far), 1.0)


def odds_ratio(
    left: ArrayLike, left_baskets: int, right: ArrayLike, right_baskets: int
) -> tuple[Floats, Floats, Floats]:
    """The odds of the right group ÷ those of the left one, with its 95 % interval.

    Half a basket is added to each of the four cells (Haldane 1955, Anscombe 1956), so that all is finite; the interval is Woolf's (1955).

    Returns:
        The ratio, lower and upper bound, float64 [n].

    >>> [float(value[0].round(2)) for value in odds_ratio([10], 100, [20], 100)]
    [2.19, 0.98, 4.9]
    """
    a, b = np.asarray(left, np.float64) + 0.5, np.asarray(right, np.float64) + 0.5
    c, d = left_baskets + 1 - a, right_baskets + 1 - b
    log_ratio = np.log(b / d) - np.log(a / c)
    half = 1.959963984540054 * np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return np.exp(log_ratio), np.exp(log_ratio - half), np.exp(log_ratio + half)


def beyond_parts(whole: Counts, one: Counts, other: Counts, baskets: tuple[int, int]) -> tuple[Floats, Floats]:
    """Whether two parts of an itemset go together more in one group than in the other.

    The lift of the parts, baskets · whole ÷ (one · other), is the same in both groups if the set changes as its parts do. Where both
    groups have 25 baskets with the set or more, the test is that of the logarithm of the ratio of both lifts, which is normal; its
    variance by the delta method is, in each group, 1/whole - 1/one - 1/other + (2 · lift - 1)/baskets. Half a basket is added to every
    count. Where there are fewer, it is exact for what is rare: of all baskets with the set, the right group then has a binomial part, in
    the proportion of one · other ÷ baskets (twice the smaller tail).

    Args:
        whole, one, other: baskets with the set, and with its parts.
        baskets: all baskets of the left and of the right group.

    Returns:
        The two-sided p-value, and what the parts make one expect: the share of the right group ÷ that of the left one, float64 [n] both.
    """
    from scipy.special import bdtr, bdtrc, erfc

    difference, variance, growth = np.zeros(len(whole.left)), np.zeros(len(whole.left)), np.ones(len(whole.left))
    for sign, (all_, a, b), number in (
        (-1, (whole.left, one.left, other.left), baskets[0]),
        (1, (whole.right, one.right, other.right), baskets[1]),
    ):
        n, c, x, y = number + 0.5, all_ + 0.5, a + 0.5, b + 0.5
        lift = n * c / (x * y)
        difference += sign * np.log(lift)
        variance += np.maximum(1 / c - 1 / x - 1 / y + (2 * lift - 1) / n, 0)
        growth *= (x / n * y / n) ** sign
    # The lift of the left group holds for the right one, too, if the parts say everything.
    z = np.abs(difference) / np.sqrt(np.maximum(variance, 1e-300))
    p_value = np.where(difference == 0, 1.0, erfc(z / np.sqrt(2)))
    few = np.flatnonzero(np.minimum(whole.left, whole.right) < _MANY)
    by_chance = [(one[side] * other[side])[few] / max(baskets[side], 1) for side in (0, 1)]
    part = by_chance[1] / np.maximum(by_chance[0] + by_chance[1], 1e-300)
    seen, both = whole.right[few], (whole.left + whole.right)[few]
    upper = np.where(seen == 0, 1.0, bdtrc(seen - 1, both, part))
    p_value[few] = np.minimum(2 * np.minimum(bdtr(seen, both, part), upper), 1.0)
    return p_value, growth


def _log_probability(seen: Ints, both: Ints, drawn: Ints, rest: Ints) -> Floats:
    """Of `both` baskets, `seen` fall into a group of `drawn` and the others into one of `rest`."""
    return _log_choose(drawn, seen) + _log_choose(rest, both - seen) - _log_choose(drawn + rest, both)


def _log_choose(n: Ints, k: Ints) -> Floats:
    from scipy.special import gammaln

    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0))
