"""What many texts are about: topics with names, their share, their share over time, and texts that are typical of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.common.results import Rows, Unavailable
from jianwei.errors import UsageError
from jianwei.text.cutting.words import tokenize_array
from jianwei.text.inputs import Texts, as_strings, portions
from jianwei.text.topicmodel.corpus import gather
from jianwei.text.topicmodel.model import Assignment, TopicModel

__all__ = ["OVER_TIME_SCHEMA", "TOPICS_SCHEMA", "Topics", "topics"]

TOPICS_SCHEMA = pa.schema(
    [
        ("topic", pa.int64()),
        ("name", pa.string()),
        ("words", pa.list_(pa.string())),
        ("scores", pa.list_(pa.float64())),
        ("texts", pa.int64()),
        ("share", pa.float64()),
        ("examples", pa.list_(pa.string())),
    ]
)
OVER_TIME_SCHEMA = pa.schema(
    [
        ("period", pa.string()),
        ("topic", pa.int64()),
        ("name", pa.string()),
        ("texts", pa.int64()),
        ("share", pa.float64()),
    ]
)
_EXAMPLES = 3


@dataclass(frozen=True)
class Topics(Rows):
    """Rows: topic (from 0, in the model's order), name, words (the most telling first) and scores (their signed log-likelihood), texts,
    share (of the texts that have a topic), examples (up to three typical texts).

    Attributes:
        model: what the texts were judged by; `model.transform` gives other texts the same topics, `model.save` keeps it.
        assignment: topic and weight of every text, in the order given.
        over_time: period, topic, name, texts, share (of the period's texts that have a topic): every topic in every period, periods in
            ascending order; no rows when no periods were given.
        without: texts that have no topic, since no word of theirs is known.
    """

    model: TopicModel
    assignment: Assignment
    over_time: pa.Table
    without: int


def topics(
    texts: Texts,
    k: int | Literal["auto"] = "auto",
    *,
    periods: Sequence[object] | None = None,
    seed: int = 0,
) -> Topics | Unavailable:
    """What many texts are about.

    Args:
        texts: list, Arrow, pandas or Polars column of n texts.
        k: number of topics, at least 2, or "auto" (see `choose_number`).
        periods: the period of each text, n values whose text sorts in time ("2024-05", "2024-W19"); None for a text without one.
        seed: of the random starts.

    Returns:
        Unavailable where there are too few texts ("few_texts"), or nothing tells them apart ("no_topics").

    Raises:
        UsageError: a single string was given, `k` is out of bounds, or there are not as many periods as texts.

    >>> topics(["物流太慢"] * 5).reason.code
    'few_texts'
    """
    strings = as_strings(texts, "text.topics")
    if periods is not None and len(periods) != len(strings):
        raise UsageError("text.topics", f"{len(periods)} periods for {len(strings)} texts", "give one period a text")
    corpus = gather(tokenize_array(portion) for portion in portions(strings))
    model = TopicModel.fit_corpus(corpus, k, seed=seed)
    if isinstance(model, Unavailable):
        return model
    assignment = model.transform(strings)
    typical = model.typical(corpus, assignment.topic, _EXAMPLES)
    count = np.bincount(assignment.topic[assignment.topic >= 0], minlength=len(model.topics))
    rows = [
        (
            number,
            topic.name,
            [word.word for word in topic.words],
            [word.score for word in topic.words],
            int(count[number]),
            count[number] / max(int(count.sum()), 1),
            strings.take(pa.array(typical[number], pa.int64())).to_pylist(),
        )
        for number, topic in enumerate(model.topics)
    ]
    columns = zip(*rows, strict=True)
    table = pa.table([pa.array(c, f.type) for c, f in zip(columns, TOPICS_SCHEMA, strict=True)], schema=TOPICS_SCHEMA)
    over_time = _over_time(model, assignment.topic, periods)
    return Topics(
        table, model=model, assignment=assignment, over_time=over_time, without=len(strings) - int(count.sum())
    )


def _over_time(model: TopicModel, topic: NDArray[np.int64], periods: Sequence[object] | None) -> pa.Table:
    names = ["" if period is None else str(period) for period in periods or ()]
    labels, period = np.unique(np.array(names, object), return_inverse=True) if names else (np.zeros(0, object), None)
    size = len(model.topics)
    counts = np.zeros((len(labels), size), np.int64)
    if period is not None:
        np.add.at(counts, (period[topic >= 0], topic[topic >= 0]), 1)
    wanted = [at for at, label in enumerate(labels) if label]
    counts = counts[wanted]
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.where(totals > 0, counts / np.maximum(totals, 1), np.nan)
    return pa.table(
        [
            pa.array(np.repeat(labels[wanted], size), pa.string()),
            pa.array(np.tile(np.arange(size), len(wanted))),
            pa.array([topic.name for topic in model.topics] * len(wanted), pa.string()),
            pa.array(counts.ravel()),
            pa.array(shares.ravel(), from_pandas=True),
        ],
        schema=OVER_TIME_SCHEMA,
    )
