"""Which words people use, and which words mark the pleased and the angry ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.behavior.counts import WordCounts, count_words
from jianwei.behavior.moods import MOODS
from jianwei.behavior.whose import PICTURES
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.common.stats import log_likelihood
from jianwei.query._base import Reader, check, setting
from jianwei.query.shape import typed
from jianwei.query.views import labels, own_words

__all__ = ["WORDS_SCHEMA", "Words", "WordsResult"]

WORDS_SCHEMA = pa.schema(
    [
        ("label", pa.string()),
        ("word", pa.string()),
        ("rows", pa.int64()),
        ("occurrences", pa.int64()),
        ("score", pa.float64()),
    ]
)


@dataclass(frozen=True)
class WordsResult(Rows):
    """Rows: label ("" for all messages), word, rows (messages with it), occurrences, score.

    Under "" the words of the most messages stand first and the score is null. Under a label stand only words that are more frequent
    there than under the other labels, the most telling first; score is the signed log-likelihood of that (10.8: p = 0.001).
    Ties go by rows, then by word. Stop words, punctuation and single digits are left out.
    """


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of all messages, of one sentiment, or of each."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations")
    tasks: ClassVar[tuple[str, ...]] = ("words", "sentiment", "transcript", "ocr")

    limit: int = setting(100, "words to list for each label", minimum=1, maximum=100_000)
    label: str | None = setting(None, "only messages of this sentiment", choices=MOODS)
    by_label: bool = setting(False, "list all messages and each sentiment")
    pictures: bool = setting(False, PICTURES)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> WordsResult | Unavailable:
        texts = labels(reader, "words")
        if texts is None:
            return Unavailable(Reason("no_annotations", {"task": "words"}))
        texts = texts if self.pictures else own_words(reader, texts)
        moods = labels(reader, "sentiment")
        chosen = [self.label] if self.label else ["", *MOODS] if self.by_label else [""]
        if chosen == [""]:
            rows = texts.select("text", group=ibis.literal(0, "int64"))
        elif moods is None:
            return Unavailable(Reason("no_annotations", {"task": "sentiment"}))
        else:
            coded = [(moods.label == mood, code) for code, mood in enumerate(MOODS)]
            moods = moods.select("record_id", group=ibis.cases(*coded, else_=len(MOODS)))
            rows = texts.left_join(moods, "record_id").select("text", group=ibis.coalesce(moods.group, len(MOODS)))
        found = reader.execute(rows)
        if not found.num_rows:
            return Unavailable(Reason("no_rows", {"table": "messages"}))
        counts = count_words(found["text"], found["group"].to_numpy(), len(MOODS) + 1)
        return WordsResult(pa.concat_tables([_listed(counts, label, self.limit) for label in chosen]))


def _listed(counts: WordCounts, label: str, limit: int) -> pa.Table:
    everywhere, whole = np.asarray(counts.rows.sum(axis=0)), int(counts.messages.sum())
    if not label:
        rows, occurrences = everywhere, np.asarray(counts.occurrences.sum(axis=0))
        return _rows(counts, np.lexsort((-rows,))[:limit], "", rows, occurrences, None)
    code = MOODS.index(label)
    rows, occurrences = (part[[code], :].toarray()[0] for part in (counts.rows, counts.occurrences))
    unlabelled, without = counts.rows[[len(MOODS)], :].toarray()[0], int(counts.messages[len(MOODS)])
    inside = int(counts.messages[code])
    score = log_likelihood(rows, inside, everywhere - unlabelled - rows, whole - without - inside)
    telling = np.flatnonzero(score > 0)
    order = telling[np.lexsort((-rows[telling], -score[telling]))][:limit]
    return _rows(counts, order, label, rows, occurrences, score)


def _rows(
    counts: WordCounts,
    order: NDArray[np.int64],
    label: str,
    rows: NDArray[np.int64],
    occurrences: NDArray[np.int64],
    score: NDArray[np.float64] | None,
) -> pa.Table:
    # Words are sorted, and lexsort is stable: ties are in the order of the words already.
    return typed(
        WORDS_SCHEMA,
        label=[label] * len(order),
        word=counts.words[order],
        rows=rows[order],
        occurrences=occurrences[order],
        score=[None] * len(order) if score is None else score[order],
    )
