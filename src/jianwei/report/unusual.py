"""Findings from unusual periods: which one stands out, since when, who was there and what was said."""

from __future__ import annotations

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
        "expected": figures.about(row["expected"]),
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
    alike = sorted(
        (other["period_us"], other["label"])
        for other in answers["anomalies"]
        if (other["series"], other["direction"]) == (row["series"], row["direction"])
    )
    at = alike.index((row["period_us"], row["label"]))
    longest = _longest_us(row["label"])
    first = last = at
    while first > 0 and alike[first][0] - alike[first - 1][0] <= longest:
        first -= 1
    while last + 1 < len(alike) and alike[last + 1][0] - alike[last][0] <= longest:
        last += 1
    if last == first:
        return _say("unusual.since_once", label=row["label"])
    return _say("unusual.since_run", first=alike[first][1], last=alike[last][1], periods=last - first + 1)


def _longest_us(label: str) -> int:
    """How far apart the beginnings of two neighbouring periods can be, judged by how a period is written; a day may have 25 hours."""
    hour = 3_600_000_000
    if ":" in label:
        return hour
    days = 7 if "W" in label else 31 if len(label) == 7 else 1
    return days * 24 * hour + hour


def _say(key: str, **values: Any) -> Message:
    return Message(f"report.finding.{key}", values)
