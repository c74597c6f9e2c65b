"""What goes with what: rules that a shop can act on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.progress import Progress
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.errors import UsageError
from jianwei.mining.baskets.transactions import Transactions
from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.patterns.searching import frequent_itemsets
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
from jianwei.mining.rules.measures import MEASURES
from jianwei.query._base import Reader, check, setting
from jianwei.query.shape import typed
from jianwei.query.views import BASKETS, basket_events

if TYPE_CHECKING:
    from jianwei.mining.rules.found import Rules

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

_MEASURES = tuple(MEASURES)
_MOST_SETS = 1_000_000


@dataclass(frozen=True)
class AssociationRulesResult(Rows):
    """Rows: antecedent (ids of the items before the arrow), antecedent_names, consequent (after it), consequent_names, rows (baskets with
    all of them), antecedent_rows, consequent_rows (baskets with each side), support (share of all baskets), confidence (rows ÷
    antecedent_rows), lift (confidence ÷ share of baskets with the consequent), leverage, conviction (null where the rule always holds),
    p_value (Fisher's exact test, against shorter rules too where they are asked for; see `mining.rules.testing`), q_value (adjusted for all
    rules that were tested; the p-value itself without a correction).

    Attributes:
        baskets: baskets with at least one item.
        items: different items in them.
        mean_size: different items in a basket, on average.
        rules: rules that pass every bar, listed or not.
        tested: rules that the correction allows for: all that frequent items and sets could make.
        min_rows: baskets that the items of a rule had to lie in; more than was asked for where there would have been too many sets.
        events: names of the events that put items into the baskets; none for baskets from a file.
    """

    baskets: int
    items: int
    mean_size: float
    rules: int
    tested: int
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
    max_antecedent: int = setting(2, "items before the arrow, at most", minimum=1, maximum=9)
    max_consequent: int = setting(1, "items after the arrow, at most", minimum=1, maximum=9)
    antecedent: tuple[str, ...] = setting((), "items that must stand before the arrow, by id or name")
    consequent: tuple[str, ...] = setting((), "items that must stand after the arrow, by id or name")
    exclude: tuple[str, ...] = setting((), "items that no rule may have, by id or name")
    metric: str = setting("confidence", "measure that a rule must reach a value of", choices=_MEASURES)
    min_threshold: float = setting(0.0, "least value of that measure")
    correction: str = setting(
        "bh",
        "how to allow for many tests: share of false rules (bh, by), chance of any (holm, bonferroni), or not at all (none)",
        choices=("bh", "by", "holm", "bonferroni", "none"),
    )
    alpha: float = setting(0.05, "false rules to allow: their share, or the chance of any", minimum=1e-12, maximum=1.0)
    productive: bool = setting(True, "only rules that are surely better than every shorter one")
    beyond_size: bool = setting(
        True, "only rules that large baskets, in which everything lies together, do not explain"
    )
    redundant: bool = setting(False, "also rules that hold no more often than a shorter one")
    order: str = setting(
        "strength",
        "what comes first: strength (lift, weighed by certainty) or a measure",
        choices=("strength", *_MEASURES),
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

        Where more than a million sets of items are frequent (very regular data, a low threshold), the least number of baskets is
        doubled until there are fewer, and `min_rows` of the answer says where that ended: the rules that are left out are the rarest.

        Args:
            baskets: what is mined; `by` and `events` say nothing about them.
            names: names to show for items.
            progress: where to report.

        Raises:
            UsageError: an item is not there.
        """
        from jianwei.mining.rules.finding import association_rules

        data = with_texts(baskets)
        entries = int(data.item_rows.sum())
        if not entries:
            return Unavailable(Reason("no_baskets", {"by": self.by}))
        if entries == len(data):
            return Unavailable(Reason("single_items", {"baskets": len(data)}))
        ids = data.arrow_labels
        before, after = (items_called(getattr(self, side), ids, names, side) for side in ("antecedent", "consequent"))
        itemsets = self._itemsets(data, items_called(self.exclude, ids, names, "exclude", all_of_them=True), progress)
        corrected = self.correction != "none"
        rules = association_rules(
            itemsets,
            self.metric,
            self.min_threshold,
            max_consequent=self.max_consequent,
            correction=self.correction if corrected else "bh",  # asks for p-values, too
            alpha=self.alpha if corrected else 1.0,
            productive=self.productive,
            baskets=data if self.beyond_size else None,
            redundant=self.redundant,
        )
        sure = rules.q_value if corrected else rules.p_value
        keep = (
            (rules.lift > 1)
            & ((sure <= self.alpha) | (not corrected))
            & (rules.antecedents.lengths <= self.max_antecedent)
        )
        keep &= _holding(rules.antecedents, before) & _holding(rules.consequents, after)
        order = _order(rules, sure, np.flatnonzero(keep), self.order)
        first = order[: self.limit]
        return AssociationRulesResult(
            _listed(rules.take(first), sure[first], names),
            baskets=len(data),
            items=len(data.labels),
            mean_size=entries / len(data),
            rules=len(order),
            tested=rules.tested,
            min_rows=itemsets.min_rows,
        )

    def _itemsets(self, data: Transactions, exclude: list[str], progress: Progress | None) -> Itemsets:
        least, longest = least_of(self.min_support, self.min_rows, len(data)), self.max_antecedent + self.max_consequent
        while True:
            try:
                return frequent_itemsets(
                    data, least, "all", longest, exclude=exclude, max_sets=_MOST_SETS, progress=progress
                )
            except UsageError:  # there are too many
                if least >= len(data):
                    raise
                least = min(2 * least, len(data))


def _holding(sides: Itemsets, items: list[str]) -> NDArray[np.bool_]:
    """Which sides hold all of some items."""
    keep = np.ones(len(sides), bool)
    labels = pa.array(sides.labels)
    for item in items:
        cells = sides.columns == labels.index(item).as_py()
        keep &= np.add.reduceat(cells, sides.offsets[:-1]) > 0 if len(sides) else keep
    return keep


def _order(rules: Rules, sure: NDArray[np.float64], at: NDArray[np.int64], order: str) -> NDArray[np.int64]:
    """Strength is lift · -log10 of the q-value, which is not counted beyond 300; ties: more baskets, fewer items, higher confidence."""
    value = rules.lift * -np.log10(np.maximum(sure, 1e-300)) if order == "strength" else rules.measure(order)
    ties = (-rules.confidence, rules.antecedents.lengths + rules.consequents.lengths, -rules.rows, -value)
    # The order the rules came in depends on the baskets only: it settles what is left.
    return at[np.lexsort(tuple(key[at] for key in ties))]


def _listed(rules: Rules, sure: NDArray[np.float64], names: Names) -> pa.Table:
    found = rules.to_arrow()
    before, after = (found[side].combine_chunks() for side in ("antecedent", "consequent"))
    conviction = rules.measure("conviction")
    plain = ("rows", "antecedent_rows", "consequent_rows", "support", "confidence", "lift", "leverage", "p_value")
    return typed(
        RULES_SCHEMA,
        antecedent=before,
        antecedent_names=named(before, names),
        consequent=after,
        consequent_names=named(after, names),
        conviction=pa.array(conviction, mask=np.isinf(conviction)),
        q_value=sure,
        **{name: found[name] for name in plain},
    )
