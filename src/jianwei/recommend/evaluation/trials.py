"""The ranks that models gave to hidden items, and what the models put first instead."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.stats import wilson
from jianwei.query.shape import typed

__all__ = ["MEASURES", "Trial", "first", "gini", "measured", "ranks"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

MEASURES = pa.schema(
    [
        ("model", pa.string()),
        ("tested", pa.int64()),
        ("hits", pa.int64()),
        ("hit_rate", pa.float64()),
        ("hit_rate_low", pa.float64()),
        ("hit_rate_high", pa.float64()),
        ("ndcg", pa.float64()),
        ("ndcg_low", pa.float64()),
        ("ndcg_high", pa.float64()),
        ("mrr", pa.float64()),
        ("coverage", pa.float64()),
        ("novelty", pa.float64()),
        ("gini", pa.float64()),
    ]
)
"""model; tested (histories); hits (hidden items among the first k); hit_rate with its 95 % interval (Wilson); ndcg (a hit at rank r counts
1 ÷ log2(r + 1)) with its 95 % interval (normal); mrr (1 ÷ rank within the first k); coverage (share of all items that are among anybody's
first k); novelty (mean of log2(people ÷ people with the item) over everything put first, in bits); gini (0: every item is put first equally
often; near 1: always the same few)."""

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What came of one model.

    Attributes:
        model: its name.
        ranks: float64 [tested], ranks of the hidden items, 1 is the first; infinite where it was not found.
        shown: int64 [m], among how many first k each item was.
    """

    model: str
    ranks: Floats
    shown: Ints


def ranks(scores: NDArray[np.float32], targets: NDArray[np.int32]) -> Floats:
    """Rank of each row's target among the scores of its row, float64 [rows]; ties share the middle rank, so that they favour nobody.

    >>> ranks(np.array([[3, 1, 2], [0, 0, 0]], np.float32), np.array([2, 1], np.int32)).tolist()
    [2.0, 2.0]
    """
    own = scores[np.arange(len(targets)), targets][:, None]
    better, same = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    found: Floats = 1.0 + better + (same - 1) / 2
    return found


def first(scores: NDArray[np.float32], k: int) -> Ints:
    """How often each column is among the k highest positive scores of a row, int64 [columns]; of ties any.

    >>> first(np.array([[3, 1, 2], [0, 5, 0]], np.float32), 2).tolist()
    [1, 1, 1]
    """
    columns = scores.shape[1]
    if not columns:
        return np.zeros(0, np.int64)
    most = min(k, columns)
    best = np.argpartition(scores, columns - most, axis=1)[:, columns - most :]
    return np.bincount(best[np.take_along_axis(scores, best, axis=1) > 0], minlength=columns).astype(np.int64)


def gini(counts: Ints) -> float:
    """How unequal counts are: 0 where all are the same, (n - 1) ÷ n where one has all; 0 of nothing.

    >>> gini(np.array([2, 2])), gini(np.array([0, 0, 0, 4]))
    (0.0, 0.75)
    """
    n, whole = len(counts), int(counts.sum())
    if not whole:
        return 0.0
    places = np.arange(1, n + 1)
    return float((2 * places - n - 1) @ np.sort(counts)) / (n * whole)


def measured(trials: list[Trial], people: Ints, whole: int, k: int) -> pa.Table:
    """The measures of trials in `MEASURES`.

    Args:
        people: int64 [m], rows (people or baskets) with each item; items with none are not counted as items.
        whole: number of all rows.
    """
    hits = [one.ranks[one.ranks <= k] for one in trials]
    counts, numbers = [len(one) for one in hits], [len(one.ranks) for one in trials]
    low, high = wilson(counts, numbers)
    gains = [np.where(one.ranks <= k, 1 / np.log2(one.ranks + 1), 0.0) for one in trials]
    spread = [_Z * float(one.std()) / math.sqrt(len(one)) if len(one) else 0.0 for one in gains]
    means = [_mean(one) for one in gains]
    some = people > 0
    bits = np.log2(whole / np.maximum(people, 1)) if whole else np.zeros(len(people))
    return typed(
        MEASURES,
        model=[one.model for one in trials],
        tested=numbers,
        hits=counts,
        hit_rate=[count / number if number else 0.0 for count, number in zip(counts, numbers, strict=True)],
        hit_rate_low=low,
        hit_rate_high=high,
        ndcg=means,
        ndcg_low=[max(0.0, mean - half) for mean, half in zip(means, spread, strict=True)],
        ndcg_high=[min(1.0, mean + half) for mean, half in zip(means, spread, strict=True)],
        mrr=[_mean(np.where(one.ranks <= k, 1 / one.ranks, 0.0)) for one in trials],
        coverage=[float(((one.shown > 0) & some).sum() / max(some.sum(), 1)) for one in trials],
        novelty=[float(one.shown @ bits / max(one.shown.sum(), 1)) for one in trials],
        gini=[gini(one.shown[some | (one.shown > 0)]) for one in trials],
    )


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else 0.0
