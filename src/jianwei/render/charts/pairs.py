"""What goes together: a ring of things, joined where having one makes the other likelier."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, Json, ink
from jianwei.render.charts._parts import column

if TYPE_CHECKING:
    from jianwei.mining.pairs import PairsResult

__all__ = ["pairs"]

_EDGES = 28


def pairs(result: PairsResult) -> Chart:
    """The strongest pairs (one thing → one thing) as a ring; thicker lines have the higher lift.

    Rules with two antecedents are in the table only: a line joins two ends.
    """
    rows = result.rows
    names: dict[str, str] = {}
    weight: dict[str, int] = {}
    edges: dict[frozenset[str], tuple[str, str, float]] = {}
    fields = ("antecedent", "antecedent_names", "consequent", "consequent_name", "rows", "lift")
    for source, titles, target, title, count, lift in zip(*(column(rows, name) for name in fields), strict=True):
        ends = frozenset((*source, target))
        if len(ends) != 2 or lift <= 1 or ends in edges:
            continue
        if len(edges) == _EDGES:
            break
        edges[ends] = (source[0], target, lift)
        names.update({source[0]: titles[0], target: title})
        weight[source[0]] = max(weight.get(source[0], 0), count)
        weight[target] = max(weight.get(target, 0), count)
    top = max(weight.values(), default=1)
    series: dict[str, Json] = {
        "type": "graph",
        "layout": "circular",
        "circular": {"rotateLabel": True},
        "top": 96,
        "bottom": 96,
        "data": [
            {"id": key, "name": names[key], "value": weight[key], "symbolSize": 8 + 18 * (weight[key] / top) ** 0.5}
            for key in sorted(names)
        ],
        "links": [
            {
                "source": source,
                "target": target,
                "value": round(lift, 2),
                "lineStyle": {"width": 1 + min(5.0, log2(lift))},
            }
            for source, target, lift in edges.values()
        ],
        "itemStyle": {"color": ink("series1"), "borderColor": ink("panel"), "borderWidth": 1.5},
        "label": {"show": True, "color": ink("ink"), "fontSize": 12, "width": 88, "overflow": "truncate"},
        "lineStyle": {"color": ink("series2"), "opacity": 0.75, "curveness": 0.25},
        "emphasis": {"focus": "adjacency"},
    }
    option = {"tooltip": {"trigger": "item"}, "series": [series]}
    return Chart("pairs", option, rows, 500)
