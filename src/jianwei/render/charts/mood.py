"""How people feel, over time and by person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from jianwei.render.charts._base import Chart, Json, function, ink, words
from jianwei.render.charts._parts import (
    MOODS,
    bars_height,
    category,
    column,
    mood_style,
    periods,
    rings,
    tooltip,
    unusual,
    value,
    zoom,
)

if TYPE_CHECKING:
    from jianwei.behavior.mood import MoodResult
    from jianwei.behavior.mood_by import MoodByResult

__all__ = ["mood", "mood_by"]

_BARS = 15
_LABELS = {"width": 120, "overflow": "truncate"}


def mood(result: MoodResult, *, anomalies: pa.Table | None = None) -> Chart:
    """Share of each sentiment per period above, the number of messages below.

    The negative share lies at the bottom of the stack, so that its upper edge is the share itself; the line repeats it with its
    95 % interval (Wilson 1927) as a band. Rings mark periods with unusually many negative messages (`anomalies`: rows of `Anomalies`).
    """
    rows = result.rows
    labels, total = column(rows, "label"), column(rows, "total")
    share, low, high = (column(rows, name) for name in ("negative_share", "low", "high"))
    parts: list[dict[str, Json]] = [
        {
            "name": words(f"mood.{mood}"),
            "type": "bar",
            "stack": "share",
            "barCategoryGap": "12%",
            "data": [count / whole if whole else None for count, whole in zip(column(rows, mood), total, strict=True)],
            "itemStyle": {**mood_style(mood), "opacity": 0.75 if mood == "negative" else 0.5},
        }
        for mood in MOODS
    ]
    band = [None if a is None or b is None else b - a for a, b in zip(low, high, strict=True)]
    hidden: dict[str, Json] = {
        "type": "line", "stack": "band", "symbol": "none", "silent": True, "lineStyle": {"opacity": 0}, "tooltip": {"show": False},
    }  # fmt: skip
    line: dict[str, Json] = {
        "name": words("mood.share"),
        "type": "line",
        "data": share,
        "symbol": "circle",
        "symbolSize": 5,
        "showSymbol": len(labels) <= 60,
        "lineStyle": {"width": 2, "color": ink("negative")},
        "itemStyle": mood_style("negative"),
        "tooltip": {"show": False},
        "z": 4,
    }
    counts: dict[str, Json] = {
        "name": words("mood.total"),
        "type": "bar",
        "xAxisIndex": 1,
        "yAxisIndex": 1,
        "barCategoryGap": "12%",
        "data": total,
        "itemStyle": {"color": ink("axis")},
        "tooltip": {"valueFormatter": function("full")},
    }
    found = [index for index in unusual(anomalies, "negative", column(rows, "period_us")) if share[index] is not None]
    marks = [rings([[index, share[index]] for index in found])] if found else []
    sliders = zoom(len(labels), xAxisIndex=[0, 1])
    foot = 40 if sliders else 8
    option = {
        "grid": [
            {"left": 52, "right": 16, "top": 40, "bottom": foot + 108},
            {"left": 52, "right": 16, "height": 56, "bottom": foot + 24},
        ],
        "legend": {
            "top": 0,
            "left": 0,
            "data": [*(words(f"mood.{mood}") for mood in MOODS), *(mark["name"] for mark in marks)],
        },
        "tooltip": tooltip("percent"),
        "axisPointer": {"link": [{"xAxisIndex": "all"}]},
        "xAxis": [category(labels, axisLabel={"show": False}), periods(labels, gridIndex=1)],
        "yAxis": [value("percent", max=1, interval=0.25), value("compact", gridIndex=1, splitNumber=2, minInterval=1)],
        "dataZoom": sliders,
        "series": [
            *parts,
            {**hidden, "data": low},
            {**hidden, "data": band, "areaStyle": {**mood_style("negative"), "opacity": 0.28}},
            line,
            *marks,
            counts,
        ],
    }
    return Chart("mood", option, rows, 400)


def mood_by(result: MoodByResult, *, by: str) -> Chart:
    """Negative to the left, positive to the right, for those with the most to say. `by` is "person", "conversation" or "item"."""
    shown = result.rows.slice(0, _BARS)
    total = column(shown, "total")
    sides = [("negative", -1), ("positive", 1)]
    option = {
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("percent", axisPointer={"type": "shadow"}),
        "xAxis": value("percent", min=-1, max=1),
        "yAxis": category(column(shown, "name"), inverse=True, axisLabel=_LABELS, axisLine={"show": False}),
        "series": [
            {
                "name": words(f"mood.{mood}"),
                "type": "bar",
                "stack": "sides",
                "barMaxWidth": 16,
                "data": [
                    sign * count / whole if whole else 0
                    for count, whole in zip(column(shown, mood), total, strict=True)
                ],
                "itemStyle": mood_style(mood),
            }
            for mood, sign in sides
        ],
    }
    return Chart(f"mood-{by}", option, result.rows, bars_height(len(total)))
