"""Findings from sequences and contrasts: what follows what, what lies in more or in fewer baskets than before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jianwei.report import figures
from jianwei.report._base import Answers, Finding, Message

__all__ = ["changed", "followed"]

_SURE = 0.05  # adjusted p-value below which something counts as more than chance
_ENOUGH = 20  # people or baskets below which a share says too little to open a report


def followed(answers: Answers) -> Iterator[Finding]:
    """The strongest sequence of two things: who had to do with one goes on to the other."""
    result = answers["sequences"]
    if not result or result.max_gap_days is None:
        return
    told = (
        row for row in result if row["length"] == 2 and row["q_value"] <= _SURE and row["antecedent_rows"] >= _ENOUGH
    )
    best = next(told, None)
    if best is None:
        return
    names = dict(zip(("antecedent", "consequent"), best["item_names"], strict=True))
    yield Finding(
        "sequence", 3.5 + (1 - 1 / max(best["lift"], 1.0)) / 2, "sales",
        _say(
            "sequence.what", confidence=figures.share(best["confidence"]), before=figures.count(best["antecedent_rows"]),
            days=figures.number(result.max_gap_days), lift=figures.number(best["lift"]), **names,
        ),
        _say("sequence.who", rows=figures.count(best["rows"]), **names),
        None,
        _say(
            "sequence.evidence", usual=figures.share(best["consequent_rows"] / result.persons),
            odds=figures.odds(best["q_value"], relation=True), **names,
        ),
        _say("sequence.next", **names),
    )  # fmt: skip


def changed(answers: Answers) -> Iterator[Finding]:
    """What has changed most between two stretches of time, counted in baskets."""
    result = answers["contrast"]
    if not result or not len(result) or result.between not in ("month", "week", "period"):
        return
    best = max(result, key=lambda row: (abs(row["difference"]), row["items"]))
    way = "more" if best["difference"] > 0 else "less"
    names = tuple(best["item_names"])
    yield Finding(
        "change", 5.2 + min(abs(best["difference"]), 0.5), "sales",
        _say(
            f"change.what_{way}", names=names, before=figures.share(best["left_support"]), after=figures.share(best["right_support"]),
            left=result.left, right=result.right,
        ),
        None,
        None,
        _say(
            "change.evidence", left_rows=figures.count(best["left_rows"]), left_baskets=figures.count(result.left_baskets),
            right_rows=figures.count(best["right_rows"]), right_baskets=figures.count(result.right_baskets),
            odds=figures.odds(best["q_value"], relation=True),
        ),
        _say(f"change.next_{way}", names=names),
    )  # fmt: skip


def _say(key: str, **values: Any) -> Message:
    return Message(f"report.finding.{key}", values)
