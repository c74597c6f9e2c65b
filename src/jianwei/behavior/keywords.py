"""What people talked about in each period and in no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from jianwei.behavior.counts import count_words, key_words
from jianwei.behavior.whose import PICTURES
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import EVERY, axis, timed
from jianwei.query.reasons import untimed
from jianwei.query.shape import typed
from jianwei.query.views import labels, own_words

__all__ = ["KEYWORDS_SCHEMA", "Keywords", "KeywordsResult"]

KEYWORDS_SCHEMA = pa.schema(
    [
        ("period_us", pa.int64()),
        ("label", pa.string()),
        ("word", pa.string()),
        ("rows", pa.int64()),
        ("expected", pa.float64()),
        ("score", pa.float64()),
        ("rank", pa.int64()),
    ]
)


@dataclass(frozen=True)
class KeywordsResult(Rows):
    """Rows: period_us (first instant), label, word, rows (messages of the period with it), expected (as many there would be if the
    word were spread like all messages), score (log-likelihood of the period against all others; 10.8: p = 0.001), rank (from 1).

    By time, then rank. A word needs two messages in its period; a period without such words has no rows.

    Attributes:
        every: the step: "hour", "day", "week" or "month".
    """

    every: str


@dataclass(frozen=True, kw_only=True)
class Keywords:
    """The words that mark each period out against all others."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations")
    tasks: ClassVar[tuple[str, ...]] = ("words", "transcript", "ocr")

    every: str = setting("auto", "length of a period", choices=EVERY)
    limit: int = setting(10, "words to list for each period", minimum=1, maximum=10_000)
    pictures: bool = setting(False, PICTURES)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> KeywordsResult | Unavailable:
        texts = labels(reader, "words")
        if texts is None:
            return Unavailable(Reason("no_annotations", {"task": "words"}))
        texts = texts if self.pictures else own_words(reader, texts)
        periods = axis(reader, texts, self.every)
        if periods is None:
            return untimed(reader, texts, "messages")
        found = reader.execute(timed(texts).select("text", period=lambda t: periods.number(t.ts_us)))
        numbers, groups = np.unique(found["period"].to_numpy(), return_inverse=True)
        if len(numbers) < 2:
            return Unavailable(Reason("one_period", {"every": periods.step}))
        counts = count_words(found["text"], groups, len(numbers))
        keys = key_words(counts, self.limit)
        return KeywordsResult(
            typed(
                KEYWORDS_SCHEMA,
                period_us=periods.starts(numbers)[keys.group],
                label=np.array(periods.labels(numbers))[keys.group],
                word=counts.words[keys.word],
                rows=keys.rows,
                expected=keys.expected,
                score=keys.score,
                rank=keys.rank,
            ),
            every=periods.step,
        )
