"""What is praised and what is blamed: service, price, delivery, quality …; by item, by person, over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.behavior.moods import MOOD_FIELDS, MOODS, mood_columns
from jianwei.behavior.whose import DIRECTIONS, WHOSE, whose
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import EVERY, Axis, axis, timed
from jianwei.query.reasons import nobody, untimed
from jianwei.query.shape import ranked, typed
from jianwei.query.views import labels, names_of

__all__ = ["ASPECTS_SCHEMA", "Aspects", "AspectsResult"]

BY = ("aspect", "item", "person", "conversation")

ASPECTS_SCHEMA = pa.schema(
    [
        ("period_us", pa.int64()),
        ("label", pa.string()),
        ("id", pa.string()),
        ("name", pa.string()),
        ("aspect", pa.string()),
        *MOOD_FIELDS,
    ]
)


@dataclass(frozen=True)
class AspectsResult(Rows):
    """Rows: period_us (first instant) and label, null unless asked for `every`; id and name of the item, person or conversation, "" unless
    asked for `by`; aspect (its code); and the columns of `MOOD_FIELDS`, in messages: positive praise it, negative blame it.

    By time, then whoever has the most to say, then the aspect most spoken of. A period or an id without an aspect has no row for it.

    Attributes:
        every: the step: "hour", "day", "week" or "month"; "" for all times together.
    """

    every: str


@dataclass(frozen=True, kw_only=True)
class Aspects:
    """What people praise and what they blame."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations", "users", "conversations", "items")
    tasks: ClassVar[tuple[str, ...]] = ("aspect",)

    by: str = setting("aspect", "aspects of everything together, or of each item, person or conversation", choices=BY)
    every: str | None = setting(None, "length of a period; default: all times together", choices=EVERY)
    limit: int = setting(50, "how many items, persons or conversations to list", minimum=1, maximum=100_000)
    min_rows: int = setting(1, "leave out aspects with fewer messages", minimum=1)
    direction: str = setting("in", WHOSE, choices=DIRECTIONS)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> AspectsResult | Unavailable:
        found = labels(reader, "aspect")
        if found is None:
            return Unavailable(Reason("no_annotations", {"task": "aspect"}))
        rows = whose(reader, found.filter(found.label.notnull()), self.by, self.direction)
        periods = axis(reader, rows, self.every) if self.every else None
        if self.every and periods is None:
            return untimed(reader, rows, "messages")
        counts = self._counts(reader, rows, periods)
        if not counts.num_rows and self.min_rows == 1:
            return nobody(reader, rows, "messages", self.by if self.by != "aspect" else "person")
        numbers = counts["period"].to_numpy()
        many = counts.num_rows
        table = typed(
            ASPECTS_SCHEMA,
            period_us=periods.starts(numbers) if periods else pa.nulls(many, pa.int64()),
            label=periods.labels(numbers) if periods else pa.nulls(many, pa.string()),
            id=counts["id"],
            name=counts["id"] if self.by == "aspect" else names_of(reader, self.by, counts["id"]),
            aspect=counts["aspect"],
            **mood_columns(np.column_stack([counts[mood].to_numpy() for mood in MOODS])),
        )
        return AspectsResult(table, every=periods.step if periods else "")

    def _counts(self, reader: Reader, rows: ir.Table, periods: Axis | None) -> pa.Table:
        if periods is None:
            rows = rows.mutate(period=ibis.literal(0, "int64"))
        else:
            rows = timed(rows).mutate(period=lambda t: periods.number(t.ts_us))
        spoken = {mood: rows.value.contains(f'"{mood}"').cast("int64").sum() for mood in MOODS}
        counts = rows.group_by("period", "id", aspect=rows.label).aggregate(**spoken)
        counts = counts.mutate(total=counts.positive + counts.neutral + counts.negative)
        if self.by != "aspect":
            owners = counts.group_by("id").aggregate(whole=counts.total.sum())
            owners = owners.order_by(ibis.desc("whole"), "id").limit(self.limit)
            counts = counts.inner_join(owners, "id")
        else:
            counts = counts.mutate(whole=ibis.literal(0, "int64"))
        counts = counts.filter(counts.total >= self.min_rows)
        columns = ["period", "id", "aspect", *MOODS, "total", "whole"]
        table = reader.execute(counts.select(columns))
        table = table.set_column(2, "aspect", pc.cast(table["aspect"], pa.string()))
        return ranked(table, "period", "-whole", "id", "-total", "aspect")
