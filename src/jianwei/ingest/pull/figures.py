"""Statistics of an official account: every series of both families, in the spans that the platform allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec

from jianwei.ingest.pull._base import Batch, Part, Pulling
from jianwei.ingest.pull.polite import Polite
from jianwei.sources.official_figures import figures_of
from jianwei.wechat.areas import parts_of
from jianwei.wechat.endpoints import statistics as api
from jianwei.wechat.endpoints import statistics_articles as articles
from jianwei.wechat.errors import ApiError, PermissionDeniedError
from jianwei.wechat.request import Ranged

__all__ = ["SERIES", "Series", "figures_part"]

_NEW, _OLD = date(2025, 11, 1), date(2014, 12, 1)


@dataclass(frozen=True, slots=True)
class Series:
    """One endpoint.

    Attributes:
        overlap: days that are read again, since their figures still change: a few always, the life of an article, the week or month that
            was not over.
        since: the first day that the platform has.
    """

    name: str
    request: type[Ranged[Any]]
    overlap: int = 3
    since: date = _OLD


SERIES = (
    Series("user_summary", api.UserSummary),
    Series("user_cumulate", api.UserCumulate),
    Series("account_summary", articles.AccountSummary, since=_NEW),
    Series("article_reads", articles.ArticleReads, since=_NEW),
    Series("article_shares", articles.ArticleShares, since=_NEW),
    Series("article_details", articles.ArticleDetails, overlap=30, since=_NEW),
    Series("article_summary", articles.ArticleSummary),
    Series("article_totals", articles.ArticleTotals, overlap=7),
    Series("user_reads", articles.UserReads),
    Series("user_reads_by_hour", articles.UserReadsByHour),
    Series("user_shares", articles.UserShares),
    Series("user_shares_by_hour", articles.UserSharesByHour),
    Series("messages", api.Messages),
    Series("messages_by_hour", api.MessagesByHour),
    Series("messages_by_week", api.MessagesByWeek, overlap=14),
    Series("messages_by_month", api.MessagesByMonth, overlap=62),
    Series("message_counts", api.MessageCounts),
    Series("message_counts_by_week", api.MessageCountsByWeek, overlap=14),
    Series("message_counts_by_month", api.MessageCountsByMonth, overlap=62),
    Series("callbacks", api.Callbacks),
    Series("callbacks_by_hour", api.CallbacksByHour),
)
_NOT_READY, _DATES = 61503, (61500, 61501)


def figures_part(caller: Polite) -> Part:
    """The part that reads statistics. The position has the last day of every series.

    A series that the account may not read is counted, and the others go on; when it may read none, the part is unavailable.
    """

    def statistics(pulling: Pulling) -> Iterator[Batch]:
        reached = dict(pulling.position)
        denied: list[PermissionDeniedError] = []
        pulling.total(len(SERIES))
        for series in SERIES:
            try:
                yield from _one(caller, series, reached, pulling)
            except PermissionDeniedError as error:
                denied.append(error)
                yield Batch(notes={"series_denied": 1})
            except ApiError as error:
                if error.code != _NOT_READY and error.code not in _DATES:
                    raise
                yield Batch(notes={"not_ready" if error.code == _NOT_READY else "dates_refused": 1})
            yield Batch(done=1)
        if len(denied) == len(SERIES):
            raise denied[0]

    return statistics


def _one(caller: Polite, series: Series, reached: dict[str, object], pulling: Pulling) -> Iterator[Batch]:
    begin, end = pulling.days(series.name, overlap=series.overlap, since=series.since)
    for part in parts_of(series.request(begin, end)):
        answers, last = _ready(caller, part)
        tables = figures_of(series.name, answers, account=pulling.account)
        reached[series.name] = pulling.reached(series.name, begin, last)
        yield Batch(tables, dict(reached), notes={} if last == part.end else {"not_ready": 1})


def _ready(caller: Polite, part: Ranged[Any]) -> tuple[list[Any], date]:
    """(answers, last day of them): without the last day where that is not ready yet, for which the platform refuses all of them."""
    try:
        return caller.call(part), part.end
    except ApiError as error:
        if error.code != _NOT_READY or part.end == part.begin:
            raise
    earlier = part.end - timedelta(days=1)
    return caller.call(msgspec.structs.replace(part, end=earlier)), earlier
