"""A copy of a picture with what was seen drawn in: lines, faces, codes and things, each kind in its colour."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import MissingExtraError
from jianwei.vision._base import ImageReport, Point

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

__all__ = ["annotated", "as_png"]

_LONGEST = 2048
_LINE, _FACE, _CODE, _THING = "#e8590c", "#2f9e44", "#ae3ec9", "#1971c2"


@dataclass(frozen=True, slots=True)
class _Mark:
    """Something to draw: corners in the picture's pixels, points, and what stands above it."""

    corners: tuple[Point, ...]
    colour: str
    label: str = ""
    points: tuple[Point, ...] = ()


def annotated(pixels: NDArray[np.uint8], report: ImageReport, language: str = "zh_CN") -> NDArray[np.uint8]:
    """Draw what a report says into its picture.

    Args:
        pixels: uint8 [h, w, 3], RGB, what was looked at.
        report: what was seen in it.
        language: of the names of things, "zh_CN" or "en".

    Returns:
        uint8 [h', w', 3]: a copy whose longer side is at most 2,048.

    Raises:
        MissingExtraError: Pillow is not installed.
    """
    image, draw = _pillow()
    picture = image.fromarray(pixels)
    picture.thumbnail((_LONGEST, _LONGEST))
    factor = picture.width / pixels.shape[1]
    canvas = draw.Draw(picture)
    stroke = max(1, round(max(picture.size) / 400))
    font = _font(max(11, round(max(picture.size) / 48)))
    for mark in _marks(report, language):
        corners = [(x * factor, y * factor) for x, y in mark.corners]
        canvas.line([*corners, corners[0]], fill=mark.colour, width=stroke, joint="curve")
        for x, y in mark.points:
            x, y, reach = x * factor, y * factor, stroke * 1.5
            canvas.ellipse((x - reach, y - reach, x + reach, y + reach), fill=mark.colour)
        if mark.label:
            _label(canvas, mark, (min(x for x, _ in corners), min(y for _, y in corners)), font)
    return np.asarray(picture)


def as_png(pixels: NDArray[np.uint8]) -> bytes:
    """A picture as PNG.

    Args:
        pixels: uint8 [h, w, 3], RGB.

    Raises:
        MissingExtraError: Pillow is not installed.
    """
    image, _ = _pillow()
    with io.BytesIO() as stream:
        image.fromarray(pixels).save(stream, format="PNG")
        return stream.getvalue()


def _pillow() -> tuple[Any, Any]:
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise MissingExtraError.named("drawing", "vision") from error
    return Image, ImageDraw


@cache
def _font(size: int) -> FreeTypeFont:
    from noto_cjk_sans_otc import FONT_PATH
    from PIL import ImageFont

    return ImageFont.truetype(
        str(FONT_PATH), size, index=2
    )  # the collection's third face is the Simplified Chinese one


def _marks(report: ImageReport, language: str) -> Iterator[_Mark]:
    """Large things first, so that small ones stay visible."""
    for thing in report.things or ():
        if thing.box:
            name = thing.label if language == "zh_CN" else thing.name
            yield _Mark(_around(thing.box), _THING, f"{name} {thing.score:.0%}")
    for line in report.lines or ():
        yield _Mark(line.corners, _LINE)
    for code in report.codes or ():
        if code.corners:
            yield _Mark(code.corners, _CODE, code.format)
    for number, face in enumerate(report.faces or (), 1):
        yield _Mark(_around(face.box), _FACE, f"{number}", face.points)


def _around(box: tuple[float, float, float, float]) -> tuple[Point, ...]:
    left, top, right, bottom = box
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def _label(canvas: Any, mark: _Mark, corner: Point, font: FreeTypeFont) -> None:
    """Write above the corner, or inside where there is no room."""
    left, top, right, bottom = canvas.textbbox((0, 0), mark.label, font=font)
    height, width = bottom - top + 4, right - left + 6
    x = min(max(corner[0], 0), max(canvas.im.size[0] - width, 0))
    y = corner[1] - height if corner[1] >= height else corner[1]
    canvas.rectangle((x, y, x + width, y + height), fill=mark.colour)
    canvas.text((x + 3 - left, y + 2 - top), mark.label, font=font, fill="white")
