"""WeCom: media that the platform keeps for three days."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeAlias

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.endpoints.media import UploadedMedia
from jianwei.wechat.request import Download, Host, Part, Query, Request, Source, get, post

__all__ = ["CorpMedia", "CorpMediaType", "GetCorpMedia", "UploadCorpMedia"]

CorpMediaType: TypeAlias = Literal["image", "voice", "video", "file"]
"""Images: JPG, PNG up to 10 MB. Voices: AMR up to 2 MB and 60 seconds. Videos: MP4 up to 10 MB. Files: up to 20 MB. All above 5 bytes."""


@post(
    "/cgi-bin/media/upload", area="media", host=Host.WECOM, errors=(40004, 40005, 40006, 40009, 41005, 45001, 45007),
    wrong={"type": 40004, "media": 41005},
)  # fmt: skip
class UploadCorpMedia(Request[UploadedMedia], frozen=True):
    """Upload media to send. Give bytes a name: `File.of(content, name="a.pdf")`."""

    type: Annotated[CorpMediaType, Query()]
    media: Annotated[Source, Part("media")]


@get("/cgi-bin/media/get", area="media", host=Host.WECOM, errors=(40007,), wrong={"media_id": 41006})
class GetCorpMedia(Request[Download], frozen=True):
    """Download media."""

    media_id: str


class CorpMedia(Area[Mode], Generic[Mode]):
    """`client.media`"""

    upload = method(UploadCorpMedia)
    get = method(GetCorpMedia)
