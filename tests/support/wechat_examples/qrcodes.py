"""Calls of the QR codes that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.qrcodes import MadeQrCode, QrBook
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.endpoints import qrcodes as api
from jianwei.wechat.request import Request


def _show(_: Platform, app: App) -> api.ShowQrCode:
    app.of(QrBook).made["gQticket+/=="] = MadeQrCode("door", "http://weixin.qq.com/q/02door", None)
    return api.ShowQrCode("gQticket+/==")


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.CreateQrCode: lambda _, app: api.create_qr_code("door-3", seconds=3_600),
    api.ShowQrCode: _show,
}
