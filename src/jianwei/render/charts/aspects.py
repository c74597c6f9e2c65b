"""What is praised and what is blamed: bars to both sides, and blame over time."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa

from jianwei.render.charts._base import Chart, Json, words
from jianwei.render.charts._heat import heat, heat_height
from jianwei.render.charts._parts import bars_height, category, column, mood_style, tooltip, value

if TYPE_CHECKING:
    from jianwei.behavior.aspects import AspectsResult

__all__ = ["aspect_trend", "aspects"]

_BARS = 18


def aspects(result: AspectsResult) -> Chart:
    """Messages that blame an aspect to the left, those that praise it to the right, all periods and ids together."""
    told = _by_aspect(result.rows)
    shown = [code for code, _ in told["total"].most_common(_BARS)]
    sides = [("negative", -1), ("positive", 1)]
    option = {
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("size", axisPointer={"type": "shadow"}),
        "xAxis": value("size", minInterval=1),
        "yAxis": category([_name(code) for code in shown], inverse=True, axisLine={"show": False}),
        "series": [
            {
                "name": words(f"aspects.{mood}"),
                "type": "bar",
                "stack": "sides",
                "barMaxWidth": 16,
                "data": [sign * told[mood][code] for code in shown],
                "itemStyle": mood_style(mood),
            }
            for mood, sign in sides
        ],
    }
    return Chart("aspects", option, result.rows, bars_height(len(shown)))


def aspect_trend(result: AspectsResult) -> Chart:
    """Messages that blame each aspect in each period: darker where there are more. Needs an answer by period (`every`)."""
    rows = result.rows
    shown = [code for code, _ in _by_aspect(rows)["total"].most_common(_BARS)]
    cells = list(zip(*(column(rows, name) for name in ("period_us", "label", "aspect", "negative")), strict=True))
    option = heat(shown, [_name(code) for code in shown], cells, "aspects.negative")
    return Chart("aspects-time", option, rows, heat_height(len(shown)))


def _name(code: str) -> Json:
    return words(f"aspect.{code}")


def _by_aspect(rows: pa.Table) -> dict[str, Counter[str]]:
    """positive, negative and total of each aspect."""
    told: dict[str, Counter[str]] = {name: Counter() for name in ("positive", "negative", "total")}
    for name, counter in told.items():
        for code, number in zip(column(rows, "aspect"), column(rows, name), strict=True):
            counter[code] += number
    return told
