"""QR codes with a parameter, and their pictures, which can be scanned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.qr import png, qr_code
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import App, Platform, Refusal, Visit
from jianwei.wechat.endpoints import qrcodes as api
from jianwei.wechat.request import Download

__all__ = ["HANDLERS", "MadeQrCode", "QrBook", "scene_of"]

USUAL_LIFE, LONGEST_LIFE = 60, 2_592_000
MOST_LASTING = 100_000


@dataclass(frozen=True, slots=True)
class MadeQrCode:
    """A QR code: what it brings along (a number or a text), what it says, and its end (None: it stays)."""

    scene: int | str
    url: str
    ends: float | None


@dataclass(slots=True)
class QrBook:
    """QR codes of an account by ticket; `lasting` counts those that stay."""

    made: dict[str, MadeQrCode] = field(default_factory=dict)
    lasting: int = 0


def scene_of(platform: Platform, app: App, ticket: str) -> int | str | None:
    """What a scan of the code brings along; None where there is no such code, or it has ended."""
    made = app.of(QrBook).made.get(ticket)
    if made is None or (made.ends is not None and made.ends <= platform.clock.now()):
        return None
    return made.scene


def _scene(call: api.CreateQrCode, lasting: bool) -> int | str:
    if call.action_name.endswith("STR_SCENE"):
        if call.scene_str is None or not 1 <= len(call.scene_str.encode()) <= 64:
            raise Refusal(40053, "invalid action info")
        return call.scene_str
    most = MOST_LASTING if lasting else 2**32 - 1
    if call.scene_id is None or not 1 <= call.scene_id <= most:
        raise Refusal(40053, "invalid action info")
    return call.scene_id


def create(visit: Visit, call: api.CreateQrCode) -> api.QrCode:
    book = visit.app.of(QrBook)
    lasting = "LIMIT" in call.action_name
    scene, ends, life = _scene(call, lasting), None, None
    if lasting:
        if book.lasting >= MOST_LASTING:
            raise Refusal(45029, "qrcode count out of limit")
        book.lasting += 1
    else:
        life = USUAL_LIFE if call.expire_seconds is None else call.expire_seconds
        if not 1 <= life <= LONGEST_LIFE:
            raise Refusal(40035, "invalid expire_seconds")
        ends = float(visit.now + life)
    ticket, url = f"gQ{visit.platform.name(90)}==", f"http://weixin.qq.com/q/02{visit.platform.name(20)}"
    book.made[ticket] = MadeQrCode(scene, url, ends)
    return api.QrCode(ticket, life, url)


def show(visit: Visit, call: api.ShowQrCode) -> Download:
    for app in visit.platform.apps.values():
        made = app.of(QrBook).made.get(call.ticket)
        if made is not None and scene_of(visit.platform, app, call.ticket) is not None:
            return Download(png(qr_code(made.url)), "image/png")
    raise Refusal(40035, "invalid ticket")


HANDLERS: Mapping[type, Handler] = {
    api.CreateQrCode: create,
    api.ShowQrCode: show,
}
