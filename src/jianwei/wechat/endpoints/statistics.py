"""Statistics of an account: followers, messages that they wrote, calls of its webhook. Those of articles are in `statistics_articles`.

Days are Beijing's. The figures of a day are ready about 08:00 on the next one; none is older than 2014-12-01. Methods take any number of
days and ask for as many at a time as the platform allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Generic

import msgspec

from jianwei.wechat.areas import Area, Mode, ranged
from jianwei.wechat.endpoints import statistics_articles as articles
from jianwei.wechat.request import Ranged, post

__all__ = [
    "CallbackRow",
    "Callbacks",
    "CallbacksByHour",
    "MessageCountRow",
    "MessageCounts",
    "MessageCountsByMonth",
    "MessageCountsByWeek",
    "MessageRow",
    "Messages",
    "MessagesByHour",
    "MessagesByMonth",
    "MessagesByWeek",
    "Statistics",
    "UserCumulate",
    "UserCumulateRow",
    "UserSummary",
    "UserSummaryRow",
]

ERRORS = (61500, 61501, 61503)
WRONG = {"begin_date": 61500, "end_date": 61500}


class UserSummaryRow(msgspec.Struct, frozen=True, kw_only=True):
    """Followers who came and went on a day by one way.

    `user_source`: 0 other, 1 search, 17 card, 30 QR code, 51 payment, 57 name in an article, 100 advertisement, 149 mini-program,
    161 repost, 200 Channels, 201 live.
    """

    ref_date: date
    user_source: int = 0
    new_user: int = 0
    cancel_user: int = 0


class UserCumulateRow(msgspec.Struct, frozen=True, kw_only=True):
    """Followers at the end of a day."""

    ref_date: date
    user_source: int = 0
    cumulate_user: int = 0


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of one type and who wrote them.

    `msg_type`: 1 text, 2 picture, 3 voice, 4 video, 6 link. `ref_date` is a day, a week's Monday or a month's first;
    `ref_hour` is 0 to 2300 where hours were asked for.
    """

    ref_date: date
    ref_hour: int = 0
    msg_type: int = 0
    msg_user: int = 0
    msg_count: int = 0


class MessageCountRow(msgspec.Struct, frozen=True, kw_only=True):
    """How many people wrote so many messages; `count_interval`: 0 none, 1 one to five, 2 six to ten, 3 more."""

    ref_date: date
    count_interval: int = 0
    msg_user: int = 0


class CallbackRow(msgspec.Struct, frozen=True, kw_only=True):
    """Calls of the account's webhook: how many, how many of them failed, and milliseconds in all and at most."""

    ref_date: date
    ref_hour: int = 0
    callback_count: int = 0
    fail_count: int = 0
    total_time_cost: int = 0
    max_time_cost: int = 0


class _CallbackRows(Ranged[CallbackRow], frozen=True):
    """Accounts see the longest time under either of two names."""

    @classmethod
    def read(cls, body: Any) -> list[CallbackRow]:
        rows = body.get("list") if isinstance(body, Mapping) else None
        return [msgspec.convert(_one_name(row), CallbackRow, strict=False) for row in rows or ()]


def _one_name(row: Any) -> Any:
    if isinstance(row, Mapping) and "max_time_count" in row:
        return {"max_time_cost": row["max_time_count"], **row}
    return row


@post("/datacube/getusersummary", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class UserSummary(Ranged[UserSummaryRow], frozen=True):
    """Followers who came and went, by day and by the way they came."""

    span = 7


@post("/datacube/getusercumulate", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class UserCumulate(Ranged[UserCumulateRow], frozen=True):
    """How many followers there were, by day."""

    span = 7


@post("/datacube/getupstreammsg", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class Messages(Ranged[MessageRow], frozen=True):
    """Messages from followers, by day and type."""

    span = 7


@post("/datacube/getupstreammsghour", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class MessagesByHour(Ranged[MessageRow], frozen=True):
    """Messages from followers, by hour and type."""

    span = 1


@post("/datacube/getupstreammsgweek", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class MessagesByWeek(Ranged[MessageRow], frozen=True):
    """Messages from followers of the whole weeks whose Monday lies in the days asked for."""

    span = 30


@post("/datacube/getupstreammsgmonth", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class MessagesByMonth(Ranged[MessageRow], frozen=True):
    """Messages from followers of the whole months whose first lies in the days asked for."""

    span = 30


@post("/datacube/getupstreammsgdist", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class MessageCounts(Ranged[MessageCountRow], frozen=True):
    """How many followers wrote how many messages, by day."""

    span = 15


@post("/datacube/getupstreammsgdistweek", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class MessageCountsByWeek(Ranged[MessageCountRow], frozen=True):
    """How many followers wrote how many messages in a week."""

    span = 30


@post("/datacube/getupstreammsgdistmonth", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class MessageCountsByMonth(Ranged[MessageCountRow], frozen=True):
    """How many followers wrote how many messages in a month."""

    span = 30


@post("/datacube/getinterfacesummary", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class Callbacks(_CallbackRows, frozen=True):
    """Calls of the webhook, by day."""

    span = 30


@post("/datacube/getinterfacesummaryhour", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class CallbacksByHour(_CallbackRows, frozen=True):
    """Calls of the webhook, by hour."""

    span = 1


class Statistics(Area[Mode], Generic[Mode]):
    """`client.statistics`: every method takes the first and the last day."""

    user_summary = ranged(UserSummary)
    user_cumulate = ranged(UserCumulate)
    article_reads = ranged(articles.ArticleReads)
    article_shares = ranged(articles.ArticleShares)
    account_summary = ranged(articles.AccountSummary)
    article_details = ranged(articles.ArticleDetails)
    article_summary = ranged(articles.ArticleSummary)
    article_totals = ranged(articles.ArticleTotals)
    user_reads = ranged(articles.UserReads)
    user_reads_by_hour = ranged(articles.UserReadsByHour)
    user_shares = ranged(articles.UserShares)
    user_shares_by_hour = ranged(articles.UserSharesByHour)
    messages = ranged(Messages)
    messages_by_hour = ranged(MessagesByHour)
    messages_by_week = ranged(MessagesByWeek)
    messages_by_month = ranged(MessagesByMonth)
    message_counts = ranged(MessageCounts)
    message_counts_by_week = ranged(MessageCountsByWeek)
    message_counts_by_month = ranged(MessageCountsByMonth)
    callbacks = ranged(Callbacks)
    callbacks_by_hour = ranged(CallbacksByHour)
