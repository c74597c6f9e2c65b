"""Findings from unusual periods: which one stands out, since when, who was there and what was said."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from jianwei.report import figures
from jianwei.report._base import Answers, Finding, Message
from jianwei.report.cells import series_text

__all__ = ["unusual"]

_KINDS = ("negative", "messages", "event", "amount")


def unusual(answers: Answers) -> Iterator[Finding]:
    """One finding for the clearest unusual period of each kind of series and direction.

    Bursts outrank lulls, and negative messages outrank the rest: a lull is often just a holiday, an angry day never is.
    """
    result = answers["anomalies"]
    if not result:
        return
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for row in result:
        kind = row["series"].partition(":")[0]
        old = best.get((kind, row["direction"]))
        if old is None or _clearer(row, old):
            best[kind, row["direction"]] = row
    for (kind, direction), row in sorted(best.items()):
        if kind in _KINDS:
            yield _finding(kind, direction, row, answers)


def _clearer(row: dict[str, Any], old: dict[str, Any]) -> bool:
    return (row["p_value"], -abs(row["observed"] - row["expected"])) < (
        old["p_value"],
        -abs(old["observed"] - old["expected"]),
    )


def _finding(kind: str, direction: str, row: dict[str, Any], answers: Answers) -> Finding:
    base = {"negative": 9.0, "messages": 8.0, "event": 7.8, "amount": 7.6}[kind] if direction == "up" else 3.2
    ratio = row["ratio"] if direction == "up" else 1 / max(row["ratio"] or 0.01, 0.01)
    words = tuple((row["top_words"] or [])[:3])
    seen = {
        "label": row["label"],
        "series": series_text(row["series"]),
        "observed": figures.count(row["observed"]),
        "expected": figures.number(row["expected"]),
        "ratio": figures.number(row["ratio"]),
        "odds": figures.odds(row["q_value"], relation=True),
        "words": words,
    }
    said = "_words" if words else ""
    return Finding(
        f"{kind}_{direction}",
        base + min(0.15, 0.01 * (ratio or 1)),
        "unusual",
        _say(f"{kind}.what_{direction}", **seen),
        _who(kind, row, answers),
        _since(row, answers),
        _say(f"unusual.evidence{said}", **seen),
        _say(f"{kind}.next_{direction}{said}", **seen)
        if kind in ("negative", "messages")
        else _say(f"{kind}.next_{direction}", **seen),
    )


def _who(kind: str, row: dict[str, Any], answers: Answers) -> Message | None:
    people = row["people"]
    if not people:
        return None
    moods = answers["mood_person"]
    if kind == "negative" and moods:
        loud = sorted(
            (person for person in moods if person["negative"]), key=lambda person: (-person["negative"], person["id"])
        )
        if loud:
            return _say(
                "negative.who",
                people=figures.count(people),
                label=row["label"],
                names=tuple(p["name"] for p in loud[:3]),
            )
    return _say("unusual.who", people=figures.count(people), label=row["label"])


def _since(row: dict[str, Any], answers: Answers) -> Message:
    """From when to when the unusual stretch lasted: neighbouring periods of the same series that are unusual in the same direction."""
    talk = row["series"] in ("negative", "messages")
    axis = next(
        (a for a in (answers["volume_messages" if talk else "volume_events"], answers["volume_events"]) if a), None
    )
    labels = dict(zip(axis.rows["period_us"].to_pylist(), axis.rows["label"].to_pylist(), strict=True)) if axis else {}
    periods = sorted(labels)
    alike = {
        r["period_us"]
        for r in answers["anomalies"]
        if (r["series"], r["direction"]) == (row["series"], row["direction"])
    }
    at = bisect_left(periods, row["period_us"])
    first = last = at
    while first > 0 and periods[first - 1] in alike:
        first -= 1
    while last + 1 < len(periods) and periods[last + 1] in alike:
        last += 1
    if last == first:
        return _say("unusual.since_once", label=row["label"])
    return _say("unusual.since_run", first=labels[periods[first]], last=labels[periods[last]], periods=last - first + 1)


def _say(key: str, **values: Any) -> Message:
    return Message(f"report.finding.{key}", values)
