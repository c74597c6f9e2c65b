"""What is out of the ordinary: one dot for each unusual period of each series, larger where it is further from what was expected."""

from __future__ import annotations

from datetime import UTC, datetime
from math import log2
from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, Json, ink, words
from jianwei.render.charts._parts import category, column, series_name, tooltip

if TYPE_CHECKING:
    from jianwei.behavior.anomalies import AnomaliesResult

__all__ = ["anomalies"]

# The axis is told wall clock readings as if they were UTC, so that no zone of the reader's moves a day.
_DATES = {"year": "{yyyy}", "month": "{yyyy}-{MM}", "day": "{MM}-{dd}", "hour": "{HH}:{mm}", "minute": "{HH}:{mm}"}


def anomalies(result: AnomaliesResult) -> Chart:
    """Unusual periods over time, up and down told apart by colour."""
    rows = result.rows
    lanes = sorted(set(column(rows, "series")))
    place = {code: index for index, code in enumerate(lanes)}
    dots: dict[str, list[dict[str, Json]]] = {"up": [], "down": []}
    for code, label, ratio, direction in zip(
        *(column(rows, name) for name in ("series", "label", "ratio", "direction")), strict=True
    ):
        distance = abs(log2(ratio)) if ratio and 0 < ratio < float("inf") else 4.0
        spot = [_reading_ms(label), place[code], ratio]
        dots[direction].append({"name": label, "value": spot, "symbolSize": round(9 + 6 * min(4.0, distance), 1)})
    option = {
        "useUTC": True,
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("times", "item"),
        "xAxis": {
            "type": "time",
            "axisLabel": {"formatter": _DATES, "hideOverlap": True},
            "boundaryGap": ["4%", "4%"],
            "splitLine": {"show": False},
        },
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
    return Chart("anomalies", option, rows, max(200, 110 + 44 * len(lanes)))


def _reading_ms(label: str) -> int:
    """When a period begins on the local clock, as milliseconds of a clock without a zone.

    >>> _reading_ms("1970-01-02"), _reading_ms("1970-01"), _reading_ms("1970-W02"), _reading_ms("1970-01-01 01:00")
    (86400000, 0, 345600000, 3600000)
    """
    if "W" in label:
        year, week = label.split("-W")
        begin = datetime.fromisocalendar(int(year), int(week), 1)
    else:
        begin = datetime.fromisoformat(f"{label}-01" if len(label) == 7 else label)
    return int(begin.replace(tzinfo=UTC).timestamp() * 1000)
