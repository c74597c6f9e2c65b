"""Measures of a rule A → C: pure formulas over counts, by their usual names.

With s(X) the share of baskets that hold X, and conf = s(A ∪ C) ÷ s(A). Surveys of them: Tan, Kumar & Srivastava, "Selecting the right
objective measure for association analysis", Information Systems 29 (2004); Wu, Chen & Han, "Re-examination of interestingness measures in
pattern mining", Data Mining and Knowledge Discovery 21 (2010).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jianwei.errors import UsageError

__all__ = ["MEASURES", "measure"]

Floats: TypeAlias = NDArray[np.float64]
_Formula: TypeAlias = Callable[[Floats, Floats, Floats], Floats]


def _support(both: Floats, before: Floats, after: Floats) -> Floats:
    return both


def _confidence(both: Floats, before: Floats, after: Floats) -> Floats:
    return both / before


def _lift(both: Floats, before: Floats, after: Floats) -> Floats:
    return both / before / after


def _leverage(both: Floats, before: Floats, after: Floats) -> Floats:
    return both - before * after


def _conviction(both: Floats, before: Floats, after: Floats) -> Floats:
    """Infinite where the rule always holds."""
    return np.where(both == before, np.inf, (1 - after) / (1 - both / before))


def _zhang(both: Floats, before: Floats, after: Floats) -> Floats:
    """0 where neither side can vary."""
    difference = both - before * after
    largest = np.maximum(both * (1 - before), before * (after - both))
    return np.where(largest == 0, 0.0, difference / np.where(largest == 0, 1.0, largest))


def _jaccard(both: Floats, before: Floats, after: Floats) -> Floats:
    return both / (before + after - both)


def _kulczynski(both: Floats, before: Floats, after: Floats) -> Floats:
    return (both / before + both / after) / 2


def _cosine(both: Floats, before: Floats, after: Floats) -> Floats:
    return both / np.sqrt(before * after)


def _certainty(both: Floats, before: Floats, after: Floats) -> Floats:
    """0 where the rule changes nothing."""
    change = both / before - after
    room = np.where(change > 0, 1 - after, after)
    return np.where(change == 0, 0.0, change / np.where(room == 0, 1.0, room))


def _added_value(both: Floats, before: Floats, after: Floats) -> Floats:
    return both / before - after


def _imbalance(both: Floats, before: Floats, after: Floats) -> Floats:
    return np.abs(before - after) / (before + after - both)


MEASURES: Mapping[str, _Formula] = MappingProxyType(
    {
        "support": _support,
        "confidence": _confidence,
        "lift": _lift,
        "leverage": _leverage,
        "conviction": _conviction,
        "zhang": _zhang,
        "jaccard": _jaccard,
        "kulczynski": _kulczynski,
        "cosine": _cosine,
        "certainty": _certainty,
        "added_value": _added_value,
        "imbalance": _imbalance,
    }
)
"""Name → formula of s(A ∪ C), s(A), s(C):

* support: s(A ∪ C), 0..1;
* confidence: of the baskets with A the share that holds C too, 0..1 (Agrawal, Imieliński & Swami 1993);
* lift: conf ÷ s(C), how many times likelier C is with A (Brin et al. 1997, there "interest");
* leverage: s(A ∪ C) - s(A) s(C), -0.25..0.25 (Piatetsky-Shapiro 1991);
* conviction: (1 - s(C)) ÷ (1 - conf), infinite where the rule always holds (Brin et al. 1997);
* zhang: leverage ÷ the most it could be in its direction, -1..1 (Zhang 2000);
* jaccard: s(A ∪ C) ÷ share of baskets with A or C, 0..1;
* kulczynski: mean of the confidences of both directions, 0..1;
* cosine: their geometric mean, 0..1;
* certainty: (conf - s(C)) ÷ (1 - s(C)), or ÷ s(C) where negative, -1..1 (Shortliffe & Buchanan 1975);
* added_value: conf - s(C), -1..1;
* imbalance: |s(A) - s(C)| ÷ share of baskets with A or C, 0..1: 0 where both sides are as frequent.
"""


_ALIASES = {"zhangs_metric": "zhang"}  # mlxtend's name


def measure(name: str, rows: ArrayLike, antecedent_rows: ArrayLike, consequent_rows: ArrayLike, baskets: int) -> Floats:
    """A measure of many rules.

    Args:
        name: one of `MEASURES`.
        rows, antecedent_rows, consequent_rows: integers [r]: baskets with both sides, with A, with C; at least 1.
        baskets: number of all baskets.

    Returns:
        float64 [r].

    Raises:
        UsageError: no such measure.

    >>> measure("lift", [30], [40], [50], 100).round(6).tolist()
    [1.5]
    """
    name = _ALIASES.get(name, name)
    if name not in MEASURES:
        raise UsageError("metric", f"{name!r} is not one of {', '.join(MEASURES)}")
    shares = (np.asarray(x, np.float64) / baskets for x in (rows, antecedent_rows, consequent_rows))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(MEASURES[name](*shares), np.float64)
