"""What people feel: angry, afraid, happy, sad, surprised or nothing of the kind; over time, and by person, conversation or item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jianwei.behavior.tags import Tags, tag_schema
from jianwei.behavior.whose import BY, DIRECTIONS, PICTURES, WHOSE
from jianwei.common.results import Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import EVERY

__all__ = ["EMOTIONS_SCHEMA", "Emotions", "EmotionsResult"]

EMOTIONS_SCHEMA = tag_schema("emotion")


@dataclass(frozen=True)
class EmotionsResult(Rows):
    """Rows: period_us (first instant) and label, null unless asked for `every`; id and name of the person, conversation or item, "" unless
    asked for `by`; emotion (angry, fear, happy, sad, surprise or neutral); and the columns of `tags.TAG_FIELDS`.

    By time, then whoever has the most emotional messages, then the emotion of the most messages.

    Attributes:
        every: the step: "hour", "day", "week" or "month"; "" for all times together.
    """

    every: str


@dataclass(frozen=True, kw_only=True)
class Emotions:
    """Messages by emotion."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations", "users", "conversations", "items")
    tasks: ClassVar[tuple[str, ...]] = ("emotion", "sentiment", "transcript", "ocr")

    by: str = setting("all", "emotions of everybody together, or of each person, conversation or item", choices=BY)
    every: str | None = setting(None, "length of a period; default: all times together", choices=EVERY)
    limit: int = setting(50, "how many persons, conversations or items to list", minimum=1, maximum=100_000)
    direction: str = setting("in", WHOSE, choices=DIRECTIONS)
    pictures: bool = setting(False, PICTURES)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> EmotionsResult | Unavailable:
        tags = Tags(
            "emotion", "emotion", self.by, self.every, self.limit, self.direction, rest=True, own=not self.pictures
        )
        found = tags.count(reader)
        return found if isinstance(found, Unavailable) else EmotionsResult(found[0], every=found[1])
