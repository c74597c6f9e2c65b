"""Counts by period against counting row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from jianwei.behavior.hours import Hours
from jianwei.behavior.volume import Volume
from jianwei.common.results import Unavailable

Make = Callable[..., Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FORMATS = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}


def local(ts_us: int, zone: str) -> datetime:
    return (EPOCH + timedelta(microseconds=ts_us)).astimezone(ZoneInfo(zone))


def talk(days: int, seed: int = 0) -> list[dict[str, Any]]:
    rng = np.random.default_rng(seed)
    start = int(datetime(2024, 2, 20, tzinfo=UTC).timestamp())
    return [
        {
            "ts_us": (start + int(rng.integers(days * 86_400))) * 1_000_000,
            "user_id": f"u:{rng.integers(5)}",
            "direction": str(rng.choice(["in", "out"])),
        }
        for _ in range(300)
    ]


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize(("every", "days"), [("hour", 4), ("day", 40), ("week", 90), ("month", 400)])
def test_counts_equal_those_of_the_zone_database(memory_reader: Make, zone: str, every: str, days: int) -> None:
    rows = talk(days)
    found = Volume(every=every).compute(memory_reader(messages=rows, zone=zone))
    assert not isinstance(found, Unavailable)
    assert found.every == every
    labels = [(local(row["ts_us"], zone).strftime(FORMATS[every]), row["direction"]) for row in rows]
    people = {(label, row["user_id"]) for label, row in zip(labels, rows, strict=True)}
    counts, heads = Counter(labels), Counter(label for label, _ in people)
    assert {(r["label"], r["series"]): r["rows"] for r in found if r["rows"]} == counts
    assert {(r["label"], r["series"]): r["people"] for r in found if r["rows"]} == heads
    starts = [row["period_us"] for row in found]
    assert starts == sorted(starts)
    assert all(local(r["period_us"], zone).strftime(FORMATS[every]) == r["label"] for r in found)


def test_gaps_are_filled_for_every_series(memory_reader: Make) -> None:
    hour = 3_600_000_000
    rows = [{"ts_us": 0, "direction": "in"}, {"ts_us": 3 * hour, "direction": None}]
    found = Volume().compute(memory_reader(messages=rows))
    assert not isinstance(found, Unavailable)
    assert [(row["label"][-5:], row["series"], row["rows"]) for row in found] == [
        ("08:00", "in", 1), ("08:00", "unknown", 0), ("09:00", "in", 0), ("09:00", "unknown", 0),
        ("10:00", "in", 0), ("10:00", "unknown", 0), ("11:00", "in", 0), ("11:00", "unknown", 1),
    ]  # fmt: skip


def test_a_stray_time_adds_one_row_and_no_gap(memory_reader: Make) -> None:
    rows = talk(9) * 10
    found = Volume().compute(memory_reader(messages=[*rows, {"ts_us": 1, "direction": "in"}]))
    assert not isinstance(found, Unavailable)
    assert found.rows["label"][0].as_py() == "1970-01-01"
    assert len(set(found.rows["label"].to_pylist())) == 1 + 10
    assert sum(found.rows["rows"].to_pylist()) == 3001


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/London"])
def test_hours_of_the_week_equal_those_of_the_zone_database(memory_reader: Make, zone: str) -> None:
    rows = [*talk(400), {"ts_us": None}]
    found = Hours().compute(memory_reader(messages=rows, zone=zone))
    assert not isinstance(found, Unavailable)
    moments = [local(row["ts_us"], zone) for row in rows if row["ts_us"] is not None]
    assert {(r["weekday"], r["hour"]): r["rows"] for r in found if r["rows"]} == Counter(
        (m.weekday(), m.hour) for m in moments
    )
    assert [(r["weekday"], r["hour"]) for r in found] == [(weekday, hour) for weekday in range(7) for hour in range(24)]


def test_taobao_by_day_equals_a_plain_group_by(memory_reader: Make, data_dir: Path) -> None:
    log = pl.read_parquet(data_dir / "taobao_userbehavior_sample" / "data.parquet")
    reader = memory_reader(
        events=pa.table(
            {
                "event_id": [f"e:{n}" for n in range(len(log))],
                "user_id": log["user_id"].cast(pl.String).to_arrow().cast(pa.string()),
                "name": log["behavior"].to_arrow().cast(pa.string()),
                "ts_us": (log["timestamp"] * 1_000_000).to_arrow(),
            }
        )
    )
    found = Volume(of="events").compute(reader)
    assert not isinstance(found, Unavailable)
    assert found.every == "day"
    day = pl.from_epoch(pl.col("timestamp") + 8 * 3600, time_unit="s").dt.strftime("%Y-%m-%d").alias("label")
    plain = log.group_by(day, "behavior").agg(rows=pl.len(), people=pl.col("user_id").n_unique())
    assert {(r["label"], r["series"], r["rows"], r["people"]) for r in found if r["rows"]} == set(plain.iter_rows())
