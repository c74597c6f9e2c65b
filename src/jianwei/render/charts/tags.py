"""What some of the messages are marked with: emotions, wants, flags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from jianwei.render.charts._base import Chart, Json, ink, words
from jianwei.render.charts._heat import heat, heat_height
from jianwei.render.charts._parts import GRID, bars_height, category, column, periods, tooltip, value, zoom

if TYPE_CHECKING:
    from jianwei.behavior.emotions import EmotionsResult
    from jianwei.behavior.flags import FlagsResult
    from jianwei.behavior.wants import WantsResult

__all__ = ["emotions", "flags", "want_trend", "wants"]

_EMOTIONS = {"angry": "negative", "sad": "series1", "fear": "series4", "surprise": "series2", "happy": "series3"}
_FLAGS = {"fraud": "negative", "abuse": "series4", "advertising": "series2"}


def emotions(result: EmotionsResult) -> Chart:
    """Share of each emotion in each period, stacked, anger at the bottom; what is left up to the whole is neutral. Without periods, bars of
    all times together."""
    rows = result.rows
    if not result.every:
        return _bars("emotions", rows, "emotion", [code for code in _ranked(rows, "emotion") if code != "neutral"])
    return _stacks("emotions", rows, "emotion", _EMOTIONS, "share", "percent")


def wants(result: WantsResult) -> Chart:
    """What the messages ask for, bars by share of the messages, all periods and ids together."""
    return _bars("wants", result.rows, "want", _ranked(result.rows, "want"))


def want_trend(result: WantsResult) -> Chart:
    """Messages that ask for each thing in each period. Needs an answer by period (`every`)."""
    shown = _ranked(result.rows, "want")
    cells = list(zip(*(column(result.rows, name) for name in ("period_us", "label", "want", "rows")), strict=True))
    option = heat(shown, [words(f"want.{code}") for code in shown], cells, "tags.rows")
    return Chart("wants-time", option, result.rows, heat_height(len(shown)))


def flags(result: FlagsResult) -> Chart:
    """Messages with each flag in each period, stacked. Without periods, bars of all times together."""
    if not result.every:
        return _bars("flags", result.rows, "flag", _ranked(result.rows, "flag"))
    return _stacks("flags", result.rows, "flag", _FLAGS, "rows", "compact")


def _ranked(rows: pa.Table, code: str) -> list[str]:
    """Codes by messages, the most first."""
    counts: Counter[str] = Counter()
    for name, many in zip(column(rows, code), column(rows, "rows"), strict=True):
        counts[name] += many
    return [name for name, many in counts.most_common() if many]


def _bars(key: str, rows: pa.Table, code: str, shown: Sequence[str]) -> Chart:
    counts, whole = (Counter[str]() for _ in range(2))
    for name, many, total in zip(*(column(rows, c) for c in (code, "rows", "total")), strict=True):
        counts[name] += many
        whole[name] += total
    option = {
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": tooltip("percent", axisPointer={"type": "shadow"}),
        "xAxis": value("percent"),
        "yAxis": category([words(f"{code}.{name}") for name in shown], inverse=True, axisLine={"show": False}),
        "series": [
            {
                "name": words("tags.share"),
                "type": "bar",
                "barMaxWidth": 16,
                "data": [counts[name] / whole[name] if whole[name] else 0 for name in shown],
                "itemStyle": {"color": ink("series1")},
            }
        ],
    }
    return Chart(key, option, rows, bars_height(len(shown)))


def _stacks(key: str, rows: pa.Table, code: str, roles: dict[str, str], measure: str, format: str) -> Chart:
    labels = dict(sorted(set(zip(column(rows, "period_us"), column(rows, "label"), strict=True))))
    place = {start: at for at, start in enumerate(labels)}
    heights: dict[str, list[float | None]] = {name: [None] * len(place) for name in roles}
    for start, name, height in zip(*(column(rows, c) for c in ("period_us", code, measure)), strict=True):
        if name in heights:
            heights[name][place[start]] = height
    present = [name for name, data in heights.items() if any(data)]
    sliders = zoom(len(place))
    series: list[dict[str, Json]] = [
        {
            "name": words(f"{code}.{name}"),
            "type": "bar",
            "stack": "all",
            "barCategoryGap": "12%",
            "data": heights[name],
            "itemStyle": {"color": ink(roles[name])},
        }
        for name in present
    ]
    option = {
        "grid": {**GRID, "bottom": 40 if sliders else 8},
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("percent" if format == "percent" else "full"),
        "xAxis": periods(list(labels.values())),
        "yAxis": value(format, **({} if format == "percent" else {"minInterval": 1})),
        "dataZoom": sliders,
        "series": series,
    }
    return Chart(key, option, rows, 340)
