"""The question of what was out of the ordinary, from tables to findings."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from jianwei.behavior.anomalies import Anomalies
from jianwei.common.results import Unavailable

Make = Callable[..., Any]
DAY = 86_400_000_000
START = 1_704_038_400_000_000  # 2024-01-01 00:00 in Shanghai
INCIDENT = (33, 34)


def shop(*, incident: bool, days: int = 60, seed: int = 1) -> dict[str, Any]:
    """Messages with words and sentiment, sales and subscriptions; on two days perhaps angry messages, on one a campaign."""
    rng = np.random.default_rng(seed)
    week = np.array([1, 1, 1, 1, 1.1, 1.4, 1.5])
    said, moods, text, what, at, amounts = [], [], [], [], [], []
    for day in range(days):
        hit = incident and day in INCIDENT
        for _ in range(rng.poisson(40 * week[day % 7] * (2.5 if hit else 1))):
            bad = rng.random() < (0.55 if hit else 0.1)
            said.append(START + day * DAY + int(rng.integers(DAY)))
            moods.append("negative" if bad else str(rng.choice(["positive", "neutral"])))
            usual = " ".join(rng.choice(["茶壶", "茶杯", "好喝", "发货", "物流"], 2))
            text.append("破损 退款 " + usual if hit and bad else usual)
        for _ in range(rng.poisson(15 * week[day % 7])):
            what.append("buy")
            at.append(START + day * DAY + int(rng.integers(DAY)))
            amounts.append(Decimal(int(rng.lognormal(4, 0.6)) + 1))
        for _ in range(rng.poisson(40 if incident and day == 20 else 4)):
            what.append("subscribe")
            at.append(START + day * DAY + int(rng.integers(DAY)))
            amounts.append(None)
    people = [f"u:{n % 97}" for n in range(len(said))]
    ids = [f"m:{n:06d}" for n in range(len(said))]
    common = {
        "record_id": ids,
        "ts_us": said,
        "user_id": people,
        "model": ["m"] * len(ids),
        "version": ["1"] * len(ids),
    }
    annotations = [
        pa.table(common | {"task": ["sentiment"] * len(ids), "label": moods, "text": pa.nulls(len(ids), pa.string())}),
        pa.table(common | {"task": ["words"] * len(ids), "label": pa.nulls(len(ids), pa.string()), "text": text}),
    ]
    return {
        "messages": pa.table({"message_id": ids, "ts_us": said, "user_id": people, "kind": ["text"] * len(ids)}),
        "annotations": pa.concat_tables(annotations),
        "events": pa.table(
            {
                "event_id": [f"e:{n}" for n in range(len(at))],
                "name": what,
                "ts_us": at,
                "user_id": [f"u:{n}" for n in range(len(at))],
                "amount": pa.array(amounts, pa.decimal128(18, 4)),
            }
        ),
    }


def test_the_incident_and_the_campaign_are_found_and_nothing_else(memory_reader: Make) -> None:
    found = Anomalies().compute(memory_reader(**shop(incident=True)))
    assert not isinstance(found, Unavailable)
    assert found.series == ("messages", "negative", "amount", "event:buy", "event:subscribe")
    assert found.tests == 5 * 60
    assert {(row["series"], row["label"]) for row in found} == {
        ("messages", "2024-02-03"), ("messages", "2024-02-04"), ("negative", "2024-02-03"), ("negative", "2024-02-04"),
        ("event:subscribe", "2024-01-21"),
    }  # fmt: skip
    for row in found:
        assert row["direction"] == "up"
        assert row["ratio"] == pytest.approx(row["observed"] / row["expected"])
        assert row["p_value"] <= row["q_value"] <= 0.01
        assert 0 < row["people"] <= row["observed"]
        if row["series"] == "messages":
            assert set(row["top_words"][:2]) == {"破损", "退款"}
        if row["series"] == "event:subscribe":
            assert row["top_words"] == []
            assert row["observed"] == row["people"]


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_ordinary_times_have_no_findings(memory_reader: Make, seed: int) -> None:
    found = Anomalies().compute(memory_reader(**shop(incident=False, seed=seed)))
    assert not isinstance(found, Unavailable)
    assert found.rows.to_pylist() == []


def test_without_models_only_counts_are_judged(memory_reader: Make) -> None:
    tables = shop(incident=True)
    found = Anomalies().compute(memory_reader(messages=tables["messages"]))
    assert not isinstance(found, Unavailable)
    assert found.series == ("messages",)
    assert found.rows["top_words"].to_pylist() == [[], []]


def test_a_day_that_has_just_begun_is_not_too_low(memory_reader: Make) -> None:
    times = [START + day * DAY + n * (DAY // 200) for day in range(40) for n in range(200)]
    times += [START + 40 * DAY + n * 1_000_000 for n in range(3)]
    found = Anomalies().compute(memory_reader(messages=[{"ts_us": ts} for ts in times]))
    assert not isinstance(found, Unavailable)
    assert found.rows.to_pylist() == []


def test_too_few_periods(memory_reader: Make) -> None:
    found = Anomalies(every="day").compute(memory_reader(messages=[{"ts_us": START + day * DAY} for day in range(7)]))
    assert isinstance(found, Unavailable)
    assert (found.reason.code, found.reason.values) == ("few_periods", {"periods": 7, "needed": 8})


def test_too_few_events(memory_reader: Make) -> None:
    events = [{"ts_us": START + day * DAY, "name": "view"} for day in range(20)]
    found = Anomalies(every="day").compute(memory_reader(events=events))
    assert isinstance(found, Unavailable)
    assert found.reason.code == "few_rows"


def test_auto_looks_at_days_where_a_chart_has_weeks(memory_reader: Make) -> None:
    found = Anomalies(fdr=0.5).compute(memory_reader(messages=[{"ts_us": START + day * DAY} for day in range(200)]))
    assert not isinstance(found, Unavailable)
    assert found.tests == 200
