"""What people talk about: a cloud of words for each kind of sentiment, and the words of each period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jianwei.render.charts import _parts
from jianwei.render.charts._base import Chart, function, ink, words
from jianwei.render.charts._layout import place_words, text_width
from jianwei.render.charts._parts import category, column, tooltip, zoom
from jianwei.render.charts.hours import RAMP

if TYPE_CHECKING:
    from jianwei.behavior.keywords import KeywordsResult
    from jianwei.behavior.words import WordsResult

__all__ = ["cloud", "keywords"]

_WIDTH, _HEIGHT, _WORDS = 420.0, 300.0, 70
_LARGEST, _SMALLEST, _COVER = 46.0, 13.0, 0.45
_KEYWORDS = 18


def cloud(result: WordsResult, *, label: str = "") -> Chart:
    """The words of one sentiment ("positive", "neutral", "negative"; "" for all), larger where more messages have them.

    Of one sentiment only words that are more common there than elsewhere are shown (score above 0).
    """
    rows = result.rows.filter(pc.equal(result.rows.column("label"), label))
    shown = rows.filter(pc.greater(rows.column("score"), 0)) if label else rows
    shown = shown.sort_by([("rows", "descending"), ("word", "ascending")]).slice(0, _WORDS)
    counts = np.asarray(column(shown, "rows"), np.float64)
    texts = column(shown, "word")
    sizes = _font_sizes(texts, counts)
    spots = place_words(texts, sizes, _WIDTH, _HEIGHT)
    role = label or "series1"
    option = {
        "tooltip": tooltip("full", "item"),
        "series": [
            {
                "type": "custom",
                "coordinateSystem": "none",
                "name": words("words.count"),
                "renderItem": function(
                    "word", names=[texts[spot.index] for spot in spots], width=_WIDTH, height=_HEIGHT
                ),
                "encode": {"tooltip": [4]},
                "data": [
                    {
                        "name": texts[spot.index],
                        "value": [
                            spot.x,
                            spot.y,
                            spot.size,
                            round(0.7 + 0.3 * spot.size / sizes[0], 3),
                            int(counts[spot.index]),
                        ],
                        "itemStyle": {"color": ink("muted" if role == "neutral" else role)},
                    }
                    for spot in spots
                ],
            }
        ],
    }
    return Chart(f"words-{label}" if label else "words", option, rows, 300)


def _font_sizes(texts: list[str], counts: np.ndarray) -> np.ndarray:
    """Pixels: they grow with the root of the count, and few words are set larger so that they fill the canvas too."""
    if not texts:
        return counts
    roots = np.sqrt(counts)
    sizes = _SMALLEST + (_LARGEST - _SMALLEST) * (roots - roots.min()) / max(float(np.ptp(roots)), 1e-9)
    covered = sum(text_width(text) * size * size for text, size in zip(texts, sizes, strict=True))
    return np.asarray(sizes * np.clip(np.sqrt(_COVER * _WIDTH * _HEIGHT / covered), 0.8, 1.8))


def keywords(result: KeywordsResult) -> Chart:
    """The words that stand out in each period: darker where the word is more peculiar to it."""
    rows = result.rows
    best = (
        rows.group_by("word")
        .aggregate([("score", "max")])
        .sort_by([("score_max", "descending"), ("word", "ascending")])
    )
    chosen = column(best.slice(0, _KEYWORDS), "word")
    periods = dict(sorted(zip(column(rows, "period_us"), column(rows, "label"), strict=True)))
    across = {period: index for index, period in enumerate(periods)}
    first = {word: min(_periods(rows, word)) for word in chosen}
    chosen.sort(key=lambda word: (first[word], word))
    down = {word: index for index, word in enumerate(chosen)}
    cells = [
        [across[period], down[word], round(score, 2)]
        for period, word, score in zip(*(column(rows, name) for name in ("period_us", "word", "score")), strict=True)
        if word in down
    ]
    sliders = zoom(len(periods))
    option = {
        "grid": {"left": 8, "right": 16, "top": 8, "bottom": 40 if sliders else 8, "containLabel": True},
        "tooltip": tooltip("full", "item"),
        "xAxis": _parts.periods(list(periods.values()), axisLine={"show": False}),
        "yAxis": category(chosen, inverse=True, axisLine={"show": False}, splitLine={"show": True}),
        "visualMap": {
            "show": False,
            "min": 0,
            "max": max((cell[2] for cell in cells), default=1),
            "inRange": {"color": RAMP[1:]},
        },
        "dataZoom": sliders,
        "series": [
            {
                "type": "heatmap",
                "name": words("keywords.score"),
                "data": cells,
                "itemStyle": {"borderColor": ink("panel"), "borderWidth": 1, "borderRadius": 3},
            }
        ],
    }
    return Chart("keywords", option, rows, max(200, 60 + 22 * len(chosen)))


def _periods(rows: pa.Table, word: str) -> list[int]:
    return column(rows.filter(pc.equal(rows.column("word"), word)), "period_us")
