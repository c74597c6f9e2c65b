"""Sentiments by period, person, conversation and item."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jianwei.behavior.mood import Mood
from jianwei.behavior.mood_by import MoodBy
from jianwei.common.results import Unavailable

Make = Callable[..., Any]
DAY = 86_400_000_000


def scored(*labels: tuple[int, str, str]) -> dict[str, list[dict[str, Any]]]:
    """Messages of (day, person, sentiment), all about item i:1 in conversation c:<person>."""
    common = [{"ts_us": day * DAY, "user_id": user} for day, user, _ in labels]
    return {
        "messages": [
            {"message_id": f"m:{n}", "conversation_id": f"c:{user}", "item_id": "i:1", **row}
            for n, (row, (_, user, _)) in enumerate(zip(common, labels, strict=True))
        ],
        "annotations": [
            {"record_id": f"m:{n}", "task": "sentiment", "label": label, **row}
            for n, (row, (_, _, label)) in enumerate(zip(common, labels, strict=True))
        ],
    }


SCORED = scored(
    (0, "u:1", "negative"), (0, "u:1", "positive"), (0, "u:2", "neutral"), (2, "u:2", "negative"), (5, "u:1", "unclear"),
    (6, "u:3", "positive"),
)  # fmt: skip


def test_mood_by_day_with_gaps_that_are_not_zero_percent(memory_reader: Make) -> None:
    found = Mood(every="day").compute(memory_reader(**SCORED))
    assert not isinstance(found, Unavailable)
    counts = [(r["label"], r["positive"], r["neutral"], r["negative"], r["total"], r["negative_share"]) for r in found]
    assert counts == [
        ("1970-01-01", 1, 1, 1, 3, pytest.approx(1 / 3)),
        ("1970-01-02", 0, 0, 0, 0, None),
        ("1970-01-03", 0, 0, 1, 1, 1.0),
        ("1970-01-04", 0, 0, 0, 0, None),
        ("1970-01-05", 0, 0, 0, 0, None),
        ("1970-01-06", 0, 0, 0, 0, None),
        ("1970-01-07", 1, 0, 0, 1, 0.0),
    ]
    first, gap = found.rows.to_pylist()[:2]
    assert (first["low"], first["high"]) == (pytest.approx(0.0615, abs=1e-4), pytest.approx(0.7923, abs=1e-4))
    assert (gap["low"], gap["high"]) == (None, None)


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("person", [("u:1", 2, 1), ("u:2", 2, 1), ("u:3", 1, 0)]),
        ("conversation", [("c:u:1", 2, 1), ("c:u:2", 2, 1), ("c:u:3", 1, 0)]),
        ("item", [("i:1", 5, 2)]),
    ],
)
def test_mood_by_whom_where_and_what(memory_reader: Make, by: str, expected: list[tuple[str, int, int]]) -> None:
    reader = memory_reader(**SCORED)
    found = MoodBy(by=by).compute(reader)
    assert not isinstance(found, Unavailable)
    assert [(row["id"], row["total"], row["negative"]) for row in found] == expected
    fewer = MoodBy(by=by, min_rows=2, limit=1).compute(reader)
    assert not isinstance(fewer, Unavailable)
    assert [row["id"] for row in fewer] == [expected[0][0]]


@pytest.mark.parametrize(("direction", "people"), [("all", 4), ("in", 3), ("out", 1)])
def test_the_accounts_own_mood_can_be_left_out(memory_reader: Make, direction: str, people: int) -> None:
    tables = scored(*((0, f"u:{n}", "neutral") for n in range(4)))
    for row, given in zip(tables["messages"], ("in", "out", "unknown", None), strict=True):
        row["direction"] = given
    found = MoodBy(direction=direction).compute(memory_reader(**tables))
    assert not isinstance(found, Unavailable)
    assert len(found) == people


def test_nobody_with_enough_messages_is_an_empty_answer(memory_reader: Make) -> None:
    found = MoodBy(min_rows=100).compute(memory_reader(**SCORED))
    assert not isinstance(found, Unavailable)
    assert len(found) == 0


def test_without_a_model_there_is_no_mood(memory_reader: Make) -> None:
    for question in (Mood(), MoodBy()):
        found = question.compute(memory_reader(messages=SCORED["messages"]))
        assert isinstance(found, Unavailable)
        assert found.reason.code == "no_annotations"
