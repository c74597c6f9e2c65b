"""The parts of `pull official-account`: followers, tags, articles and comments. Figures and records stand in files of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from jianwei.common.times import DAY_US
from jianwei.ingest.pull._base import Batch, Part, Pulling
from jianwei.ingest.pull.figures import figures_part
from jianwei.ingest.pull.polite import Polite
from jianwei.ingest.pull.records import records_part
from jianwei.sources.official_account import (
    ArticleRef,
    article_key,
    article_of,
    articles_of,
    comments_of,
    followers_of,
    gone_of,
    tagged_of,
)
from jianwei.sources.official_figures import tag_figures_of
from jianwei.wechat.areas import Sync
from jianwei.wechat.endpoints import OfficialAreas
from jianwei.wechat.endpoints.comments import ListComments
from jianwei.wechat.endpoints.publishing import ListPublished
from jianwei.wechat.errors import ApiError, PermissionDeniedError

__all__ = ["official_parts"]

Areas = OfficialAreas[Sync]
BATCH = 100
FRESH_US = 30 * DAY_US
"""Comments of younger articles are read anew at every pull; those of older ones when their number changed."""
_CLOSED = (88001, 88002, 88011)


def official_parts(caller: Polite) -> Mapping[str, Part]:
    """The parts of a pull of one official account, in the order in which they are pulled."""
    areas: Areas = OfficialAreas(caller)
    return {
        "followers": lambda pulling: _followers(areas, pulling),
        "tags": lambda pulling: _tags(areas, pulling),
        "articles": lambda pulling: _articles(caller, pulling),
        "comments": lambda pulling: _comments(caller, pulling),
        "statistics": figures_part(caller),
        "records": records_part(caller),
    }


def _tag_names(areas: Areas) -> dict[int, str]:
    try:
        return {tag.id: tag.name for tag in areas.tags.list()}
    except PermissionDeniedError:
        return {}


def _followers(areas: Areas, pulling: Pulling) -> Iterator[Batch]:
    """Everybody who follows, 100 at a time, from where an interrupted pull stopped; then those who no longer do."""
    asked_us = pulling.now_us // 1_000_000 * 1_000_000  # whole seconds, as the webhook tells who comes
    openids = list(areas.users.list())
    pulling.total(len(openids))
    after = pulling.position.get("after")
    start = openids.index(str(after)) + 1 if after in openids else 0
    yield Batch(done=start)
    tags = _tag_names(areas)
    for begin in range(start, len(openids), BATCH):
        some = openids[begin : begin + BATCH]
        now_us = pulling.now_us
        tables = followers_of(areas.users.get_many(some), tags, account=pulling.account, now_us=now_us)
        yield Batch(tables, {"after": some[-1]}, len(some))
    gone = pulling.known.followers(asked_us) - set(openids)
    tables = gone_of(sorted(gone), account=pulling.account, now_us=asked_us)
    yield Batch(tables, {"after": None}, notes={"unsubscribed": len(gone)} if gone else {})


def _tags(areas: Areas, pulling: Pulling) -> Iterator[Batch]:
    """How many bear each tag; who does, only where followers are not pulled with it, since those bring their tags."""
    tags = areas.tags.list()
    pulling.total(len(tags))
    yield Batch(tag_figures_of(tags, account=pulling.account, day=pulling.today))
    if "followers" in pulling.selected:
        yield Batch(done=len(tags))
        return
    bearers: defaultdict[str, list[str]] = defaultdict(list)
    for tag in tags:
        for openid in areas.tags.members(tag.id) if tag.count != 0 else ():
            bearers[openid].append(tag.name)
        yield Batch(done=1)
    yield Batch(tagged_of(bearers, account=pulling.account, now_us=pulling.now_us))


def _articles(caller: Polite, pulling: Pulling) -> Iterator[Batch]:
    """What is published, the latest first. All of it every time, since articles are changed and deleted."""
    request: ListPublished | None = ListPublished()
    while request is not None:
        page = caller.call(request)
        pulling.total(page.total_count)
        yield Batch(articles_of(page.item, account=pulling.account), done=len(page.item))
        request = request.following(page)


def _comments(caller: Polite, pulling: Pulling) -> Iterator[Batch]:
    """Comments and the account's answers, article by article; the position says how many comments each had."""
    known = pulling.known.items("article/")
    found = [(article, at_us or 0) for key, at_us in known.items() if (article := article_of(key))]
    unnamed = len(known) - len(found)
    pulling.total(len(found))
    yield Batch(notes={"articles_unnamed": unnamed} if unnamed else {})
    kept = pulling.position.get("articles")
    totals: dict[str, object] = dict(kept) if isinstance(kept, dict) else {}
    for article, at_us in sorted(found, key=lambda one: (-one[1], one[0].msg_data_id, one[0].index)):
        key = article_key(article.msg_data_id, article.index + 1)
        before = totals.get(key) if at_us < pulling.now_us - FRESH_US else None
        try:
            for total, batch in _below(caller, article, before, pulling):
                totals[key] = total
                yield batch
        except ApiError as error:
            if error.code not in _CLOSED:
                raise
            yield Batch(done=1, notes={"articles_closed": 1})
        else:
            yield Batch(position={"articles": dict(totals)}, done=1)


def _below(caller: Polite, article: ArticleRef, before: object, pulling: Pulling) -> Iterator[tuple[int, Batch]]:
    """(number of comments, the next page of them); one page only where there are as many as before."""
    request: ListComments | None = ListComments(article.msg_data_id, article.index)
    while request is not None:
        page = caller.call(request)
        tables = comments_of(page.comment, article, account=pulling.account, input_id=pulling.input_id)
        yield page.total, Batch(tables)
        request = None if page.total == before else request.following(page)
