"""What people talk about: topics with names, and their share over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import EVERY, Axis, axis
from jianwei.query.shape import shares, typed
from jianwei.query.views import labels
from jianwei.text.topicmodel.corpus import gather
from jianwei.text.topicmodel.model import TopicModel

__all__ = ["TOPICS_SCHEMA", "Topics", "TopicsResult"]

TOPICS_SCHEMA = pa.schema(
    [
        ("period_us", pa.int64()),
        ("label", pa.string()),
        ("topic", pa.int64()),
        ("name", pa.string()),
        ("words", pa.string()),
        ("rows", pa.int64()),
        ("share", pa.float64()),
        ("example", pa.string()),
    ]
)
_PORTION = 8192
_MOST_TEXTS = 500_000


@dataclass(frozen=True)
class TopicsResult(Rows):
    """Rows: period_us (first instant), label, topic (from 1, the largest first), name, words (its most telling words with a blank
    between), rows (messages), share (of all messages that have a topic), example (record id of a typical message).

    First stand the topics over all time, with period_us null, label "" and an example; then every topic in every period, by time, without.
    When no message has a time there are no periods. A share is null in a period in which no message has a topic.

    Attributes:
        every: the step, "hour", "day", "week" or "month"; "" without periods.
        without: messages that have no topic, since no word of theirs is known.
    """

    every: str
    without: int


@dataclass(frozen=True, kw_only=True)
class Topics:
    """What people talk about: topics with names, and their share over time."""

    tables: ClassVar[tuple[str, ...]] = ("messages", "annotations")
    tasks: ClassVar[tuple[str, ...]] = ("words",)

    topics: int | None = setting(
        None, "number of topics; default: as many as the messages bear out", minimum=2, maximum=100
    )
    every: str = setting("auto", "length of a period", choices=EVERY)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> TopicsResult | Unavailable:
        annotations = labels(reader, "words")
        if annotations is None:
            return Unavailable(Reason("no_annotations", {"task": "words"}))
        periods = axis(reader, annotations, self.every)
        found = reader.execute(_texts(annotations, periods))
        if not found.num_rows:
            return Unavailable(Reason("no_rows", {"table": "messages"}))
        # Every n-th of very many texts: they are sorted, so that the sample does not depend on how they are stored.
        sample = found.take(np.arange(0, found.num_rows, -(-found.num_rows // _MOST_TEXTS)))
        corpus = gather(_tokens(sample["text"]))
        model = TopicModel.fit_corpus(corpus, self.topics or "auto")
        if isinstance(model, Unavailable):
            return model
        topic = model.transform_tokens(_tokens(found["text"])).topic
        rows, known = found["rows"].to_numpy(), topic >= 0
        counts = np.bincount(topic[known], rows[known], len(model.topics)).astype(np.int64)
        order = np.argsort(-counts, kind="stable")
        typical = model.typical(corpus, model.transform_tokens(_tokens(sample["text"])).topic, 1)
        examples = [sample["record_id"][best[0]].as_py() if best else None for best in typical]
        starts, names, each = _by_period(found, topic, periods, len(model.topics))
        blocks = [(None, "", counts), *zip(starts, names, each, strict=True)]
        return TopicsResult(
            typed(
                TOPICS_SCHEMA,
                period_us=[start for start, _, _ in blocks for _ in order],
                label=[label for _, label, _ in blocks for _ in order],
                topic=list(range(1, len(order) + 1)) * len(blocks),
                name=[model.topics[t].name for t in order] * len(blocks),
                words=[" ".join(word.word for word in model.topics[t].words) for t in order] * len(blocks),
                rows=np.concatenate([block[order] for _, _, block in blocks]),
                share=[s for _, _, block in blocks for s in shares(block[order].tolist(), int(block.sum()))],
                example=[examples[t] for t in order] + [None] * (len(order) * (len(blocks) - 1)),
            ),
            every=periods.step if periods else "",
            without=int(rows[~known].sum()),
        )


def _texts(annotations: ir.Table, periods: Axis | None) -> ir.Table:
    """Each text once a period, with the number of messages and the id of one of them, in an order that storage does not decide."""
    number = periods.number(annotations.ts_us) if periods else ibis.null("int64")
    rows = annotations.mutate(text=annotations.text.fill_null(""), period=number)
    grouped = rows.group_by("text", "period").aggregate(rows=lambda t: t.count(), record_id=lambda t: t.record_id.min())
    return grouped.order_by("text", "period")


def _tokens(texts: pa.ChunkedArray) -> Iterator[pa.ListArray]:
    """Words that were stored with a blank between, as `tokenize_array` gives them."""
    for batch in pa.table({"text": texts}).to_batches(max_chunksize=_PORTION):
        words = pc.split_pattern(batch["text"], " ")
        offsets = words.offsets.to_numpy() - words.offsets[0].as_py()
        yield pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), words.flatten().dictionary_encode())


def _by_period(
    found: pa.Table, topic: NDArray[np.int64], periods: Axis | None, topics: int
) -> tuple[list[int], list[str], list[NDArray[np.int64]]]:
    """First instant and label of every period, and the messages of each topic in it."""
    timed = pc.is_valid(found["period"]).to_numpy()
    if periods is None or not timed.any():
        return [], [], []
    period, rows = found["period"].filter(pa.array(timed)).to_numpy(), found["rows"].to_numpy()[timed]
    numbers = periods.with_strays(period)
    known = topic[timed] >= 0
    cells = np.searchsorted(numbers, period[known]) * topics + topic[timed][known]
    counts = np.bincount(cells, rows[known], len(numbers) * topics).astype(np.int64).reshape(-1, topics)
    return periods.starts(numbers).tolist(), periods.labels(numbers), list(counts)
