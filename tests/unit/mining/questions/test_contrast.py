"""The question of what has changed: which baskets make the groups, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from jianwei.common.results import Unavailable
from jianwei.errors import UsageError
from jianwei.mining.questions.contrast import CONTRAST_SCHEMA, Contrast

DAY = 86_400_000_000
SHANGHAI = ZoneInfo("Asia/Shanghai")


def us(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp()) * 1_000_000


def basket(number: int, when: int | None, person: int | None, *items: str) -> list[dict[str, Any]]:
    who = None if person is None else f"u:{person}"
    common = {"name": "buy", "basket_id": f"b:{number:04d}", "ts_us": when, "user_id": who}
    return [common | {"item_id": f"i:{item}"} for item in items]


def shop(first: str = "2024-01-01", days: int = 75) -> list[dict[str, Any]]:
    """Four baskets a day; ice comes into half of them from February on, tea is in half of them always."""
    rows = []
    for n in range(days * 4):
        when = us(first) + n // 4 * DAY + (1 + n % 4) * DAY // 6
        items = ["tea"] if n % 2 else ["cup"]
        if when >= us("2024-02-01") and n % 4 < 2:
            items.append("ice")
        rows += basket(n, when, n % 50, *items)
    return rows


def test_the_last_two_whole_months(memory_reader: Callable[..., Any]) -> None:
    titles = [{"item_id": "i:ice", "title": "冰"}]
    result = Contrast().compute(memory_reader(events=shop(), items=titles))
    assert result.rows.schema.equals(CONTRAST_SCHEMA)
    assert (result.between, result.left, result.right) == ("month", "2024-01", "2024-02")
    assert (result.left_baskets, result.right_baskets) == (31 * 4, 29 * 4)
    first = next(iter(result))
    assert (first["items"], first["item_names"]) == (["i:ice"], ["冰"])
    assert (first["left_rows"], first["right_rows"], first["growth"]) == (0, 58, None)
    assert first["difference"] == pytest.approx(0.5)
    assert first["odds_low"] > 10
    assert ["i:tea"] not in [row["items"] for row in result]
    assert result.tested >= result.contrasts == len(result)


def test_too_short_for_months_takes_weeks(memory_reader: Callable[..., Any]) -> None:
    result = Contrast().compute(memory_reader(events=shop("2024-01-22", 23)))
    assert (result.between, result.left, result.right) == ("week", "2024-W05", "2024-W06")
    assert (result.left_baskets, result.right_baskets) == (28, 28)
    several = Contrast().compute(
        memory_reader(events=shop("2024-01-03", 52))
    )  # seven whole weeks, one whole month none
    assert (several.left, several.right) == ("2024-W02..2024-W04", "2024-W05..2024-W07")
    months = Contrast(between="month").compute(memory_reader(events=shop("2024-01-22", 23)))
    assert isinstance(months, Unavailable)
    assert months.reason.code == "few_whole_periods"


def test_periods_that_are_named(memory_reader: Callable[..., Any]) -> None:
    reader = memory_reader(events=shop())
    result = Contrast(before="2024-01", after="2024-02-10..2024-02-19", alpha=1).compute(reader)
    assert (result.between, result.left, result.right) == ("period", "2024-01", "2024-02-10..2024-02-19")
    assert (result.left_baskets, result.right_baskets) == (124, 40)
    # A day is the shop's, not UTC's: the first two baskets of a day stand before eight in the morning.
    one = Contrast(before="2024-01-03", after="2024-01-04", alpha=1).compute(reader)
    assert (one.left_baskets, one.right_baskets) == (4, 4)
    empty = Contrast(before="2023-01", after="2024-01").compute(reader)
    assert isinstance(empty, Unavailable)
    assert (empty.reason.code, empty.reason.values) == ("empty_group", {"group": "2023-01"})


def test_weekdays_and_weekends(memory_reader: Callable[..., Any]) -> None:
    result = Contrast(between="weekend", alpha=1).compute(memory_reader(events=shop("2024-01-01", 14)))  # a Monday
    assert (result.left, result.right) == ("weekday", "weekend")
    assert (result.left_baskets, result.right_baskets) == (40, 16)


def test_first_and_later_baskets(memory_reader: Callable[..., Any]) -> None:
    rows = [row for p in range(40) for row in basket(p, us("2024-01-01") + p, p, "sample")]
    rows += [row for p in range(40) for row in basket(50 + p, us("2024-01-02") + p, p % 20, "tea")]
    rows += basket(99, us("2024-01-01"), None, "cup") + basket(98, None, 1, "cup")
    result = Contrast(between="returning").compute(memory_reader(events=rows))
    assert (result.left, result.right, result.left_baskets, result.right_baskets) == ("first", "later", 40, 40)
    assert {row["items"][0]: (row["left_rows"], row["right_rows"]) for row in result} == {
        "i:sample": (40, 0), "i:tea": (0, 40),
    }  # fmt: skip


def test_nothing_to_go_by(memory_reader: Callable[..., Any]) -> None:
    def reason(*rows: dict[str, Any], **settings: Any) -> str:
        found = Contrast(**settings).compute(memory_reader(events=rows))
        assert isinstance(found, Unavailable)
        return found.reason.code

    assert reason() == "no_baskets"
    assert reason(*basket(1, None, 1, "tea")) == "no_times"
    assert reason(*basket(1, us("2024-01-01"), 1, "tea")) == "few_whole_periods"
    assert reason(*basket(1, us("2024-01-01"), 1, "tea"), between="returning") == "empty_group"
    assert reason(*basket(1, us("2024-01-01"), None, "tea"), between="returning") == "empty_group"


@pytest.mark.parametrize(
    "wrong",
    [
        {"before": "2024-01"}, {"before": "January", "after": "2024-02"}, {"before": "2024-13", "after": "2024-02"},
        {"before": "2024-02-10..2024-02-01", "after": "2024-03"}, {"between": "year"}, {"max_length": 0},
    ],
    ids=str,
)  # fmt: skip
def test_wrong_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Contrast(**wrong)


@pytest.mark.parametrize("after", ["2024-01", "2024-01-05..2024-03-01"])
def test_periods_that_overlap(memory_reader: Callable[..., Any], after: str) -> None:
    with pytest.raises(UsageError, match="overlap"):
        Contrast(before="2024-01", after=after).compute(memory_reader(events=shop()))
