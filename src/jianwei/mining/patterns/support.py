"""How often is often enough."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Real
from operator import index
from typing import Any

from jianwei.errors import UsageError

__all__ = ["least_rows", "whole_number"]


def least_rows(min_support: Any, baskets: int) -> int:
    """The least number of baskets that a support stands for.

    Args:
        min_support: an integer of any kind is a number of baskets, at least 1; another number is a share of all baskets, above 0 and at most 1, and what it
            stands for is rounded up: share · baskets in exact decimal arithmetic, so that 0.1 of 30 is 3 and not 4.
        baskets: number of all baskets.

    Raises:
        UsageError: it is neither.

    >>> least_rows(0.1, 30), least_rows(0.11, 30), least_rows(5, 30)
    (3, 4, 5)
    """
    if isinstance(min_support, Integral) and not isinstance(min_support, bool) and min_support > 0:
        return int(min_support)
    if isinstance(min_support, bool) or not isinstance(min_support, Real | Decimal) or not 0 < min_support < math.inf:
        raise UsageError("min_support", f"{min_support!r} is neither a share above 0 nor a number of baskets")
    if min_support > 1:
        raise UsageError(
            "min_support", f"the share {min_support} is above 1", "give a number of baskets as an int, a share as 0.01"
        )
    if isinstance(min_support, Fraction):
        return max(1, math.ceil(min_support * baskets))
    # The shortest digits that stand for the number: 0.1 is meant as a tenth.
    share = min_support if isinstance(min_support, Decimal) else Decimal(str(min_support))
    return max(1, math.ceil(share * baskets))


def whole_number(name: str, value: Any, least: int) -> int:
    """A setting that must be a whole number from `least` on.

    Raises:
        UsageError: it is not.

    >>> whole_number("top_k", 3, 1)
    3
    """
    try:
        number = index(value)
    except TypeError:
        raise UsageError(name, f"{value!r} is no whole number") from None
    if number < least:
        raise UsageError(name, f"{number} is below {least}")
    return number
