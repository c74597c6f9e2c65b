"""QR codes with a parameter: whoever scans one follows the account and brings the parameter along."""

from __future__ import annotations

from typing import Annotated, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import At, Auth, Download, Host, Request, get, post

__all__ = ["CreateQrCode", "QrCode", "QrCodes", "ShowQrCode", "create_qr_code"]

_DOC = "/doc/offiaccount/Account_Management/Generating_a_Parametric_QR_Code.html"


class QrCode(msgspec.Struct, frozen=True, omit_defaults=True):
    """A QR code: `ticket` leads to its picture, `url` is what it says. `expire_seconds` is None for one that stays."""

    ticket: str
    expire_seconds: int | None = None
    url: str = ""


@post(
    "/cgi-bin/qrcode/create",
    area="qrcodes",
    errors=(40035, 40053, 45029),
    quota="qrcode/create",
    idempotent=False,
    doc=_DOC,
)
class CreateQrCode(Request[QrCode], frozen=True):
    """Create a QR code; `client.qrcodes.create` chooses the action.

    `scene_id` has 32 bits for codes that end and is 1 to 100,000 for those that stay; `scene_str` has 1 to 64 bytes; `expire_seconds` is at
    most 2,592,000 (30 days), 60 where it is left out. 100,000 codes can stay.
    """

    action_name: Literal["QR_SCENE", "QR_STR_SCENE", "QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"]
    scene_id: Annotated[int | None, At("action_info.scene.scene_id")] = None
    scene_str: Annotated[str | None, At("action_info.scene.scene_str")] = None
    expire_seconds: int | None = None


@get("/cgi-bin/showqrcode", area="qrcodes", host=Host.MP, auth=Auth.NONE, public=True, doc=_DOC)
class ShowQrCode(Request[Download], frozen=True):
    """The picture of a QR code. Nothing proves who asks: it may stand in a page. A bad ticket is an `AnswerError`."""

    ticket: str


def create_qr_code(scene: int | str, *, seconds: int | None = None) -> CreateQrCode:
    """A QR code that brings `scene` along, a number or a text.

    Args:
        seconds: how long it is valid, at most 2,592,000; None is for ever, of which an account has 100,000.

    >>> create_qr_code("door-3", seconds=3600).action_name
    'QR_STR_SCENE'
    >>> create_qr_code(7).action_name
    'QR_LIMIT_SCENE'
    """
    if isinstance(scene, int):
        return CreateQrCode("QR_LIMIT_SCENE" if seconds is None else "QR_SCENE", scene_id=scene, expire_seconds=seconds)
    return CreateQrCode(
        "QR_LIMIT_STR_SCENE" if seconds is None else "QR_STR_SCENE", scene_str=scene, expire_seconds=seconds
    )


class QrCodes(Area[Mode], Generic[Mode]):
    """`client.qrcodes`"""

    create = method(create_qr_code)
    image = method(ShowQrCode)
