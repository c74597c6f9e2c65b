"""Crops, codes and larger copies of pictures."""

from __future__ import annotations

from collections.abc import Mapping

from jianwei.sandbox.platform.areas.media import Kept, MediaStore
from jianwei.sandbox.platform.pictures import look
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import images as api
from jianwei.wechat.endpoints.ocr import Size

__all__ = ["HANDLERS", "crop_of"]


def crop_of(width: int, height: int, ratio: float) -> api.Crop:
    """The largest part of a picture with a ratio of width to height, from its middle.

    >>> crop_of(200, 100, 1.0)
    Crop(crop_left=50, crop_top=0, crop_right=150, crop_bottom=100)
    """
    wide, high = (round(height * ratio), height) if width > height * ratio else (width, round(width / ratio))
    left, top = (width - wide) // 2, (height - high) // 2
    return api.Crop(left, top, left + wide, top + high)


def _ratios(text: str) -> list[float]:
    try:
        ratios = [float(part) for part in text.split(",")]
    except ValueError:
        raise Refusal(40035, "invalid ratios") from None
    if len(ratios) > 5 or not all(0.01 <= ratio <= 100 for ratio in ratios):
        raise Refusal(40035, "invalid ratios")
    return ratios


def crop(visit: Visit, call: api.CropPicture) -> api.Crops:
    ratios = _ratios(call.ratios or "1")
    looked = look(visit, call)
    crops = [crop_of(looked.width, looked.height, ratio) for ratio in ratios]
    return api.Crops(crops, Size(looked.width, looked.height))


def codes(visit: Visit, call: api.ReadCodes) -> api.Codes:
    looked = look(visit, call)
    found = [one for one in looked.shown if isinstance(one, api.Code)]
    return api.Codes(found, Size(looked.width, looked.height))


def sharpen(visit: Visit, call: api.Sharpen) -> str:
    """The copy is the picture itself: the simulator does not draw."""
    looked = look(visit, call)
    return visit.app.of(MediaStore).keep(visit.platform, Kept("image", looked.content, visit.now))


HANDLERS: Mapping[type, Handler] = {api.CropPicture: crop, api.ReadCodes: codes, api.Sharpen: sharpen}
