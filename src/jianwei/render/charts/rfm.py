"""Who buys how: segments by how many people they hold, coloured by their share of the money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, Json, function, ink, words
from jianwei.render.charts._parts import bars_height, category, column, tooltip, value

if TYPE_CHECKING:
    from jianwei.behavior.rfm import RfmResult

__all__ = ["rfm"]


def rfm(result: RfmResult) -> Chart:
    """Share of the people and, where amounts are known, share of the money, for each segment."""
    table = result.segments
    codes, money = column(table, "segment"), column(table, "amount_share")
    option = {
        "grid": {"left": 8, "right": 48, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("percent", axisPointer={"type": "shadow"}),
        "xAxis": value("percent"),
        "yAxis": category([words(f"segment.{code}") for code in codes], inverse=True, axisLine={"show": False}),
        "series": [
            _shares("rfm.people", column(table, "share"), "other", "muted"),
            *([_shares("rfm.money", money, "series1", "series1")] if any(part is not None for part in money) else ()),
        ],
    }
    return Chart("rfm", option, table, bars_height(len(codes)) + 12 * len(codes))


def _shares(name: str, data: list[float | None], role: str, text: str) -> dict[str, Json]:
    return {
        "type": "bar",
        "name": words(name),
        "data": data,
        "barMaxWidth": 12,
        "barGap": "15%",
        "itemStyle": {"color": ink(role), "borderRadius": [0, 3, 3, 0]},
        "label": {
            "show": True,
            "position": "right",
            "fontSize": 11,
            "color": ink(text),
            "formatter": function("label", format="percent"),
        },
    }
