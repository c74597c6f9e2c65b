"""How often is often enough."""

from __future__ import annotations

import math
from decimal import Decimal

from jianwei.errors import UsageError

__all__ = ["least_rows"]


def least_rows(min_support: float, baskets: int) -> int:
    """The least number of baskets that a support stands for.

    Args:
        min_support: an int is a number of baskets, at least 1; a float is a share of all baskets, above 0 and at most 1, and what it
            stands for is rounded up: share · baskets in exact decimal arithmetic, so that 0.1 of 30 is 3 and not 4.
        baskets: number of all baskets.

    Raises:
        UsageError: it is neither.

    >>> least_rows(0.1, 30), least_rows(0.11, 30), least_rows(5, 30)
    (3, 4, 5)
    """
    if isinstance(min_support, bool) or not isinstance(min_support, int | float) or not 0 < min_support < math.inf:
        raise UsageError("min_support", f"{min_support!r} is neither a share above 0 nor a number of baskets")
    if isinstance(min_support, int):
        return min_support
    if min_support > 1:
        raise UsageError(
            "min_support",
            f"the share {min_support!r} is above 1",
            "give a number of baskets as an int, a share as 0.01",
        )
    return max(1, math.ceil(Decimal(repr(float(min_support))) * baskets))
