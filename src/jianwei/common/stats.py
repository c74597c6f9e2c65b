"""Corrections and intervals that more than one analysis needs. Arrays in, arrays out; no scipy."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CORRECTIONS", "adjusted", "benjamini_hochberg", "log_likelihood", "newcombe", "unequal", "wilson"]

Floats = NDArray[np.float64]


def wilson(successes: ArrayLike, trials: ArrayLike, confidence: float = 0.95) -> tuple[Floats, Floats]:
    """The score interval of a share (Wilson 1927): honest for few trials and for shares near 0 or 1.

    Args:
        successes: counts [n].
        trials: counts [n], at least `successes`.
        confidence: probability that the interval covers the true share.

    Returns:
        Lower and upper bounds, float64 [n]; NaN where there were no trials.

    >>> low, high = wilson([10, 0], [20, 0])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.299, nan], [0.701, nan])
    """
    k, n = np.asarray(successes, np.float64), np.asarray(trials, np.float64)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        p = k / n
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # Exactly 0 and 1 where they are the bounds: rounding would leave 1e-17.
    some = n > 0
    return np.where(some & (k == 0), 0.0, centre - half), np.where(some & (k == n), 1.0, centre + half)


def newcombe(
    one: ArrayLike, one_total: ArrayLike, other: ArrayLike, other_total: ArrayLike, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """The interval of a difference of two independent shares, from the score intervals of both (Newcombe 1998, method 10).

    Args:
        one: counts of the first group [n].
        one_total: counts [n], at least `one`.
        other: counts of the second group [n].
        other_total: counts [n], at least `other`.
        confidence: probability that the interval covers the true difference.

    Returns:
        Lower and upper bounds of one/one_total - other/other_total, float64 [n]; NaN where either group is empty.

    >>> low, high = newcombe(56, 70, 48, 80)  # the paper's first example
    >>> low.round(4).tolist(), high.round(4).tolist()
    (0.0524, 0.3339)
    """
    a, n, b, m = (np.asarray(given, np.float64) for given in (one, one_total, other, other_total))
    (low_a, high_a), (low_b, high_b) = wilson(a, n, confidence), wilson(b, m, confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        p, q = a / n, b / m
    return (
        p - q - np.sqrt((p - low_a) ** 2 + (high_b - q) ** 2),
        p - q + np.sqrt((high_a - p) ** 2 + (q - low_b) ** 2),
    )


def unequal(one: ArrayLike, one_total: ArrayLike, other: ArrayLike, other_total: ArrayLike) -> Floats:
    """p-values of the hypothesis that two shares are the same: the "N - 1" chi-squared test, two-sided.

    Pearson's statistic times (N - 1) / N keeps its level even in small tables, where his own does not (Campbell 2007, "Chi-squared and
    Fisher-Irwin tests of two-by-two tables with small sample recommendations").

    Args:
        one, one_total, other, other_total: as in `newcombe`.

    Returns:
        float64 [n]; 1 where there is nothing to compare.

    >>> unequal([56, 5], [70, 5], [48, 9], [80, 9]).round(4).tolist()
    [0.0083, 1.0]
    """
    given = (np.atleast_1d(np.asarray(x, np.float64)) for x in (one, one_total, other, other_total))
    a, n, b, m = np.broadcast_arrays(*given)
    whole, having = n + m, a + b
    margins = n * m * having * (whole - having)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(margins > 0, (a * m - b * n) ** 2 * (whole - 1) / margins, 0.0)
    return np.array([math.erfc(math.sqrt(value / 2)) for value in statistic.tolist()])


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Short for `adjusted(p_values, "bh")`.

    >>> benjamini_hochberg([0.01, 0.02, 0.9]).round(3).tolist()
    [0.03, 0.03, 0.9]
    """
    return adjusted(p_values, "bh")


CORRECTIONS = ("bonferroni", "holm", "bh", "by")
"""Ways to allow for many tests; see `adjusted`."""


def adjusted(p_values: ArrayLike, method: str, tests: int | None = None) -> Floats:
    """p-values adjusted for the number of tests: what is at most α of them is kept at the level α.

    * "bonferroni" and "holm" (Holm 1979, never weaker) keep the probability of even one false discovery at most α;
    * "bh" (Benjamini & Hochberg 1995) keeps the expected share of false discoveries at most α, for tests that are independent or depend
      positively on each other; "by" (Benjamini & Yekutieli 2001) for any tests.

    Args:
        p_values: float [n] in 0..1.
        method: one of `CORRECTIONS`.
        tests: number of all tests, at least n; those that are not given count as if their p-value were 1. Default: n.

    Returns:
        float64 [n] in the order given, at most 1.

    >>> adjusted([0.01, 0.02, 0.9], "holm").round(3).tolist(), adjusted([0.01], "bonferroni", tests=5).tolist()
    ([0.03, 0.04, 0.9], [0.05])
    """
    p = np.asarray(p_values, np.float64)
    number = len(p) if tests is None else tests
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1, len(p) + 1)
    result = np.empty_like(p)
    if not len(p):
        return result
    if method == "bonferroni":
        result = p * number
    elif method == "holm":
        result[order] = np.maximum.accumulate(p[order] * (number + 1 - ranks))
    else:
        scale = float(number) if method == "bh" else number * _harmonic(number)
        result[order] = np.minimum.accumulate((p[order] * scale / ranks)[::-1])[::-1]
    return np.minimum(result, 1.0)


def _harmonic(number: int) -> float:
    """1 + 1/2 + … + 1/number; by Euler's series where that is long."""
    if number < 1000:
        return sum(1 / k for k in range(1, number + 1))
    return math.log(number) + 0.5772156649015329 + 1 / (2 * number) - 1 / (12 * number**2)


def log_likelihood(inside: ArrayLike, inside_total: ArrayLike, outside: ArrayLike, outside_total: ArrayLike) -> Floats:
    """Keyness: how much more (or less) often something occurs inside a part than outside of it.

    The G² of the 2 x 2 table (Dunning 1993), with a minus sign where it is rarer inside. 10.83 corresponds to p = 0.001.

    Args:
        inside: rows of the part that have it [n].
        inside_total: rows of the part.
        outside: rows beside the part that have it [n].
        outside_total: rows beside the part.

    Returns:
        float64 [n]; 0 where either side is empty.

    >>> log_likelihood([30, 10, 0], 100, [10, 10, 40], 100).round(2).tolist()
    [12.97, 0.0, -65.56]
    """
    a, b = np.asarray(inside, np.float64), np.asarray(outside, np.float64)
    n, m = np.asarray(inside_total, np.float64), np.asarray(outside_total, np.float64)
    a, b, n, m = np.broadcast_arrays(a, b, n, m)
    total, having = n + m, a + b
    score = 2 * sum(
        _entropy_term(seen, rows * margin, total)
        for seen, rows, margin in (
            (a, n, having),
            (b, m, having),
            (n - a, n, total - having),
            (m - b, m, total - having),
        )
    )
    return np.where((n > 0) & (m > 0), np.sign(a * m - b * n) * np.maximum(score, 0), 0.0)


def _entropy_term(seen: Floats, product: Floats, total: Floats) -> Floats:
    """seen · ln(seen / expected), with 0 · ln 0 = 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(seen > 0, seen * np.log(seen * total / product), 0.0)
