"""What goes with what as a matrix: what stands before the arrow by what stands after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, Json, function, ink, words
from jianwei.render.charts._parts import category, column

if TYPE_CHECKING:
    from jianwei.mining.questions.rules import AssociationRulesResult

__all__ = ["rule_matrix"]

_ROWS, _COLUMNS = 18, 12
_RAMP = [ink("ramp1"), ink("ramp2"), ink("ramp3")]  # ramp0 could be taken for an empty field


def rule_matrix(result: AssociationRulesResult) -> Chart:
    """Lift of the strongest rules: a row for what stands before the arrow, a column for what stands after it; darker is stronger."""
    names = ("antecedent", "antecedent_names", "consequent", "consequent_names", "lift")
    before: dict[tuple[str, ...], str] = {}
    after: dict[tuple[str, ...], str] = {}
    cells: dict[tuple[tuple[str, ...], tuple[str, ...]], float] = {}
    for source, titles, target, shown, lift in zip(*(column(result.rows, name) for name in names), strict=True):
        row, place = tuple(source), tuple(target)
        fits = (row in before or len(before) < _ROWS) and (place in after or len(after) < _COLUMNS)
        if lift > 1 and fits:
            before.setdefault(row, " + ".join(titles))
            after.setdefault(place, " + ".join(shown))
            cells.setdefault((row, place), lift)
    rows, places = ({key: at for at, key in enumerate(side)} for side in (before, after))
    top = max(cells.values(), default=2.0)
    option: dict[str, Json] = {
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "item", "valueFormatter": function("times")},
        "xAxis": category(
            list(after.values()), axisLine={"show": False}, axisLabel={"rotate": 50, "interval": 0, "width": 120, "overflow": "truncate"}
        ),
        "yAxis": category(
            list(before.values()), inverse=True, axisLine={"show": False},
            axisLabel={"interval": 0, "width": 190, "overflow": "truncate"},
        ),
        "visualMap": {
            "type": "continuous", "min": 1, "max": top, "calculable": False, "orient": "horizontal", "left": 0, "top": 0,
            "itemWidth": 12, "itemHeight": 96, "precision": 1, "inRange": {"color": _RAMP},
            "text": [f"×{top:.1f}", "×1"],
        },
        "series": [
            {
                "type": "heatmap",
                "name": words("rules.lift"),
                "data": [[places[place], rows[row], round(lift, 2)] for (row, place), lift in cells.items()],
                "itemStyle": {"borderColor": ink("panel"), "borderWidth": 2, "borderRadius": 3},
                "emphasis": {"itemStyle": {"borderColor": ink("ink"), "borderWidth": 1}},
            }
        ],
        "media": [_fitted(0, 459, 112), _fitted(460, 699, 160), _fitted(700, 9_999, 190)],
    }  # fmt: skip
    return Chart("rules-matrix", option, result.rows, 150 + 24 * max(len(before), 3))


def _fitted(least: int, most: int, width: int) -> dict[str, Json]:
    """Room for names beside the fields, in a picture between `least` and `most` pixels wide."""
    return {"query": {"minWidth": least, "maxWidth": most}, "option": {"yAxis": {"axisLabel": {"width": width}}}}
