"""What customers want: where a parcel is, their money back, an invoice …; over time, and by person, conversation or item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jianwei.behavior.tags import Tags, tag_schema
from jianwei.behavior.whose import BY, DIRECTIONS, WHOSE
from jianwei.common.results import Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import EVERY

__all__ = ["WANTS_SCHEMA", "Wants", "WantsResult"]

WANTS_SCHEMA = tag_schema("want")


@dataclass(frozen=True)
class WantsResult(Rows):
    """Rows: period_us (first instant) and label, null unless asked for `every`; id and name of the person, conversation or item, "" unless
    asked for `by`; want (shipping, refund, price …: its code); and the columns of `tags.TAG_FIELDS`.

    A message may want several things, or nothing. By time, then whoever wants most, then what most messages want.

    Attributes:
        every: the step: "hour", "day", "week" or "month"; "" for all times together.
    """

    every: str


@dataclass(frozen=True, kw_only=True)
class Wants:
    """What customers ask for."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations", "users", "conversations", "items")
    tasks: ClassVar[tuple[str, ...]] = ("topic", "sentiment")

    by: str = setting("all", "wants of everybody together, or of each person, conversation or item", choices=BY)
    every: str | None = setting(None, "length of a period; default: all times together", choices=EVERY)
    limit: int = setting(50, "how many persons, conversations or items to list", minimum=1, maximum=100_000)
    direction: str = setting("in", WHOSE, choices=DIRECTIONS)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> WantsResult | Unavailable:
        found = Tags("topic", "want", self.by, self.every, self.limit, self.direction).count(reader)
        return found if isinstance(found, Unavailable) else WantsResult(found[0], every=found[1])
