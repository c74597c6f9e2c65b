"""Labels of items as an Arrow array, whatever they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from jianwei.mining.baskets.transactions import Labels

__all__ = ["as_array"]


def as_array(labels: Labels) -> pa.Array:
    """The labels in Arrow's type for them; as text where they are of several kinds, or of one that Arrow does not know.

    >>> as_array((3, "tea")).to_pylist()
    ['3', 'tea']
    """
    if isinstance(labels, pa.Array):
        return labels
    try:
        return pa.array(labels)
    except (pa.ArrowException, OverflowError, TypeError, ValueError):
        return pa.array([str(label) for label in labels])
