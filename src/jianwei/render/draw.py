"""Charts as images without a browser: ECharts in an embedded JavaScript engine writes SVG, resvg makes PNG of it.

Text is set in the packaged Noto Sans CJK, never in a font of the machine, so that Chinese comes out everywhere the same.
"""

from __future__ import annotations

import re
from html import escape

import quickjs
import resvg_py
from noto_cjk_sans_otc import FONT_PATH

from jianwei.common.i18n import catalog
from jianwei.render.assets import script
from jianwei.render.charts._base import Chart, to_json
from jianwei.render.palette import palette

__all__ = ["Painter", "rasterized"]

_FONT = "Noto Sans CJK SC"
_HEAD, _EDGE = 56, 24

# What ECharts asks of a browser and an engine without a page lacks: timers. Nothing is animated, so none has to fire.
_BROWSER = "globalThis.setTimeout = () => 0; globalThis.clearTimeout = () => undefined;"

# The engine cannot hand over a string that is still a tree of pieces; `normalize` makes one piece of it.
_CALL = """(message) => {
  const [option, context, width, height] = JSON.parse(message);
  return JianweiCharts.svg(option, context, width, height).normalize();
}"""

# The packaged font has neither emoji nor their joiners: they would come out as boxes.
_NO_GLYPH = re.compile("[\U0001f000-\U0001faff\U000e0000-\U000e007f\u200d\u20e3\ufe0e\ufe0f]")


class Painter:
    """Draws charts in one language and one colouring. Loading the engine takes about a quarter of a second: keep it for a whole report.

    Args:
        language: "zh_CN" or "en".
        dark: colours for a dark background.

    A painter belongs to the thread that made it.
    """

    def __init__(self, language: str = "zh_CN", *, dark: bool = False) -> None:
        self._palette = palette(dark=dark)
        self._words = {key: text for key, text in catalog(language).entries.items() if key.startswith("charts.")}
        self._context = {
            "language": language,
            "words": self._words,
            "palette": dict(self._palette),
            "font": "sans-serif",
        }
        self._engine = quickjs.Context()
        for code in (_BROWSER, script("echarts"), script("charts")):
            self._engine.eval(code)
        self._call = self._engine.eval(_CALL)

    def svg(self, chart: Chart, *, width: int = 960) -> str:
        """The chart under its title as an SVG document, `width` pixels wide."""
        message = to_json([chart.option, self._context, width - 2 * _EDGE, chart.height])
        drawing = _NO_GLYPH.sub("", _inside(self._call(message)))
        title = self._words[chart.title_key]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{chart.height + _HEAD + _EDGE}">'
            f'<rect width="100%" height="100%" fill="{self._palette["panel"]}"/>'
            f'<text x="{_EDGE}" y="36" font-size="18" fill="{self._palette["ink"]}">{escape(title)}</text>'
            f'<g transform="translate({_EDGE} {_HEAD})">{drawing}</g></svg>'
        )

    def png(self, chart: Chart, *, width: int = 960, scale: float = 1.5) -> bytes:
        """The chart under its title as a PNG file, `width` × `scale` pixels wide."""
        return rasterized(self.svg(chart, width=width), scale=scale)


def rasterized(svg: str, *, scale: float = 1.0) -> bytes:
    """A PNG file of an SVG document, its text set in the packaged font."""
    image: bytes = resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=scale,
        skip_system_fonts=True,
        font_files=[str(FONT_PATH)],
        font_family=_FONT,
        sans_serif_family=_FONT,
    )
    return image


def _inside(svg: str) -> str:
    """What an SVG document holds, without its root: an svg inside an svg takes the rasteriser twice as long."""
    return svg[svg.index(">") + 1 : svg.rindex("</svg>")]
