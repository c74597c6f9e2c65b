"""Materials: media that the platform keeps until they are deleted."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeAlias

import msgspec

from jianwei.wechat.areas import Area, Mode, method, pages
from jianwei.wechat.endpoints.drafts import Article, Content
from jianwei.wechat.endpoints.media import MediaType
from jianwei.wechat.request import Download, Paged, Part, Query, Request, Source, get, post

__all__ = [
    "AddMaterial",
    "AddedMaterial",
    "CountMaterials",
    "DeleteMaterial",
    "GetMaterial",
    "ListMaterials",
    "Material",
    "MaterialCounts",
    "MaterialPage",
    "MaterialType",
    "Materials",
    "NewsMaterial",
    "VideoDescription",
    "VideoMaterial",
]

MaterialType: TypeAlias = Literal["image", "voice", "video", "news"]


class VideoDescription(msgspec.Struct, frozen=True):
    """What is shown with a video."""

    title: str
    introduction: str = ""


class AddedMaterial(msgspec.Struct, frozen=True, omit_defaults=True):
    """A new material; `url` of pictures only."""

    media_id: str
    url: str = ""


class NewsMaterial(msgspec.Struct, frozen=True):
    """Articles that are a material."""

    news_item: list[Article] = []


class VideoMaterial(msgspec.Struct, frozen=True):
    """A video, and where it can be downloaded."""

    down_url: str
    title: str = ""
    description: str = ""


class MaterialCounts(msgspec.Struct, frozen=True):
    """How many materials there are."""

    voice_count: int = 0
    video_count: int = 0
    image_count: int = 0
    news_count: int = 0


class Material(msgspec.Struct, frozen=True, omit_defaults=True):
    """A material in a list. Files have a name, pictures a URL too, articles their `content`. Times in seconds since the epoch."""

    media_id: str
    name: str = ""
    update_time: int = 0
    url: str = ""
    content: Content | None = None


class MaterialPage(msgspec.Struct, frozen=True):
    """One page of materials."""

    total_count: int = 0
    item_count: int = 0
    item: list[Material] = []


@post(
    "/cgi-bin/material/add_material", area="materials", errors=(40004, 40005, 40006, 40007, 40009, 41005, 45001, 45007),
    quota="media/upload", idempotent=False, wrong={"type": 40004, "media": 41005},
)  # fmt: skip
class AddMaterial(Request[AddedMaterial], frozen=True):
    """Keep a file: at most 100,000 pictures and 1,000 of each other kind. A video needs a description."""

    type: Annotated[MediaType, Query()]
    media: Annotated[Source, Part("media")]
    description: Annotated[VideoDescription | None, Part("description")] = None


@post("/cgi-bin/material/get_material", area="materials", errors=(40007,), wrong={"media_id": 41006})
class GetMaterial(Request[Download | NewsMaterial | VideoMaterial], frozen=True):
    """A material: the file itself; of videos, where it can be downloaded; articles."""

    media_id: str

    @classmethod
    def read(cls, body: Any) -> Download | NewsMaterial | VideoMaterial:
        if "news_item" in body:
            return msgspec.convert(body, NewsMaterial, strict=False)
        return msgspec.convert(body, VideoMaterial)


@post("/cgi-bin/material/del_material", area="materials", errors=(40007, 48005), wrong={"media_id": 41006})
class DeleteMaterial(Request[None], frozen=True):
    """Delete a material; refused while a menu or an automatic reply uses it."""

    media_id: str


@get("/cgi-bin/material/get_materialcount", area="materials")
class CountMaterials(Request[MaterialCounts], frozen=True):
    """How many materials there are of each kind, those added by hand included."""


@post("/cgi-bin/material/batchget_material", area="materials", errors=(40004, 40007), wrong={"type": 40004})
class ListMaterials(Paged[MaterialPage, Material], frozen=True):
    """Materials of one kind, the latest first, at most 20 a page."""

    type: MaterialType
    offset: int = 0
    count: int = 20

    def rows(self, page: MaterialPage) -> list[Material]:
        return page.item

    def following(self, page: MaterialPage) -> ListMaterials | None:
        offset = self.offset + len(page.item)
        return msgspec.structs.replace(self, offset=offset) if page.item and offset < page.total_count else None


class Materials(Area[Mode], Generic[Mode]):
    """`client.materials`"""

    add = method(AddMaterial)
    get = method(GetMaterial)
    delete = method(DeleteMaterial)
    counts = method(CountMaterials)
    list = pages(ListMaterials)
