"""Drafts: what is checked when an article is kept, and what becomes of its HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import NoReturn

from msgspec.structs import replace

from jianwei.sandbox.platform.areas.comments import CommentBook
from jianwei.sandbox.platform.areas.materials import page_of, stocked
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import drafts as api

__all__ = ["HANDLERS", "DraftBook", "Kept", "cleaned"]

HOSTS = ("http://mmbiz.qpic.cn/", "https://mmbiz.qpic.cn/")
_SCRIPT = re.compile(
    r"<script\b.*?</script\s*>|<script\b[^>]*>|\son\w+\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s>]+)", re.I | re.S
)
_IMAGE = re.compile(r"<img\b[^>]*>", re.I)
_SOURCE = re.compile(r"\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.I)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Kept:
    """One draft. Times in seconds since the epoch."""

    articles: tuple[api.Article, ...]
    created_at: int
    updated_at: int

    def content(self, *, bare: bool = False) -> api.Content:
        """As it stands in lists and answers; `bare` leaves the text out."""
        articles = [replace(a, content="") for a in self.articles] if bare else list(self.articles)
        return api.Content(articles, self.created_at, self.updated_at)


@dataclass(slots=True)
class DraftBook:
    """Drafts by media id, kept by `app.of(DraftBook)`. `open` is False for an account that still has the old materials."""

    drafts: dict[str, Kept] = field(default_factory=dict)
    open: bool = True

    def known(self, media_id: str) -> Kept:
        """A draft.

        Raises:
            Refusal: 40007, there is none.
        """
        if media_id not in self.drafts:
            raise Refusal(40007, "invalid media_id")
        return self.drafts[media_id]


def cleaned(content: str, hosts: tuple[str, ...] = HOSTS) -> str:
    """HTML as the platform keeps it: scripts are taken out, and pictures that lie elsewhere than at `hosts`.

    >>> cleaned('<p onclick="x()">a<script>b</script></p><img src="http://e.example/1.png">')
    '<p>a</p>'
    """

    def image(found: re.Match[str]) -> str:
        source = _SOURCE.search(found[0])
        address = "".join(filter(None, source.groups())) if source else ""
        return found[0] if address.startswith(hosts) else ""

    return _IMAGE.sub(image, _SCRIPT.sub("", content))


def _refuse(code: int, what: str) -> NoReturn:
    raise Refusal(code, what)


def _checked(visit: Visit, article: api.Article) -> api.Article:
    if not article.title or len(article.title) > 64:
        _refuse(45003, "title size out of limit")
    if len(article.digest) > 120:
        _refuse(45004, "description size out of limit")
    if len(article.content) >= 20_000 or len(article.content.encode()) >= 1 << 20:
        _refuse(45002, "content size out of limit")
    if article.need_open_comment and not visit.app.of(CommentBook).allowed:
        _refuse(88000, "without comment privilege")
    if article.article_type == "newspic":
        pictures = article.image_info.image_list if article.image_info else []
        if not 1 <= len(pictures) <= 20:
            _refuse(40007, "image_info is missing")
        thumb = stocked(visit, pictures[0].image_media_id, "image", "thumb")
        for picture in pictures:
            stocked(visit, picture.image_media_id, "image", "thumb")
    else:
        thumb = stocked(visit, article.thumb_media_id, "image", "thumb")
    content = cleaned(article.content, (*HOSTS, f"{visit.base_url}/"))
    digest = article.digest or unescape(_TAG.sub("", content)).strip()[:54]
    return replace(
        article,
        article_type=article.article_type or "news",
        content=content,
        digest=digest,
        thumb_url=thumb.url,
        url=f"{visit.base_url}/s/{visit.platform.name(22)}?temp=1",
        is_deleted=False,
    )


def add(visit: Visit, call: api.AddDraft) -> str:
    if not call.articles:
        _refuse(44003, "empty news data")
    if len(call.articles) > 8:
        _refuse(45008, "article size out of limit")
    articles = tuple(_checked(visit, article) for article in call.articles)
    media_id = visit.platform.name(64)
    visit.app.of(DraftBook).drafts[media_id] = Kept(articles, visit.now, visit.now)
    return media_id


def get(visit: Visit, call: api.GetDraft) -> list[api.Article]:
    return list(visit.app.of(DraftBook).known(call.media_id).articles)


def update(visit: Visit, call: api.UpdateDraft) -> None:
    book = visit.app.of(DraftBook)
    draft = book.known(call.media_id)
    if not 0 <= call.index < len(draft.articles):
        _refuse(40035, "invalid index")
    changed = _checked(visit, call.article)
    articles = tuple(changed if i == call.index else article for i, article in enumerate(draft.articles))
    book.drafts[call.media_id] = Kept(articles, draft.created_at, visit.now)


def delete(visit: Visit, call: api.DeleteDraft) -> None:
    book = visit.app.of(DraftBook)
    book.known(call.media_id)
    del book.drafts[call.media_id]


def count(visit: Visit, call: api.CountDrafts) -> int:
    return len(visit.app.of(DraftBook).drafts)


def list_(visit: Visit, call: api.ListDrafts) -> api.DraftPage:
    rows = list(reversed(visit.app.of(DraftBook).drafts.items()))
    page = [
        api.Draft(media_id, draft.content(bare=call.no_content), draft.updated_at)
        for media_id, draft in page_of(rows, call.offset, call.count)
    ]
    return api.DraftPage(len(rows), len(page), page)


def switch(visit: Visit, call: api.SwitchDrafts) -> bool:
    book = visit.app.of(DraftBook)
    book.open = book.open or not call.check_only
    return book.open


HANDLERS: Mapping[type, Handler] = {
    api.AddDraft: add,
    api.GetDraft: get,
    api.UpdateDraft: update,
    api.DeleteDraft: delete,
    api.CountDrafts: count,
    api.ListDrafts: list_,
    api.SwitchDrafts: switch,
}
