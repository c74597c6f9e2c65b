"""Pictures worked on by the platform: crops, codes in them, sharper copies. Methods take `url` or `file`, as in `ocr`."""

from __future__ import annotations

from typing import Annotated, Generic

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.endpoints.ocr import Picture, Quad, Size
from jianwei.wechat.request import Query, post

__all__ = ["Code", "Codes", "Crop", "CropPicture", "Crops", "Images", "ReadCodes", "Sharpen"]


class Crop(msgspec.Struct, frozen=True):
    """A part of a picture, pixels from its upper left corner."""

    crop_left: int = 0
    crop_top: int = 0
    crop_right: int = 0
    crop_bottom: int = 0


class Crops(msgspec.Struct, frozen=True):
    """One crop for every ratio that was asked for."""

    results: list[Crop] = []
    img_size: Size = Size()


class Code(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code in a picture; `type_name` such as "QR_CODE" or "EAN_13". `pos` is there for QR codes only."""

    type_name: str = ""
    data: str = ""
    pos: Quad | None = None


class Codes(msgspec.Struct, frozen=True):
    """All codes in a picture."""

    code_results: list[Code] = []
    img_size: Size = Size()


@post("/cv/img/aicrop", area="images", errors=(40035, 101000, 101002))
class CropPicture(Picture[Crops], frozen=True):
    """Where to cut a picture; `ratios` of width to height, at most five, joined by commas ("1,2.35")."""

    ratios: Annotated[str | None, Query()] = None


@post("/cv/img/qrcode", area="images", errors=(101000, 101002))
class ReadCodes(Picture[Codes], frozen=True):
    """Read QR codes and bar codes."""


@post("/cv/img/superresolution", area="images", at="media_id", errors=(101000, 101002))
class Sharpen(Picture[str], frozen=True):
    """Make a picture twice as large; gives a media id, good for three days."""


class Images(Area[Mode], Generic[Mode]):
    """`client.images`"""

    crop = method(CropPicture)
    codes = method(ReadCodes)
    sharpen = method(Sharpen)
