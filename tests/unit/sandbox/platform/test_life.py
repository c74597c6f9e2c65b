"""The seeded shop on the platform: the same life from the same seed, in its own time, and everything in it can be asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest
from support.hook import Got, Hook, hook
from wechatpy import parse_message
from wechatpy.enterprise.crypto import WeChatCrypto as CorpCrypto

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.comments import CommentBook
from jianwei.sandbox.platform.areas.customer_service import Desk
from jianwei.sandbox.platform.daily import day_of
from jianwei.sandbox.platform.life import Life
from jianwei.sandbox.platform.town import starts_at
from jianwei.sandbox.platform.world import Clock, Platform
from jianwei.sandbox.population import Shop, simulate
from jianwei.wechat import Client
from jianwei.wechat.client import WeComClient


@pytest.fixture(scope="module")
def small() -> Shop:
    return simulate(customers=40, days=14)


@pytest.fixture
def server() -> Iterator[Hook]:
    with hook() as stands:
        yield stands


def _still() -> Platform:
    return Platform(Clock(lambda: 0.0))


def test_the_same_seed_gives_the_same_life(small: Shop) -> None:
    one, other = Life(_still(), small), Life(_still(), small)
    assert one.run() == other.run()
    assert one.town.service == other.town.service
    assert [app.app_id for app in one.platform.apps.values()] == [app.app_id for app in other.platform.apps.values()]


def test_in_pieces_it_is_the_same_as_at_once(small: Shop) -> None:
    whole, pieces = Life(_still(), small), Life(_still(), small)
    lived = whole.run()
    sums: Counter[str] = Counter()
    while pieces.next_at is not None:
        sums += pieces.run(days=1).deeds
    assert sums == lived.deeds
    assert pieces.town.service.followers == whole.town.service.followers
    assert pieces.town.service.of(Desk) == whole.town.service.of(Desk)


def test_time_goes_on_with_it_and_stops_where_it_is_told(small: Shop) -> None:
    life = Life(_still(), small)
    begin = starts_at(small)
    assert life.platform.clock.now() == begin
    life.run(days=3)
    assert life.platform.clock.now() == begin + 3 * 86_400
    assert life.next_at is not None
    assert life.next_at >= begin + 3 * 86_400
    life.run(until=begin + 4 * 86_400)
    assert life.platform.clock.now() == begin + 4 * 86_400


def test_a_pace_is_kept_by_the_clock_itself(small: Shop) -> None:
    machine = [0.0]
    platform = Platform(Clock(lambda: machine[0]))
    life = Life(platform, small)
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        machine[0] += seconds

    begin = platform.clock.now()
    lived = life.run(speed=3_600, days=1, sleep=sleep)
    assert sum(lived.deeds.values()) > 0
    assert sum(naps) == pytest.approx((platform.clock.now() - begin) / 3_600, abs=0.01)
    assert platform.clock.now() <= begin + 86_400


def test_it_stops_when_asked(small: Shop) -> None:
    life = Life(_still(), small)
    asked = iter([False] * 10 + [True] * 10)
    assert sum(life.run(stop=lambda: next(asked)).deeds.values()) <= 10
    assert life.next_at is not None


def test_what_people_do_reaches_the_callback_in_order(small: Shop, server: Hook) -> None:
    life = Life(_still(), small)
    life.platform.connect(life.town.service, server.url, "sandboxtoken")
    lived = life.run(days=4)
    pushed = [parse_message(got.body) for got in server.pushed]
    assert lived.outcomes == {"success": len(pushed)}
    assert [one.create_time for one in pushed] == sorted(one.create_time for one in pushed)
    texts = [one.content for one in pushed if one.type == "text"]
    end = starts_at(small) + 4 * 86_400
    customers = {one.user_id for one in small.customers}
    said = [
        one.text
        for one in small.messages
        if one.at < end and one.sender_id == one.conversation_id in customers and one.kind in ("text", "reply")
    ]
    assert texts == said
    assert {one.source for one in pushed} <= {one.openid for one in small.customers}
    kinds = Counter(getattr(one, "event", one.type) for one in pushed)
    assert kinds["view"] > 0
    assert kinds["merchant_order"] > 0


def test_the_corp_hears_of_new_contacts_and_of_who_joins_a_group(small: Shop, server: Hook) -> None:
    key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
    life = Life(_still(), small)
    corp = life.town.corp
    crypto = CorpCrypto("sandboxtoken", key, corp.app_id.split("/")[0])

    def answer(got: Got) -> bytes:
        query, echo = got.query, got.query.get("echostr")
        if echo is None:
            return b"success"
        found = crypto.check_signature(query["msg_signature"], query["timestamp"], query["nonce"], echo)
        return found.encode() if isinstance(found, str) else bytes(found)

    server.answer = answer
    life.platform.connect(corp, server.url, "sandboxtoken", key)
    lived = life.run()
    plain = [
        crypto.decrypt_message(got.body, got.query["msg_signature"], got.query["timestamp"], got.query["nonce"])
        for got in server.pushed
    ]
    texts = [one if isinstance(one, str) else one.decode() for one in plain]
    new = [one for one in small.customers if one.joined >= starts_at(small)]
    assert sum("add_external_contact" in text for text in texts) == lived.deeds["customer"] == len(new) > 0
    joins = [one for one in small.messages if one.kind == "system" and "chatroom" in one.conversation_id]
    assert sum("add_member" in text for text in texts) == len(joins) > 0


def test_everything_in_it_can_be_asked_for(small: Shop) -> None:
    life = Life(Platform(), small)
    lived = life.run(days=14)
    life.platform.clock.move(9 * 3_600)  # figures are ready in the morning
    service, corp = life.town.service, life.town.corp
    now = life.platform.clock.now
    with running(life.platform) as url, Client(service.app_id, service.secret, base_url=url, now=now) as client:
        openids = list(client.users.list())
        assert set(openids) == {one.openid for one in service.followers.values() if one.subscribed}
        published = list(client.publishing.list())
        assert len(published) == lived.deeds["article"] == 2
        assert client.drafts.count() == 1  # next week's
        comments = sum(len(thread.said) for thread in service.of(CommentBook).threads.values())
        assert comments == lived.deeds["review"] > 0
        day = small.start + timedelta(days=1)
        reads = client.statistics.user_reads(day, day)
        assert sum(row.int_page_read_count for row in reads) > 0
        messages = client.statistics.messages(small.start, small.start + timedelta(days=13))
        assert sum(row.msg_count for row in messages) == lived.deeds["message"] - _answers(life)
        corp_id = corp.app_id.split("/")[0]
        with WeComClient(corp_id, corp.secret, base_url=url, now=now) as wecom:
            groups = [one for one in small.conversations if one.kind == "group"]
            assert len(list(wecom.groups.list())) == len(groups)
    assert day_of(int(now())) == date(2026, 3, 16)


def _answers(life: Life) -> int:
    """Lines of the shop's people."""
    return sum(record.opercode == 2002 for _, record in life.town.service.of(Desk).lines)


def test_the_same_person_is_known_everywhere_by_the_union_id(small: Shop) -> None:
    town = Life(_still(), small).town
    of_website = {one.union_id: one.openid for one in town.website.followers.values()}
    for person in town.service.followers.values():
        assert of_website[person.union_id] != person.openid
    assert len(of_website) == len(small.customers)


def test_a_sandbox_stands_with_everything(small: Shop) -> None:
    from jianwei.sandbox.platform.standing import standing

    with standing(customers=20, days=14) as stands:
        page = httpx.get(stands.url, headers={"accept-language": "zh-CN"}).text
        state = httpx.get(f"{stands.url}/_sandbox/state").json()
    assert all(app.app_id in page for app in stands.platform.apps.values())
    assert [app["kind"] for app in state["apps"]] == ["service", "website", "miniprogram", "wecom"]
    assert stands.life.next_at is None
