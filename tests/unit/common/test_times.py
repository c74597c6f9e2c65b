"""Times against the standard library: every layout, every zone, both directions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.times import (
    DAY_US,
    TimeRange,
    choose_step,
    detect_layout,
    local_day,
    local_micros,
    to_micros,
    utc_micros,
)
from jianwei.errors import UsageError

ZONES = st.sampled_from(
    ["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca", "UTC"]
)
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2099, 12, 30))  # noqa: DTZ001


def micros(moment: datetime, zone: str) -> int:
    return (moment.replace(tzinfo=ZoneInfo(zone)) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def read(*texts: str | None, zone: str = "Asia/Shanghai", layout: str | None = None) -> list[int | None]:
    return to_micros(pa.array(texts, pa.string()), zone, layout).to_pylist()


@settings(deadline=None)
@given(st.lists(MOMENTS, min_size=1, max_size=5), ZONES)
def test_wall_clocks_turn_into_instants_as_in_the_standard_library(moments: list[datetime], zone: str) -> None:
    walls = np.array([(moment - EPOCH) // timedelta(microseconds=1) for moment in moments])
    expected = [micros(moment, zone) for moment in moments]
    assert utc_micros(walls, zone).tolist() == expected
    back = [
        datetime.fromtimestamp(us // 1_000_000, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for us in expected
    ]
    assert (local_micros(np.array(expected), zone) // 1_000_000).tolist() == [
        (b - EPOCH) // timedelta(seconds=1) for b in back
    ]


LAYOUTS = {
    "iso": "%Y-%m-%d %H:%M:%S",
    "iso with T": "%Y-%m-%dT%H:%M:%S",
    "slashes": "%Y/%m/%d %H:%M:%S",
    "chinese": "%Y年%m月%d日 %H:%M:%S",
    "chinese words": "%Y年%m月%d日%H时%M分%S秒",
    "points": "%Y.%m.%d\u00a0%H:%M:%S",
    "compact": "%Y%m%d%H%M%S",
    "named": "%d/%b/%Y:%H:%M:%S",
    "afternoon": "%Y-%m-%d %I:%M:%S %p",
    "american": "%b %d, %Y %H:%M:%S",
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@settings(deadline=None, max_examples=30)
@given(moments=st.lists(MOMENTS, min_size=1, max_size=6), zone=ZONES)
def test_every_layout_is_read(layout: str, moments: list[datetime], zone: str) -> None:
    whole = [moment.replace(microsecond=0) for moment in moments]
    assert read(*[moment.strftime(layout) for moment in whole], zone=zone) == [micros(moment, zone) for moment in whole]


@settings(deadline=None)
@given(st.lists(MOMENTS, min_size=1, max_size=6), st.sampled_from([1, 1_000, 1_000_000, 1_000_000_000]))
def test_numbers_are_seconds_to_nanoseconds_by_their_size(moments: list[datetime], per_second: int) -> None:
    later = [moment for moment in moments if moment.year > 1973] or [datetime(2024, 1, 1)]  # noqa: DTZ001
    instants = [micros(moment, "UTC") for moment in later]
    numbers = [instant * per_second // 1_000_000 for instant in instants]
    assert read(*map(str, numbers)) == [number * 1_000_000 // per_second for number in numbers]


@settings(deadline=None)
@given(
    st.lists(
        st.none() | st.text(max_size=20) | st.from_regex(r"\d{0,20}([-/.: ]\d{1,4}){0,5}", fullmatch=True), max_size=8
    )
)
def test_nothing_makes_it_fail_and_nothing_lies_outside_the_years(texts: list[str | None]) -> None:
    result = to_micros(pa.array(texts, pa.string()), "Asia/Shanghai")
    assert len(result) == len(texts)
    assert all(us is None or 0 <= us < 4_102_444_800_000_000 for us in result.to_pylist())


NINE = 1_704_416_581_000_000  # 2024-01-05 09:03:01 in Shanghai


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1704416581", NINE),
        ("1704416581.5", NINE + 500_000),
        ("1704416581123.25", NINE + 123_250),
        ("1.704416581E+09", NINE),
        ("1704416581123456789", NINE + 123_456),
        ("2024-01-05T09:03:01.123456+08:00", NINE + 123_456),
        ("2024-01-05T01:03:01Z", NINE),
        ("2024-01-05 01:03:01 +0000", NINE),
        ("2024-01-05 09:03:01.1234567", NINE + 123_456),
        ("2024/1/5 9:03", NINE - 1_000_000),
        ("2024年1月5日 上午9:03:01", NINE),
        ("2024年1月5日 星期五 21:03:01", NINE + DAY_US // 2),
        ("2024-01-05 12:03:01 AM", NINE - 9 * 3_600_000_000),
        ("20240105", NINE - 32_581_000_000),
        ("Fri Jan 05 09:03:01 +0800 2024", NINE),
        ("Fri, 05 Jan 2024 01:03:01 GMT", NINE),
        ("1/15/2024 9:03:01", NINE + 10 * DAY_US),
        ("15/1/2024 9:03:01", NINE + 10 * DAY_US),
    ],
)
def test_single_values(text: str, expected: int) -> None:
    assert read(text) == [expected]


@pytest.mark.parametrize(
    "text",
    ["", "  ", "soon", "昨天 18:30", "12", "0", "2024-02-30", "2024-13-01",
     "2024-01-05 25:00", "1/5/2024", "1969-12-31", "2100-01-02", "99999999999"],
)  # fmt: skip
def test_what_is_no_time_or_leaves_doubt_is_null(text: str) -> None:
    assert read(text) == [None]


def test_mixed_columns_are_read_value_by_value() -> None:
    texts = ["2024/1/5 9:03:01", "1704416581", "x", None, "2024-01-05 09:03:01", "2024-01-05T01:03:01Z"]
    assert read(*texts) == [NINE, NINE, None, None, NINE, NINE]


def test_days_and_months_are_told_apart_by_the_column() -> None:
    assert read("1/5/2024", "1/25/2024") == [
        NINE - 32_581_000_000 - 4 * DAY_US + 4 * DAY_US,
        NINE - 32_581_000_000 + 20 * DAY_US,
    ]
    assert read("5/1/2024", "25/1/2024")[0] == NINE - 32_581_000_000
    assert read("5/1/2024", layout="day_first") == [NINE - 32_581_000_000]
    assert detect_layout(pa.array(["1/13/2024", "13/1/2024"])) is None


def test_gaps_and_overlaps_follow_pep_495() -> None:
    gap, overlap = "2024-03-10 02:30:00", "2024-11-03 01:30:00"
    assert read(gap, overlap, zone="America/New_York") == [
        micros(datetime.fromisoformat(gap), "America/New_York"), micros(datetime.fromisoformat(overlap), "America/New_York")
    ]  # fmt: skip


def test_unknown_zones_and_layouts_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="Mars"):
        read("2024-01-05", zone="Mars/Olympus")
    with pytest.raises(UsageError, match="stardate"):
        read("2024-01-05", layout="stardate")


def test_days_ranges_and_steps() -> None:
    assert local_day(np.array([-1, 0, 16 * 3_600_000_000]), "Asia/Shanghai").tolist() == [0, 0, 1]
    assert 5 not in TimeRange(6, None)
    assert 10**18 in TimeRange(6, None)
    assert [choose_step(0, days * DAY_US) for days in (0, 3, 4, 120, 121, 731, 732)] == [
        "hour", "hour", "day", "day", "week", "week", "month"
    ]  # fmt: skip
