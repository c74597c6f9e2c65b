"""Publishing: a draft becomes articles with addresses and, where they are open, comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from msgspec.structs import replace

from jianwei.sandbox.platform.areas.comments import CommentBook
from jianwei.sandbox.platform.areas.drafts import DraftBook
from jianwei.sandbox.platform.areas.materials import page_of
from jianwei.sandbox.platform.daily import Daily, SentArticle
from jianwei.sandbox.platform.pending import announce
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import App, Refusal, Visit
from jianwei.wechat.endpoints import publishing as api
from jianwei.wechat.endpoints.drafts import Article, Content

__all__ = ["HANDLERS", "Issue", "PublishingBook", "issue"]


@dataclass(slots=True)
class Issue:
    """What was published from one draft. Times in seconds since the epoch.

    Attributes:
        done_at: when the publication is through.
        status: how it ends, see `Publication`.
        sent: whether it went out as a mass message.
    """

    publish_id: str
    msg_data_id: int
    article_id: str
    articles: list[Article]
    at: int
    done_at: int
    status: int = 0
    sent: bool = False


@dataclass(slots=True)
class PublishingBook:
    """Publications of an account, kept by `app.of(PublishingBook)`.

    Attributes:
        delay: seconds that a publication takes.
        outcome: status that publications end with, 0 where all is well.
        needs: code with which publications are refused (both: something is to be done in the account's pages), 0 where none is.
    """

    issues: dict[str, Issue] = field(default_factory=dict)
    delay: int = 0
    outcome: int = 0
    needs: Literal[0, 53504, 53505] = 0

    def published(self, article_id: str, now: int) -> Issue:
        """What stands under an article id.

        Raises:
            Refusal: 53600, nothing.
        """
        for one in self.issues.values():
            if one.article_id == article_id and one.status in (0, 5) and one.done_at <= now:
                return one
        raise Refusal(53600, "invalid article_id")


def issue(visit: Visit, media_id: str, *, delay: int = 0, status: int = 0, sent: bool = False) -> Issue:
    """Publish a draft, or send it to many: it is no draft any more, and its articles have addresses and threads of comments."""
    drafts, comments = visit.app.of(DraftBook), visit.app.of(CommentBook)
    name, number = visit.platform.name, visit.platform.number
    draft = drafts.known(media_id)
    publish_id, mid = str(number(10)), number(10)
    # The interface gives long addresses, which name the message and the article's number in it.
    page = f"{visit.base_url}/s?__biz={name(14)}%3D%3D&mid={mid}"
    articles = [replace(a, url=f"{page}&idx={i}&sn={name(32).lower()}") for i, a in enumerate(draft.articles, 1)]
    one = Issue(publish_id, mid, name(64), articles, visit.now, visit.now + delay, status, sent)
    visit.app.of(PublishingBook).issues[one.publish_id] = one
    if status == 0:
        del drafts.drafts[media_id]
        for index, article in enumerate(articles):
            comments.begin(one.msg_data_id, index, open=bool(article.need_open_comment))
            msgid = f"{one.msg_data_id}_{index + 1}"
            visit.app.of(Daily).publish(SentArticle(msgid, article.title, one.done_at, sent, article.url))
    return one


def submit(visit: Visit, call: api.SubmitDraft) -> api.Submitted:
    book = visit.app.of(PublishingBook)
    draft = visit.app.of(DraftBook).known(call.media_id)
    if book.needs:
        raise Refusal(book.needs, "an action in the account's pages is needed")
    if any(not a.content and a.article_type != "newspic" for a in draft.articles):
        raise Refusal(53503, "the draft has not passed the check")
    one = issue(visit, call.media_id, delay=book.delay, status=book.outcome)
    _tell(visit.app, one)
    return api.Submitted(one.publish_id, one.msg_data_id)


def _tell(app: App, one: Issue) -> None:
    told = _publication(one, one.done_at)
    item = [{"idx": each.idx, "article_url": each.article_url} for each in told.article_detail.item]
    info: dict[str, object] = {"publish_id": one.publish_id, "publish_status": told.publish_status}
    if told.publish_status == 0:
        info |= {"article_id": told.article_id, "article_detail": {"count": len(item), "item": item}}
    elif told.fail_idx:
        info["fail_idx"] = told.fail_idx
    announce(app, "PUBLISHJOBFINISH", one.done_at, PublishEventInfo=info)


def _publication(one: Issue, now: int) -> api.Publication:
    if now < one.done_at:
        return api.Publication(one.publish_id, 1)
    if one.status == 0:
        urls = [api.ArticleUrl(i, article.url) for i, article in enumerate(one.articles, 1)]
        return api.Publication(one.publish_id, 0, one.article_id, api.ArticleDetail(len(urls), urls))
    refused = list(range(1, len(one.articles) + 1)) if one.status in (2, 4) else []
    return api.Publication(one.publish_id, one.status, fail_idx=refused)


def status(visit: Visit, call: api.PublicationStatus) -> api.Publication:
    one = visit.app.of(PublishingBook).issues.get(call.publish_id)
    if one is None or one.sent:
        raise Refusal(53600, "invalid publish_id")
    return _publication(one, visit.now)


def get(visit: Visit, call: api.GetArticle) -> list[Article]:
    return list(visit.app.of(PublishingBook).published(call.article_id, visit.now).articles)


def list_(visit: Visit, call: api.ListPublished) -> api.PublishedPage:
    issues = visit.app.of(PublishingBook).issues.values()
    rows = [one for one in reversed(issues) if one.status == 0 and one.done_at <= visit.now and not one.sent]
    page = [_row(one, bare=call.no_content) for one in page_of(rows, call.offset, call.count)]
    return api.PublishedPage(len(rows), len(page), page)


def _row(one: Issue, *, bare: bool) -> api.Published:
    articles = [replace(a, content="") for a in one.articles] if bare else list(one.articles)
    return api.Published(one.article_id, Content(articles, one.at, one.done_at), one.done_at)


def delete(visit: Visit, call: api.DeleteArticle) -> None:
    one = visit.app.of(PublishingBook).published(call.article_id, visit.now)
    if call.index and not 1 <= call.index <= len(one.articles):
        raise Refusal(40035, "invalid index")
    gone = {call.index} if call.index else set(range(1, len(one.articles) + 1))
    one.articles = [replace(a, is_deleted=a.is_deleted or i in gone) for i, a in enumerate(one.articles, 1)]
    if all(a.is_deleted for a in one.articles):
        one.status = 5


HANDLERS: Mapping[type, Handler] = {
    api.SubmitDraft: submit,
    api.PublicationStatus: status,
    api.GetArticle: get,
    api.ListPublished: list_,
    api.DeleteArticle: delete,
}
