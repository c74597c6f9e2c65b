"""What nobody should have to read: advertising, fraud, abuse; over time, by person, and the latest of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

import ibis
import pyarrow as pa

from jianwei.behavior.tags import Tags, tag_schema
from jianwei.behavior.whose import BY, DIRECTIONS, WHOSE, whose
from jianwei.common.results import Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import EVERY
from jianwei.query.shape import typed
from jianwei.query.views import labels, messages, names_of, said
from jianwei.text.personal.masking import redact

__all__ = ["FLAGS_SCHEMA", "LATEST_SCHEMA", "Flags", "FlagsResult"]

FLAGS_SCHEMA = tag_schema("flag")
LATEST_SCHEMA = pa.schema(
    [
        ("ts_us", pa.int64()),
        ("message_id", pa.string()),
        ("person_id", pa.string()),
        ("name", pa.string()),
        ("flag", pa.string()),
        ("score", pa.float32()),
        ("reasons", pa.list_(pa.string())),
        ("text", pa.string()),
    ]
)
_LONGEST = 200


@dataclass(frozen=True)
class FlagsResult(Rows):
    """Rows: period_us (first instant) and label, null unless asked for `every`; id and name of the person, conversation or item, "" unless
    asked for `by`; flag (advertising, fraud or abuse); and the columns of `tags.TAG_FIELDS`.

    By time, then whoever has the most, then the flag of the most messages.

    Attributes:
        every: the step: "hour", "day", "week" or "month"; "" for all times together.
        latest: the latest messages with a flag, the last first, in `LATEST_SCHEMA`: score (probability), reasons (codes), text (its first
            200 characters, personal data masked).
    """

    every: str
    latest: pa.Table


@dataclass(frozen=True, kw_only=True)
class Flags:
    """Advertising, fraud and abuse among the messages."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations", "users", "conversations", "items")
    tasks: ClassVar[tuple[str, ...]] = ("moderation", "sentiment", "transcript", "ocr")

    by: str = setting("all", "flags of everybody together, or of each person, conversation or item", choices=BY)
    every: str | None = setting(None, "length of a period; default: all times together", choices=EVERY)
    limit: int = setting(50, "how many persons, conversations or items to list", minimum=1, maximum=100_000)
    latest: int = setting(50, "how many of the latest messages to list", minimum=0, maximum=10_000)
    direction: str = setting("in", WHOSE, choices=DIRECTIONS)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> FlagsResult | Unavailable:
        found = Tags("moderation", "flag", self.by, self.every, self.limit, self.direction).count(reader)
        if isinstance(found, Unavailable):
            return found
        return FlagsResult(found[0], every=found[1], latest=self._latest(reader))

    def _latest(self, reader: Reader) -> pa.Table:
        flags = labels(reader, "moderation")
        if flags is None or not self.latest:
            return LATEST_SCHEMA.empty_table()
        flags = whose(reader, flags.filter(flags.label.notnull()), "all", self.direction)
        texts = messages(reader).select("message_id", said="text")
        order = [ibis.desc("ts_us", nulls_first=False), ibis.desc("seq"), "message_id", "flag"]
        rows = flags.inner_join(texts, flags.record_id == texts.message_id).mutate(flag=flags.label.cast("string"))
        last = rows.order_by(order).limit(self.latest)
        found = reader.execute(last.select("ts_us", "message_id", "person_id", "flag", "score", "value", "said"))
        masked = redact(_said(reader, found))
        return typed(
            LATEST_SCHEMA,
            **{name: found[name] for name in ("ts_us", "message_id", "person_id", "flag", "score")},
            name=names_of(reader, "person", found["person_id"]),
            reasons=[json.loads(value) if value else [] for value in found["value"].to_pylist()],
            text=[_shortened(text or "") for text in masked],
        )


def _said(reader: Reader, found: pa.Table) -> list[str]:
    """The words of messages: their own, or what was heard or read in their files."""
    texts = dict(zip(found["message_id"].to_pylist(), found["said"].to_pylist(), strict=True))
    if any(not (text or "").strip() or text.startswith("[") for text in texts.values()):
        wanted = ibis.memtable(pa.table({"message_id": list(texts)}))
        put = reader.execute(said(reader).semi_join(wanted, "message_id").select("message_id", "text"))
        texts |= dict(zip(put["message_id"].to_pylist(), put["text"].to_pylist(), strict=True))
    return [texts[name] or "" for name in found["message_id"].to_pylist()]


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
