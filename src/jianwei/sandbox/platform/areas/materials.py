"""Materials: what an account keeps until it deletes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from jianwei.sandbox.platform.areas.media import Kept, MediaStore, checked, host
from jianwei.sandbox.platform.areas.menus import MenuBook
from jianwei.sandbox.platform.formats import media_type_of, suffix_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import materials as api
from jianwei.wechat.endpoints.drafts import Article, Content
from jianwei.wechat.request import Download

__all__ = ["HANDLERS", "MaterialBook", "Stock", "page_of", "stocked", "usable"]

T = TypeVar("T")
MOST = {"image": 100_000, "thumb": 100_000}


@dataclass(frozen=True, slots=True)
class Stock:
    """One material: a file, or articles."""

    file: Kept
    url: str = ""
    title: str = ""
    introduction: str = ""
    articles: tuple[Article, ...] = ()

    @property
    def type(self) -> str:
        """Its kind as lists have it: thumbs are pictures."""
        return "image" if self.file.type == "thumb" else self.file.type


@dataclass(slots=True)
class MaterialBook:
    """Materials by media id, kept by `app.of(MaterialBook)`.

    Attributes:
        used: ids that an automatic reply uses; like those in menus, they cannot be deleted.
    """

    stock: dict[str, Stock] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def of(self, type: str) -> list[tuple[str, Stock]]:
        """Materials of a kind, the latest first."""
        return [(media_id, one) for media_id, one in reversed(self.stock.items()) if one.type == type]

    def keep_articles(self, media_id: str, articles: Sequence[Article], now: int) -> None:
        """Keep articles, as old accounts did before there were drafts."""
        self.stock[media_id] = Stock(Kept("news", b"", now), articles=tuple(articles))


def page_of(rows: Sequence[T], offset: int, count: int) -> Sequence[T]:
    """The rows from `offset`, `count` of them.

    Raises:
        Refusal: 40007, the offset is below 0 or the count not between 1 and 20.
    """
    if offset < 0 or not 1 <= count <= 20:
        raise Refusal(40007, "invalid args: offset or count")
    return rows[offset : offset + count]


def stocked(visit: Visit, media_id: str, *types: str) -> Stock:
    """A material of one of these types.

    Raises:
        Refusal: 40007, there is none.
    """
    found = visit.app.of(MaterialBook).stock.get(media_id)
    if found is None or (types and found.file.type not in types):
        raise Refusal(40007, "invalid media_id")
    return found


def usable(visit: Visit, media_id: str, *types: str) -> Kept:
    """A file that can be sent: a material, or temporary media that has not expired.

    Raises:
        Refusal: 40007, there is none of these types.
    """
    if media_id in visit.app.of(MaterialBook).stock:
        return stocked(visit, media_id, *types).file
    found = visit.app.of(MediaStore).find(media_id, visit.now)
    if found.type not in types:
        raise Refusal(40007, "invalid media_id")
    return found


def add(visit: Visit, call: api.AddMaterial) -> api.AddedMaterial:
    file = checked(call.media, call.type)
    if call.type == "video" and (call.description is None or not call.description.title):
        raise Refusal(40035, "description is missing")
    book = visit.app.of(MaterialBook)
    kept = Kept(call.type, file.content, visit.now, file.name)
    url = host(visit, file.content, file.name) if call.type in ("image", "thumb") else ""
    told = call.description or api.VideoDescription("")
    one = Stock(kept, url, told.title, told.introduction)
    if len(book.of(one.type)) >= MOST.get(call.type, 1_000):
        raise Refusal(45009, "material number out of limit")
    media_id = visit.platform.name(64)
    book.stock[media_id] = one
    return api.AddedMaterial(media_id, url)


def get(visit: Visit, call: api.GetMaterial) -> Download | api.NewsMaterial | api.VideoMaterial:
    one = stocked(visit, call.media_id)
    content = one.file.content
    if one.type == "news":
        return api.NewsMaterial(list(one.articles))
    if one.type == "video":
        return api.VideoMaterial(host(visit, content, one.file.name), one.title, one.introduction)
    return Download(content, media_type_of(suffix_of(content)), one.file.name)


def delete(visit: Visit, call: api.DeleteMaterial) -> None:
    stocked(visit, call.media_id)
    book = visit.app.of(MaterialBook)
    if call.media_id in book.used or call.media_id in _in_menus(visit.app.of(MenuBook)):
        raise Refusal(48005, "forbid to delete material used by auto-reply or menu")
    del book.stock[call.media_id]


def _in_menus(menus: MenuBook) -> set[str | None]:
    buttons = [*(menus.default or ()), *(button for menu in menus.others for button in menu.button)]
    return {one.media_id for button in buttons for one in (button, *button.sub_button)}


def counts(visit: Visit, call: api.CountMaterials) -> api.MaterialCounts:
    of = visit.app.of(MaterialBook).of
    return api.MaterialCounts(len(of("voice")), len(of("video")), len(of("image")), len(of("news")))


def list_(visit: Visit, call: api.ListMaterials) -> api.MaterialPage:
    rows = visit.app.of(MaterialBook).of(call.type)
    page = [_row(media_id, one) for media_id, one in page_of(rows, call.offset, call.count)]
    return api.MaterialPage(len(rows), len(page), page)


def _row(media_id: str, one: Stock) -> api.Material:
    at = one.file.at
    content = Content(list(one.articles), at, at) if one.type == "news" else None
    return api.Material(media_id, one.file.name, at, one.url, content)


HANDLERS: Mapping[type, Handler] = {
    api.AddMaterial: add,
    api.GetMaterial: get,
    api.DeleteMaterial: delete,
    api.CountMaterials: counts,
    api.ListMaterials: list_,
}
