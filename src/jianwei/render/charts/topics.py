"""What people talk about: topics, and their share over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.render.charts._base import Chart, Json, ink, words
from jianwei.render.charts._parts import GRID, bars_height, category, column, periods, tooltip, value, zoom
from jianwei.render.palette import SERIES

if TYPE_CHECKING:
    from jianwei.behavior.topics import TopicsResult

__all__ = ["topics"]

_BARS = 20
_LABELS = {"width": 160, "overflow": "truncate"}


def topics(result: TopicsResult) -> Chart:
    """Share of the largest topics in each period, stacked, the rest as one; bars of all topics where there are no two periods."""
    timed = pc.is_valid(result.rows.column("period_us"))
    whole, rows = result.rows.filter(pc.invert(timed)), result.rows.filter(timed)
    if pc.count_distinct(rows.column("period_us")).as_py() < 2:
        return _bars(result.rows, whole)
    labels = dict(zip(column(rows, "period_us"), column(rows, "label"), strict=True))
    place = {period: index for index, period in enumerate(sorted(labels))}
    names = column(whole, "name")
    shares: list[list[float | None]] = [[None] * len(place) for _ in names]
    for period, topic, share in zip(*(column(rows, c) for c in ("period_us", "topic", "share")), strict=True):
        shares[topic - 1][place[period]] = share
    series = [_stack(name, data, role) for name, data, role in zip(names, shares, SERIES, strict=False)]
    if rest := shares[len(SERIES) :]:
        sums = [
            None if None in parts else sum(part for part in parts if part is not None)
            for parts in zip(*rest, strict=True)
        ]
        series.append(_stack(words("series.other"), sums, "other"))
    sliders = zoom(len(place))
    option = {
        "grid": {**GRID, "bottom": 40 if sliders else 8},
        "legend": {"top": 0, "left": 0, "type": "scroll"},
        "tooltip": tooltip("percent"),
        "xAxis": periods([labels[period] for period in sorted(labels)]),
        "yAxis": value("percent", max=1, interval=0.25),
        "dataZoom": sliders,
        "series": series,
    }
    return Chart("topics", option, result.rows, 360)


def _stack(name: Json, data: list[float | None], role: str) -> dict[str, Json]:
    return {
        "name": name, "type": "bar", "stack": "share", "barCategoryGap": "12%", "data": data, "itemStyle": {"color": ink(role)},
    }  # fmt: skip


def _bars(table: pa.Table, whole: pa.Table) -> Chart:
    shown = whole.slice(0, _BARS)
    option = {
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": tooltip("percent", axisPointer={"type": "shadow"}),
        "xAxis": value("percent"),
        "yAxis": category(column(shown, "name"), inverse=True, axisLabel=_LABELS, axisLine={"show": False}),
        "series": [
            {
                "name": words("topics.share"),
                "type": "bar",
                "barMaxWidth": 16,
                "data": column(shown, "share"),
                "itemStyle": {"color": ink("series1")},
            }
        ],
    }
    return Chart("topics", option, table, bars_height(shown.num_rows))
