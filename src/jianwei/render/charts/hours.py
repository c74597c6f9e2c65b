"""When in the week: a heat map of hours by weekdays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, ink, words
from jianwei.render.charts._parts import category, column, tooltip

if TYPE_CHECKING:
    from jianwei.behavior.hours import HoursResult

__all__ = ["RAMP", "hours"]

RAMP = [ink("ramp0"), ink("ramp1"), ink("ramp2"), ink("ramp3")]


def hours(result: HoursResult, *, of: str) -> Chart:
    """Rows by weekday (Monday on top) and hour of the day. `of` is "messages" or "events"."""
    rows = result.rows
    cells = list(zip(*(column(rows, name) for name in ("hour", "weekday", "rows")), strict=True))
    option = {
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": tooltip("full", "item"),
        "xAxis": category([f"{hour:02d}" for hour in range(24)], axisLine={"show": False}),
        "yAxis": category([words(f"weekday.{day}") for day in range(7)], inverse=True, axisLine={"show": False}),
        "visualMap": {
            "show": False,
            "min": 0,
            "max": max((cell[2] for cell in cells), default=1) or 1,
            "inRange": {"color": RAMP},
        },
        "series": [
            {
                "type": "heatmap",
                "name": words("hours.count"),
                "data": [list(cell) for cell in cells],
                "itemStyle": {"borderColor": ink("panel"), "borderWidth": 2, "borderRadius": 3},
                "emphasis": {"itemStyle": {"borderColor": ink("ink"), "borderWidth": 1}},
            }
        ],
    }
    return Chart(f"hours-{of}", option, rows, 260)
