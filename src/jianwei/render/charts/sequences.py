"""What follows what: how surely the last step comes, beside how usual it is with everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, function, ink, words
from jianwei.render.charts._parts import category, column, tooltip, value

if TYPE_CHECKING:
    from jianwei.mining.questions.sequences import FrequentSequencesResult

__all__ = ["sequences"]

_BARS = 12


def sequences(result: FrequentSequencesResult) -> Chart:
    """The first sequences of the answer: a bar for the share of the persons with the earlier steps with whom the last one followed, and a
    mark where the share of all persons with that step lies.
    """
    shown = result.rows.slice(0, _BARS)
    usual = [rows / max(result.persons, 1) for rows in column(shown, "consequent_rows")]
    # A step a line; longer names are cut, since a narrow page has room for little more than them.
    names = ["\n→ ".join(steps) for steps in column(shown, "item_names")]
    lines = sum(map(len, column(shown, "item_names")))
    option = {
        "grid": {"left": 8, "right": 56, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("percent", axisPointer={"type": "shadow"}),
        "xAxis": value("percent", max=1, interval=0.25),
        "yAxis": category(
            names,
            inverse=True,
            axisLine={"show": False},
            axisLabel={"width": 176, "overflow": "truncate", "interval": 0, "lineHeight": 15},
        ),
        "series": [
            {
                "type": "bar",
                "name": words("sequences.confidence"),
                "data": column(shown, "confidence"),
                "barMaxWidth": 16,
                "itemStyle": {"color": ink("series1"), "borderRadius": [0, 3, 3, 0]},
                "label": {
                    "show": True,
                    "position": "right",
                    "color": ink("muted"),
                    "formatter": function("label", format="percent"),
                },
            },
            {
                "type": "scatter",
                "name": words("sequences.usual"),
                "data": [[share, at] for at, share in enumerate(usual)],
                "symbol": "rect",
                "symbolSize": [4, 24],
                "itemStyle": {"color": ink("series2")},
                "tooltip": {"show": False},
                "z": 4,
            },
        ],
    }
    return Chart("sequences", option, result.rows, max(180, 56 + 18 * lines + 10 * len(names)))
