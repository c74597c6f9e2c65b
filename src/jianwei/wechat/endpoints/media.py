"""Media that the platform keeps for three days, and pictures for articles."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeAlias

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import Download, Part, Query, Request, Source, get, post

__all__ = [
    "GetMedia",
    "GetRecording",
    "Media",
    "MediaType",
    "UploadMedia",
    "UploadPicture",
    "UploadedMedia",
    "VideoUrl",
]

MediaType: TypeAlias = Literal["image", "voice", "video", "thumb"]
"""Images: JPG, PNG, GIF, BMP up to 10 MB. Voices: AMR, MP3 up to 2 MB and 60 seconds. Videos: MP4 up to 10 MB. Thumbs: JPG up to 64 KB."""


class UploadedMedia(msgspec.Struct, frozen=True):
    """Media that was uploaded; `created_at` in seconds since the epoch."""

    media_id: str
    type: str = ""
    created_at: int = 0


class VideoUrl(msgspec.Struct, frozen=True):
    """Where a video can be downloaded, which the platform does not send itself."""

    video_url: str


@post(
    "/cgi-bin/media/upload", area="media", errors=(40004, 40005, 40006, 40009, 41005, 44001, 45001, 45007),
    quota="media/upload", wrong={"type": 40004, "media": 41005},
)  # fmt: skip
class UploadMedia(Request[UploadedMedia], frozen=True):
    """Upload media to send; they are kept for three days. Give bytes a name: `File.of(content, name="a.jpg")`."""

    type: Annotated[MediaType, Query()]
    media: Annotated[Source, Part("media")]

    @classmethod
    def read(cls, body: Any) -> UploadedMedia:
        named = {**body, "media_id": body.get("media_id") or body.get("thumb_media_id")}
        return msgspec.convert(named, UploadedMedia, strict=False)

    @classmethod
    def write(cls, result: UploadedMedia) -> Any:
        name = "thumb_media_id" if result.type == "thumb" else "media_id"
        return {"type": result.type, name: result.media_id, "created_at": result.created_at}


@get("/cgi-bin/media/get", area="media", errors=(40007,), quota="media/get", wrong={"media_id": 41006})
class GetMedia(Request[Download | VideoUrl], frozen=True):
    """Download media, of the account or of somebody who wrote to it; of videos, where they can be downloaded."""

    media_id: str

    @classmethod
    def read(cls, body: Any) -> Download | VideoUrl:
        return msgspec.convert(body, VideoUrl)


@get("/cgi-bin/media/get/jssdk", area="media", errors=(40007,), quota="media/get", wrong={"media_id": 41006})
class GetRecording(Request[Download], frozen=True):
    """Download what was recorded in a page, in its better quality (Speex, 16 kHz)."""

    media_id: str


@post(
    "/cgi-bin/media/uploadimg", area="media", at="url", errors=(40005, 40009, 41005), quota="media/upload",
    wrong={"media": 41005},
)  # fmt: skip
class UploadPicture(Request[str], frozen=True):
    """Upload a picture for an article, JPG or PNG below 1 MB; gives its address. It is no material and counts as none."""

    media: Annotated[Source, Part("media")]


class Media(Area[Mode], Generic[Mode]):
    """`client.media`"""

    upload = method(UploadMedia)
    get = method(GetMedia)
    recording = method(GetRecording)
    upload_picture = method(UploadPicture)
