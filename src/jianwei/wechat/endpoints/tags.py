"""Tags of followers."""

from __future__ import annotations

from typing import Annotated, Generic

import msgspec

from jianwei.wechat.areas import Area, Mode, method, pages
from jianwei.wechat.request import At, Paged, Request, get, post

__all__ = [
    "CreateTag",
    "DeleteTag",
    "ListTags",
    "OpenidPage",
    "Tag",
    "TagFollowers",
    "TagMembers",
    "Tags",
    "TagsOf",
    "UntagFollowers",
    "UpdateTag",
]

_DOC = "/doc/offiaccount/User_Management/User_Tag_Management.html"


class Tag(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tag; `count` is its number of followers where the platform tells it."""

    id: int
    name: str = ""
    count: int | None = None


class Openids(msgspec.Struct, frozen=True):
    """Openids of one page, as the platform wraps them."""

    openid: list[str] = []


class OpenidPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One page of openids. `data` is missing on the empty page after the last one."""

    count: int = msgspec.field(default_factory=int)  # factories: both are told even where they are empty
    next_openid: str = msgspec.field(default_factory=str)
    total: int | None = None
    data: Openids = Openids()

    @property
    def next(self) -> str | None:
        """Openid to go on from; None after the last page."""
        return self.next_openid if self.count and self.next_openid else None


@post(
    "/cgi-bin/tags/create",
    area="tags",
    at="tag",
    errors=(45056, 45157, 45158),
    quota="tags/create",
    idempotent=False,
    doc=_DOC,
)
class CreateTag(Request[Tag], frozen=True):
    """Create a tag; at most 100, names of at most 30 bytes."""

    name: Annotated[str, At("tag.name")]


@get("/cgi-bin/tags/get", area="tags", at="tags", quota="tags/get", doc=_DOC)
class ListTags(Request[list[Tag]], frozen=True):
    """All tags; 0, 1 and 2 are the platform's own."""


@post("/cgi-bin/tags/update", area="tags", errors=(45157, 45158, 45058), quota="tags/update", doc=_DOC)
class UpdateTag(Request[None], frozen=True):
    """Rename a tag."""

    id: Annotated[int, At("tag.id")]
    name: Annotated[str, At("tag.name")]


@post("/cgi-bin/tags/delete", area="tags", errors=(45058, 45057), doc=_DOC)
class DeleteTag(Request[None], frozen=True):
    """Delete a tag; refused while it has more than 100,000 followers."""

    id: Annotated[int, At("tag.id")]


@post("/cgi-bin/user/tag/get", area="tags", errors=(40003, 45159), doc=_DOC)
class TagMembers(Paged[OpenidPage, str], frozen=True):
    """Followers with a tag, 10,000 a page."""

    tag_id: Annotated[int, At("tagid")]
    next_openid: str | None = None

    def rows(self, page: OpenidPage) -> list[str]:
        return page.data.openid

    def following(self, page: OpenidPage) -> TagMembers | None:
        return msgspec.structs.replace(self, next_openid=page.next) if page.next else None


@post(
    "/cgi-bin/tags/members/batchtagging",
    area="tags",
    errors=(40032, 45159, 45059, 40003, 49003),
    quota="tags/move",
    doc=_DOC,
)
class TagFollowers(Request[None], frozen=True):
    """Give a tag to at most 50 followers; nobody may have more than 20."""

    openids: Annotated[list[str], At("openid_list")]
    tag_id: Annotated[int, At("tagid")]


@post(
    "/cgi-bin/tags/members/batchuntagging",
    area="tags",
    errors=(40032, 45159, 40003, 49003),
    quota="tags/move",
    doc=_DOC,
)
class UntagFollowers(Request[None], frozen=True):
    """Take a tag from at most 50 followers."""

    openids: Annotated[list[str], At("openid_list")]
    tag_id: Annotated[int, At("tagid")]


@post("/cgi-bin/tags/getidlist", area="tags", at="tagid_list", errors=(40003, 49003), doc=_DOC)
class TagsOf(Request[list[int]], frozen=True):
    """Ids of the tags of one follower."""

    openid: str


class Tags(Area[Mode], Generic[Mode]):
    """`client.tags`"""

    create = method(CreateTag)
    list = method(ListTags)
    update = method(UpdateTag)
    delete = method(DeleteTag)
    members = pages(TagMembers)
    tag = method(TagFollowers)
    untag = method(UntagFollowers)
    of = method(TagsOf)
