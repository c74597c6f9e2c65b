"""How long people wait for an answer: a dot for the median, a dot for the 90th percentile, on a logarithmic axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from jianwei.render.charts._base import Chart, Json, function, ink, words
from jianwei.render.charts._parts import GRID, bars_height, category, column, tooltip

if TYPE_CHECKING:
    from jianwei.behavior.latency import LatencyResult

__all__ = ["latency"]

_BARS = 15
_FLOOR = 1.0  # a logarithmic axis has no zero; an answer within the same second is drawn at one second


def latency(result: LatencyResult) -> Chart:
    """Seconds from a customer's turn to the answer, by conversation."""
    shown = result.rows.filter(pc.is_valid(result.rows.column("median_s"))).slice(0, _BARS)
    median = [max(_FLOOR, s) for s in column(shown, "median_s")]
    late = [max(_FLOOR, s) for s in column(shown, "p90_s")]
    option = {
        "grid": {**GRID, "right": 24},
        "legend": {"top": 0, "left": 0, "data": [words("latency.median"), words("latency.p90")]},
        "tooltip": tooltip("duration", axisPointer={"type": "shadow"}),
        "xAxis": {
            "type": "log",
            "logBase": 60,
            "min": _FLOOR,
            "axisLabel": {"formatter": function("duration"), "hideOverlap": True},
        },
        "yAxis": category(
            column(shown, "name"),
            inverse=True,
            axisLabel={"width": 120, "overflow": "truncate"},
            axisLine={"show": False},
        ),
        "series": [
            {
                "type": "custom",
                "renderItem": function("span"),
                "data": [[index, low, high] for index, (low, high) in enumerate(zip(median, late, strict=True))],
                "encode": {"x": [1, 2], "y": 0},
                "itemStyle": {"color": ink("axis")},
                "tooltip": {"show": False},
                "silent": True,
            },
            _dots("latency.median", median, "series1"),
            _dots("latency.p90", late, "series2"),
        ],
    }
    return Chart("latency", option, result.rows, bars_height(len(median)))


def _dots(name: str, data: list[float], role: str) -> dict[str, Json]:
    return {"type": "scatter", "name": words(name), "data": data, "symbolSize": 12, "itemStyle": {"color": ink(role)}}
