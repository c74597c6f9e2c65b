"""What follows what: sequences that many persons went through, and how surely their last step follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.results import Rows, Unavailable
from jianwei.common.times import DAY_US
from jianwei.errors import UsageError
from jianwei.mining.questions.gathering import Names, least_of, named, own_names, shown_by
from jianwei.mining.sequences.condensing import bettered, standing
from jianwei.mining.sequences.following import sequence_rules
from jianwei.mining.sequences.found import Sequences
from jianwei.mining.sequences.histories import Histories, read_histories
from jianwei.mining.sequences.searching import frequent_sequences
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import timed
from jianwei.query.reasons import nobody, untimed
from jianwei.query.shape import typed
from jianwei.query.views import events

__all__ = ["SEQUENCES_SCHEMA", "FrequentSequences", "FrequentSequencesResult"]

SEQUENCES_SCHEMA = pa.schema(
    [
        ("items", pa.list_(pa.string())),
        ("item_names", pa.list_(pa.string())),
        ("length", pa.int64()),
        ("rows", pa.int64()),
        ("support", pa.float64()),
        ("antecedent_rows", pa.int64()),
        ("consequent_rows", pa.int64()),
        ("confidence", pa.float64()),
        ("lift", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
    ]
)

Ints = NDArray[np.int64]
_OF = ("item", "category", "event")
_MOST = 500_000


@dataclass(frozen=True)
class FrequentSequencesResult(Rows):
    """Rows: items (ids of items, categories or names of events, in the order of time), item_names, length, rows (persons with the whole
    sequence), support (their share of all persons), antecedent_rows (persons with all but the last), consequent_rows (persons with the
    last at all), confidence (rows ÷ antecedent_rows), lift (confidence ÷ the share of consequent_rows), p_value and q_value (see
    `mining.sequences.following.sequence_rules`).

    Ordered by rows, or by lift · -log10 of the q-value (at most 300), from large to small; then fewer items, ids.

    Attributes:
        of: "item", "category" or "event".
        persons: persons who did any of it.
        sequences: sequences that pass every bar, listed or not.
        min_rows: persons that a sequence had to have; more than was asked for where there would have been too many sequences.
        max_gap_days: days from one step to the next, at most; None for any.
        window_days: days from the first to the last step, at most; None for any.
    """

    of: str
    persons: int
    sequences: int
    min_rows: int
    max_gap_days: float | None = None
    window_days: float | None = None


@dataclass(frozen=True, kw_only=True)
class FrequentSequences:
    """What many persons did in the same order: first this, then that, with other things in between or not."""

    tables: ClassVar[tuple[str, ...]] = ("events", "items")
    tasks: ClassVar[tuple[str, ...]] = ()

    of: str = setting("item", "what follows what: items, their categories, or what was done", choices=_OF)
    events: tuple[str, ...] = setting((), "events that count; default: all but refunds")
    min_support: float = setting(0.001, "least share of persons with the sequence", minimum=0.0, maximum=1.0)
    min_rows: int = setting(5, "least number of persons with the sequence", minimum=1)
    min_length: int = setting(2, "steps in a sequence, at least", minimum=2, maximum=20)
    max_length: int = setting(3, "steps in a sequence, at most", minimum=2, maximum=20)
    max_gap_days: float | None = setting(None, "days from one step to the next, at most", minimum=0.0, maximum=36_500.0)
    window_days: float | None = setting(
        None, "days from the first to the last step, at most", minimum=0.0, maximum=36_500.0
    )
    repeats: bool = setting(True, "whether the same may come twice")
    kind: str = setting(
        "all", "all sequences, those that no longer one equals, or the longest", choices=("all", "closed", "maximal")
    )
    only_better: bool = setting(False, "leave out those whose last step follows as surely without an earlier one")
    alpha: float = setting(1.0, "false rules to allow among all; 1 lists every sequence", minimum=1e-12, maximum=1.0)
    order: str = setting(
        "rows", "what comes first: rows, or strength (lift, weighed by certainty)", choices=("rows", "strength")
    )
    limit: int = setting(200, "sequences to list", minimum=1, maximum=1_000_000)

    def __post_init__(self) -> None:
        check(self)
        if self.max_length < self.min_length:
            raise UsageError("FrequentSequences.max_length", f"{self.max_length} is below min_length {self.min_length}")

    def compute(self, reader: Reader) -> FrequentSequencesResult | Unavailable:
        acted = events(reader)
        acted = acted.filter(acted.name.isin(self.events) if self.events else acted.name != "refund")
        steps = _steps(reader, acted, self.of)
        found = reader.execute(timed(steps).filter(lambda t: t.person_id.notnull()))
        if not found.num_rows:
            known = nobody(reader, timed(steps), "events", "person")
            return untimed(reader, steps, "events") if known.reason.code == "no_rows" else known
        return self.mine(read_histories(found), shown_by(reader) if self.of == "item" else own_names)

    def mine(self, histories: Histories, names: Names = own_names) -> FrequentSequencesResult:
        """The answer for histories of any origin, their items texts and their times in µs.

        Where more than half a million sequences are frequent, the least number of persons is doubled until there are fewer, and
        `min_rows` of the answer says where that ended.

        Args:
            histories: what is mined; `of` and `events` say nothing about them.
            names: names to show for items.
        """
        found = self._found(histories)
        rules = sequence_rules(found)
        longer = np.flatnonzero(found.lengths > 1)
        q_value, p_value = np.ones(len(found)), np.ones(len(found))
        q_value[longer], p_value[longer] = rules.q_value, rules.p_value
        confidence = found.rows / np.maximum(found.prefix_rows, 1)
        after = found.item_rows[found.columns[found.offsets[1:] - 1]]
        lift = confidence * len(histories) / np.maximum(after, 1)
        keep = found.lengths >= self.min_length
        if self.alpha < 1:
            keep &= (q_value <= self.alpha) & (lift > 1)
        if self.only_better:
            keep &= ~bettered(found)
        if self.kind != "all":
            stands = np.zeros(len(found), bool)
            stands[standing(found, self.kind)] = True
            keep &= stands
        first = found.rows if self.order == "rows" else lift * -np.log10(np.maximum(q_value, 1e-300))
        at = np.flatnonzero(keep)
        # Sequences come in the order of their ids, and a stable sort keeps to it.
        at = at[np.lexsort((found.lengths[at], -found.rows[at], -first[at]))]
        some = found.take(at[: self.limit])
        items = pa.ListArray.from_arrays(pa.array(some.offsets, pa.int32()), some.items())
        at = at[: self.limit]
        return FrequentSequencesResult(
            typed(
                SEQUENCES_SCHEMA,
                items=items,
                item_names=named(items, names),
                length=some.lengths,
                rows=some.rows,
                support=some.support,
                antecedent_rows=some.prefix_rows,
                consequent_rows=after[at],
                confidence=confidence[at],
                lift=lift[at],
                p_value=p_value[at],
                q_value=q_value[at],
            ),
            of=self.of,
            persons=len(histories),
            sequences=int(keep.sum()),
            min_rows=found.min_rows,
            max_gap_days=self.max_gap_days,
            window_days=self.window_days,
        )

    def _found(self, histories: Histories) -> Sequences:
        least = least_of(self.min_support, self.min_rows, len(histories))
        while True:
            try:
                return frequent_sequences(
                    histories,
                    least,
                    max_length=self.max_length,
                    max_gap=_micros(self.max_gap_days),
                    window=_micros(self.window_days),
                    repeats=self.repeats,
                    max_sequences=_MOST,
                )
            except UsageError:
                if least > len(histories):
                    raise
                least *= 2


def _steps(reader: Reader, acted: ir.Table, of: str) -> ir.Table:
    """What was done by whom and when: person_id, step, ts_us."""
    if of == "event":
        return acted.select("person_id", step="name", ts_us="ts_us")
    acted = acted.filter(acted.item_id.notnull())
    if of == "item":
        return acted.select("person_id", step="item_id", ts_us="ts_us")
    items = reader.table("items")
    items = items.filter(items.category.notnull()).select("item_id", "category")
    return acted.inner_join(items, "item_id").select("person_id", step="category", ts_us="ts_us")


def _micros(days: float | None) -> int | None:
    return None if days is None else round(days * DAY_US)
