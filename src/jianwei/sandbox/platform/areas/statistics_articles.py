"""Statistics of articles, counted from what happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

from jianwei.sandbox.platform.areas.statistics import READY, by_hour, checked, people
from jianwei.sandbox.platform.daily import ALL_SOURCES, Daily, Happened, SentArticle, day_of, followed, on, started
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Visit
from jianwei.wechat.endpoints import statistics_articles as api

__all__ = ["HANDLERS"]

NEW_FIRST = date(2025, 11, 1)
LEAST = 3
"""Articles all of whose counters are smaller are left out by the new family."""
_WAYS = {
    0: "公众号消息",
    1: "聊天会话",
    2: "朋友圈",
    4: "公众号主页",
    5: "其他",
    6: "推荐",
    7: "搜一搜",
}
_FROM = {0: "session", 4: "hist_msg", 2: "feed", 1: "friends"}


def _of(events: Iterable[Happened], what: str) -> list[Happened]:
    return [one for one in events if one.what == what]


def _by_article(events: Iterable[Happened]) -> dict[str, list[Happened]]:
    found: dict[str, list[Happened]] = {}
    for one in events:
        if one.msgid:
            found.setdefault(one.msgid, []).append(one)
    return dict(sorted(found.items()))


def _ways(reads: Iterable[Happened]) -> list[api.ReadSource]:
    reads = list(reads)
    rows = [
        api.ReadSource(scene_desc=name, user_count=count)
        for code, name in _WAYS.items()
        if (count := people(one for one in reads if one.code == code))
    ]
    return [api.ReadSource(scene_desc="全部", user_count=people(reads)), *rows] if rows else []


def article_reads(visit: Visit, call: api.ArticleReads) -> list[api.ArticleReadRow]:
    rows = []
    for day in checked(visit, call, NEW_FIRST):
        for msgid, events in _by_article(on(visit, day)).items():
            reads = _of(events, "read")
            if people(reads) >= LEAST:
                detail = api.Reading(read_user=people(reads), read_user_source=_ways(reads))
                rows.append(api.ArticleReadRow(ref_date=day, msgid=msgid, detail=detail))
    return rows


def article_shares(visit: Visit, call: api.ArticleShares) -> list[api.ArticleShareRow]:
    return [
        api.ArticleShareRow(ref_date=day, msgid=msgid, detail=api.Sharing(share_user=count))
        for day in checked(visit, call, NEW_FIRST)
        for msgid, events in _by_article(on(visit, day)).items()
        if (count := people(_of(events, "share"))) >= LEAST
    ]


def _engagement(events: list[Happened]) -> dict[str, Any]:
    reads = _of(events, "read")
    return {
        "read_user": people(reads),
        "read_user_source": _ways(reads),
        "share_user": people(_of(events, "share")),
        "zaikan_user": people(_of(events, "recommend")),
        "like_user": people(_of(events, "like")),
        "comment_count": len(_of(events, "comment")),
        "collection_user": people(_of(events, "favourite")),
    }


def account_summary(visit: Visit, call: api.AccountSummary) -> list[api.AccountSummaryRow]:
    rows = []
    for day in checked(visit, call, NEW_FIRST):
        events = [one for one in on(visit, day) if one.msgid]
        sent = len(_published(visit, day))
        if events or sent:
            detail = api.AccountDay(
                **_engagement(events), redirect_ori_page_user=people(_of(events, "original")), send_page_count=sent
            )
            rows.append(api.AccountSummaryRow(ref_date=day, detail=detail))
    return rows


def _published(visit: Visit, day: date) -> list[SentArticle]:
    return [article for article in visit.app.of(Daily).articles.values() if day_of(article.at) == day]


Found: TypeAlias = dict[date, dict[str, list[Happened]]]
"""What happened with articles, by day: many articles of a call share days."""


def _since(visit: Visit, article: SentArticle, most: int, found: Found) -> Iterator[tuple[date, list[Happened]]]:
    """(day, what happened with an article up to and including it), for at most so many days of those that are ready."""
    events: list[Happened] = []
    for number in range(most):
        day = day_of(article.at) + timedelta(days=number)
        if visit.now < started(day + timedelta(days=1)) + READY:
            return
        if day not in found:
            found[day] = _by_article(on(visit, day))
        events += found[day].get(article.msgid, ())
        yield day, list(events)


def article_details(visit: Visit, call: api.ArticleDetails) -> list[api.ArticleDetailRow]:
    rows, found = [], Found()
    for day in checked(visit, call, NEW_FIRST):
        for article in _published(visit, day):
            target = _target(visit, article)
            days = [_article_day(visit, target, stat, events) for stat, events in _since(visit, article, 30, found)]
            if days and max(days[-1].read_user, days[-1].share_user, days[-1].like_user, days[-1].zaikan_user) >= LEAST:
                rows.append(
                    api.ArticleDetailRow(
                        ref_date=day,
                        msgid=article.msgid,
                        publish_type=0 if article.notified else 1,
                        title=article.title,
                        content_url=article.url,
                        detail_list=days,
                    )
                )
    return rows


def _article_day(visit: Visit, target: int, day: date, events: list[Happened]) -> api.ArticleDay:
    readers = {one.openid for one in _of(events, "read")}
    return api.ArticleDay(
        stat_date=day,
        **_engagement(events),
        read_subscribe_user=len(readers & set(visit.app.followers)),
        read_delivery_rate=round(min(1.0, len(readers) / target), 4) if target else 0.0,
    )


def _target(visit: Visit, article: SentArticle) -> int:
    """How many an article was sent to: who followed then."""
    if not article.notified:
        return 0
    return sum(1 for path in followed(visit.app, article.at + 1) if path and path[-1].what == "follow")


def _figures(events: list[Happened]) -> dict[str, int]:
    figures = {}
    for what, name in (
        ("read", "int_page_read"),
        ("original", "ori_page_read"),
        ("share", "share"),
        ("favourite", "add_to_fav"),
    ):
        found = _of(events, what)
        figures[f"{name}_user"], figures[f"{name}_count"] = people(found), len(found)
    return figures


def article_summary(visit: Visit, call: api.ArticleSummary) -> list[api.ArticleSummaryRow]:
    articles = visit.app.of(Daily).articles
    return [
        api.ArticleSummaryRow(
            ref_date=day, msgid=msgid, title=articles[msgid].title if msgid in articles else "", **_figures(events)
        )
        for day in checked(visit, call)
        for msgid, events in _by_article(on(visit, day)).items()
    ]


def article_totals(visit: Visit, call: api.ArticleTotals) -> list[api.ArticleTotalRow]:
    rows, found = [], Found()
    for day in checked(visit, call):
        for article in _published(visit, day):
            target = _target(visit, article)
            days = [_total_day(target, stat, events) for stat, events in _since(visit, article, 7, found)]
            rows.append(api.ArticleTotalRow(ref_date=day, msgid=article.msgid, title=article.title, details=days))
    return rows


def _total_day(target: int, day: date, events: list[Happened]) -> api.ArticleTotalDay:
    more = {}
    for name in ("session", "hist_msg", "feed", "friends", "other"):
        found = [one for one in _of(events, "read") if _FROM.get(one.code, "other") == name]
        more[f"int_page_from_{name}_read_user"], more[f"int_page_from_{name}_read_count"] = people(found), len(found)
    for name in ("session", "feed", "other"):
        shared = [one for one in _of(events, "share") if {1: "session", 2: "feed"}.get(one.code, "other") == name]
        more[f"feed_share_from_{name}_user"], more[f"feed_share_from_{name}_cnt"] = people(shared), len(shared)
    return api.ArticleTotalDay(stat_date=day, target_user=target, **_figures(events), **more)


def _read_rows(day: date, events: list[Happened], hour: int = 0) -> Iterator[api.UserReadRow]:
    reads = [one for one in events if one.what in ("read", "original", "favourite")]
    for code in sorted({one.code for one in reads}):
        found = [one for one in reads if one.code == code]
        yield api.UserReadRow(ref_date=day, ref_hour=hour, user_source=code, **_figures(found))
    if reads:
        yield api.UserReadRow(ref_date=day, ref_hour=hour, user_source=ALL_SOURCES, **_figures(events))


def user_reads(visit: Visit, call: api.UserReads) -> list[api.UserReadRow]:
    return [row for day in checked(visit, call) for row in _read_rows(day, on(visit, day))]


def user_reads_by_hour(visit: Visit, call: api.UserReadsByHour) -> list[api.UserReadRow]:
    (day,) = checked(visit, call)
    return [row for hour, found in by_hour(on(visit, day)) for row in _read_rows(day, found, hour)]


def _share_rows(day: date, events: list[Happened], hour: int = 0) -> Iterator[api.UserShareRow]:
    shares = _of(events, "share")
    for scene in sorted({one.code for one in shares}):
        found = [one for one in shares if one.code == scene]
        yield api.UserShareRow(
            ref_date=day, ref_hour=hour, share_scene=scene, share_count=len(found), share_user=people(found)
        )


def user_shares(visit: Visit, call: api.UserShares) -> list[api.UserShareRow]:
    return [row for day in checked(visit, call) for row in _share_rows(day, on(visit, day))]


def user_shares_by_hour(visit: Visit, call: api.UserSharesByHour) -> list[api.UserShareRow]:
    (day,) = checked(visit, call)
    return [row for hour, found in by_hour(on(visit, day)) for row in _share_rows(day, found, hour)]


HANDLERS: Mapping[type, Handler] = {
    api.ArticleReads: article_reads,
    api.ArticleShares: article_shares,
    api.AccountSummary: account_summary,
    api.ArticleDetails: article_details,
    api.ArticleSummary: article_summary,
    api.ArticleTotals: article_totals,
    api.UserReads: user_reads,
    api.UserReadsByHour: user_reads_by_hour,
    api.UserShares: user_shares,
    api.UserSharesByHour: user_shares_by_hour,
}
