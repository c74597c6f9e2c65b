"""What goes together: items that are bought, looked at or talked about in the same basket more often than by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.common.stats import benjamini_hochberg
from jianwei.mining.measures import PairRules, rules_of
from jianwei.mining.supports import incidence, item_supports, pair_supports, triple_supports
from jianwei.query._base import Reader, check, setting
from jianwei.query.shape import typed
from jianwei.query.views import BASKETS, baskets, names_of

__all__ = ["PAIRS_SCHEMA", "Pairs", "PairsResult"]

PAIRS_SCHEMA = pa.schema(
    [
        ("antecedent", pa.list_(pa.string())),
        ("antecedent_names", pa.list_(pa.string())),
        ("consequent", pa.string()),
        ("consequent_name", pa.string()),
        ("rows", pa.int64()),
        ("support", pa.float64()),
        ("confidence", pa.float64()),
        ("lift", pa.float64()),
        ("leverage", pa.float64()),
        ("conviction", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
    ]
)


@dataclass(frozen=True)
class PairsResult(Rows):
    """Rows: antecedent (one or two item ids), antecedent_names, consequent, consequent_name, rows (baskets with all of them), support
    (their share), confidence, lift, leverage, conviction (null where the rule always holds), p_value (see `mining.measures.rules_of`),
    q_value (adjusted for all rules, Benjamini & Hochberg).

    Ordered by lift · -log10 of the q-value (at most 300), from large to small; then more rows, fewer items before the arrow, ids.

    Attributes:
        baskets: baskets with at least one item.
        items: different items in them.
        mean_size: different items in a basket, on average.
        rules: rules that are frequent, sure and confident enough, listed or not.
    """

    baskets: int
    items: int
    mean_size: float
    rules: int


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """Items that go together: rules with one or two items before the arrow."""

    tables: ClassVar[tuple[str, ...]] = ("events", "items")
    tasks: ClassVar[tuple[str, ...]] = ()

    by: str = setting("basket", "what goes together: an order, a session, a person's day", choices=BASKETS)
    min_support: float = setting(0.001, "least share of baskets that have all items", minimum=0.0, maximum=1.0)
    min_rows: int = setting(5, "least number of baskets that have all items", minimum=1)
    min_confidence: float = setting(0.0, "least share of baskets for which the rule holds", minimum=0.0, maximum=1.0)
    max_antecedent: int = setting(2, "items before the arrow, at most", minimum=1, maximum=2)
    alpha: float = setting(0.05, "share of false rules to allow", minimum=1e-12, maximum=1.0)
    limit: int = setting(200, "rules to list", minimum=1, maximum=100_000)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> PairsResult | Unavailable:
        found = reader.execute(baskets(reader, self.by).select("basket_id", "item_id"))
        if not found.num_rows:
            return Unavailable(Reason("no_baskets", {"by": self.by}))
        ids, columns = _coded(found["item_id"])
        basket_ids, rows = _coded(found["basket_id"])
        number = len(basket_ids)
        least = max(self.min_rows, math.ceil(Decimal(repr(self.min_support)) * number))
        matrix = incidence(rows, columns, (number, len(ids)))
        pairs = pair_supports(matrix, least)
        triples = triple_supports(matrix, pairs, least) if self.max_antecedent > 1 else None
        rules = rules_of(number, item_supports(matrix), pairs, triples)
        q_value = benjamini_hochberg(rules.p_value)
        keep = np.flatnonzero((q_value <= self.alpha) & (rules.confidence >= self.min_confidence) & (rules.lift > 1))
        order = keep[_order(rules, q_value, keep)]
        return PairsResult(
            _listed(reader, rules, q_value, order[: self.limit], ids),
            baskets=number,
            items=len(ids),
            mean_size=found.num_rows / number,
            rules=len(order),
        )


def _coded(values: pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """The distinct values, sorted, and the position of each value among them."""
    coded = values.combine_chunks().dictionary_encode()
    order = pc.sort_indices(coded.dictionary).to_numpy()
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return coded.dictionary.take(pa.array(order)), place[coded.indices.to_numpy()]


def _order(rules: PairRules, q_value: NDArray[np.float64], keep: NDArray[np.int64]) -> NDArray[np.int64]:
    # Columns are in the order of the ids, so they break ties as the ids would.
    sure = rules.lift * -np.log10(np.maximum(q_value, 1e-300))
    keys = (rules.consequent, rules.second, rules.first, rules.second >= 0, -rules.rows, -sure)
    return np.lexsort(tuple(key[keep] for key in keys))


def _listed(
    reader: Reader, rules: PairRules, q_value: NDArray[np.float64], at: NDArray[np.int64], ids: pa.Array
) -> pa.Table:
    before = [[one, two] if two >= 0 else [one] for one, two in zip(rules.first[at], rules.second[at], strict=True)]
    shown = np.unique(np.concatenate([rules.first[at], rules.second[at], rules.consequent[at]]))
    shown = shown[shown >= 0]
    named = dict(zip(shown.tolist(), names_of(reader, "item", ids.take(pa.array(shown))).to_pylist(), strict=True))
    item_of = dict(zip(shown.tolist(), ids.take(pa.array(shown)).to_pylist(), strict=True))
    conviction = rules.conviction[at]
    measures = ("rows", "support", "confidence", "lift", "leverage", "p_value")
    return typed(
        PAIRS_SCHEMA,
        antecedent=[[item_of[item] for item in items] for items in before],
        antecedent_names=[[named[item] for item in items] for items in before],
        consequent=[item_of[item] for item in rules.consequent[at]],
        consequent_name=[named[item] for item in rules.consequent[at]],
        conviction=pa.array(conviction, mask=np.isinf(conviction)),
        q_value=q_value[at],
        **{name: getattr(rules, name)[at] for name in measures},
    )
