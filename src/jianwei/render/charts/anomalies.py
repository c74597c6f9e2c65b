"""What is out of the ordinary: one dot for each unusual period of each series, larger where it is further from what was expected."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, Json, ink, words
from jianwei.render.charts._parts import category, column, series_name, tooltip

if TYPE_CHECKING:
    from jianwei.behavior.anomalies import AnomaliesResult

__all__ = ["anomalies"]


def anomalies(result: AnomaliesResult) -> Chart:
    """Unusual periods over time, up and down told apart by colour."""
    rows = result.rows
    periods = dict(sorted(zip(column(rows, "period_us"), column(rows, "label"), strict=True)))
    across = {period: index for index, period in enumerate(periods)}
    lanes = sorted(set(column(rows, "series")))
    down = {code: index for index, code in enumerate(lanes)}
    fields = ("series", "period_us", "ratio", "direction")
    dots: dict[str, list[dict[str, Json]]] = {"up": [], "down": []}
    for code, period, ratio, direction in zip(*(column(rows, name) for name in fields), strict=True):
        distance = abs(log2(ratio)) if ratio and ratio > 0 else 4.0
        dots[direction].append(
            {"value": [across[period], down[code], round(ratio or 0.0, 2)], "symbolSize": 9 + 6 * min(4.0, distance)}
        )
    option = {
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("times", "item"),
        "xAxis": category(list(periods.values()), splitLine={"show": True}),
        "yAxis": category([series_name(code) for code in lanes], axisLine={"show": False}, splitLine={"show": True}),
        "series": [
            {
                "type": "scatter",
                "name": words(f"anomalies.{direction}"),
                "data": dots[direction],
                "encode": {"x": 0, "y": 1, "tooltip": [2]},
                "itemStyle": {"color": ink(role), "opacity": 0.8},
            }
            for direction, role in (("up", "negative"), ("down", "series1"))
        ],
    }
    return Chart("anomalies", option, rows, max(180, 100 + 40 * len(lanes)))
