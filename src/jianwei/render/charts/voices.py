"""What is sent, and what voices speak of more or less than typed messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.render.charts._base import Chart, Json, ink, words
from jianwei.render.charts._parts import GRID, bars_height, category, column, periods, tooltip, value, zoom

if TYPE_CHECKING:
    from jianwei.behavior.voice_wants import VoiceWantsResult
    from jianwei.behavior.voices import VoicesResult

__all__ = ["marked", "sent", "voice_wants"]

_KINDS = {"text": "series1", "voice": "series2", "image": "series3", "video": "series4", "other": "other"}
_BARS = 12


def sent(result: VoicesResult) -> Chart:
    """Share of text, voices, pictures and videos in each period, stacked; without periods, bars of all times together."""
    rows = result.rows
    shares: dict[str, dict[int | None, float | None]] = {kind: {} for kind in _KINDS}
    for kind, period, share in zip(*(column(rows, name) for name in ("kind", "period_us", "share")), strict=True):
        shares[kind][period] = share
    present = [kind for kind, cells in shares.items() if any(cells.values())]
    if not result.every:
        return Chart("sent", _bars(present, [shares[kind][None] for kind in present]), rows, bars_height(len(present)))
    labels = dict(sorted(set(zip(column(rows, "period_us"), column(rows, "label"), strict=True))))
    sliders = zoom(len(labels))
    option = {
        "grid": {**GRID, "bottom": 40 if sliders else 8},
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("percent"),
        "xAxis": periods(list(labels.values())),
        "yAxis": value("percent", max=1, interval=0.25),
        "dataZoom": sliders,
        "series": [
            {
                "name": words(f"sent.{kind}"),
                "type": "bar",
                "stack": "all",
                "barCategoryGap": "12%",
                "data": [shares[kind].get(period) for period in labels],
                "itemStyle": {"color": ink(_KINDS[kind])},
            }
            for kind in present
        ],
    }
    return Chart("sent", option, rows, 340)


def voice_wants(result: VoiceWantsResult) -> Chart:
    """The surest differences between voices and typed messages: shares of both, side by side, from what voices have more of to what they
    have less of."""
    shown = result.rows.slice(0, _BARS).sort_by([("difference", "descending")])
    names = [marked(*pair) for pair in zip(column(shown, "of"), column(shown, "code"), strict=True)]
    option = {
        "grid": {**GRID, "right": 24},
        "legend": {"top": 0, "left": 0},
        "tooltip": tooltip("percent", axisPointer={"type": "shadow"}),
        "xAxis": value("percent"),
        "yAxis": category(names, inverse=True, axisLine={"show": False}, axisLabel={"interval": 0}),
        "series": [
            {
                "name": words(f"voice_wants.{side}"),
                "type": "bar",
                "barMaxWidth": 11,
                "barGap": "10%",
                "data": column(shown, f"{side}_share"),
                "itemStyle": {"color": ink(colour)},
            }
            for side, colour in (("voice", "series2"), ("text", "series1"))
        ],
    }
    return Chart("voice-wants", option, result.rows, max(180, 64 + 34 * shown.num_rows))


def marked(of: str, code: str) -> Json:
    """What people call a mark: a want, an aspect that is blamed, a sentiment, an emotion.

    >>> marked("want", "refund")
    {'$t': 'charts.marked.want', 'name': {'$t': 'charts.want.refund'}}
    """
    return words(f"marked.{of}", name=words(f"{'aspect' if of == 'blamed' else of}.{code}"))


def _bars(kinds: list[str], shares: list[float | None]) -> dict[str, Json]:
    return {
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": tooltip("percent", axisPointer={"type": "shadow"}),
        "xAxis": value("percent"),
        "yAxis": category([words(f"sent.{kind}") for kind in kinds], inverse=True, axisLine={"show": False}),
        "series": [
            {
                "name": words("tags.share"),
                "type": "bar",
                "barMaxWidth": 16,
                "data": [
                    {"value": share, "itemStyle": {"color": ink(_KINDS[kind])}}
                    for kind, share in zip(kinds, shares, strict=True)
                ],
            }
        ],
    }
