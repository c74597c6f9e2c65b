"""Emotions, wants and flags: counted against a plain loop, over time and by whoever they count for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jianwei.behavior.emotions import Emotions
from jianwei.behavior.flags import Flags
from jianwei.behavior.wants import Wants
from jianwei.common.results import Unavailable

Make = Callable[..., Any]
Said = tuple[int, str, str, list[str]]
DAY = 86_400_000_000
WANTS = ("refund", "price", "shipping")


def told(task: str, *messages: Said) -> dict[str, list[dict[str, Any]]]:
    """Messages of (day, person, direction, labels); all of them were read, so that each has a sentiment."""
    tables: dict[str, list[dict[str, Any]]] = {"messages": [], "annotations": []}
    for n, (day, user, direction, found) in enumerate(messages):
        common = {"ts_us": day * DAY, "user_id": user}
        place = {"conversation_id": f"c:{user}", "item_id": None, "direction": direction}
        tables["messages"].append({"message_id": f"m:{n}", **place, **common})
        tables["annotations"].append({"record_id": f"m:{n}", "task": "sentiment", "label": "neutral", **common})
        for part, label in enumerate(found):
            tables["annotations"].append({"record_id": f"m:{n}", "task": task, "part": part, "label": label, **common})
    return tables


TOLD: tuple[Said, ...] = (
    (0, "u:1", "in", ["refund", "price"]),
    (0, "u:2", "in", ["refund"]),
    (2, "u:2", "in", []),
    (2, "u:2", "in", ["price"]),
    (2, "u:3", "out", ["price"]),
)


def test_what_everybody_wants(memory_reader: Make) -> None:
    found = Wants().compute(memory_reader(**told("topic", *TOLD)))
    assert not isinstance(found, Unavailable)
    assert [(r["want"], r["rows"], r["total"], r["share"]) for r in found] == [
        ("price", 2, 4, 0.5),
        ("refund", 2, 4, 0.5),
    ]
    first = found.rows.to_pylist()[0]
    assert (first["low"], first["high"]) == (pytest.approx(0.1500, abs=1e-4), pytest.approx(0.8500, abs=1e-4))
    assert (first["period_us"], first["label"], first["id"]) == (None, None, "")
    assert found.every == ""


def test_over_time_a_day_of_silence_has_rows_too(memory_reader: Make) -> None:
    found = Wants(every="day").compute(memory_reader(**told("topic", *TOLD)))
    assert not isinstance(found, Unavailable)
    assert [(r["label"], r["want"], r["rows"], r["total"], r["share"]) for r in found] == [
        ("1970-01-01", "refund", 2, 2, 1.0),
        ("1970-01-01", "price", 1, 2, 0.5),
        ("1970-01-02", "price", 0, 0, None),
        ("1970-01-02", "refund", 0, 0, None),
        ("1970-01-03", "price", 1, 2, 0.5),
        ("1970-01-03", "refund", 0, 2, 0.0),
    ]
    assert found.every == "day"


def test_in_empty_periods_labels_stand_as_they_do_on_the_whole(memory_reader: Make) -> None:
    said: list[Said] = [(0, "u:1", "in", ["shipping"])] * 3 + [
        (3, "u:1", "in", ["price"]),
        (3, "u:1", "in", ["refund", "price"]),
    ]
    found = Wants(every="day").compute(memory_reader(**told("topic", *said)))
    assert not isinstance(found, Unavailable)
    days: dict[str, list[str]] = {}
    for row in found:
        days.setdefault(row["label"], []).append(row["want"])
    assert days["1970-01-02"] == days["1970-01-03"] == ["shipping", "price", "refund"]
    assert days["1970-01-04"] == ["price", "refund", "shipping"]


def test_whoever_wants_most_comes_first_and_the_limit_holds(memory_reader: Make) -> None:
    tables = told("topic", *TOLD) | {"users": [{"user_id": "u:1", "nickname": "小明"}]}
    found = Wants(by="person", limit=1, direction="all").compute(memory_reader(**tables))
    assert not isinstance(found, Unavailable)
    assert [(r["name"], r["want"], r["rows"], r["total"]) for r in found] == [
        ("小明", "price", 1, 1),
        ("小明", "refund", 1, 1),
    ]


@pytest.mark.parametrize(("direction", "total"), [("in", 4), ("out", 1), ("all", 5)])
def test_direction(memory_reader: Make, direction: str, total: int) -> None:
    found = Wants(direction=direction).compute(memory_reader(**told("topic", *TOLD)))
    assert not isinstance(found, Unavailable)
    assert set(found.rows["total"].to_pylist()) == {total}


def test_without_an_emotion_a_message_is_neutral(memory_reader: Make) -> None:
    said: list[Said] = [
        (0, "u:1", "in", ["angry"]),
        (0, "u:1", "in", []),
        (1, "u:2", "in", []),
        (1, "u:2", "in", ["happy"]),
    ]
    found = Emotions(every="day").compute(memory_reader(**told("emotion", *said)))
    assert not isinstance(found, Unavailable)
    counted = {(r["label"][-1], r["emotion"]): r["rows"] for r in found}
    assert counted == {
        ("1", "angry"): 1, ("1", "happy"): 0, ("1", "neutral"): 1, ("2", "angry"): 0, ("2", "happy"): 1, ("2", "neutral"): 1,
    }  # fmt: skip
    per = Emotions(by="person").compute(memory_reader(**told("emotion", *said)))
    assert not isinstance(per, Unavailable)
    assert [(r["id"], r["emotion"], r["share"]) for r in per] == [
        ("u:1", "angry", 0.5), ("u:1", "neutral", 0.5), ("u:2", "happy", 0.5), ("u:2", "neutral", 0.5),
    ]  # fmt: skip


def test_the_latest_flags_with_personal_data_masked(memory_reader: Make) -> None:
    tables = told("moderation", (0, "u:1", "in", ["fraud"]), (3, "u:2", "in", ["advertising"]), (1, "u:1", "in", []))
    tables["messages"][1]["text"] = "加我13812345678" + "好" * 300
    tables["annotations"][3] |= {"score": 0.75, "value": '["contact.phone", "ngram:加我"]'}
    found = Flags(by="person").compute(memory_reader(**tables))
    assert not isinstance(found, Unavailable)
    assert [(r["id"], r["flag"], r["rows"], r["total"]) for r in found] == [
        ("u:1", "fraud", 1, 2), ("u:2", "advertising", 1, 1),
    ]  # fmt: skip
    last, first = found.latest.to_pylist()
    assert (last["flag"], last["score"], last["reasons"]) == ("advertising", 0.75, ["contact.phone", "ngram:加我"])
    assert last["text"].startswith("加我138****5678好")
    assert len(last["text"]) == 201
    assert first["message_id"] == "m:0"
    fewer = Flags(latest=1).compute(memory_reader(**tables))
    assert not isinstance(fewer, Unavailable)
    assert fewer.latest["message_id"].to_pylist() == ["m:1"]


def test_the_words_of_a_voice_are_those_that_were_heard(memory_reader: Make) -> None:
    tables = told("moderation", (0, "u:1", "in", ["fraud"]), (1, "u:1", "in", ["abuse"]))
    tables["messages"][0] |= {"kind": "voice", "text": "[语音]"}
    tables["annotations"].append({"record_id": "m:0", "task": "transcript", "text": "转账到13812345678"})
    found = Flags().compute(memory_reader(**tables))
    assert not isinstance(found, Unavailable)
    assert found.latest["text"].to_pylist() == ["话", "转账到138****5678"]


def test_no_flag_no_message_and_no_model_are_three_things(memory_reader: Make) -> None:
    quiet = told("moderation", (0, "u:1", "in", []))
    quiet["annotations"].append({"record_id": "m:gone", "task": "moderation", "label": "fraud"})
    found = Flags().compute(memory_reader(**quiet))
    assert not isinstance(found, Unavailable)
    assert len(found) == 0
    own = Flags().compute(memory_reader(**told("moderation", (0, "u:1", "out", ["abuse"]))))
    assert isinstance(own, Unavailable)
    unread = Flags().compute(memory_reader(messages=quiet["messages"]))
    assert isinstance(unread, Unavailable)
    assert unread.reason.code == "no_annotations"


said = st.tuples(
    st.integers(0, 4),
    st.sampled_from(["u:1", "u:2", "u:3"]),
    st.sampled_from(["in", "out"]),
    st.lists(st.sampled_from(WANTS), max_size=3, unique=True),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(said, min_size=1, max_size=25), direction=st.sampled_from(["in", "all"]))
def test_counts_are_those_of_a_plain_loop(memory_reader: Make, messages: list[Said], direction: str) -> None:
    reader = memory_reader(**told("topic", (0, "u:1", "in", ["refund"]), *messages))
    rows: Counter[tuple[str, str, str]] = Counter()
    totals: Counter[tuple[str, str]] = Counter()
    marked: defaultdict[str, int] = defaultdict(int)
    for day, user, way, found in [(0, "u:1", "in", ["refund"]), *messages]:
        if direction == "in" and way == "out":
            continue
        label = f"1970-01-0{day + 1}"
        totals[label, user] += 1
        for want in found:
            rows[label, user, want] += 1
            marked[user] += 1
    answer = Wants(by="person", every="day", direction=direction).compute(reader)
    assert not isinstance(answer, Unavailable)
    assert {(r["label"], r["id"], r["want"]): r["rows"] for r in answer if r["rows"]} == dict(rows)
    assert all(r["total"] == totals[r["label"], r["id"]] for r in answer)
    order = list(dict.fromkeys(r["id"] for r in answer))
    assert order == sorted(marked, key=lambda user: (-marked[user], user))
