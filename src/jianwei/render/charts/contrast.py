"""What has changed: bars to the right for what lies in more baskets, to the left for what lies in fewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, Json, function, ink, words
from jianwei.render.charts._parts import category, column, tooltip, value

if TYPE_CHECKING:
    from jianwei.mining.questions.contrast import ContrastResult

__all__ = ["contrast", "group_name"]

_BARS = 20
_GROUPS = ("weekday", "weekend", "first", "later")


def contrast(result: ContrastResult) -> Chart:
    """The surest differences, from the largest rise to the largest fall, in shares of all baskets of a group."""
    shown = result.rows.slice(0, _BARS).sort_by([("difference", "descending")])
    changes, sets = column(shown, "difference"), column(shown, "item_names")
    groups = {"left": group_name(result.left), "right": group_name(result.right)}
    option = {
        "grid": {"left": 8, "right": 24, "top": 60, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0, "orient": "vertical", "itemGap": 6},
        "tooltip": tooltip("percent", axisPointer={"type": "shadow"}),
        "xAxis": value("percent", boundaryGap=["22%", "22%"]),
        "yAxis": category(
            ["\n+ ".join(names) for names in sets],
            inverse=True,
            axisLine={"show": False},
            axisLabel={"width": 176, "overflow": "truncate", "interval": 0, "lineHeight": 15},
        ),
        "series": [
            {
                "type": "bar",
                "stack": "sides",
                "name": words(f"contrast.{name}", **groups),
                "barMaxWidth": 16,
                "data": [change if (change > 0) == (name == "more") else None for change in changes],
                "itemStyle": {"color": ink(colour)},
                "label": {
                    "show": True,
                    "position": side,
                    "color": ink("muted"),
                    "formatter": function("label", format="percent"),
                },
            }
            for name, colour, side in (("more", "series1", "right"), ("fewer", "series2", "left"))
        ],
    }
    return Chart("contrast", option, result.rows, max(180, 76 + 15 * sum(map(len, sets)) + 12 * len(sets)))


def group_name(name: str) -> Json:
    """What people call a group of baskets: a period as it is written, or words."""
    return words(f"contrast.{name}") if name in _GROUPS else name
