"""How good a classifier is: whether its probabilities mean what they say, and what it takes for what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from jianwei.render.charts._base import Chart, function, ink, words
from jianwei.render.charts._layout import text_width
from jianwei.render.charts._parts import GRID, category, column, tooltip
from jianwei.render.charts.hours import RAMP

if TYPE_CHECKING:
    from jianwei.text.evaluation import Scores

__all__ = ["confusion", "reliability"]

_CLASSES = 20
_DARK = 0.45  # from this share on a cell is so dark that its number must be light


def reliability(scores: Scores) -> Chart:
    """Share of right answers among those of a probability, beside the line on which probabilities mean what they say.

    Larger dots stand for more answers. `scores` must be of a model with probabilities.
    """
    table = scores.reliability
    if table is None:
        raise ValueError("these scores are of a model without probabilities")
    shown = table.filter(pc.greater(table["rows"], 0))
    rows = column(shown, "rows")
    most = max(rows, default=1)
    points = [
        {"value": [round(c, 4), round(a, 4)], "symbolSize": round(8 + 22 * (n / most) ** 0.5, 1)}
        for c, a, n in zip(column(shown, "confidence"), column(shown, "accuracy"), rows, strict=True)
    ]
    axis = {"type": "value", "min": 0, "max": 1, "axisLabel": {"formatter": function("percent")}, "nameGap": 28}
    option = {
        "grid": {**GRID, "bottom": 36, "left": 40},
        "tooltip": tooltip("percent", "item"),
        "xAxis": {**axis, "name": words("reliability.confidence"), "nameLocation": "middle"},
        "yAxis": {**axis, "name": words("reliability.accuracy"), "nameLocation": "middle", "nameGap": 44},
        "series": [
            {
                "type": "line",
                "data": [[0, 0], [1, 1]],
                "symbol": "none",
                "silent": True,
                "lineStyle": {"color": ink("axis"), "type": "dashed", "width": 1.5},
                "tooltip": {"show": False},
            },
            {
                "type": "line",
                "name": words("reliability.accuracy"),
                "data": points,
                "symbol": "circle",
                "lineStyle": {"color": ink("series1"), "width": 1.5, "opacity": 0.5},
                "itemStyle": {"color": ink("series1"), "opacity": 0.85},
            },
        ],
    }
    return Chart("reliability", option, table, 420)


def confusion(scores: Scores) -> Chart:
    """True classes against given ones, a row's darkness by its shares; the numbers are texts. The 20 largest classes of many."""
    if scores.confusion is None:
        raise ValueError("rows with several labels have no confusion matrix")
    matrix = scores.confusion
    order = sorted(range(len(matrix)), key=lambda at: (-int(matrix[at].sum() + matrix[:, at].sum()), at))[:_CLASSES]
    order.sort()
    names = [scores.classes[at] for at in order]
    cells = [
        {
            "value": [across, down, int(matrix[truth, given]), round(share, 4)],
            "label": {"color": ink("panel" if share > _DARK else "ink")},
        }
        for down, truth in enumerate(order)
        for across, given in enumerate(order)
        for share in [float(matrix[truth, given] / max(matrix[truth].sum(), 1))]
    ]
    widest = min(max(map(text_width, names), default=0) * 12, 96)
    labels = {"width": 96, "overflow": "truncate"}
    option = {
        "grid": {**GRID, "top": 8, "bottom": 32, "left": 32},
        "tooltip": tooltip("full", "item"),
        "xAxis": category(
            names, axisLabel={**labels, "rotate": 40 if len(names) > 6 else 0}, axisLine={"show": False},
            name=words("confusion.given"), nameLocation="middle", nameGap=44 if len(names) <= 6 else 84,
        ),
        "yAxis": category(
            names, inverse=True, axisLabel=labels, axisLine={"show": False},
            name=words("confusion.truth"), nameLocation="middle", nameGap=widest + 20,
        ),
        "visualMap": {"show": False, "min": 0, "max": 1, "dimension": 3, "inRange": {"color": RAMP}},
        "series": [
            {
                "type": "heatmap",
                "name": words("confusion.texts"),
                "data": cells,
                "encode": {"x": 0, "y": 1, "value": 2, "tooltip": [2]},
                "label": {"show": len(names) <= 15, "formatter": "{@[2]}"},
                "itemStyle": {"borderColor": ink("panel"), "borderWidth": 2, "borderRadius": 3},
            }
        ],
    }  # fmt: skip
    return Chart("confusion", option, scores.confusion_table(), 160 + 34 * len(names))
