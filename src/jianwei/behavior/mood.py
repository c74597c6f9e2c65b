"""How people feel, period by period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from jianwei.behavior.moods import MOOD_FIELDS, MOODS, count_moods, mood_columns
from jianwei.behavior.whose import PICTURES
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import EVERY, axis, timed
from jianwei.query.reasons import untimed
from jianwei.query.shape import typed
from jianwei.query.views import labels, own_words

__all__ = ["MOOD_SCHEMA", "Mood", "MoodResult"]

MOOD_SCHEMA = pa.schema([("period_us", pa.int64()), ("label", pa.string()), *MOOD_FIELDS])


@dataclass(frozen=True)
class MoodResult(Rows):
    """Rows: period_us (first instant), label, and the columns of `MOOD_FIELDS`; by time.

    Every period of the bulk has a row (see `query.periods.Axis`), with 0 and null shares where nothing was said.

    Attributes:
        every: the step: "hour", "day", "week" or "month".
    """

    every: str


@dataclass(frozen=True, kw_only=True)
class Mood:
    """Messages by sentiment over time."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations")
    tasks: ClassVar[tuple[str, ...]] = ("sentiment", "transcript", "ocr")

    every: str = setting("auto", "length of a period", choices=EVERY)
    pictures: bool = setting(False, PICTURES)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> MoodResult | Unavailable:
        moods = labels(reader, "sentiment")
        if moods is None:
            return Unavailable(Reason("no_annotations", {"task": "sentiment"}))
        moods = moods if self.pictures else own_words(reader, moods)
        periods = axis(reader, moods, self.every)
        if periods is None:
            return untimed(reader, moods, "messages")
        rows = timed(moods).mutate(period=lambda t: periods.number(t.ts_us))
        found = reader.execute(count_moods(rows, "period"))
        numbers = periods.with_strays(found["period"].to_numpy())
        counts = np.zeros((len(numbers), len(MOODS)), np.int64)
        counts[np.searchsorted(numbers, found["period"].to_numpy())] = np.column_stack(
            [found[m].to_numpy() for m in MOODS]
        )
        table = typed(
            MOOD_SCHEMA,
            period_us=periods.starts(numbers),
            label=periods.labels(numbers),
            **mood_columns(counts),
        )
        return MoodResult(table, every=periods.step)
