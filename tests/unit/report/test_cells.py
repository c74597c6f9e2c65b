"""Cells as people read them, in an order that a click can change."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from jianwei.report._base import Column, Message, Table
from jianwei.report.cells import event_text, page_rows, series_text, style


def cells(kind: str, values: list[object], **more: object) -> list[tuple[object, float | None]]:
    rows = pa.table({"x": pa.array(values, more.get("type"))})
    table = Table("t", Message("report.title"), rows, (Column("x", kind),), more.get("order"))  # type: ignore[arg-type]
    return [(row[0].text, row[0].sort) for row in page_rows(table, "Asia/Shanghai", 20)]


@pytest.mark.parametrize(
    ("kind", "value", "text", "sort"),
    [
        ("count", 12345, "12,345", 12345.0),
        ("number", 0.0312, "0.031", 0.0312),
        ("share", 0.079, "7.9%", 0.079),
        ("share", 0.07, "7%", 0.07),
        ("money", Decimal("2500315.63"), "2,500,315.63", 2500315.63),
        ("odds", 1e-40, "<0.000001", 1e-40),
        ("time", 0, "1970-01-01 08:00", 0.0),
        ("hour", 7, "07:00", 7.0),
        ("text", "<b>", "<b>", None),
        ("label", "2024-W05", "2024-W05", None),
        ("event", "paid by card", "paid by card", None),
        ("mood", "", "–", None),
        ("file", "media/5e/a.png", "a.png", None),
        ("file", f"media/{'很长的名字' * 4}.png", "很长的名字…长的名字.png", None),
    ],
)
def test_values(kind: str, value: object, text: str, sort: float | None) -> None:
    assert cells(kind, [value]) == [(text, sort)]


@pytest.mark.parametrize(
    ("kind", "value", "key"),
    [
        ("seconds", 5400.0, "charts.unit.hour"),
        ("weekday", 0, "charts.weekday.0"),
        ("mood", "negative", "charts.mood.negative"),
        ("segment", "champion", "charts.segment.champion"),
        ("series", "event:buy", "charts.event.buy"),
        ("series", "in", "charts.series.in"),
        ("event", "view", "charts.event.view"),
    ],
)
def test_codes_become_words(kind: str, value: object, key: str) -> None:
    ((text, _),) = cells(kind, [value])
    assert isinstance(text, Message)
    assert text.key == key


def test_missing_values_are_a_dash() -> None:
    assert cells("count", [None], type=pa.int64()) == [("–", None)]


def test_lists_are_joined() -> None:
    assert cells("rule", [["茶杯", "茶壶"]]) == [("茶杯 + 茶壶", None)]
    assert cells("text", [["破损", "退款"]]) == [("破损、退款", None)]


def test_the_highest_come_first_where_asked_and_no_more_than_shown() -> None:
    assert [text for text, _ in cells("count", list(range(50)), order="x")][:3] == ["49", "48", "47"]
    assert len(cells("count", list(range(50)))) == 20


def test_series_of_unknown_events_keep_their_name() -> None:
    assert series_text("event:team meeting") == "team meeting"
    assert event_text("negative") == "negative"


def test_figures_stand_at_the_right() -> None:
    assert [style(Column("x", kind)) for kind in ("count", "text", "time")] == ["figure", "text", "label"]
