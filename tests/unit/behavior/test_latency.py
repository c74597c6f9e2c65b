"""Waits against walking through each conversation message by message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.behavior.latency import Latency
from jianwei.common.results import Unavailable

Make = Callable[..., Any]
MINUTE = 60_000_000


def walked(rows: list[tuple[str, int, str]], longest: int) -> dict[str, list[int | None]]:
    """Waits in minutes by conversation, None for a turn without an answer in time."""
    waits: dict[str, list[int | None]] = defaultdict(list)
    for conversation in {c for c, _, _ in rows}:
        since: int | None = None
        for _, minute, direction in sorted((r for r in rows if r[0] == conversation), key=lambda r: r[1]):
            if direction == "in" and since is None:
                since = minute
            if direction == "out" and since is not None:
                waits[conversation].append(minute - since if minute - since <= longest else None)
                since = None
        if since is not None:
            waits[conversation].append(None)
    return waits


talks = st.lists(
    st.tuples(st.sampled_from(["c:1", "c:2"]), st.integers(0, 400), st.sampled_from(["in", "out"])),
    min_size=1, max_size=40, unique_by=lambda row: row[:2],
)  # fmt: skip


@given(talks)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_waits_equal_a_walk(memory_reader: Make, rows: list[tuple[str, int, str]]) -> None:
    reader = memory_reader(messages=[{"conversation_id": c, "ts_us": t * MINUTE, "direction": d} for c, t, d in rows])
    found = Latency(max_hours=2).compute(reader)
    if len({direction for _, _, direction in rows}) < 2:
        assert isinstance(found, Unavailable)
        assert found.reason.code == "one_sided"
        return
    assert not isinstance(found, Unavailable)
    expected = walked(rows, 120)
    everything = [wait for waits in expected.values() for wait in waits]
    answered = [wait * 60.0 for wait in everything if wait is not None]
    assert (found.turns, found.answered) == (len(everything), len(answered))
    if answered:
        assert found.median_s == pytest.approx(np.median(answered))
        assert found.p90_s == pytest.approx(np.quantile(answered, 0.9))
    order = sorted(expected, key=lambda c: (-len(expected[c]), c))
    assert [row["conversation_id"] for row in found] == order
    for row in found:
        waits = expected[row["conversation_id"]]
        known = [wait * 60.0 for wait in waits if wait is not None]
        assert (row["turns"], row["answered"]) == (len(waits), len(known))
        assert row["median_s"] == (pytest.approx(np.median(known)) if known else None)
        assert row["unanswered_share"] == pytest.approx(1 - len(known) / len(waits))


def test_pictures_are_answers_and_notices_are_not(memory_reader: Make) -> None:
    talk = {"conversation_id": "c:1"}
    reader = memory_reader(
        messages=[
            talk | {"ts_us": 0, "direction": "in", "kind": "image"},
            talk | {"ts_us": 1 * MINUTE, "direction": "out", "kind": "system"},
            talk | {"ts_us": 2 * MINUTE, "direction": "out", "recalled": True},
            talk | {"ts_us": 3 * MINUTE, "direction": "out", "kind": "voice"},
        ],
        conversations=[{"conversation_id": "c:1", "title": "售后"}],
    )
    found = Latency().compute(reader)
    assert not isinstance(found, Unavailable)
    assert (found.rows["name"].to_pylist(), found.median_s) == (["售后"], 180.0)


def test_without_directions_there_is_no_answer(memory_reader: Make) -> None:
    found = Latency().compute(memory_reader(messages=[{"ts_us": 0, "direction": "unknown", "conversation_id": "c:1"}]))
    assert isinstance(found, Unavailable)
    assert found.reason.code == "no_directions"
