"""The three sentiments and the figures that follow from counting them; what mood, mood_by and anomalies share."""

from __future__ import annotations

from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.stats import wilson

__all__ = ["MOODS", "MOOD_FIELDS", "count_moods", "mood_columns"]

MOODS = ("positive", "neutral", "negative")
MOOD_FIELDS = [
    ("positive", pa.int64()),
    ("neutral", pa.int64()),
    ("negative", pa.int64()),
    ("total", pa.int64()),
    ("negative_share", pa.float64()),
    ("low", pa.float64()),
    ("high", pa.float64()),
]
"""positive, neutral, negative: messages; total: all three; negative_share with the bounds of its 95 % interval (Wilson), null where the
total is 0."""


def count_moods(rows: ir.Table, *keys: str) -> ir.Table:
    """Messages of each sentiment by some keys: the keys, positive, neutral, negative."""
    counts = {mood: (rows.label == mood).cast("int64").sum() for mood in MOODS}
    return rows.filter(rows.label.isin(MOODS)).group_by(*keys).aggregate(**counts)


def mood_columns(counts: NDArray[np.int64]) -> dict[str, Any]:
    """Columns for `MOOD_FIELDS` from counts int64 [n, 3] in the order of `MOODS`."""
    total, negative = counts.sum(axis=1), counts[:, 2]
    nobody = total == 0
    low, high = wilson(negative, total)
    share = np.divide(negative, total, out=np.zeros(len(total)), where=~nobody)
    floats = {"negative_share": share, "low": low, "high": high}
    return {
        **{mood: counts[:, at] for at, mood in enumerate(MOODS)},
        "total": total,
        **{name: pa.array(values, pa.float64(), mask=nobody) for name, values in floats.items()},
    }
