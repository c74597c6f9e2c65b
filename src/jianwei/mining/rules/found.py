"""Association rules as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.mining.patterns.itemsets import Itemsets
from jianwei.mining.rules.measures import MEASURES, measure

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rule", "Rules"]

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

# mlxtend's name of a column → ours, in its order.
_MLXTEND = {
    "support": "support",
    "confidence": "confidence",
    "lift": "lift",
    "representativity": None,
    "leverage": "leverage",
    "conviction": "conviction",
    "zhangs_metric": "zhang",
    "jaccard": "jaccard",
    "certainty": "certainty",
    "kulczynski": "kulczynski",
}


class Rule(NamedTuple):
    """One rule: who has the antecedent has the consequent, too."""

    antecedent: tuple[Any, ...]
    consequent: tuple[Any, ...]
    rows: int
    support: float
    confidence: float
    lift: float


@dataclass(frozen=True, eq=False)
class Rules:
    """Rules A → C, ordered by the measure they were asked for.

    Attributes:
        antecedents, consequents: Itemsets [r]: the sides, with the baskets that hold each.
        rows: int64 [r]: baskets with both sides.
        p_value: float64 [r], see `association_rules`; NaN where no test was asked for.
        q_value: float64 [r]: the p-value adjusted for all that was tested; NaN without a correction.
        tested: number of rules that the correction allows for, 0 without one.

    Every name in `MEASURES` is a property, float64 [r].
    """

    antecedents: Itemsets
    consequents: Itemsets
    rows: Ints
    p_value: Floats
    q_value: Floats
    tested: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def baskets(self) -> int:
        """Number of all baskets."""
        return self.antecedents.baskets

    def measure(self, name: str) -> Floats:
        """A measure by its name, float64 [r].

        Raises:
            UsageError: no such measure.
        """
        return measure(name, self.rows, self.antecedents.rows, self.consequents.rows, self.baskets)

    @cached_property
    def support(self) -> Floats:
        """See `MEASURES`."""
        return self.measure("support")

    @cached_property
    def confidence(self) -> Floats:
        """See `MEASURES`."""
        return self.measure("confidence")

    @cached_property
    def lift(self) -> Floats:
        """See `MEASURES`."""
        return self.measure("lift")

    def __getattr__(self, name: str) -> Floats:
        if name in MEASURES:
            return self.measure(name)
        raise AttributeError(f"Rules have no {name!r}")

    def take(self, at: NDArray[np.int64] | NDArray[np.bool_]) -> Rules:
        """Some of the rules, in the order given."""
        chosen: Ints = np.flatnonzero(at) if at.dtype == bool else at.astype(np.int64)
        return Rules(
            self.antecedents.take(chosen),
            self.consequents.take(chosen),
            self.rows[chosen],
            self.p_value[chosen],
            self.q_value[chosen],
            self.tested,
        )

    def __iter__(self) -> Iterator[Rule]:
        figures = (self.rows.tolist(), self.support.tolist(), self.confidence.tolist(), self.lift.tolist())
        for before, after, *rest in zip(self.antecedents, self.consequents, *figures, strict=True):
            yield Rule(before.items, after.items, *rest)

    def to_arrow(self) -> pa.Table:
        """Columns antecedent, consequent (lists), rows, antecedent_rows, consequent_rows, every measure, p_value, q_value."""
        return pa.table(
            {
                "antecedent": self.antecedents.to_arrow()["items"],
                "consequent": self.consequents.to_arrow()["items"],
                "rows": self.rows,
                "antecedent_rows": self.antecedents.rows,
                "consequent_rows": self.consequents.rows,
                **{name: self.measure(name) for name in MEASURES},
                "p_value": self.p_value,
                "q_value": self.q_value,
            }
        )

    def to_pandas(self) -> pd.DataFrame:
        """As mlxtend's `association_rules` gives them: its column names, in its order, the sides as frozensets.

        Its "representativity" is 1 for data without missing values. Its certainty of rules that make C rarer is another one (÷ 1 - s(C),
        not ÷ s(C)). Other measures are columns of `to_arrow`.
        """
        import pandas as pd

        return pd.DataFrame(
            {
                "antecedents": [frozenset(one.items) for one in self.antecedents],
                "consequents": [frozenset(one.items) for one in self.consequents],
                "antecedent support": self.antecedents.support,
                "consequent support": self.consequents.support,
                **{
                    theirs: np.ones(len(self)) if ours is None else self.measure(ours)
                    for theirs, ours in _MLXTEND.items()
                },
            }
        )
