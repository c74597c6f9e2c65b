"""Statistics: what the simulator counts is what happened, through both clients."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.daily import Daily, SentArticle, day_of, started
from jianwei.sandbox.platform.world import App, Clock, Follower, Platform
from jianwei.wechat.client import AsyncClient, Client
from jianwei.wechat.endpoints import statistics as api
from jianwei.wechat.endpoints import statistics_articles as articles
from jianwei.wechat.errors import ApiError
from jianwei.wechat.request import Ranged

TODAY = date(2026, 3, 20)
DAY = 86_400
MSGID = "2247483700_1"


@dataclass
class World:
    platform: Platform
    app: App
    url: str

    def client(self) -> Client:
        return Client(self.app.app_id, self.app.secret, base_url=self.url)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Fifty followers, two a day; one article; a few deeds by hand on March 10 and 11, the rest invented."""
    platform = Platform(Clock(lambda: started(TODAY) + 12 * 3_600.0))
    app = platform.add(App("wx00000000000000aa", "s", "service"))
    for n in range(50):
        openid = f"o{n:027d}"
        scene = "ADD_SCENE_QR_CODE" if n % 2 else "ADD_SCENE_SEARCH"
        at = started(TODAY) - (30 - n // 2) * DAY + 600
        app.followers[openid] = Follower(openid, f"n{n}", subscribed_at=at, scene=scene)
    daily = app.of(Daily)
    at = started(date(2026, 3, 10)) + 9 * 3_600
    daily.publish(SentArticle(MSGID, "春茶上新", at, url="https://mp.weixin.qq.com/s/x"))
    for n in range(4):
        for _ in range(1 + n):
            daily.note("read", at + n * 3_600, f"o{n:027d}", code=n % 2, msgid=MSGID)
    for n in range(3):
        daily.note("share", at, f"o{n:027d}", code=2, msgid=MSGID)
    daily.note("like", at, f"o{0:027d}", msgid=MSGID)
    for n, count in ((0, 1), (1, 6), (2, 11)):
        for _ in range(count):
            daily.note("message", at, f"o{n:027d}", code=1)
            daily.note("call", at, took=100 * (n + 1), failed=n == 2)
    daily.note("leave", at + DAY, f"o{3:027d}")
    daily.note("read", at + DAY, f"o{5:027d}", code=2, msgid=MSGID)
    with running(platform) as url:
        yield World(platform, app, url)


def test_who_came_and_went_adds_up_to_who_is_there(world: World) -> None:
    begin, end = date(2026, 2, 16), date(2026, 3, 19)
    with world.client() as client:
        moves = client.statistics.user_summary(begin, end)
        totals = {row.ref_date: row.cumulate_user for row in client.statistics.user_cumulate(begin, end)}
    assert sorted({row.user_source for row in moves}) == [1, 30]
    assert sum(row.new_user for row in moves) == 50
    assert [(row.ref_date, row.user_source, row.cancel_user) for row in moves if row.cancel_user] == [
        (date(2026, 3, 11), 30, 1)
    ]
    grown: Counter[date] = Counter()
    for row in moves:
        grown[row.ref_date] += row.new_user - row.cancel_user
    there = 0
    for number in range(32):
        there += grown[begin + timedelta(days=number)]
        assert totals[begin + timedelta(days=number)] == there
    assert there == 49


def test_messages_of_a_day_hour_week_and_month(world: World) -> None:
    day = date(2026, 3, 10)
    world.app.of(Daily).invent = False
    try:
        with world.client() as client:
            ask = client.statistics
            assert ask.messages(day, day) == [api.MessageRow(ref_date=day, msg_type=1, msg_user=3, msg_count=18)]
            assert [(row.ref_hour, row.msg_count) for row in ask.messages_by_hour(day, day)] == [(900, 18)]
            counts = {row.count_interval: row.msg_user for row in ask.message_counts(day, day)}
            assert counts == {0: 42 - 3, 1: 1, 2: 1, 3: 1}
            (week,) = ask.messages_by_week(date(2026, 3, 1), date(2026, 3, 19))
            assert (week.ref_date, week.msg_count) == (date(2026, 3, 9), 18)
            assert ask.messages_by_month(date(2026, 2, 1), date(2026, 3, 19)) == []  # March is not over
            (calls,) = ask.callbacks(date(2026, 3, 1), date(2026, 3, 19))
            assert (calls.callback_count, calls.fail_count, calls.max_time_cost) == (18, 11, 300)
            assert calls.total_time_cost == 100 + 6 * 200 + 11 * 300
            assert [row.ref_hour for row in ask.callbacks_by_hour(day, day)] == [900]
            weekly = ask.message_counts_by_week(date(2026, 3, 1), date(2026, 3, 19))
            assert {row.count_interval: row.msg_user for row in weekly if row.ref_date == date(2026, 3, 9)}[3] == 1
            assert all(row.count_interval == 0 for row in ask.message_counts_by_month(date(2026, 2, 1), day))
    finally:
        world.app.of(Daily).invent = True


def test_articles_of_both_families_agree(world: World) -> None:
    day = date(2026, 3, 10)
    with world.client() as client:
        ask = client.statistics
        (read,) = ask.article_reads(day, day)
        assert (read.msgid, read.detail.read_user, read.is_delay) == (MSGID, 4, False)
        assert {s.scene_desc: s.user_count for s in read.detail.read_user_source} == {
            "全部": 4,
            "公众号消息": 2,
            "聊天会话": 2,
        }
        (shared,) = ask.article_shares(day, day)
        assert shared.detail.share_user == 3
        (account,) = ask.account_summary(day, day)
        assert (account.detail.read_user, account.detail.like_user, account.detail.send_page_count) == (4, 1, 1)
        (detail,) = ask.article_details(day, day)
        assert (detail.title, detail.publish_type) == ("春茶上新", 0)
        assert [one.read_user for one in detail.detail_list[:2]] == [4, 5]
        assert len(detail.detail_list) == 10
        (old,) = ask.article_summary(day, day)
        assert (old.int_page_read_user, old.int_page_read_count, old.share_count) == (4, 10, 3)
        (total,) = ask.article_totals(day, day)
        assert len(total.details) == 7
        assert total.details[1].int_page_from_feed_read_user == 1
        assert total.details[0].target_user == sum(
            f.subscribed_at <= started(day) + 9 * 3_600 for f in world.app.followers.values()
        )
        sources = {row.user_source: row.int_page_read_count for row in ask.user_reads(day, day)}
        assert sources == {0: 1 + 3, 1: 2 + 4, 99999999: 10}
        hours = [row for row in ask.user_reads_by_hour(day, day) if row.user_source == 99999999]
        assert [(row.ref_hour, row.int_page_read_count) for row in hours] == [(900, 1), (1000, 2), (1100, 3), (1200, 4)]
        assert [(row.share_scene, row.share_user) for row in ask.user_shares(day, day)] == [(2, 3)]
        assert [(row.ref_hour, row.share_count) for row in ask.user_shares_by_hour(day, day)] == [(900, 3)]


def test_what_is_invented_is_the_same_again_and_follows_the_seed(world: World) -> None:
    begin, end = date(2026, 3, 12), date(2026, 3, 19)
    with world.client() as client:
        first = client.statistics.messages(begin, end)
        assert first
        assert client.statistics.messages(begin, end) == first
        world.platform.seed += 1
        try:
            assert client.statistics.messages(begin, end) != first
        finally:
            world.platform.seed -= 1


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (api.UserSummary(TODAY, TODAY), 61501),
        (api.UserSummary(date(2026, 3, 10), date(2026, 3, 9)), 61501),
        (api.UserSummary(date(2026, 3, 1), date(2026, 3, 8)), 61501),
        (api.Callbacks(date(2014, 11, 30), date(2014, 12, 1)), 61501),
        (articles.UserReads(date(2026, 3, 1), date(2026, 3, 4)), 61501),
        (articles.ArticleReads(date(2025, 10, 31), date(2025, 10, 31)), 61501),
    ],
)
def test_wrong_days_are_refused(world: World, call: Ranged[object], code: int) -> None:
    with world.client() as client, pytest.raises(ApiError) as caught:
        client.call(call)
    assert caught.value.code == code


@pytest.mark.parametrize("kind", [api.Messages, articles.ArticleReads])
def test_yesterday_is_not_ready_before_eight(world: World, kind: type[Ranged[object]]) -> None:
    yesterday = TODAY - timedelta(days=1)
    world.platform.clock.move(-5 * 3_600)
    try:
        assert day_of(int(world.platform.clock.now())) == TODAY
        with world.client() as client, pytest.raises(ApiError) as caught:
            client.call(kind(yesterday, yesterday))
        assert caught.value.code == 61503
    finally:
        world.platform.clock.move(5 * 3_600)


def test_a_malformed_date_is_refused(world: World) -> None:
    with world.client() as client, pytest.raises(ApiError) as caught:
        client.request("POST", "/datacube/getusersummary", json={"begin_date": "2026/3/1", "end_date": "2026-03-02"})
    assert caught.value.code == 61500


def test_the_asynchronous_client_joins_spans_too(world: World) -> None:
    async def ask() -> list[api.UserCumulateRow]:
        async with AsyncClient(world.app.app_id, world.app.secret, base_url=world.url) as client:
            return await client.statistics.user_cumulate(date(2026, 3, 1), date(2026, 3, 19))

    rows = asyncio.run(ask())
    assert [row.ref_date.day for row in rows] == list(range(1, 20))


def test_a_late_answer_says_so() -> None:
    rows = articles.ArticleReads.read({"is_delay": True, "list": [{"ref_date": "2026-03-01", "msgid": "1_1"}]})
    assert rows[0].is_delay
    assert articles.ArticleReads.write(rows)["is_delay"] is True
    with pytest.raises(ApiError):
        articles.ArticleReads.read({"is_delay": True, "list": []})


def test_both_names_of_the_longest_call_are_read() -> None:
    row = {"ref_date": "2014-12-07", "callback_count": 2, "max_time_count": 5000}
    assert api.Callbacks.read({"list": [row]})[0].max_time_cost == 5000
