"""Pieces that several charts share: axes, zoom, names of series, sentiment colours."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from jianwei.records import EVENT_NAMES
from jianwei.render.charts._base import Json, function, ink, words

__all__ = [
    "GRID",
    "MOODS",
    "bars_height",
    "category",
    "column",
    "event_name",
    "mood_style",
    "periods",
    "rings",
    "series_name",
    "tooltip",
    "unusual",
    "value",
    "zoom",
]

GRID = {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True}
MOODS = ("negative", "neutral", "positive")

_SERIES = ("in", "out", "unknown", "messages", "negative", "amount", "other")


def column(table: pa.Table, name: str) -> list[Any]:
    """One column as a Python list; decimals as floats, which is what a picture can show."""
    data = table.column(name)
    if pa.types.is_decimal(data.type):
        data = data.cast(pa.float64())
    values: list[Any] = data.to_pylist()
    return values


def event_name(code: str) -> Json:
    """What people call an event; names the vocabulary does not have stay as they are."""
    return words(f"event.{code}") if code in EVENT_NAMES else code


def series_name(code: str) -> Json:
    """What people call a series: a direction of talk, "event:<name>", or an event's own name.

    >>> series_name("event:buy"), series_name("in"), series_name("paid by card")
    ({'$t': 'charts.event.buy'}, {'$t': 'charts.series.in'}, 'paid by card')
    """
    if code in _SERIES:
        return words(f"series.{code}")
    return event_name(code.removeprefix("event:"))


def category(labels: Sequence[Json], **more: Json) -> dict[str, Json]:
    """An axis of named places."""
    return {"type": "category", "data": list(labels), **more}


def periods(labels: Sequence[str], **more: Json) -> dict[str, Json]:
    """An axis of time: the first and the last label stay inside the picture."""
    return category(labels, axisLabel={"alignMinLabel": "left", "alignMaxLabel": "right", "hideOverlap": True}, **more)


def value(format: str, **more: Json) -> dict[str, Json]:
    """An axis of numbers, written by a function of the charts' script."""
    return {"type": "value", "axisLabel": {"formatter": function(format)}, "splitNumber": 4, **more}


def tooltip(format: str, trigger: str = "axis", **more: Json) -> dict[str, Json]:
    """What pops up over a mark. Only values are formatted here: names pass through ECharts' own HTML escaping."""
    return {"trigger": trigger, "valueFormatter": function(format), **more}


def zoom(periods: int, **more: Json) -> list[dict[str, Json]]:
    """A slider under a long time axis; the wheel is left to the page."""
    if periods <= 45:
        return []
    return [{"type": "slider", "height": 22, "bottom": 6, "brushSelect": True, "showDetail": False, **more}]


def unusual(anomalies: pa.Table | None, series: str, begins: Sequence[int]) -> list[int]:
    """Which periods hold something unusual.

    Args:
        anomalies: rows of `Anomalies`, whose periods may be shorter than those of a chart.
        series: code of the series, or how it begins ("event:").
        begins: first instants of the chart's periods, µs, ascending.
    """
    if anomalies is None:
        return []
    rows = zip(column(anomalies, "series"), column(anomalies, "period_us"), strict=True)
    return sorted(
        {bisect_right(begins, period) - 1 for code, period in rows if code.startswith(series) and period >= begins[0]}
    )


def rings(points: list[list[Json]]) -> dict[str, Json]:
    """A series of rings around points [index of the period, value]."""
    return {
        "name": words("volume.unusual"),
        "type": "scatter",
        "symbolSize": 11,
        "itemStyle": {"color": ink("panel"), "borderColor": ink("negative"), "borderWidth": 2.5},
        "data": points,
        "tooltip": {"show": False},
        "z": 5,
    }


def bars_height(bars: int) -> int:
    """Pixels for a chart of so many horizontal bars."""
    return max(180, 56 + 26 * bars)


def mood_style(mood: str) -> dict[str, Json]:
    """The colour of a sentiment."""
    return {"color": ink(mood)}
