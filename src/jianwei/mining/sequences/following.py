"""From sequences to rules: who did this will do that next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.stats import CORRECTIONS, adjusted
from jianwei.errors import UsageError
from jianwei.mining.exact_test import fisher
from jianwei.mining.sequences.found import Sequences

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SequenceRule", "SequenceRules", "sequence_rules"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class SequenceRule(NamedTuple):
    """After these moments comes this item: persons with all of it, their share of those with the moments, and the strength of that."""

    antecedent: tuple[tuple[Any, ...], ...]
    consequent: Any
    rows: int
    antecedent_rows: int
    confidence: float
    lift: float
    q_value: float


@dataclass(frozen=True, eq=False)
class SequenceRules:
    """Sequences read as "first these, then that": the last item is what follows.

    Attributes:
        sequences: the sequences, each of two moments or more, the last of which is one item.
        p_value, q_value: float64 [n]: see `sequence_rules`.
    """

    sequences: Sequences
    p_value: Floats
    q_value: Floats

    def __len__(self) -> int:
        return len(self.sequences)

    @property
    def consequent(self) -> NDArray[np.int32]:
        """Column of the last item, int32 [n]."""
        return self.sequences.columns[self.sequences.offsets[1:] - 1]

    @property
    def rows(self) -> Ints:
        """Persons with the whole sequence, int64 [n]."""
        return self.sequences.rows

    @property
    def antecedent_rows(self) -> Ints:
        """Persons with what stands before the last item, int64 [n]."""
        return self.sequences.prefix_rows

    @property
    def consequent_rows(self) -> Ints:
        """Persons with the last item at all, int64 [n]."""
        return self.sequences.item_rows[self.consequent]

    @property
    def confidence(self) -> Floats:
        """Of the persons with what stands before, the share with whom the last item follows (within the search's bounds), float64 [n]."""
        return self.rows / self.antecedent_rows

    @property
    def lift(self) -> Floats:
        """Confidence ÷ share of all persons with the last item at all, float64 [n]. That share knows neither order nor bounds of time,
        so with narrow bounds the lift is on the low side.
        """
        return self.confidence * self.sequences.persons / self.consequent_rows

    def take(self, at: Ints) -> SequenceRules:
        """Some of the rules, in the order given."""
        return SequenceRules(self.sequences.take(at), self.p_value[at], self.q_value[at])

    def __iter__(self) -> Iterator[SequenceRule]:
        figures = (self.rows, self.antecedent_rows, self.confidence, self.lift, self.q_value)
        for one, *row in zip(self.sequences, *(column.tolist() for column in figures), strict=True):
            yield SequenceRule(one.moments[:-1], one.moments[-1][0], *row)

    def to_arrow(self) -> pa.Table:
        """Columns moments (list of lists of items, the last one is what follows), rows, antecedent_rows, consequent_rows, support,
        confidence, lift, p_value, q_value.
        """
        names = ("antecedent_rows", "consequent_rows", "confidence", "lift", "p_value", "q_value")
        table = self.sequences.to_arrow()
        for name in names:
            table = table.append_column(name, pa.array(getattr(self, name)))
        return table.select(["moments", "rows", *names[:2], "support", *names[2:]])

    def to_pandas(self) -> pd.DataFrame:
        """The same as a DataFrame."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame


def sequence_rules(sequences: Sequences, min_confidence: float = 0.0, correction: str = "bh") -> SequenceRules:
    """The rules that sequences give: after the moments of a sequence but the last, the item of the last one.

    The p-value is Fisher's exact test, one side, of persons: how probable so many with the whole sequence are if the last item had
    nothing to do with what stands before it. Every sequence that was found with every frequent item is one test, those among them that
    came out too rare to be found.

    Args:
        sequences: of kind "all", without top_k: of others it is not known how many were tried.
        min_confidence: rules with less are left out, after the correction.
        correction: how the q-value allows for many tests, one of "bonferroni", "holm", "bh", "by"; see `common.stats.adjusted`.

    Raises:
        UsageError: the sequences are closed or maximal ones; there is no such correction.

    >>> from jianwei.mining import frequent_sequences
    >>> found = frequent_sequences([["tea", "cup"]] * 20 + [["pot"]] * 30, 5)
    >>> [(one.antecedent, one.consequent, one.rows, one.lift) for one in sequence_rules(found)]
    [((('tea',),), 'cup', 20, 2.5)]
    """
    if sequences.kind != "all":
        raise UsageError("sequence_rules", f"the sequences are {sequences.kind} ones", "ask for kind='all'")
    if int((sequences.lengths == 1).sum()) < int((sequences.item_rows >= sequences.min_rows).sum()):
        what = "some single items are not among the sequences, so it is not known how many rules were tried"
        raise UsageError("sequence_rules", what, "find them without top_k and min_length")
    if correction not in CORRECTIONS:
        raise UsageError("correction", f"{correction!r} is not one of {', '.join(CORRECTIONS)}")
    lasts = sequences.offsets[1:] - 1
    at = np.flatnonzero((sequences.lengths > 1) & ~sequences.joined[lasts])
    longer = sequences.take(at)
    p_value = np.zeros(0)
    if len(at):
        after = sequences.item_rows[longer.columns[longer.offsets[1:] - 1]]
        p_value = fisher(longer.rows, sequences.persons, after, longer.prefix_rows)
    # A sequence that is extended is itself frequent; the longest ones found may have been tried, too, or not: they count.
    tested = len(sequences) * int((sequences.item_rows >= sequences.min_rows).sum())
    q_value = adjusted(p_value, correction, max(tested, len(at)))
    rules = SequenceRules(longer, p_value, q_value)
    return rules.take(np.flatnonzero(rules.confidence >= min_confidence)) if min_confidence else rules
