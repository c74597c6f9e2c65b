"""Publishing drafts, and what was published."""

from __future__ import annotations

from typing import Annotated, Generic

import msgspec

from jianwei.wechat.areas import Area, Flow, Mode, Pause, flow, method, pages
from jianwei.wechat.endpoints.drafts import Article, Content
from jianwei.wechat.request import At, Paged, Request, post

__all__ = [
    "ArticleDetail",
    "ArticleUrl",
    "DeleteArticle",
    "GetArticle",
    "ListPublished",
    "Publication",
    "PublicationStatus",
    "Published",
    "PublishedPage",
    "Publishing",
    "SubmitDraft",
    "Submitted",
    "publish",
]


class Submitted(msgspec.Struct, frozen=True):
    """A draft that is being published. `msg_data_id` names its articles in comments and statistics."""

    publish_id: str
    msg_data_id: int = 0


class ArticleUrl(msgspec.Struct, frozen=True):
    """Address of one article; `idx` from 1."""

    idx: int = 1
    article_url: str = ""


class ArticleDetail(msgspec.Struct, frozen=True):
    """Addresses of articles that were published together."""

    count: int = 0
    item: list[ArticleUrl] = []


class Publication(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a publication has come.

    Attributes:
        publish_status: 0 published, 1 under way, 2 refused as not original, 3 failed, 4 refused by the platform,
            5 all articles deleted by the account, 6 all articles banned.
        article_id: id of what was published; "" before.
        fail_idx: articles, from 1, that were refused.
    """

    publish_id: str
    publish_status: int = 1
    article_id: str = ""
    article_detail: ArticleDetail = ArticleDetail()
    fail_idx: list[int] = []

    @property
    def is_done(self) -> bool:
        """Whether the status is final."""
        return self.publish_status != 1


class Published(msgspec.Struct, frozen=True):
    """One publication in a list."""

    article_id: str
    content: Content = Content()
    update_time: int = 0


class PublishedPage(msgspec.Struct, frozen=True):
    """One page of publications."""

    total_count: int = 0
    item_count: int = 0
    item: list[Published] = []


@post(
    "/cgi-bin/freepublish/submit", area="publishing", errors=(40007, 53500, 53501, 53502, 53503, 53504, 53505),
    idempotent=False, wrong={"media_id": 41006},
)  # fmt: skip
class SubmitDraft(Request[Submitted], frozen=True):
    """Publish a draft. The result comes as the event PUBLISHJOBFINISH, and from `status`."""

    media_id: str


@post("/cgi-bin/freepublish/get", area="publishing", errors=(53600,))
class PublicationStatus(Request[Publication], frozen=True):
    """How far a publication has come."""

    publish_id: str

    @classmethod
    def write(cls, result: Publication) -> dict[str, object]:
        plain: dict[str, object] = msgspec.to_builtins(result)
        return {"publish_status": 1, **plain}


@post("/cgi-bin/freepublish/getarticle", area="publishing", at="news_item", errors=(53600,))
class GetArticle(Request[list[Article]], frozen=True):
    """The articles of a publication."""

    article_id: str


@post("/cgi-bin/freepublish/batchget", area="publishing", errors=(40007,))
class ListPublished(Paged[PublishedPage, Published], frozen=True):
    """What is published, the latest first, at most 20 a page; without content where `no_content` is given."""

    offset: int = 0
    count: int = 20
    no_content: Annotated[bool, At("no_content", digit=True)] = False

    def rows(self, page: PublishedPage) -> list[Published]:
        return page.item

    def following(self, page: PublishedPage) -> ListPublished | None:
        offset = self.offset + len(page.item)
        return msgspec.structs.replace(self, offset=offset) if page.item and offset < page.total_count else None


@post("/cgi-bin/freepublish/delete", area="publishing", errors=(53600,))
class DeleteArticle(Request[None], frozen=True):
    """Delete the article `index`, from 1, of a publication; all of them without one. It cannot be undone."""

    article_id: str
    index: int | None = None


def publish(media_id: str, pause: float = 3.0, tries: int = 20) -> Flow[Publication]:
    """Publish a draft and wait for the result: asks `tries` times, `pause` seconds apart; not done where it took longer."""
    submitted: Submitted = yield SubmitDraft(media_id)
    found = Publication(submitted.publish_id)
    for _ in range(tries):
        found = yield PublicationStatus(submitted.publish_id)
        if found.is_done:
            break
        yield Pause(pause)
    return found


class Publishing(Area[Mode], Generic[Mode]):
    """`client.publishing`"""

    submit = method(SubmitDraft)
    status = method(PublicationStatus)
    publish = flow(publish)
    get = method(GetArticle)
    list = pages(ListPublished)
    delete = method(DeleteArticle)
