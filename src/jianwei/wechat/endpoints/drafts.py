"""Drafts of articles."""

from __future__ import annotations

from typing import Annotated, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Mode, method, pages
from jianwei.wechat.request import At, Paged, Query, Request, get, post

__all__ = [
    "AddDraft",
    "Article",
    "Content",
    "CountDrafts",
    "DeleteDraft",
    "Draft",
    "DraftPage",
    "Drafts",
    "GetDraft",
    "ListDrafts",
    "Picture",
    "Pictures",
    "SwitchDrafts",
    "UpdateDraft",
]

_CHECKED = (40007, 44003, 45002, 45003, 45004, 45008, 88000)


class Picture(msgspec.Struct, frozen=True):
    """One picture of an article that is made of pictures: the id of a material."""

    image_media_id: str


class Pictures(msgspec.Struct, frozen=True):
    """Pictures of an article, one to twenty."""

    image_list: list[Picture] = []


class Article(msgspec.Struct, frozen=True, omit_defaults=True):
    """An article, as it is written and as it is read.

    Attributes:
        title: at most 64 characters†.
        content: HTML, below 20,000 characters and 1 MB. Scripts are taken out, and so are pictures that the platform does not host.
        digest: summary, at most 120 characters†; the platform takes the first 54 characters of the text where it is empty.
        content_source_url: where "read more" leads.
        thumb_media_id: the cover, a material.
        article_type: "news", or "newspic" for one made of `image_info`.
        need_open_comment: 1 where comments are open from the start.
        only_fans_can_comment: 1 where only followers comment.
        pic_crop_235_1: corners of the cover's clipping in 2.35:1 as "x1_y1_x2_y2", parts of width and height.
        url: address, given by the platform; that of a draft serves for a while.
        thumb_url: address of the cover, given by the platform.
        is_deleted: whether a published article was deleted.
    """

    title: str = ""
    content: str = ""
    author: str = ""
    digest: str = ""
    content_source_url: str = ""
    thumb_media_id: str = ""
    article_type: Literal["", "news", "newspic"] = ""
    need_open_comment: int = 0
    only_fans_can_comment: int = 0
    image_info: Pictures | None = None
    pic_crop_235_1: str = ""
    pic_crop_1_1: str = ""
    url: str = ""
    thumb_url: str = ""
    is_deleted: bool = False


class Content(msgspec.Struct, frozen=True):
    """Articles that belong together. Times in seconds since the epoch; `news_item` is empty where no content was asked for."""

    news_item: list[Article] = []
    create_time: int = 0
    update_time: int = 0


class Draft(msgspec.Struct, frozen=True):
    """A draft in a list."""

    media_id: str
    content: Content = Content()
    update_time: int = 0


class DraftPage(msgspec.Struct, frozen=True):
    """One page of drafts."""

    total_count: int = 0
    item_count: int = 0
    item: list[Draft] = []


@post("/cgi-bin/draft/add", area="drafts", at="media_id", errors=_CHECKED, idempotent=False)
class AddDraft(Request[str], frozen=True):
    """Keep one to eight articles as a draft; gives its media id."""

    articles: list[Article]


@post("/cgi-bin/draft/get", area="drafts", at="news_item", errors=(40007,), wrong={"media_id": 41006})
class GetDraft(Request[list[Article]], frozen=True):
    """The articles of a draft."""

    media_id: str


@post("/cgi-bin/draft/update", area="drafts", errors=_CHECKED, wrong={"media_id": 41006})
class UpdateDraft(Request[None], frozen=True):
    """Put an article in the place `index`, from 0, of a draft."""

    media_id: str
    index: int
    article: Annotated[Article, At("articles")]


@post("/cgi-bin/draft/delete", area="drafts", errors=(40007,), wrong={"media_id": 41006})
class DeleteDraft(Request[None], frozen=True):
    """Delete a draft. It cannot be undone."""

    media_id: str


@get("/cgi-bin/draft/count", area="drafts", at="total_count")
class CountDrafts(Request[int], frozen=True):
    """How many drafts there are."""


@post("/cgi-bin/draft/batchget", area="drafts", errors=(40007,))
class ListDrafts(Paged[DraftPage, Draft], frozen=True):
    """Drafts, the latest first, at most 20 a page; without their content where `no_content` is given."""

    offset: int = 0
    count: int = 20
    no_content: Annotated[bool, At("no_content", digit=True)] = False

    def rows(self, page: DraftPage) -> list[Draft]:
        return page.item

    def following(self, page: DraftPage) -> ListDrafts | None:
        offset = self.offset + len(page.item)
        return msgspec.structs.replace(self, offset=offset) if page.item and offset < page.total_count else None


@post("/cgi-bin/draft/switch", area="drafts", at="is_open")
class SwitchDrafts(Request[bool], frozen=True):
    """Open drafts for an account that still has the old materials, for good; with `check_only`, only say whether they are open."""

    check_only: Annotated[bool | None, Query("checkonly")] = None


class Drafts(Area[Mode], Generic[Mode]):
    """`client.drafts`"""

    add = method(AddDraft)
    get = method(GetDraft)
    update = method(UpdateDraft)
    delete = method(DeleteDraft)
    count = method(CountDrafts)
    list = pages(ListDrafts)
    switch = method(SwitchDrafts)
