"""Names down, periods across: a field for every period, darker where there is more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from jianwei.render.charts import _parts
from jianwei.render.charts._base import Json, ink, words
from jianwei.render.charts._parts import category, tooltip, zoom
from jianwei.render.charts.hours import RAMP

__all__ = ["heat", "heat_height"]


def heat(
    shown: Sequence[str], names: Sequence[Json], rows: Sequence[tuple[int, str, str, int]], series: str
) -> dict[str, Json]:
    """The option of a heat map.

    Args:
        shown: codes to show, from the top.
        names: what they are called.
        rows: (first instant of a period, its label, code, count); those of one field are added up.
        series: key of the words for the count.
    """
    down = {code: at for at, code in enumerate(shown)}
    labels = dict(sorted({(start, label) for start, label, _, _ in rows}))
    across = {start: at for at, start in enumerate(labels)}
    cells: Counter[tuple[int, int]] = Counter()
    for start, _, code, count in rows:
        if code in down:
            cells[across[start], down[code]] += count
    sliders = zoom(len(labels))
    return {
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 40 if sliders else 8, "containLabel": True},
        "tooltip": tooltip("full", "item"),
        "xAxis": _parts.periods(list(labels.values()), axisLine={"show": False}),
        "yAxis": category(names, inverse=True, axisLine={"show": False}),
        "visualMap": {"show": False, "min": 0, "max": max(cells.values(), default=1) or 1, "inRange": {"color": RAMP}},
        "dataZoom": sliders,
        "series": [
            {
                "type": "heatmap",
                "name": words(series),
                "data": [[x, y, count] for (x, y), count in cells.items()],
                "itemStyle": {"borderColor": ink("panel"), "borderWidth": 1, "borderRadius": 3},
            }
        ],
    }


def heat_height(names: int) -> int:
    """Pixels for so many names."""
    return max(200, 60 + 22 * names)
