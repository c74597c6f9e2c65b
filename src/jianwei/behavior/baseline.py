"""What would have been usual: a robust baseline for series of counts, sums and shares, and how unusual each period is.

A series is brought to a scale on which chance has variance 1 (square roots of counts, arcs of shares: Anscombe 1948). There it is
level + rhythm + rest: the level by Huber's location in a moving window along a robust straight line, the rhythm (day of the week, hour
of the day) by the same in every slot, the spread of the rest by trimming. None of them is moved much by a few wild periods, so an
incident does not hide itself. More spread than chance alone would give (over-dispersion) is measured, and counted in.

A period's p-value comes from the exact tail of its law (negative binomial or beta-binomial with the measured spread; Poisson or binomial
without), both sides together. Since the spread is only an estimate, the normal score of that tail is then read off Student's t,
with half the degrees of freedom: a trimmed spread knows about half as much as a plain one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy import stats

__all__ = ["Judged", "Rhythm", "judge_counts", "judge_shares", "judge_sums"]

Floats = NDArray[np.float64]
_HUBER = 1.5
_TRIM = 2.5
# Fewer periods do not show a slope.
_LONG = 20
# Variance of a standard normal variable that is cut off at ± _TRIM.
_TRIMMED = 1 - 2 * _TRIM * stats.norm.pdf(_TRIM) / (2 * stats.norm.cdf(_TRIM) - 1)
_MAD = 1 / stats.norm.ppf(0.75)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What repeats.

    Attributes:
        slots: periods until the rhythm starts again (7 days, 24 hours), 1 without a rhythm.
        window: periods that the level is taken from, an odd number.
    """

    slots: int
    window: int


@dataclass(frozen=True, slots=True)
class Judged:
    """A series and what was to be expected; arrays [n].

    Attributes:
        observed: the series, for shares the number of successes.
        expected: what the baseline gives, in the same unit.
        p_value: how probable a value at least as far off is, on both sides.
    """

    observed: Floats
    expected: Floats
    p_value: Floats


def judge_counts(counts: NDArray[np.int64], rhythm: Rhythm) -> Judged:
    """A series of counts, int64 [n]."""
    y = counts.astype(np.float64)
    fit = _fit(2 * np.sqrt(y + 3 / 8), np.ones(len(y)), rhythm)
    expected = _count(fit)
    return Judged(y, expected, fit.tempered(_two_sides(*_count_tails(y, y, expected, fit.spread))))


def judge_sums(sums: Floats, unit: float, rhythm: Rhythm) -> Judged:
    """A series of sums of amounts, float64 [n]; negative ones are taken as 0.

    Args:
        unit: the amount that behaves like one count: Σa² ÷ Σa of single amounts (the variance of a compound Poisson sum ÷ its mean).
    """
    y = np.maximum(sums, 0) / unit
    fit = _fit(2 * np.sqrt(y + 3 / 8), np.ones(len(y)), rhythm)
    expected = _count(fit)
    # Between two counts the tail of the one that is less unusual is taken.
    tails = _count_tails(np.ceil(y), np.floor(y), expected, fit.spread)
    return Judged(sums, expected * unit, fit.tempered(_two_sides(*tails)))


def judge_shares(successes: NDArray[np.int64], trials: NDArray[np.int64], rhythm: Rhythm) -> Judged:
    """A series of successes among trials, int64 [n] each; periods without trials are never unusual."""
    k, n = successes.astype(np.float64), trials.astype(np.float64)
    arcs = 2 * np.arcsin(np.sqrt((k + 3 / 8) / (n + 3 / 4)))
    fit = _fit(arcs, np.where(n > 0, n + 1 / 2, 0.0), rhythm, steady=True)
    share = np.clip(np.sin(np.clip(fit.level, 0, np.pi) / 2) ** 2, 1e-6, 1 - 1e-6)
    # The spread of a beta-binomial count is 1 + (trials - 1) · rho; rho follows from the usual number of trials.
    usual = float(np.median(n[n > 0])) if (n > 0).any() else 0.0
    rho = min((fit.spread - 1) / max(usual - 1, 1.0), 0.5)
    p_value = np.ones(len(n))
    # Beta-binomial tails are sums over all trials: worked out only where the normal score leaves a doubt.
    near = np.abs(fit.score) < 1
    for at in np.flatnonzero((n > 0) & ~near):
        p_value[at] = _share_p_value(int(k[at]), int(n[at]), float(share[at]), rho)
    return Judged(k, n * share, np.where(near, 1.0, fit.tempered(p_value)))


@dataclass(frozen=True, slots=True)
class _Fit:
    """A baseline: its level [n] and spread on the scale of the fit, the normal score of each period [n], and how sure all that is."""

    level: Floats
    spread: float
    score: Floats
    freedom: float
    inflation: float

    def tempered(self, p_value: Floats) -> Floats:
        """p-values as they are when the spread is known, made as doubtful as it is."""
        score = stats.norm.isf(p_value / 2) / self.inflation
        return np.asarray(2 * stats.t.sf(score, self.freedom))


def _fit(x: Floats, weight: Floats, rhythm: Rhythm, *, steady: bool = False) -> _Fit:
    """The baseline of values x with variance 1 / weight by chance; weight 0: no value.

    With less than three turns a rhythm cannot be told from an incident; unless the series is known to be `steady` without one, its
    whole spread then counts as usual.
    """
    n = int((weight > 0).sum())
    slots = rhythm.slots if len(x) >= 3 * rhythm.slots else 1
    x = np.where(weight > 0, x, np.nan)
    trend = _trend(x, slots) if len(x) >= _LONG else np.zeros(len(x))
    x = x - trend
    level = _moving(x, weight, rhythm.window)
    season = np.zeros(len(x))
    if slots > 1:
        slot = np.arange(len(x)) % slots
        offsets = np.array([_location((x - level)[slot == s], weight[slot == s]) for s in range(slots)])
        season = np.nan_to_num(offsets - np.nanmean(offsets))[slot]
        level = _moving(x - season, weight, rhythm.window)
    expected = level + season
    parameters = slots - 1 + max(1.0, len(x) / rhythm.window) + (len(x) >= _LONG)
    freedom = max(n - parameters, 1.0)
    rest = (x - expected) * np.sqrt(weight)
    spread = max(1.0, _spread(rest[weight > 0], trimmed=steady or slots == rhythm.slots) * n / freedom)
    score = np.nan_to_num(rest) / np.sqrt(spread)
    return _Fit(expected + trend, spread, score, freedom / 2, float(np.sqrt(1 + parameters / max(n, 1))))


def _trend(x: Floats, slots: int) -> Floats:
    """A straight line through 0 with a robust slope: the median over all couples of values half the series apart.

    Windows cut at the ends would otherwise take a growing series for too low at its beginning and too high at its end.
    """
    apart = len(x) // 2 // slots * slots
    steps = x[apart:] - x[:-apart]
    slope = 0.0 if np.isnan(steps).all() else float(np.nanmedian(steps)) / apart
    return np.asarray(slope * np.arange(len(x)), np.float64)


def _location(x: Floats, weight: Floats) -> Floats:
    """Huber's location along the last axis; NaN are no values, and all NaN gives NaN."""
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = _nan_median(x)
        scale = _MAD * _nan_median(np.abs(x - centre[..., None]) * np.sqrt(weight))
        scale = np.where(scale > 0, scale, 1.0)
        for _ in range(10):
            off = np.abs(x - centre[..., None]) * np.sqrt(weight)
            w = weight * np.minimum(1, _HUBER * scale[..., None] / np.where(off > 0, off, 1e-12))
            w = np.where(np.isnan(x), 0, w)
            centre = np.sum(w * np.nan_to_num(x), axis=-1) / np.sum(w, axis=-1)
    return np.asarray(centre)


def _nan_median(x: Floats) -> Floats:
    ordered = np.sort(x, axis=-1)  # NaN go last
    n = (~np.isnan(x)).sum(axis=-1, keepdims=True)
    low, high = (np.take_along_axis(ordered, np.maximum(at, 0), -1) for at in ((n - 1) // 2, n // 2))
    return np.asarray(((low + np.where(n > 0, high, np.nan)) / 2)[..., 0])


def _moving(x: Floats, weight: Floats, window: int) -> Floats:
    """The location in a window around every period; at the ends the window is cut, not moved."""
    half = window // 2
    padded, weights = np.pad(x, half, constant_values=np.nan), np.pad(weight, half)
    return _location(sliding_window_view(padded, 2 * half + 1), sliding_window_view(weights, 2 * half + 1))


def _spread(rest: Floats, *, trimmed: bool) -> float:
    """A variance that a few wild values do not move: trimmed at 2.5 times the median absolute deviation, and made up for that."""
    if not trimmed:
        return float(np.mean(rest**2)) if len(rest) else 0.0
    scale = _MAD * float(np.median(np.abs(rest))) if len(rest) else 0.0
    kept = rest[np.abs(rest) <= _TRIM * scale]
    return float(np.mean(kept**2)) / _TRIMMED if len(kept) else 0.0


def _count(fit: _Fit) -> Floats:
    """Expected counts: the mean of ((z + level) / 2)² - 3/8 for z with variance `spread`."""
    return np.maximum((np.maximum(fit.level, 0) ** 2 + fit.spread) / 4 - 3 / 8, 1e-3)


def _count_tails(most: Floats, least: Floats, expected: Floats, spread: float) -> tuple[Floats, Floats]:
    """P(Y ≤ most) and P(Y ≥ least) of counts with variance spread · expected."""
    if spread < 1.001:
        low, high = stats.poisson.cdf(most, expected), stats.poisson.sf(least - 1, expected)
    else:
        size, chance = expected / (spread - 1), 1 / spread
        low, high = stats.nbinom.cdf(most, size, chance), stats.nbinom.sf(least - 1, size, chance)
    return np.asarray(low), np.asarray(high)


def _two_sides(low: Floats, high: Floats) -> Floats:
    return np.asarray(np.minimum(2 * np.minimum(low, high), 1.0))


def _share_p_value(k: int, n: int, share: float, rho: float) -> float:
    if rho < 1e-6:
        law = stats.binom(n, share)
        low, high = law.cdf(k), law.sf(k - 1)
    else:
        strength = 1 / rho - 1
        mass = stats.betabinom.pmf(np.arange(n + 1), n, share * strength, (1 - share) * strength)
        low, high = mass[: k + 1].sum(), mass[k:].sum()
    return float(min(2 * min(low, high), 1.0))
