"""How often is often enough."""

from __future__ import annotations

import math
from fractions import Fraction
from operator import index
from typing import Any

from jianwei.errors import UsageError

__all__ = ["least_rows", "real_number", "whole_number"]


def least_rows(min_support: Any, baskets: int) -> int:
    """The least number of baskets that a support stands for.

    Args:
        min_support: an integer of any kind is a number of baskets, at least 1; any other number is a share of all baskets, above 0 and at
            most 1, and what it stands for is rounded up: share · baskets by its decimal digits, so that 0.1 of 30 is 3 and not 4.
        baskets: number of all baskets.

    Raises:
        UsageError: it is neither.

    >>> least_rows(0.1, 30), least_rows(0.11, 30), least_rows(5, 30)
    (3, 4, 5)
    """
    number = _exact(min_support)
    if number is None or number <= 0:
        raise UsageError("min_support", f"{min_support!r} is neither a share above 0 nor a number of baskets")
    if isinstance(number, int):
        return number
    if number > 1:
        raise UsageError(
            "min_support", f"the share {min_support} is above 1", "give a number of baskets as an int, a share as 0.01"
        )
    return max(1, math.ceil(number * baskets))


def _exact(value: Any) -> int | Fraction | None:
    if isinstance(value, bool | str):
        return None
    try:
        return index(value)
    except TypeError:
        pass
    try:
        return Fraction(str(value))  # its shortest digits: 0.1 is meant as a tenth
    except ValueError:
        return None


def real_number(name: str, value: Any) -> float:
    """A setting that must be a number.

    Raises:
        UsageError: it is not.

    >>> real_number("alpha", 0.05)
    0.05
    """
    try:
        number = math.nan if isinstance(value, str) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isnan(number):
        raise UsageError(name, f"{value!r} is no number")
    return number


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
