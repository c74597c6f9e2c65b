"""What goes together: frequent itemsets, association rules, sequences, contrasts. Pure: baskets in, arrays and tables out.

Everything is loaded at first use, so that `import jianwei.mining` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.mining.baskets.reading import read_baskets
    from jianwei.mining.baskets.transactions import Transactions
    from jianwei.mining.patterns.itemsets import Itemset, Itemsets
    from jianwei.mining.patterns.searching import count_itemsets, frequent_itemsets

__all__ = ["Itemset", "Itemsets", "Transactions", "count_itemsets", "frequent_itemsets", "read_baskets"]

_HOMES = {
    "Itemset": "patterns.itemsets",
    "Itemsets": "patterns.itemsets",
    "Transactions": "baskets.transactions",
    "count_itemsets": "patterns.searching",
    "frequent_itemsets": "patterns.searching",
    "read_baskets": "baskets.reading",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"jianwei.mining.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'jianwei.mining' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
