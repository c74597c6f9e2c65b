"""Statistics of articles: the family of November 2025, and the older one that the platform no longer maintains.

The new family starts at 2025-11-01. Where the platform has only part of a day's figures it says `is_delay`: every row then has it set, and
an answer without rows is refused with 61503, as the older family does. How many days the new endpoints give at a time is not documented
for all of them; one is always allowed. †
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Generic, TypeVar

import msgspec

from jianwei.wechat.errors import api_error
from jianwei.wechat.request import Ranged, post

__all__ = [
    "AccountSummary",
    "AccountSummaryRow",
    "ArticleDay",
    "ArticleDetailRow",
    "ArticleDetails",
    "ArticleReadRow",
    "ArticleReads",
    "ArticleShareRow",
    "ArticleShares",
    "ArticleSummary",
    "ArticleSummaryRow",
    "ArticleTotalDay",
    "ArticleTotalRow",
    "ArticleTotals",
    "JumpPosition",
    "ReadSource",
    "Reading",
    "Sharing",
    "UserReadRow",
    "UserReads",
    "UserReadsByHour",
    "UserShareRow",
    "UserShares",
    "UserSharesByHour",
]

T = TypeVar("T")
ERRORS = (61500, 61501, 61503)
WRONG = {"begin_date": 61500, "end_date": 61500}


class ReadSource(msgspec.Struct, frozen=True, kw_only=True):
    """Readers who came one way; `scene_desc` is the platform's name of the way. †"""

    scene_desc: str = ""
    user_count: int = 0


class JumpPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Share of the readers who left at one place of the article. †"""

    position: int = 0
    rate: float = 0.0


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Who read an article on one day."""

    read_user: int = 0
    read_user_source: list[ReadSource] = []


class Sharing(msgspec.Struct, frozen=True, kw_only=True):
    """Who shared an article on one day."""

    share_user: int = 0


class ArticleReadRow(msgspec.Struct, frozen=True, kw_only=True):
    """Readers of one article on a day; `msgid` is the message's id and the article's number in it, "…_1"."""

    ref_date: date
    msgid: str = ""
    detail: Reading = Reading()
    is_delay: bool = False


class ArticleShareRow(msgspec.Struct, frozen=True, kw_only=True):
    """Sharers of one article on a day."""

    ref_date: date
    msgid: str = ""
    detail: Sharing = Sharing()
    is_delay: bool = False


class AccountDay(msgspec.Struct, frozen=True, kw_only=True):
    """What happened with all articles of an account on one day. `zaikan_user` recommended one ("在看")."""

    read_user: int = 0
    read_user_source: list[ReadSource] = []
    share_user: int = 0
    zaikan_user: int = 0
    like_user: int = 0
    comment_count: int = 0
    collection_user: int = 0
    redirect_ori_page_user: int = 0
    send_page_count: int = 0


class AccountSummaryRow(msgspec.Struct, frozen=True, kw_only=True):
    """All articles of an account on a day."""

    ref_date: date
    detail: AccountDay = AccountDay()
    is_delay: bool = False


class ArticleDay(msgspec.Struct, frozen=True, kw_only=True):
    """One article up to and including `stat_date`. Rates are between 0 and 1, `read_avg_activetime` is seconds, `praise_money` cents. †"""

    stat_date: date
    read_user: int = 0
    read_user_source: list[ReadSource] = []
    share_user: int = 0
    zaikan_user: int = 0
    like_user: int = 0
    comment_count: int = 0
    collection_user: int = 0
    praise_money: int = 0
    read_subscribe_user: int = 0
    read_delivery_rate: float = 0.0
    read_finish_rate: float = 0.0
    read_avg_activetime: float = 0.0
    read_jump_position: list[JumpPosition] = []


class ArticleDetailRow(msgspec.Struct, frozen=True, kw_only=True):
    """An article of the day `ref_date`, day by day for up to 30 days; `publish_type` is 0 if followers were notified, 1 if not."""

    ref_date: date
    msgid: str = ""
    publish_type: int = 0
    title: str = ""
    content_url: str = ""
    detail_list: list[ArticleDay] = []
    is_delay: bool = False


class _Delayed(Ranged[T], Generic[T], frozen=True):
    """The platform says `is_delay` once, beside the rows."""

    @classmethod
    def read(cls, body: Any) -> list[T]:
        found = body if isinstance(body, Mapping) else {}
        late = bool(found.get("is_delay"))
        rows = found.get("list") or []
        if late and not rows:
            raise api_error(cls.spec.path, 61503, "", 0)
        return msgspec.convert([{**row, "is_delay": late} for row in rows], cls.result_type(), strict=False)  # type: ignore[no-any-return]

    @classmethod
    def write(cls, result: list[T]) -> Any:
        rows = msgspec.to_builtins(result)
        late = [row.pop("is_delay") for row in rows]
        return {"is_delay": any(late), "list": rows}


@post("/datacube/getarticleread", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class ArticleReads(_Delayed[ArticleReadRow], frozen=True):
    """Readers of every article, by day."""


@post("/datacube/getarticleshare", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class ArticleShares(_Delayed[ArticleShareRow], frozen=True):
    """Sharers of every article, by day."""


@post("/datacube/getbizsummary", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class AccountSummary(_Delayed[AccountSummaryRow], frozen=True):
    """All articles of the account together, by day."""


@post("/datacube/getarticletotaldetail", area="statistics", at="list", errors=ERRORS, wrong=WRONG)
class ArticleDetails(_Delayed[ArticleDetailRow], frozen=True):
    """Every article that was published on these days, with its figures since."""


class ReadFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Readers and readings: of the article's page (`int_page`), of the page that it links to (`ori_page`), shares, and favourites."""

    int_page_read_user: int = 0
    int_page_read_count: int = 0
    ori_page_read_user: int = 0
    ori_page_read_count: int = 0
    share_user: int = 0
    share_count: int = 0
    add_to_fav_user: int = 0
    add_to_fav_count: int = 0


class ArticleSummaryRow(ReadFigures, frozen=True, kw_only=True):
    """One article on a day."""

    ref_date: date
    msgid: str = ""
    title: str = ""


class ArticleTotalDay(ReadFigures, frozen=True, kw_only=True):
    """One article up to and including `stat_date`; `target_user` is how many it was sent to."""

    stat_date: date
    target_user: int = 0
    int_page_from_session_read_user: int = 0
    int_page_from_session_read_count: int = 0
    int_page_from_hist_msg_read_user: int = 0
    int_page_from_hist_msg_read_count: int = 0
    int_page_from_feed_read_user: int = 0
    int_page_from_feed_read_count: int = 0
    int_page_from_friends_read_user: int = 0
    int_page_from_friends_read_count: int = 0
    int_page_from_other_read_user: int = 0
    int_page_from_other_read_count: int = 0
    feed_share_from_session_user: int = 0
    feed_share_from_session_cnt: int = 0
    feed_share_from_feed_user: int = 0
    feed_share_from_feed_cnt: int = 0
    feed_share_from_other_user: int = 0
    feed_share_from_other_cnt: int = 0


class ArticleTotalRow(msgspec.Struct, frozen=True, kw_only=True):
    """An article that was sent on `ref_date`, day by day for up to seven days."""

    ref_date: date
    msgid: str = ""
    title: str = ""
    details: list[ArticleTotalDay] = []


class UserReadRow(ReadFigures, frozen=True, kw_only=True):
    """Readers of all articles who came one way.

    `user_source`: 99999999 all, 0 session, 1 friends, 2 Moments, 4 history page, 5 other, 6 Top Stories, 7 search.
    """

    ref_date: date
    ref_hour: int = 0
    user_source: int = 0


class UserShareRow(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of all articles; `share_scene`: 1 with a friend, 2 Moments, 3 Tencent Weibo, 255 other."""

    ref_date: date
    ref_hour: int = 0
    share_scene: int = 0
    share_count: int = 0
    share_user: int = 0


@post("/datacube/getarticlesummary", area="statistics", at="list", errors=ERRORS, wrong=WRONG, retired=True)
class ArticleSummary(Ranged[ArticleSummaryRow], frozen=True):
    """Every article that was read, by day. No longer maintained: use `ArticleReads`."""

    span = 1


@post("/datacube/getarticletotal", area="statistics", at="list", errors=ERRORS, wrong=WRONG, retired=True)
class ArticleTotals(Ranged[ArticleTotalRow], frozen=True):
    """Every article that was sent on these days, with its figures of a week. No longer maintained: use `ArticleDetails`."""

    span = 1


@post("/datacube/getuserread", area="statistics", at="list", errors=ERRORS, wrong=WRONG, retired=True)
class UserReads(Ranged[UserReadRow], frozen=True):
    """Readers of all articles, by day and by the way they came. No longer maintained: use `AccountSummary`."""

    span = 3


@post("/datacube/getuserreadhour", area="statistics", at="list", errors=ERRORS, wrong=WRONG, retired=True)
class UserReadsByHour(Ranged[UserReadRow], frozen=True):
    """Readers of all articles, by hour and by the way they came. No longer maintained."""

    span = 1


@post("/datacube/getusershare", area="statistics", at="list", errors=ERRORS, wrong=WRONG, retired=True)
class UserShares(Ranged[UserShareRow], frozen=True):
    """Shares of all articles, by day and by where to. No longer maintained: use `AccountSummary`."""

    span = 7


@post("/datacube/getusersharehour", area="statistics", at="list", errors=ERRORS, wrong=WRONG, retired=True)
class UserSharesByHour(Ranged[UserShareRow], frozen=True):
    """Shares of all articles, by hour and by where to. No longer maintained."""

    span = 1
