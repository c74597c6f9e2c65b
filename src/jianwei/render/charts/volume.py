"""How much, over time: stacked bars by direction or event, with unusual periods marked."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import pyarrow as pa

from jianwei.render.charts._base import Chart, Json, ink, words
from jianwei.render.charts._parts import GRID, column, periods, rings, series_name, tooltip, unusual, value, zoom
from jianwei.render.palette import SERIES

if TYPE_CHECKING:
    from jianwei.behavior.volume import VolumeResult

__all__ = ["volume"]

_BARS = 200


def volume(result: VolumeResult, *, of: str, anomalies: pa.Table | None = None) -> Chart:
    """Rows per period, stacked by series.

    Args:
        result: answer of `Volume`.
        of: "messages" or "events".
        anomalies: rows of `Anomalies`; the bars that hold one are marked.
    """
    rows = result.rows
    labels = dict(zip(column(rows, "period_us"), column(rows, "label"), strict=True))
    place = {period: index for index, period in enumerate(sorted(labels))}
    stacks: dict[str, list[int]] = defaultdict(lambda: [0] * len(place))
    for period, name, count in zip(*(column(rows, c) for c in ("period_us", "series", "rows")), strict=True):
        stacks[name][place[period]] += count
    largest = sorted(stacks, key=lambda name: (-sum(stacks[name]), name))
    series: list[dict[str, Json]] = []
    for name, role in zip(largest, SERIES, strict=False):
        series.append(_stack(series_name(name), stacks[name], role))
    if rest := largest[len(SERIES) :]:
        series.append(
            _stack(
                words("series.other"), [sum(values) for values in zip(*(stacks[n] for n in rest), strict=True)], "other"
            )
        )
    totals = [sum(values) for values in zip(*stacks.values(), strict=True)]
    if found := unusual(anomalies, "messages" if of == "messages" else "event:", sorted(labels)):
        series.append(rings([[index, totals[index]] for index in found]))
    sliders = zoom(len(place))
    option = {
        "grid": {**GRID, "top": 40 if len(series) > 1 else 16, "bottom": 40 if sliders else 8},
        "legend": {"top": 0, "left": 0, "type": "scroll", "show": len(series) > 1},
        "tooltip": tooltip("full"),
        "xAxis": periods([labels[period] for period in sorted(labels)]),
        "yAxis": value("compact", minInterval=1),
        "dataZoom": sliders,
        "series": series,
    }
    return Chart(f"volume-{of}", option, rows, 340)


def _stack(name: Json, values: list[int], role: str) -> dict[str, Json]:
    shape: dict[str, Json] = (
        {"type": "bar", "barMaxWidth": 36, "barCategoryGap": "22%"}
        if len(values) <= _BARS
        else {"type": "line", "symbol": "none", "lineStyle": {"width": 0}, "areaStyle": {"opacity": 1}}
    )
    return {"name": name, "stack": "all", "data": values, "itemStyle": {"color": ink(role)}, **shape}
