"""One call of every endpoint that succeeds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from jianwei.sandbox.platform.daily import Daily, SentArticle, day_of, started
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.wechat.endpoints import statistics as api
from jianwei.wechat.endpoints import statistics_articles as articles
from jianwei.wechat.request import Ranged, Request

__all__ = ["EXAMPLES"]


def _ago(platform: Platform, days: int) -> date:
    return day_of(int(platform.clock.now())) - timedelta(days=days)


def _on(kind: type[Ranged[Any]]) -> Callable[[Platform, App], Request[Any]]:
    """Ask for the day before yesterday, on which an article came out that people read, shared and wrote about."""

    def prepare(platform: Platform, app: App) -> Request[Any]:
        day = _ago(platform, 2)
        at = started(day) + 9 * 3_600
        daily = app.of(Daily)
        daily.publish(SentArticle("2247483700_1", "春茶上新", at))
        for number in range(5):
            openid = f"o{number:027d}"
            app.followers.setdefault(openid, Follower(openid, f"茶友{number}", subscribed_at=at - 3_600))
            for what in ("read", "original", "share", "favourite", "recommend", "like", "comment"):
                code = 2 if what in ("read", "original", "favourite", "share") else 0
                daily.note(what, at + number * 60, openid, code=code, msgid="2247483700_1")
            daily.note("message", at + 7_200, openid, code=1)
            daily.note("call", at + 7_200, took=120)
        return kind(day, day)

    return prepare


def _period(kind: type[Ranged[Any]], begins: Callable[[date], date]) -> Callable[[Platform, App], Request[Any]]:
    """Ask for a period that is over, in which somebody wrote."""

    def prepare(platform: Platform, app: App) -> Request[Any]:
        day = begins(_ago(platform, 40))
        app.of(Daily).note("message", started(day) + 30 * 3_600, "o1", code=1)
        return kind(day, day)

    return prepare


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first(day: date) -> date:
    return day.replace(day=1)


_DAYS: tuple[type[Ranged[Any]], ...] = (
    api.UserSummary,
    api.UserCumulate,
    api.Messages,
    api.MessagesByHour,
    api.MessageCounts,
    api.Callbacks,
    api.CallbacksByHour,
    articles.ArticleReads,
    articles.ArticleShares,
    articles.AccountSummary,
    articles.ArticleDetails,
    articles.ArticleSummary,
    articles.ArticleTotals,
    articles.UserReads,
    articles.UserReadsByHour,
    articles.UserShares,
    articles.UserSharesByHour,
)

EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    **{kind: _on(kind) for kind in _DAYS},
    api.MessagesByWeek: _period(api.MessagesByWeek, _monday),
    api.MessageCountsByWeek: _period(api.MessageCountsByWeek, _monday),
    api.MessagesByMonth: _period(api.MessagesByMonth, _first),
    api.MessageCountsByMonth: _period(api.MessageCountsByMonth, _first),
}
