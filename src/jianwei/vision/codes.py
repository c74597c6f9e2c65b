"""QR codes and bar codes. What they say is data: it is never opened, never fetched, never run.

Read: QR code (also Micro and rMQR), Data Matrix, Aztec, PDF417, EAN-13 (with UPC-A, which is one with a 0 before it), EAN-8, UPC-E, Code
39, 93 and 128, ITF. Not read: WeChat's round mini-program codes, whose format is not published.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import MissingExtraError
from jianwei.models import ModelIdentity
from jianwei.vision._base import Code, Point

__all__ = ["FORMATS", "IDENTITY", "find_codes", "require_reader"]

IDENTITY = ModelIdentity("zxing-cpp", "1")
"""Who reads codes; the version is that of our use of the library."""

SQUARE = ("QRCode", "MicroQRCode", "DataMatrix", "Aztec")
LINEAR = ("RMQRCode", "PDF417", "EAN13", "EAN8", "UPCE", "Code39", "Code93", "Code128", "ITF")
FORMATS = SQUARE + LINEAR
"""Formats that are read, by the names that codes carry."""

_SMALL = 1_000_000
"""Pictures of fewer pixels are also looked at enlarged: their codes may have dots of hardly two pixels."""


@dataclass(frozen=True, slots=True)
class _Try:
    """One way of looking.

    Attributes:
        grey: uint8 [h, w], what is looked at.
        formats: what is looked for.
        back: float64 [2, 3], where its points lie in the picture.
    """

    grey: NDArray[np.uint8]
    formats: Sequence[str]
    back: NDArray[np.float64]


def require_reader() -> None:
    """See that the libraries are there.

    Raises:
        MissingExtraError: one is not.
    """
    _libraries()


def _libraries() -> tuple[Any, Any]:
    try:
        import cv2
        import zxingcpp
    except ImportError as error:
        raise MissingExtraError.named("codes", "vision") from error
    return cv2, zxingcpp


def find_codes(pixels: NDArray[np.uint8]) -> tuple[Code, ...]:
    """All codes of a picture, from top to bottom: small, turned, inverted ones too. Of codes that say the same, one.

    Args:
        pixels: uint8 [h, w, 3], RGB.

    Returns:
        codes; their corners from the upper left of the code itself, clockwise.

    Raises:
        MissingExtraError: zxing-cpp or OpenCV is not installed.
    """
    cv2, zxing = _libraries()
    codes: dict[tuple[str, str], Code] = {}
    for attempt in _tries(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2):
        formats = [getattr(zxing.BarcodeFormat, name) for name in attempt.formats]
        for found in zxing.read_barcodes(attempt.grey, formats=formats):
            if text := _text(found):
                codes.setdefault((found.format.name, text), _code(found, text, attempt.back))
    return tuple(sorted(codes.values(), key=_place))


def _tries(grey: NDArray[np.uint8], cv2: Any) -> Iterator[_Try]:
    """Ways of looking, the likeliest first: a code that several find lies where the first saw it."""
    yield _Try(grey, FORMATS, np.eye(2, 3))
    if grey.size < _SMALL:
        large = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
        yield _Try(large, FORMATS, np.eye(2, 3) / 2)
    # the library finds square codes at any angle and inverted, but bars only near the axes and dark on light
    yield _Try(255 - grey, LINEAR, np.eye(2, 3))
    height, width = grey.shape
    side = int((height + width) / np.sqrt(2)) + 2
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 45, 1)
    turn[:, 2] += [(side - width) / 2, (side - height) / 2]
    turned = cv2.warpAffine(grey, turn, (side, side), borderValue=float(np.median(grey)))
    yield _Try(turned, LINEAR, cv2.invertAffineTransform(turn))


def _text(code: Any) -> str:
    """What it says; bytes without a stated encoding are tried as UTF-8 and as the Chinese standard."""
    if code.content_type.name == "Binary":
        for encoding in ("utf-8", "gb18030"):
            try:
                return bytes(code.bytes).decode(encoding)
            except UnicodeDecodeError:
                continue
    return str(code.text)


def _code(code: Any, text: str, back: NDArray[np.float64]) -> Code:
    place = code.position
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return Code(code.format.name, text, tuple(_moved((point.x, point.y), back) for point in corners))


def _moved(point: Point, back: NDArray[np.float64]) -> Point:
    x, y = back @ np.array([*point, 1.0])
    return float(x), float(y)


def _place(code: Code) -> Point:
    return min(y for _, y in code.corners), min(x for x, _ in code.corners)
