"""QR codes and bar codes. What they say is data: it is never opened, never fetched, never run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianwei.errors import MissingExtraError
from jianwei.models import ModelIdentity
from jianwei.vision._base import Code

__all__ = ["IDENTITY", "find_codes", "require_reader"]

IDENTITY = ModelIdentity("zxing-cpp", "1")
"""Who reads codes; the version is that of our use of the library."""

_FORMATS = (
    "QRCode",
    "MicroQRCode",
    "RMQRCode",
    "DataMatrix",
    "Aztec",
    "PDF417",
    "EAN13",
    "EAN8",
    "UPCA",
    "UPCE",
    "Code39",
    "Code93",
    "Code128",
    "ITF",
)


def require_reader() -> None:
    """See that the library is there.

    Raises:
        MissingExtraError: it is not.
    """
    _library()


def _library() -> Any:
    try:
        import zxingcpp
    except ImportError as error:
        raise MissingExtraError.named("codes", "vision") from error
    return zxingcpp


def find_codes(pixels: NDArray[np.uint8]) -> tuple[Code, ...]:
    """All codes of a picture, from top to bottom.

    Args:
        pixels: uint8 [h, w, 3], RGB.

    Raises:
        MissingExtraError: zxing-cpp is not installed.
    """
    library = _library()
    formats = [getattr(library.BarcodeFormat, name) for name in _FORMATS]
    found = []
    for code in library.read_barcodes(np.ascontiguousarray(pixels[:, :, ::-1]), formats=formats):
        place = code.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        found.append(Code(code.format.name, code.text, tuple((float(p.x), float(p.y)) for p in corners)))
    return tuple(sorted(found, key=lambda code: (min(y for _, y in code.corners), min(x for x, _ in code.corners))))
