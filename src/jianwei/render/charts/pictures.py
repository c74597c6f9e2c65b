"""What pictures show, and how many files are unsafe."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from jianwei.render.charts._base import Chart, Json, ink, words
from jianwei.render.charts._parts import GRID, bars_height, category, column, periods, tooltip, value, zoom

if TYPE_CHECKING:
    from jianwei.behavior.picture_kinds import PictureKindsResult
    from jianwei.behavior.unsafe import UnsafeResult

__all__ = ["picture_kinds", "unsafe"]

_VERDICTS = {"unsafe": "negative", "unsure": "series2"}


def picture_kinds(result: PictureKindsResult) -> Chart:
    """Shares of the pictures that show chats, text, faces, codes and things, the largest first."""
    shown = result.rows.filter(pc.equal(result.rows["of"], "shows")).sort_by([("rows", "descending")])
    option = _bars(
        [words(f"shows.{code}") for code in column(shown, "code")], column(shown, "share"), "series3", "percent"
    )
    return Chart("picture-kinds", option, result.rows, bars_height(shown.num_rows))


def unsafe(result: UnsafeResult) -> Chart:
    """Unsafe and unsure files in each period, stacked. Without periods, bars by kind of file."""
    rows = result.rows
    if not result.every:
        return _by_kind(result)
    labels = dict(sorted(set(zip(column(rows, "period_us"), column(rows, "label"), strict=True))))
    sums: dict[str, Counter[int]] = {verdict: Counter() for verdict in _VERDICTS}
    for verdict, counter in sums.items():
        for period, many in zip(column(rows, "period_us"), column(rows, verdict), strict=True):
            counter[period] += many
    sliders = zoom(len(labels))
    option = {
        "grid": {**GRID, "bottom": 40 if sliders else 8},
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("full"),
        "xAxis": periods(list(labels.values())),
        "yAxis": value("compact", minInterval=1),
        "dataZoom": sliders,
        "series": [
            {
                "name": words(f"safe.{verdict}"),
                "type": "bar",
                "stack": "all",
                "barMaxWidth": 36,
                "barCategoryGap": "12%",
                "data": [sums[verdict][period] for period in labels],
                "itemStyle": {"color": ink(colour)},
            }
            for verdict, colour in _VERDICTS.items()
        ],
    }
    return Chart("unsafe", option, rows, 300)


def _by_kind(result: UnsafeResult) -> Chart:
    kinds = sorted(set(column(result.rows, "kind")))
    option = {
        "grid": GRID,
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("full", axisPointer={"type": "shadow"}),
        "xAxis": value("compact", minInterval=1),
        "yAxis": category([words(f"sent.{kind}") for kind in kinds], inverse=True, axisLine={"show": False}),
        "series": [
            {
                "name": words(f"safe.{verdict}"),
                "type": "bar",
                "stack": "all",
                "barMaxWidth": 16,
                "data": [sum(row[verdict] for row in result.rows.to_pylist() if row["kind"] == kind) for kind in kinds],
                "itemStyle": {"color": ink(colour)},
            }
            for verdict, colour in _VERDICTS.items()
        ],
    }
    return Chart("unsafe", option, result.rows, bars_height(len(kinds)) + 24)


def _bars(names: list[Json], data: list[Json], colour: str, format: str) -> dict[str, Json]:
    return {
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": tooltip(format, axisPointer={"type": "shadow"}),
        "xAxis": value(format),
        "yAxis": category(names, inverse=True, axisLine={"show": False}),
        "series": [
            {
                "name": words("shows.share"),
                "type": "bar",
                "barMaxWidth": 16,
                "data": data,
                "itemStyle": {"color": ink(colour)},
            }
        ],
    }
