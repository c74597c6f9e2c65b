"""How many people get how far: one bar a step, with what is left of the step before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, function, ink, words
from jianwei.render.charts._parts import bars_height, category, column, event_name, tooltip, value

if TYPE_CHECKING:
    from jianwei.behavior.conversion import ConversionResult

__all__ = ["conversion"]


def conversion(result: ConversionResult) -> Chart:
    """People at each step; the label says which share of the first step's people they are."""
    rows = result.rows
    people, share = column(rows, "people"), column(rows, "share_of_first")
    option = {
        "grid": {"left": 8, "right": 64, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": tooltip("full", axisPointer={"type": "shadow"}),
        "xAxis": value("compact", minInterval=1),
        "yAxis": category([event_name(step) for step in column(rows, "step")], inverse=True, axisLine={"show": False}),
        "series": [
            {
                "type": "bar",
                "name": words("conversion.people"),
                "barMaxWidth": 30,
                "encode": {"x": 0, "y": 1, "tooltip": [0]},
                "data": [[count, index, part] for index, (count, part) in enumerate(zip(people, share, strict=True))],
                "itemStyle": {"color": ink("series1"), "borderRadius": [0, 4, 4, 0]},
                "label": {
                    "show": True, "position": "right", "color": ink("muted"),
                    "formatter": function("label", format="percent", dimension=2),
                },
            }
        ],
    }  # fmt: skip
    return Chart("conversion", option, rows, bars_height(len(people)) + 20 * len(people))
