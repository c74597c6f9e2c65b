"""Who or what leads: horizontal bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, function, ink, words
from jianwei.render.charts._parts import bars_height, category, column, tooltip, value

if TYPE_CHECKING:
    from jianwei.behavior.ranking import RankingResult

__all__ = ["ranking"]

_BARS = 15
_COMPACT = 100_000  # from here on a label has no room for every digit


def ranking(result: RankingResult, *, by: str, of: str) -> Chart:
    """The leaders. `by` is "person", "conversation" or "item"; `of` is "messages", "events" or "amount"."""
    shown = result.rows.slice(0, _BARS)
    names, sizes = column(shown, "name"), column(shown, "amount" if of == "amount" else "rows")
    option = {
        "grid": {"left": 8, "right": 72, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": tooltip("full", axisPointer={"type": "shadow"}),
        "xAxis": value("compact", minInterval=0 if of == "amount" else 1),
        "yAxis": category(
            names, inverse=True, axisLabel={"width": 120, "overflow": "truncate"}, axisLine={"show": False}
        ),
        "series": [
            {
                "type": "bar",
                "name": words(f"ranking.{of}"),
                "data": sizes,
                "barMaxWidth": 16,
                "itemStyle": {"color": ink("series1"), "borderRadius": [0, 3, 3, 0]},
                "label": {
                    "show": True,
                    "position": "right",
                    "color": ink("muted"),
                    "formatter": function(
                        "label",
                        format="full" if max((size or 0 for size in sizes), default=0) < _COMPACT else "compact",
                    ),
                },
            }
        ],
    }
    return Chart(f"ranking-{by}-{of}", option, result.rows, bars_height(len(names)))
