"""How right answers are: counts, shares and their intervals. Arrays in, arrays and tables out.

Precision, recall and F1 are 0 where they have no denominator, as scikit-learn has it with `zero_division=0`.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["BINS", "CLASS_SCHEMA", "RELIABILITY_SCHEMA", "calibration_error", "class_table", "mcnemar", "reliability"]

BINS = 15
CLASS_SCHEMA = pa.schema(
    [
        ("label", pa.string()),
        ("precision", pa.float64()),
        ("recall", pa.float64()),
        ("f1", pa.float64()),
        ("support", pa.int64()),
        ("predicted", pa.int64()),
    ]
)
RELIABILITY_SCHEMA = pa.schema(
    [
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("rows", pa.int64()),
        ("confidence", pa.float64()),
        ("accuracy", pa.float64()),
    ]
)

Flags = NDArray[np.bool_]


def class_table(classes: tuple[str, ...], truth: Flags, chosen: Flags) -> pa.Table:
    """Precision, recall and F1 of every class, in the schema `CLASS_SCHEMA`; bool [n, k] both."""
    both, given, held = (part.sum(axis=0) for part in (truth & chosen, chosen, truth))
    return pa.table(
        {
            "label": list(classes),
            "precision": both / np.maximum(given, 1),
            "recall": both / np.maximum(held, 1),
            "f1": 2 * both / np.maximum(given + held, 1),
            "support": held,
            "predicted": given,
        },
        CLASS_SCHEMA,
    )


def reliability(confidence: NDArray[np.floating], right: Flags, bins: int = BINS) -> pa.Table:
    """Confidence against accuracy over bins of equal width, in the schema `RELIABILITY_SCHEMA`; null where a bin is empty.

    Args:
        confidence: what was said to be probable, 0 to 1, [n].
        right: whether it was so, [n].
        bins: how many.
    """
    at = np.minimum((np.asarray(confidence, np.float64) * bins).astype(np.int64), bins - 1)
    rows = np.bincount(at, minlength=bins)
    some = np.maximum(rows, 1)
    empty = rows == 0
    edges = np.arange(bins + 1) / bins
    return pa.table(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "rows": rows,
            "confidence": pa.array(np.bincount(at, confidence, bins) / some, mask=empty),
            "accuracy": pa.array(np.bincount(at, right, bins) / some, mask=empty),
        },
        RELIABILITY_SCHEMA,
    )


def calibration_error(table: pa.Table) -> float:
    """Expected calibration error: the mean distance of confidence and accuracy, every bin by its share of the rows.

    Naeini, Cooper & Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning" (AAAI 2015).

    >>> round(calibration_error(reliability(np.array([0.9, 0.9, 0.6, 0.6]), np.array([True, True, True, False]))), 3)
    0.1
    """
    rows = table["rows"].to_numpy()
    gaps = np.abs(table["confidence"].to_numpy() - table["accuracy"].to_numpy())
    some = rows > 0
    return float((gaps[some] * rows[some]).sum() / max(int(rows.sum()), 1))


def mcnemar(only_one: int, only_other: int) -> float:
    """How probable so uneven a split is if two models were equally good: McNemar's test, exact.

    Args:
        only_one: rows that only the first model has right.
        only_other: rows that only the second has right.

    >>> mcnemar(9, 1), mcnemar(0, 0)
    (0.021484375, 1.0)
    """
    from scipy.special import bdtr

    return float(min(1.0, 2 * bdtr(min(only_one, only_other), only_one + only_other, 0.5)))
