"""What goes with what: rules that a shop can act on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pyarrow as pa

from jianwei.common.progress import Progress
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.common.stats import benjamini_hochberg
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.questions.gathering import (
    Names,
    gather,
    items_called,
    least_of,
    named,
    own_names,
    shown_by,
    with_texts,
)
from jianwei.query._base import Reader, check, setting
from jianwei.query.shape import typed
from jianwei.query.views import BASKETS, basket_events

__all__ = ["RULES_SCHEMA", "AssociationRules", "AssociationRulesResult"]

RULES_SCHEMA = pa.schema(
    [
        ("antecedent", pa.list_(pa.string())),
        ("antecedent_names", pa.list_(pa.string())),
        ("consequent", pa.list_(pa.string())),
        ("consequent_names", pa.list_(pa.string())),
        ("rows", pa.int64()),
        ("antecedent_rows", pa.int64()),
        ("consequent_rows", pa.int64()),
        ("support", pa.float64()),
        ("confidence", pa.float64()),
        ("lift", pa.float64()),
        ("leverage", pa.float64()),
        ("conviction", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
    ]
)

_METRICS = (
    "confidence",
    "support",
    "lift",
    "leverage",
    "conviction",
)


@dataclass(frozen=True)
class AssociationRulesResult(Rows):
    """Rows: antecedent (ids of the items before the arrow), antecedent_names, consequent (after it), consequent_names, rows (baskets with
    all of them), antecedent_rows, consequent_rows (baskets with each side), support (share of all baskets), confidence (rows ÷
    antecedent_rows), lift (confidence ÷ share of baskets with the consequent), leverage, conviction (null where the rule always holds),
    p_value (see `mining.rules`), q_value (adjusted for all rules that were tested; the p-value itself without a correction).

    Attributes:
        baskets: baskets with at least one item.
        items: different items in them.
        mean_size: different items in a basket, on average.
        rules: rules that pass every bar, listed or not.
        min_rows: baskets that the items of a rule had to lie in; more than was asked for where there would have been too many sets.
        events: names of the events that put items into the baskets; none for baskets from a file.
    """

    baskets: int
    items: int
    mean_size: float
    rules: int
    min_rows: int
    events: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AssociationRules:
    """Who has these items also has those: rules that chance does not explain, the surest and strongest first."""

    tables: ClassVar[tuple[str, ...]] = ("events", "items")
    tasks: ClassVar[tuple[str, ...]] = ()

    by: str = setting("basket", "what goes together: an order, a session, a person's day", choices=BASKETS)
    events: tuple[str, ...] = setting((), "events that put an item into a basket; default: all but refunds")
    min_support: float = setting(0.001, "least share of baskets that have all items", minimum=0.0, maximum=1.0)
    min_rows: int = setting(5, "least number of baskets that have all items", minimum=1)
    max_antecedent: int = setting(2, "items before the arrow, at most", minimum=1, maximum=2)
    antecedent: tuple[str, ...] = setting((), "items that must stand before the arrow, by id or name")
    consequent: tuple[str, ...] = setting((), "items that must stand after the arrow, by id or name")
    exclude: tuple[str, ...] = setting((), "items that no rule may have, by id or name")
    metric: str = setting("confidence", "measure that a rule must reach a value of", choices=_METRICS)
    min_threshold: float = setting(0.0, "least value of that measure")
    correction: str = setting(
        "bh",
        "how to allow for many tests: by the share of false rules (bh), or not at all (none)",
        choices=("bh", "none"),
    )
    alpha: float = setting(0.05, "share of false rules to allow", minimum=1e-12, maximum=1.0)
    order: str = setting(
        "strength",
        "what comes first: strength (lift, weighed by certainty) or a measure",
        choices=("strength", *_METRICS),
    )
    limit: int = setting(200, "rules to list", minimum=1, maximum=1_000_000)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> AssociationRulesResult | Unavailable:
        found = gather(reader, self.by, self.events)
        if isinstance(found, Unavailable):
            return found
        answer = self.mine(found, shown_by(reader))
        if isinstance(answer, Unavailable):
            return answer
        return replace(answer, events=basket_events(reader, self.by, self.events))

    def mine(
        self, baskets: Transactions, names: Names = own_names, progress: Progress | None = None
    ) -> AssociationRulesResult | Unavailable:
        """The answer for baskets of any origin.

        Args:
            baskets: what is mined; `by` and `events` say nothing about them.
            names: names to show for items.
            progress: where to report.

        Raises:
            UsageError: an item is not there, or there are too many combinations.
        """
        data = with_texts(baskets)
        entries = int(data.item_rows.sum())
        if not entries:
            return Unavailable(Reason("no_baskets", {"by": self.by}))
        if entries == len(data):
            return Unavailable(Reason("single_items", {"baskets": len(data)}))
        least = least_of(self.min_support, self.min_rows, len(data))
        table = _tested(data, least, self, names)
        return AssociationRulesResult(
            _listed(table.slice(0, self.limit), names),
            baskets=len(data),
            items=len(data.labels),
            mean_size=entries / len(data),
            rules=table.num_rows,
            min_rows=least,
        )


def _tested(data: Transactions, least: int, question: AssociationRules, names: Names) -> pa.Table:
    """The rules that pass every bar, in order; items are columns of the data."""
    from jianwei.mining.measures import rules_of
    from jianwei.mining.supports import pair_supports, triple_supports

    matrix = data.to_csr().astype(np.int32)
    if data.counts is not None:
        matrix = matrix[np.repeat(np.arange(matrix.shape[0]), data.counts)]
    pairs = pair_supports(matrix, least)
    triples = triple_supports(matrix, pairs, least) if question.max_antecedent > 1 else None
    rules = rules_of(len(data), data.item_rows, pairs, triples)
    q_value = benjamini_hochberg(rules.p_value) if question.correction == "bh" else rules.p_value
    keep = (q_value <= question.alpha) & (rules.lift > 1) & (getattr(rules, question.metric) >= question.min_threshold)
    ids, known = data.arrow_labels, data.labels_of(range(len(data.labels)))
    for side, columns in (("antecedent", (rules.first, rules.second)), ("consequent", (rules.consequent,))):
        for item in items_called(getattr(question, side), ids, names, side):
            column = known.index(item)
            keep &= np.any([there == column for there in columns], axis=0)
    for item in items_called(question.exclude, ids, names, "exclude", all_of_them=True):
        column = known.index(item)
        keep &= (rules.first != column) & (rules.second != column) & (rules.consequent != column)
    # lift, weighed by how sure the rule is
    strength = (
        rules.lift * -np.log10(np.maximum(q_value, 1e-300))
        if question.order == "strength"
        else getattr(rules, question.order)
    )
    at = np.flatnonzero(keep)
    ties = (rules.consequent, rules.second, rules.first, -rules.confidence, rules.second >= 0, -rules.rows, -strength)
    at = at[np.lexsort(tuple(key[at] for key in ties))]
    two = rules.second[at] >= 0
    cells = np.stack([rules.first[at], rules.second[at]], axis=1)
    before = np.concatenate([[0], np.cumsum(1 + two)])
    held = np.where(two, np.rint(rules.rows[at] / rules.confidence[at]), data.item_rows[rules.first[at]])
    return pa.table(
        {
            "antecedent": pa.ListArray.from_arrays(pa.array(before, pa.int32()), ids.take(pa.array(cells[cells >= 0]))),
            "consequent": pa.ListArray.from_arrays(
                pa.array(np.arange(len(at) + 1), pa.int32()), ids.take(pa.array(rules.consequent[at]))
            ),
            "antecedent_rows": held.astype(np.int64),
            "consequent_rows": data.item_rows[rules.consequent[at]],
            "q_value": q_value[at],
            **{name: getattr(rules, name)[at] for name in ("rows", *_METRICS, "p_value")},
        }
    )


def _listed(found: pa.Table, names: Names) -> pa.Table:
    columns = {name: found[name].combine_chunks() for name in found.column_names}
    conviction = columns.pop("conviction").to_numpy()
    return typed(
        RULES_SCHEMA,
        antecedent_names=named(columns["antecedent"], names),
        consequent_names=named(columns["consequent"], names),
        conviction=pa.array(conviction, mask=np.isinf(conviction)),
        **columns,
    )
