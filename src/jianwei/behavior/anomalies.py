"""Which days were out of the ordinary: more messages, more anger, more money, more of something done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from jianwei.behavior.baseline import Judged, Rhythm, judge_counts, judge_shares, judge_sums
from jianwei.behavior.counts import count_words, key_words
from jianwei.common.results import Reason, Rows, Unavailable
from jianwei.common.stats import benjamini_hochberg
from jianwei.query._base import Reader, check, setting
from jianwei.query.periods import EVERY, Axis, axis, timed
from jianwei.query.reasons import untimed
from jianwei.query.shape import typed
from jianwei.query.views import bought, currencies, events, labels, own_words, talk, timeline

__all__ = ["ANOMALIES_SCHEMA", "Anomalies", "AnomaliesResult"]

ANOMALIES_SCHEMA = pa.schema(
    [
        ("series", pa.string()),
        ("period_us", pa.int64()),
        ("label", pa.string()),
        ("observed", pa.float64()),
        ("expected", pa.float64()),
        ("ratio", pa.float64()),
        ("p_value", pa.float64()),
        ("q_value", pa.float64()),
        ("direction", pa.string()),
        ("top_words", pa.list_(pa.string())),
        ("people", pa.int64()),
    ]
)
NEEDED = 8
"""Fewer periods do not say what is usual."""
_MIN_EVENTS = 50
_TOP_WORDS = 5
# Charts of more than 120 days have weeks; an incident of two days would drown in them.
_FINER = {"week": "day", "month": "week"}
_RHYTHMS = {"hour": Rhythm(24, 7 * 24 + 1), "day": Rhythm(7, 29), "week": Rhythm(1, 13), "month": Rhythm(1, 13)}


@dataclass(frozen=True)
class AnomaliesResult(Rows):
    """Rows: series ("messages", "negative", "amount", "event:<name>"), period_us (first instant), label, observed, expected, ratio,
    p_value, q_value, direction ("up" or "down"), top_words (of the period, for messages and negative; else empty), people (who took
    part). The most certain first, then by series and time. No rows: nothing was out of the ordinary.

    Attributes:
        series: the series that were looked at; "negative" is missing without sentiment, "amount" without amounts in one currency.
        tests: periods that were judged, in all series together.
    """

    series: tuple[str, ...]
    tests: int


@dataclass(frozen=True, kw_only=True)
class Anomalies:
    """Periods out of the ordinary, among messages, negative messages, amounts and events.

    Each period is compared with a robust baseline of its own series that knows the weekly rhythm (`behavior.baseline`), and all p-values
    are adjusted together (Benjamini & Hochberg). At least 8 periods are needed; with less than three weeks a rhythm cannot be told from an
    incident, and only shares can stand out. The first and the last period may be cut short, so they are never too low.
    """

    tables: ClassVar[tuple[str, ...]] = ("messages", "events", "annotations")
    tasks: ClassVar[tuple[str, ...]] = ("words", "sentiment", "transcript", "ocr")

    every: str = setting("auto", "length of a period; auto takes one step shorter than charts do", choices=EVERY)
    fdr: float = setting(0.01, "share of false alarms to allow", minimum=1e-12, maximum=0.5)

    def __post_init__(self) -> None:
        check(self)

    def compute(self, reader: Reader) -> AnomaliesResult | Unavailable:
        said, did = self._axis(reader, talk(reader)), self._axis(reader, events(reader))
        lengths = [len(periods.numbers()) for periods in (said, did) if periods]
        if not lengths:
            return untimed(reader, timeline(reader), "messages")
        if max(lengths) < NEEDED:
            return Unavailable(Reason("few_periods", {"periods": max(lengths), "needed": NEEDED}))
        series = [
            *(chain(_messages(reader, said), _negative(reader, said)) if said else ()),
            *(chain(_amount(reader, did), _events(reader, did)) if did else ()),
        ]
        series = [one for one in series if len(one.numbers) >= NEEDED]
        if not series:
            return Unavailable(Reason("few_rows", {"needed": _MIN_EVENTS}))
        q_values = np.split(
            benjamini_hochberg(np.concatenate([one.p_value for one in series])),
            np.cumsum([len(one.numbers) for one in series])[:-1],
        )
        found = [(one, q, np.flatnonzero(q <= self.fdr)) for one, q in zip(series, q_values, strict=True)]
        parts = [_rows(one, q, at, _words(reader, one, at)) for one, q, at in found]
        rows = pa.concat_tables([ANOMALIES_SCHEMA.empty_table(), *parts])
        order = [("p_value", "ascending"), ("series", "ascending"), ("period_us", "ascending")]
        return AnomaliesResult(
            rows.sort_by(order),
            series=tuple(one.code for one in series),
            tests=sum(len(one.numbers) for one in series),
        )

    def _axis(self, reader: Reader, rows: ir.Table) -> Axis | None:
        periods = axis(reader, rows, self.every)
        if periods and self.every == "auto" and periods.step in _FINER:
            return axis(reader, rows, _FINER[periods.step])
        return periods


@dataclass(frozen=True, slots=True)
class _Series:
    """One series over the periods of its axis; arrays [periods]."""

    code: str
    axis: Axis
    numbers: NDArray[np.int64]
    judged: Judged
    people: NDArray[np.int64]

    @property
    def p_value(self) -> NDArray[np.float64]:
        """p-values; the first and last period, perhaps cut short, are never unusual for being low."""
        p = self.judged.p_value.copy()
        ends = np.array([0, -1])
        p[ends] = np.where(self.judged.observed[ends] < self.judged.expected[ends], 1.0, p[ends])
        return p


def _spread_out(numbers: NDArray[np.int64], found: pa.Table, column: str) -> NDArray[np.float64]:
    """A column of counts or sums by period, with 0 for the periods that have none and without those beyond the axis."""
    values = np.zeros(len(numbers))
    period = found["period"].to_numpy()
    at = np.minimum(np.searchsorted(numbers, period), len(numbers) - 1)
    known = numbers[at] == period
    values[at[known]] = found[column].to_numpy().astype(np.float64)[known]
    return values


def _messages(reader: Reader, periods: Axis) -> Iterator[_Series]:
    rows = timed(talk(reader)).mutate(period=lambda t: periods.number(t.ts_us))
    found = reader.execute(rows.group_by("period").aggregate(rows=rows.count(), people=rows.person_id.nunique()))
    yield _counts("messages", periods, found)


def _negative(reader: Reader, periods: Axis) -> Iterator[_Series]:
    moods = labels(reader, "sentiment")
    if moods is None:
        return
    rows = timed(own_words(reader, moods)).mutate(period=lambda t: periods.number(t.ts_us))
    bad = rows.label == "negative"
    cells = rows.group_by("period").aggregate(
        rows=rows.label.count(), bad=bad.sum(), people=rows.person_id.nunique(where=bad)
    )
    found = reader.execute(cells)
    numbers = periods.numbers()
    columns = (_spread_out(numbers, found, column).astype(np.int64) for column in ("bad", "rows", "people"))
    successes, trials, people = columns
    yield _Series("negative", periods, numbers, judge_shares(successes, trials, _RHYTHMS[periods.step]), people)


def _amount(reader: Reader, periods: Axis) -> Iterator[_Series]:
    if len(currencies(reader)) > 1:
        return
    rows = timed(bought(reader)).filter(lambda t: t.amount > 0)
    rows = rows.select("person_id", period=periods.number(rows.ts_us), amount=rows.amount.cast("float64"))
    cells = rows.group_by("period").aggregate(
        amount=rows.amount.sum(), squares=(rows.amount * rows.amount).sum(), people=rows.person_id.nunique()
    )
    found = reader.execute(cells)
    if not found.num_rows:
        return
    numbers = periods.numbers()
    unit = float(np.median(found["squares"].to_numpy() / found["amount"].to_numpy()))
    judged = judge_sums(_spread_out(numbers, found, "amount"), unit, _RHYTHMS[periods.step])
    yield _Series("amount", periods, numbers, judged, _spread_out(numbers, found, "people").astype(np.int64))


def _events(reader: Reader, periods: Axis) -> Iterator[_Series]:
    rows = timed(events(reader)).mutate(period=lambda t: periods.number(t.ts_us))
    found = reader.execute(
        rows.group_by("name", "period").aggregate(rows=rows.count(), people=rows.person_id.nunique())
    )
    names = np.array(found["name"].to_pylist(), str)
    for name in np.unique(names):
        mine = found.filter(pa.array(names == name))
        if int(mine["rows"].to_numpy().sum()) >= _MIN_EVENTS:
            yield _counts(f"event:{name}", periods, mine)


def _counts(code: str, periods: Axis, found: pa.Table) -> _Series:
    numbers = periods.numbers()
    rows, people = (_spread_out(numbers, found, column).astype(np.int64) for column in ("rows", "people"))
    return _Series(code, periods, numbers, judge_counts(rows, _RHYTHMS[periods.step]), people)


def _words(reader: Reader, series: _Series, at: NDArray[np.int64]) -> list[list[str]]:
    """For each of the periods found, the words that mark it out among the messages of the series."""
    lists: list[list[str]] = [[] for _ in at]
    texts, moods = labels(reader, "words"), labels(reader, "sentiment")
    if series.code not in ("messages", "negative") or not len(at) or texts is None:
        return lists
    texts = timed(own_words(reader, texts))
    if series.code == "negative" and moods is not None:
        texts = texts.semi_join(moods.filter(moods.label == "negative"), "record_id")
    found = reader.execute(texts.select("text", period=lambda t: series.axis.number(t.ts_us)))
    wanted = series.numbers[at]
    group = np.searchsorted(wanted, found["period"].to_numpy())
    group[~np.isin(found["period"].to_numpy(), wanted)] = len(wanted)
    counts = count_words(found["text"], group, len(wanted) + 1)
    keys = key_words(counts, _TOP_WORDS)
    for group_of, word in zip(keys.group.tolist(), counts.words[keys.word], strict=True):
        if group_of < len(wanted):
            lists[group_of].append(word)
    return lists


def _rows(series: _Series, q_value: NDArray[np.float64], at: NDArray[np.int64], words: list[list[str]]) -> pa.Table:
    observed, expected = series.judged.observed[at], series.judged.expected[at]
    return typed(
        ANOMALIES_SCHEMA,
        series=[series.code] * len(at),
        period_us=series.axis.starts(series.numbers[at]),
        label=series.axis.labels(series.numbers[at]),
        observed=observed,
        expected=expected,
        ratio=observed / expected,
        p_value=series.p_value[at],
        q_value=q_value[at],
        direction=np.where(observed > expected, "up", "down"),
        top_words=words,
        people=series.people[at],
    )
