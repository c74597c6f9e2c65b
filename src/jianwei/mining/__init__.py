"""What goes together: frequent itemsets, association rules, sequences, contrasts. Pure: baskets in, arrays and tables out.

Everything is loaded at first use, so that `import jianwei.mining` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jianwei.mining.baskets.reading import read_baskets
    from jianwei.mining.baskets.scanning import scan_baskets
    from jianwei.mining.baskets.transactions import Transactions
    from jianwei.mining.contrasts.comparing import contrast_sets
    from jianwei.mining.contrasts.found import Contrasts, ContrastSet
    from jianwei.mining.partitions.searching import partitioned_itemsets
    from jianwei.mining.patterns.itemsets import Itemset, Itemsets
    from jianwei.mining.patterns.searching import count_itemsets, frequent_itemsets
    from jianwei.mining.rules.best import top_rules
    from jianwei.mining.rules.finding import association_rules
    from jianwei.mining.rules.found import Rule, Rules
    from jianwei.mining.sequences.following import SequenceRule, SequenceRules, sequence_rules
    from jianwei.mining.sequences.found import Sequence, Sequences
    from jianwei.mining.sequences.histories import Histories, read_histories
    from jianwei.mining.sequences.searching import frequent_sequences

__all__ = [
    "ContrastSet",
    "Contrasts",
    "Histories",
    "Itemset",
    "Itemsets",
    "Rule",
    "Rules",
    "Sequence",
    "SequenceRule",
    "SequenceRules",
    "Sequences",
    "Transactions",
    "association_rules",
    "contrast_sets",
    "count_itemsets",
    "frequent_itemsets",
    "frequent_sequences",
    "partitioned_itemsets",
    "read_baskets",
    "read_histories",
    "scan_baskets",
    "sequence_rules",
    "top_rules",
]

_HOMES = {
    "ContrastSet": "contrasts.found",
    "Contrasts": "contrasts.found",
    "contrast_sets": "contrasts.comparing",
    "Itemset": "patterns.itemsets",
    "Itemsets": "patterns.itemsets",
    "Rule": "rules.found",
    "Rules": "rules.found",
    "Transactions": "baskets.transactions",
    "association_rules": "rules.finding",
    "top_rules": "rules.best",
    "count_itemsets": "patterns.searching",
    "frequent_itemsets": "patterns.searching",
    "partitioned_itemsets": "partitions.searching",
    "read_baskets": "baskets.reading",
    "scan_baskets": "baskets.scanning",
    "Histories": "sequences.histories",
    "Sequence": "sequences.found",
    "SequenceRule": "sequences.following",
    "SequenceRules": "sequences.following",
    "sequence_rules": "sequences.following",
    "Sequences": "sequences.found",
    "frequent_sequences": "sequences.searching",
    "read_histories": "sequences.histories",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"jianwei.mining.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'jianwei.mining' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
