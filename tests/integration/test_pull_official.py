"""`pull official-account` against the simulated platform: whole, incremental, resumable, polite."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from support.lake_rows import contents, rows
from support.official_world import NOW, OfficialWorld, official_world

from jianwei.common.kept import Delivery
from jianwei.ingest.pull import PullOptions, PullReport, official_parts, pull
from jianwei.ingest.pull._base import BEIJING
from jianwei.ingest.pull.polite import Polite
from jianwei.records import key_id
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.comments import CommentBook
from jianwei.sandbox.platform.areas.customer_service import Desk
from jianwei.sandbox.platform.callbacks import Pushed
from jianwei.sandbox.platform.daily import Daily
from jianwei.sandbox.platform.faults import Fault
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.people import People
from jianwei.sandbox.platform.world import Follower
from jianwei.sources._gathered import Gathered
from jianwei.store import Store, open_store
from jianwei.store.inbox import WriterInbox
from jianwei.wechat.endpoints.statistics import (
    MessageCountsByMonth,
    MessageCountsByWeek,
    MessagesByMonth,
    MessagesByWeek,
)
from jianwei.wechat.endpoints.statistics_articles import ArticleDetails, ArticleTotals
from jianwei.wechat.endpoints.users import GetUsers
from jianwei.wechat.messages.write import document_to_xml
from jianwei.wechat.request import Ranged


@pytest.fixture
def world() -> OfficialWorld:
    return official_world()


@pytest.fixture
def url(world: OfficialWorld) -> Iterator[str]:
    with running(world.platform) as address:
        world.fill(address)
        yield address


def run(world: OfficialWorld, url: str, store: Store, *only: str, **more: object) -> PullReport:
    options = PullOptions(
        only=frozenset(only) or None,
        now=world.platform.clock.now,
        sleep=world.platform.clock.move,
        **more,  # type: ignore[arg-type]
    )
    with world.client(url) as client:
        parts = official_parts(Polite(client, options.now, options.sleep))
        return pull(parts, account="shop", store=store, options=options)


def test_everything_comes_in_and_a_second_pull_adds_nothing(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    report = run(world, url, store)
    assert {part.name: part.status for part in report.parts} == dict.fromkeys(
        ("followers", "tags", "articles", "comments", "statistics", "records"), "done"
    )
    users = {row["key"]: row for row in rows(store, "users")}
    assert sum(bool(row["subscribed"]) for row in users.values()) == 250
    assert users["o2"]["user_id"] == key_id("u:", "shop", "user", "o2")
    assert json.loads(users["o2"]["tags"]) == ["茶友", "送礼"]
    assert len(rows(store, "links")) == 125
    names = {(row["kind"], row["name"]) for row in rows(store, "names")}
    assert ("remark", "老客户") in names
    articles = [row for row in rows(store, "items") if row["category"] == "article"]
    assert len(articles) == 6
    assert {row["text"] for row in articles} == {f"新茶 {n}\n到店" for n in range(3)}
    messages = rows(store, "messages")
    comments = [row for row in messages if row["item_id"]]
    assert len(comments) == 60 + 2 + 2 + 3 + 3 + 3
    answers = {row["reply_to"]: row["text"] for row in comments if row["direction"] == "out"}
    asked = {row["message_id"] for row in comments if row["text"] == "好喝吗"}
    assert set(answers) == asked
    assert len(asked) == 3
    assert sum(row["user_id"] is None and row["direction"] == "in" for row in comments) == 3
    talk = [row for row in messages if not row["item_id"]]
    assert len(talk) == 16
    assert {row["direction"] for row in talk} == {"in", "out"}
    assert {row["conversation_id"] for row in talk} == {key_id("c:", "shop", "conversation", o) for o in ("o1", "o2")}
    figures = {row["name"] for row in rows(store, "metrics")}
    assert {"tag.count", "user_cumulate.cumulate_user"} <= figures

    before = contents(store)
    again = run(world, url, store)
    assert all(not any(part.new.values()) for part in again.parts), again
    assert contents(store) == before


def test_what_changed_since_is_brought(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    run(world, url, store)
    world.platform.clock.move(86_400)
    world.app.followers["o9"].subscribed = False
    with world.client(url) as client:
        client.tags.untag(["o2"], next(tag.id for tag in client.tags.list() if tag.name == "送礼"))
    report = run(world, url, store)
    users = {row["key"]: row for row in rows(store, "users")}
    assert users["o9"]["subscribed"] is False
    assert json.loads(users["o2"]["tags"]) == ["茶友"]
    assert next(part for part in report.parts if part.name == "followers").notes == {"unsubscribed": 1}


def test_who_comes_during_a_pull_is_not_marked_as_gone(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    store, clock = open_store(tmp_path), world.platform.clock

    class Slow(Polite):
        """Every hundred takes half a minute; in the first one somebody begins to follow, as the webhook tells."""

        def call(self, request: Any, /) -> Any:
            if isinstance(request, GetUsers):
                clock.move(30)
                if "new" not in world.app.followers:
                    world.app.followers["new"] = Follower("new", "新客", subscribed_at=int(clock.now()))
                    come = Gathered("shop")
                    at = int(clock.now()) * 1_000_000
                    come.add("users", at, user_id=come.user("new"), key="new", subscribed=True)
                    with store.writing() as lake:
                        lake.upsert("users", come.tables()["users"])
            return super().call(request)

    options = PullOptions(only=frozenset({"followers"}), now=clock.now, sleep=clock.move)
    with world.client(url) as client:
        parts = official_parts(Slow(client, clock.now, clock.move))
        report = pull(parts, account="shop", store=store, options=options)
    assert report.parts[0].notes == {}
    users = {row["key"]: row for row in rows(store, "users")}
    assert users["new"]["subscribed"] is True
    assert len(users) == 251


def test_a_day_that_is_not_ready_does_not_hold_back_the_others(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    world.platform.clock.move(12 * 3_600)  # 02:13 in Beijing: yesterday's figures come at eight
    report = run(world, url, store, "statistics")
    assert report.complete
    assert report.parts[0].notes["not_ready"] > 0

    def days(name: str) -> set[int]:
        return {row["ts_us"] for row in rows(store, "metrics") if row["name"] == name}

    assert len(days("user_cumulate.cumulate_user")) == 29
    world.platform.clock.move(8 * 3_600)
    assert "not_ready" not in run(world, url, store, "statistics").parts[0].notes
    assert len(days("user_cumulate.cumulate_user")) == 30


def test_a_missing_permission_ends_its_part_only(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    world.app.denied = frozenset({"comments"})
    store = open_store(tmp_path)
    report = run(world, url, store, "articles", "comments", "records")
    assert {part.name: part.status for part in report.parts} == {
        "articles": "done", "comments": "unavailable", "records": "done"
    }  # fmt: skip
    assert report.complete


def test_a_quota_stops_and_the_next_pull_goes_on(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    world.platform.faults.add(Fault(path="/cgi-bin/user/info/batchget", code=45009, after=1))
    stopped = run(world, url, store, "followers")
    assert stopped.parts[0].status == "quota"
    assert stopped.parts[0].reason is not None
    assert "2026-02-26 00:00" in str(stopped.parts[0].reason.values["hint"])
    assert not stopped.complete
    assert len(rows(store, "users")) == 100
    counted = world.app.used.copy()
    assert run(world, url, store, "followers").complete
    assert len(rows(store, "users")) == 250
    assert world.app.used["user/info"] - counted["user/info"] == 2  # 100 and 50, not the first hundred again


@pytest.mark.parametrize(
    "fault",
    [
        Fault(code=-1, times=2, path="/cgi-bin/*"),
        Fault(status=500, times=2, path="/cgi-bin/*"),
        Fault(half=True, times=1, path="/cgi-bin/user/*"),
        Fault(drop=True, times=1, path="/cgi-bin/user/*"),
        Fault(expired=True, times=1, path="/cgi-bin/user/*"),
        Fault(slow=0.1, times=2),
        Fault(code=45011, times=1, path="/cgi-bin/user/*"),
    ],
)
def test_passing_faults_are_survived(world: OfficialWorld, url: str, tmp_path: Path, fault: Fault) -> None:
    clear, troubled = open_store(tmp_path / "a"), open_store(tmp_path / "b")
    only = ("followers", "tags", "articles", "comments")
    run(world, url, clear, *only)
    world.platform.clock.offset = 0
    number = world.platform.faults.add(fault)
    report = run(world, url, troubled, *only)
    assert report.complete, report
    assert world.platform.faults.laid[number].hits == fault.times
    assert contents(clear, but=("ts_us",)) == contents(troubled, but=("ts_us",))  # waiting took a little of the clock


def test_the_webhooks_messages_are_not_brought_again(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    heard = Gathered("shop", "f:webhook")
    heard.add(
        "messages", (NOW - 3_000) * 1_000_000, message_id="m:webhook", user_id=heard.user("o1"), kind="text", text="在吗",
        conversation_id=heard.conversation("o1"), direction="in",
    )  # fmt: skip
    with store.writing() as lake:
        lake.append_new("messages", heard.tables()["messages"])
    report = run(world, url, store, "records")
    assert report.parts[0].notes == {"heard": 1}
    assert len(rows(store, "messages")) == 16  # the two in one second stay two
    assert not any(run(world, url, store, "records").parts[0].new.values())


async def received(store: Store, *messages: Pushed) -> None:
    """The webhook has these messages in its inbox."""
    async with WriterInbox(store.state.engine) as inbox:
        for one in messages:
            key = str(one.fields["MsgId"])
            await inbox.begin("shop", key, 1.0)
            await inbox.finish(Delivery("shop", key, document_to_xml(one.fields), NOW * 1_000_000), b"")


def quiet_desk(world: OfficialWorld) -> People:
    """Nobody has written yet, and a member of the staff takes care of o1."""
    desk = world.app.of(Desk)
    desk.lines.clear()
    desk.sessions["o1"] = ("kf2001@gh_1", NOW - 100)
    return world.platform.people(world.app)


def test_what_waits_in_the_inbox_is_not_brought_again(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    asyncio.run(received(store, quiet_desk(world).say("o1", "在吗")))
    world.platform.clock.move(600)
    assert run(world, url, store, "records").parts[0].notes == {"heard": 1}
    assert len(rows(store, "messages")) == 1


def test_what_is_still_on_its_way_to_the_webhook_is_left_for_later(
    world: OfficialWorld, url: str, tmp_path: Path
) -> None:
    store = open_store(tmp_path)
    said = quiet_desk(world).say("o1", "在吗")
    world.platform.clock.move(10)
    assert run(world, url, store, "records").parts[0].read == {}
    asyncio.run(received(store, said))
    world.platform.clock.move(600)
    assert run(world, url, store, "records").parts[0].notes == {"heard": 1}
    assert len(rows(store, "messages")) == 1


@pytest.mark.parametrize("shown", ["", "[图片]"])
def test_pictures_that_the_webhook_brought_are_not_brought_again(
    world: OfficialWorld, url: str, tmp_path: Path, shown: str
) -> None:
    store = open_store(tmp_path)
    people = quiet_desk(world)
    asyncio.run(received(store, people.say("o1", "看"), people.send_image("o1", picture(b"x"))))
    desk = world.app.of(Desk)
    desk.lines = [(number, msgspec.structs.replace(line, text=line.text or shown)) for number, line in desk.lines]
    desk.note("o1", 2003, shown, NOW, "kf2001@gh_1")  # a second picture, which the webhook missed
    world.platform.clock.move(600)
    assert run(world, url, store, "records").parts[0].notes == {"heard": 2}
    kinds = sorted(row["kind"] for row in rows(store, "messages"))
    assert kinds == sorted(["text", "image", "image" if shown else "other"])


def test_days_between_limited_pulls_come_later(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    run(world, url, store, "records", "statistics")
    world.platform.clock.move(20 * 86_400)
    world.app.of(Desk).note("o1", 2003, "隔天", NOW + 5 * 86_400, "kf2001@gh_1")
    today = datetime.fromtimestamp(world.platform.clock.now(), UTC).date()
    near = {"since": today - timedelta(days=3), "until": today - timedelta(days=2)}
    run(world, url, store, "records", "statistics", **near)
    run(world, url, store, "records", "statistics")
    assert "隔天" in {row["text"] for row in rows(store, "messages")}
    days = {row["ts_us"] for row in rows(store, "metrics") if row["name"] == "user_cumulate.cumulate_user"}
    assert len(days) == 50


def test_comments_of_an_older_article_are_read_on_when_there_are_more(
    world: OfficialWorld, url: str, tmp_path: Path
) -> None:
    store = open_store(tmp_path)
    run(world, url, store, "articles", "comments")
    world.platform.clock.move(40 * 86_400)
    book, now = world.app.of(CommentBook), int(world.platform.clock.now())
    msg_data_id, index = next(place for place, thread in book.threads.items() if len(thread.said) > 50)
    book.say(world.platform, msg_data_id, index, "o1", "才看到", now)
    assert run(world, url, store, "comments").parts[0].new["messages"] == 1
    assert run(world, url, store, "comments").parts[0].new == {}


def test_figures_that_still_change_are_read_again(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    store, clock = open_store(tmp_path), world.platform.clock
    run(world, url, store, "statistics")
    first: dict[type[Ranged[Any]], date] = {}

    class Heard(Polite):
        def call(self, request: Any, /) -> Any:
            if isinstance(request, Ranged):
                first[type(request)] = min(request.begin, first.get(type(request), request.begin))
            return super().call(request)

    clock.move(86_400)
    yesterday = datetime.fromtimestamp(clock.now(), BEIJING).date() - timedelta(days=1)
    world.app.of(Daily).note("message", int(clock.now()) - 3 * 86_400, "o1", code=1)  # counted late
    options = PullOptions(only=frozenset({"statistics"}), now=clock.now, sleep=clock.move)
    with world.client(url) as client:
        report = pull(
            official_parts(Heard(client, clock.now, clock.move)), account="shop", store=store, options=options
        )
    assert report.complete
    # As long as the platform says that they go on: 30 and 7 days for an article, a week or month that is not over.
    spans = {ArticleDetails: 30, ArticleTotals: 7, MessagesByWeek: 7, MessageCountsByWeek: 7}
    spans |= {MessagesByMonth: 31, MessageCountsByMonth: 31}
    read = {kind: (yesterday - begin).days for kind, begin in first.items()}
    assert all(days >= spans.get(kind, 3) for kind, days in read.items()), read
    assert set(spans) <= set(read)
    late = [row for row in rows(store, "metrics") if row["name"] == "messages.msg_count"]
    day = (yesterday - timedelta(days=2)).isoformat()
    counted = [
        row["value"] for row in late if datetime.fromtimestamp(row["ts_us"] / 1e6, BEIJING).date().isoformat() == day
    ]
    assert 1.0 in counted


def test_what_was_said_before_midnight_is_read_after_it(world: OfficialWorld, url: str, tmp_path: Path) -> None:
    store, desk = open_store(tmp_path), world.app.of(Desk)
    desk.lines.clear()
    midnight = datetime(2026, 2, 26, tzinfo=BEIJING).timestamp()
    desk.note("o1", 2003, "还在吗", int(midnight) - 60, "kf2001@gh_1")
    for after in (60, 1_800):
        assert rows(store, "messages") == []
        world.platform.clock.move(midnight + after - world.platform.clock.now())
        run(world, url, store, "records")
    assert [row["text"] for row in rows(store, "messages")] == ["还在吗"]


WORKER = Path(__file__).parents[1] / "support" / "pull_worker.py"


@pytest.mark.slow
def test_kills_cost_nothing(world: OfficialWorld, url: str, tmp_path: Path, child_environment: dict[str, str]) -> None:
    """Killed at several calls and between commits, the pull ends as an undisturbed one does."""
    clear, killed = open_store(tmp_path / "a"), open_store(tmp_path / "b")
    run(world, url, clear)
    for how in ("call:4", "commit:2", "call:60"):
        command = [sys.executable, str(WORKER), str(tmp_path / "b"), url, str(NOW), how]
        done = subprocess.run(command, env=child_environment, check=False, capture_output=True, text=True)
        assert done.returncode == -signal.SIGKILL, (how, done.stdout, done.stderr)
    assert run(world, url, killed).complete
    assert contents(killed) == contents(clear)
