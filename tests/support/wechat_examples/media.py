"""Calls of the media endpoints that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.media import Kept, MediaStore
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat.endpoints import media as api
from jianwei.wechat.request import File, Request

__all__ = ["EXAMPLES", "PNG", "VOICE", "keep"]

PNG = File.of(picture(b"example"), name="茶.png")
VOICE = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 50


def keep(platform: Platform, app: App, type: str = "image", content: bytes = PNG.content) -> str:
    """Temporary media; gives the media id."""
    file = Kept(type, content, int(platform.clock.now()), "a", recording=b"Speex   1")
    return app.of(MediaStore).keep(platform, file)


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.UploadMedia: lambda platform, app: api.UploadMedia("image", PNG),
    api.GetMedia: lambda platform, app: api.GetMedia(keep(platform, app)),
    api.GetRecording: lambda platform, app: api.GetRecording(keep(platform, app, "voice", VOICE)),
    api.UploadPicture: lambda platform, app: api.UploadPicture(PNG),
}
