"""Who is pleased and who is not; where; about what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import numpy as np
import pyarrow as pa

from jianwei.behavior.moods import MOOD_FIELDS, MOODS, count_moods, mood_columns
from jianwei.behavior.whose import DIRECTIONS, PICTURES, WHOSE, whose
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.reasons import nobody
from jianwei.query.shape import typed
from jianwei.query.views import NAMED, labels, names_of, own_words

__all__ = ["MOOD_BY_SCHEMA", "MoodBy", "MoodByResult"]

MOOD_BY_SCHEMA = pa.schema([("id", pa.string()), ("name", pa.string()), *MOOD_FIELDS])


@dataclass(frozen=True)
class MoodByResult(Rows):
    """Rows: id, name, and the columns of `MOOD_FIELDS`; those with the most messages first, then by id."""


@dataclass(frozen=True, kw_only=True)
class MoodBy:
    """Messages by sentiment and by person, conversation or item."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations", "users", "conversations", "items")
    tasks: ClassVar[tuple[str, ...]] = ("sentiment", "transcript", "ocr")

    by: str = setting("person", "what to list", choices=NAMED)
    limit: int = setting(50, "how many to list", minimum=1, maximum=100_000)
    min_rows: int = setting(1, "leave out those with fewer messages", minimum=1)
    direction: str = setting("all", WHOSE, choices=DIRECTIONS)
    pictures: bool = setting(False, PICTURES)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> MoodByResult | Unavailable:
        moods = labels(reader, "sentiment")
        if moods is None:
            return Unavailable(Reason("no_annotations", {"task": "sentiment"}))
        moods = moods if self.pictures else own_words(reader, moods)
        rows = whose(reader, moods, self.by, self.direction)
        counts = count_moods(rows, "id").mutate(total=lambda t: t.positive + t.neutral + t.negative)
        enough = counts.filter(counts.total >= self.min_rows).order_by(ibis.desc("total"), "id")
        found = reader.execute(enough.limit(self.limit))
        if not found.num_rows and self.min_rows == 1:
            return nobody(reader, moods, "messages", self.by)
        table = typed(
            MOOD_BY_SCHEMA,
            id=found["id"],
            name=names_of(reader, self.by, found["id"]),
            **mood_columns(np.column_stack([found[mood].to_numpy() for mood in MOODS])),
        )
        return MoodByResult(table)
