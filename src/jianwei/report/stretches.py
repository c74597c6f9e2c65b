"""Findings from stretches of time in which something is wanted, or blamed, far more than in all the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from typing import Any

import numpy as np

from jianwei.common.stats import log_likelihood
from jianwei.report import figures
from jianwei.report._base import Answers, Finding, Message

__all__ = ["SMALL_TALK", "Stretch", "stretches", "strongest"]

_ENOUGH = 20  # messages in a stretch below which it says too little
_MANIFOLD = 2.0  # how much larger the share in it must be
_SURE = 0.001  # adjusted p-value above which it may be chance
_MOST_PERIODS = 500
SMALL_TALK = ("greeting", "agent")
"""Wants that say nothing about what goes on."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Periods number `first` to `last` (inclusive) of some.

    Attributes:
        rows, total: what was counted in them, of how many.
        usual: the share outside of them.
        p_value: how likely chance alone finds a stretch like this, corrected for the stretches looked at.
    """

    first: int
    last: int
    rows: int
    total: int
    usual: float
    p_value: float

    @property
    def share(self) -> float:
        """Share in these periods."""
        return self.rows / self.total

    @property
    def ratio(self) -> float:
        """How many times the usual share that is; infinite where there is none outside."""
        return self.share / self.usual if self.usual else float("inf")


def strongest(rows: Sequence[int], totals: Sequence[int]) -> Stretch | None:
    """The stretch that differs most from the rest, by G² (Dunning 1993) over all stretches of at most half of the periods.

    Args:
        rows: what is counted, by period.
        totals: of how many, by period.

    Returns:
        None where no stretch has at least 20 rows and twice the share of the rest.

    >>> found = strongest([5, 4, 6, 30, 40, 5, 4, 6], [100] * 8)
    >>> found.first, found.last, found.share, found.usual
    (3, 4, 0.35, 0.05)
    """
    periods = len(rows)
    if not 3 <= periods <= _MOST_PERIODS:
        return None
    many, whole = (np.concatenate([[0], np.cumsum(values, dtype=np.int64)]) for values in (rows, totals))
    first, behind = (at.ravel() for at in np.meshgrid(np.arange(periods), np.arange(1, periods + 1), indexing="ij"))
    short = (behind > first) & (behind - first <= periods // 2)
    first, behind = first[short], behind[short]
    inside, of = many[behind] - many[first], whole[behind] - whole[first]
    outside, of_others = many[-1] - inside, whole[-1] - of
    fit = (inside >= _ENOUGH) & (of_others > 0) & (inside * of_others >= _MANIFOLD * outside * of)
    if not fit.any():
        return None
    gain = np.where(fit, log_likelihood(inside, of, outside, of_others), -1.0)
    at = int(gain.argmax())
    chance = erfc(sqrt(max(gain[at], 0.0) / 2)) * len(first)
    return Stretch(
        int(first[at]),
        int(behind[at]) - 1,
        int(inside[at]),
        int(of[at]),
        float(outside[at] / of_others[at]),
        min(1.0, chance),
    )


def stretches(answers: Answers) -> Iterator[Finding]:
    """One finding for what is wanted, and one for what is blamed, far more for a while than otherwise."""
    yield from _told(answers["wants_time"], "wanted", "want", "rows")
    yield from _told(answers["aspects_time"], "blamed", "aspect", "negative")


def _told(result: Any, code: str, column: str, counted: str) -> Iterator[Finding]:
    if not result:
        return
    labels = dict(sorted(set(zip(*(result.rows.column(c).to_pylist() for c in ("period_us", "label")), strict=True))))
    place = {start: at for at, start in enumerate(labels)}
    counts: dict[str, list[int]] = {}
    spoken, read = [0] * len(place), [0] * len(place)
    for row in result:
        at = place[row["period_us"]]
        counts.setdefault(row[column], [0] * len(place))[at] += row[counted]
        spoken[at] += row["total"]
        read[at] = row["total"]
    # A message wants several things, and all of them are shares of the same messages; an aspect is a share of all that is spoken of.
    totals = read if code == "wanted" else spoken
    found = {name: strongest(rows, totals) for name, rows in counts.items() if name not in SMALL_TALK}
    sure = {name: s for name, s in found.items() if s and s.p_value * len(found) <= _SURE}
    if sure:
        name = max(sure, key=lambda name: (-sure[name].p_value, sure[name].rows, name))
        yield _finding(
            code, f"{column}.{name}", sure[name], list(labels.values()), min(1.0, sure[name].p_value * len(found))
        )


def _finding(code: str, name: str, found: Stretch, labels: list[str], p_value: float) -> Finding:
    first, last = labels[found.first], labels[found.last]
    values: dict[str, Any] = {
        "name": Message(f"charts.{name}"),
        "share": figures.share(found.share),
        "usual": figures.share(found.usual),
        "rows": figures.count(found.rows),
        "total": figures.count(found.total),
        "odds": figures.odds(p_value, relation=True),
    }
    span = {"first": first, "last": last, "label": first, "periods": figures.count(found.last - found.first + 1)}
    if found.last == len(labels) - 1:
        when, since = "on", "report.finding.stretch.since_on"
    elif first == last:
        when, since = "once", "report.finding.unusual.since_once"
    else:
        when, since = "run", "report.finding.unusual.since_run"
    values["when"] = Message(f"report.finding.stretch.when_{when}", span)
    height = 1 - 1 / max(found.ratio, 1.0)
    return Finding(
        code,
        {"blamed": 7.1, "wanted": 7.0}[code] + 0.09 * height,
        "voice",
        Message(f"report.finding.stretch.what_{code}", values),
        None,
        Message(since, span),
        Message(f"report.finding.stretch.evidence_{code}", values),
        Message(f"report.finding.stretch.next_{code}", {**values, "first": first}),
    )
