"""Local periods against the zone database, row by row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import UsageError
from jianwei.query.periods import Axis, Clock, Span, axis, span

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = 3_600_000_000
ZONES = (
    "Asia/Shanghai", "Asia/Kolkata", "America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Casablanca",
    "Pacific/Apia", "America/Sao_Paulo", "UTC",
)  # fmt: skip
FORMATS = {"hour": "%Y-%m-%d %H:00", "day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}


def micros(text: str, zone: str = "Asia/Shanghai", fold: int = 0) -> int:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return (moment - EPOCH) // timedelta(microseconds=1)


@pytest.fixture(scope="module")
def backend() -> Any:
    return ibis.duckdb.connect()


times = st.lists(st.integers(0, 4_102_444_799_999_999), min_size=1, max_size=40)


@pytest.mark.parametrize("step", FORMATS)
@given(zone=st.sampled_from(ZONES), instants=times)
@settings(max_examples=25, deadline=None)
def test_labels_equal_those_of_the_zone_database_row_by_row(
    backend: Any, step: Any, zone: str, instants: list[int]
) -> None:
    clock = Clock.of(zone, min(instants), max(instants))
    rows = ibis.memtable(pa.table({"ts_us": instants}))
    numbers = backend.to_pyarrow(rows.mutate(number=clock.number(rows.ts_us, step)))
    found = Axis(clock, step, 0, 0)
    local = [(EPOCH + timedelta(microseconds=us)).astimezone(ZoneInfo(zone)) for us in numbers["ts_us"].to_pylist()]
    assert found.labels(numbers["number"].to_numpy()) == [moment.strftime(FORMATS[step]) for moment in local]


def numbers_of(backend: Any, clock: Clock, instants: list[int], step: Any) -> list[int]:
    rows = ibis.memtable(pa.table({"at": range(len(instants)), "ts_us": instants}))
    found = backend.to_pyarrow(rows.mutate(number=clock.number(rows.ts_us, step)).order_by("at"))
    return found["number"].to_pylist()


@pytest.mark.parametrize("step", FORMATS)
@given(zone=st.sampled_from(ZONES), instant=st.integers(10**14, 4 * 10**15))
@settings(max_examples=25, deadline=None)
def test_a_period_starts_at_the_first_instant_that_has_its_label(
    backend: Any, step: Any, zone: str, instant: int
) -> None:
    clock = Clock.of(zone, instant - 10**13, instant + 10**13)
    (number,) = numbers_of(backend, clock, [instant], step)
    (start,) = clock.starts([number], step).tolist()
    assert start <= instant
    at_start, before = numbers_of(backend, clock, [start, start - 1], step)
    assert before < at_start == number


def test_the_clock_knows_when_daylight_saving_begins_and_ends() -> None:
    clock = Clock.of("America/New_York", micros("2024-01-01T00:00"), micros("2024-12-31T00:00"))
    begin, end = micros("2024-03-10T07:00", "UTC"), micros("2024-11-03T06:00", "UTC")
    assert clock.offsets[1:] == ((begin, -4 * HOUR), (end, -5 * HOUR))


def test_the_hour_that_clocks_skip_is_no_gap(backend: Any) -> None:
    first, last = micros("2024-03-10T00:30", "America/New_York"), micros("2024-03-10T04:30", "America/New_York")
    clock = Clock.of("America/New_York", first, last)
    found = Axis(clock, "hour", *numbers_of(backend, clock, [first, last], "hour"))
    assert [label[-5:] for label in found.labels(found.numbers())] == ["00:00", "01:00", "03:00", "04:00"]


def reader_of(memory_reader: Callable[..., Any], instants: list[int | None], zone: str = "Asia/Shanghai") -> Any:
    return memory_reader(messages=[{"ts_us": us} for us in instants], zone=zone)


@pytest.mark.parametrize(
    ("days", "step"), [(0, "hour"), (2, "hour"), (4, "day"), (119, "day"), (121, "week"), (730, "week"), (800, "month")]
)
def test_the_step_follows_the_length(memory_reader: Callable[..., Any], days: int, step: str) -> None:
    start = micros("2024-01-01T12:00")
    reader = reader_of(memory_reader, [start, start + days * 24 * HOUR])
    found = axis(reader, reader.table("messages"), "auto")
    assert found is not None
    assert found.step == step


def test_stray_times_neither_choose_the_step_nor_stretch_the_bulk(memory_reader: Callable[..., Any]) -> None:
    start = micros("2017-11-25T00:00")
    usual = [start + n * 400_000_000 for n in range(2000)]
    reader = reader_of(memory_reader, [0, *usual, micros("2037-01-01T00:00"), None])
    found = axis(reader, reader.table("messages"), "auto")
    assert found is not None
    assert found.step == "day"
    assert found.labels([found.first, found.last]) == ["2017-11-25", "2017-12-04"]
    strays = found.with_strays([0])
    assert found.labels(strays)[:2] == ["1970-01-01", "2017-11-25"]


def test_the_bulk_leaves_out_a_thousandth_at_either_end_unless_it_adjoins() -> None:
    rows, days = np.array([1, 1, 500, 1000, 496, 1, 1]), np.array([0, 10, 100, 101, 102, 103, 500]) * 24 * HOUR
    found = Span(rows, days + 5, days + 9)
    assert found.bulk == (100 * 24 * HOUR + 5, 103 * 24 * HOUR + 9)
    assert (found.first_us, found.last_us) == (5, 500 * 24 * HOUR + 9)
    whole = Span(np.array([7]), np.array([1]), np.array([2]))
    assert whole.bulk == (1, 2)


def test_no_times_no_axis(memory_reader: Callable[..., Any]) -> None:
    reader = reader_of(memory_reader, [None])
    assert axis(reader, reader.table("messages"), "auto") is None
    assert span(reader, reader.table("messages")) is None


def test_too_many_periods_are_refused_with_advice(memory_reader: Callable[..., Any]) -> None:
    reader = reader_of(memory_reader, [micros("1990-01-01T00:00"), micros("2020-01-01T00:00")])
    with pytest.raises(UsageError, match="choose a longer step"):
        axis(reader, reader.table("messages"), "hour")


def test_an_unknown_zone_is_an_error_of_the_caller() -> None:
    with pytest.raises(UsageError, match="Asia/Nowhere"):
        Clock.of("Asia/Nowhere", 0, 1)
