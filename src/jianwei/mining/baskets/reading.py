"""Baskets from whatever holds them."""

from __future__ import annotations

from typing import Any

from jianwei.mining.baskets.transactions import Transactions

__all__ = ["read_baskets"]


def read_baskets(data: Any) -> Transactions:
    """Baskets from lists of items; Transactions as they are.

    >>> len(read_baskets([["tea"], ["tea", "cup"]]))
    2
    """
    return data if isinstance(data, Transactions) else Transactions.of(data)
