"""The blacklist and the retired groups, of which one is the blacklist."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.wechat import ApiError, AsyncClient, Client

OPENIDS = [f"o{n:027d}" for n in range(60)]


@dataclass(frozen=True)
class Stage:
    platform: Platform
    app: App
    client: Client
    url: str


@pytest.fixture(scope="module")
def server() -> Iterator[Stage]:
    platform = Platform()
    app = platform.add(App("wx00000000000000a0", "app-secret", "service"))
    with running(platform) as url, Client(app.app_id, app.secret, base_url=url) as client:
        yield Stage(platform, app, client, url)


@pytest.fixture
def stage(server: Stage) -> Stage:
    server.app.followers = {openid: Follower(openid, "客") for openid in OPENIDS}
    for kind in [kind for kind in server.app.kept if kind.__name__ == "GroupBook"]:
        del server.app.kept[kind]
    return server


def refused(code: int, call: Callable[[], object]) -> None:
    with pytest.raises(ApiError) as error:
        call()
    assert error.value.code == code


def test_on_and_off_the_blacklist(stage: Stage) -> None:
    stage.client.blacklist.add(OPENIDS[:3])
    assert list(stage.client.blacklist.list()) == OPENIDS[:3]
    assert list(stage.client.users.list()) == OPENIDS[3:]
    stage.client.blacklist.remove([OPENIDS[1], OPENIDS[9]])
    assert list(stage.client.blacklist.list()) == [OPENIDS[0], OPENIDS[2]]
    assert list(stage.client.blacklist.list(OPENIDS[0])) == [OPENIDS[2]]


def test_twenty_at_a_time(stage: Stage) -> None:
    stage.client.blacklist.add_many(OPENIDS[:45])
    assert list(stage.client.blacklist.list()) == OPENIDS[:45]
    stage.client.blacklist.remove_many(OPENIDS[5:])
    assert list(stage.client.blacklist.list()) == OPENIDS[:5]
    refused(40032, lambda: stage.client.blacklist.add(OPENIDS[:21]))
    refused(40032, lambda: stage.client.blacklist.remove([]))


def test_nobody_is_blocked_when_one_is_unknown(stage: Stage) -> None:
    refused(40003, lambda: stage.client.blacklist.add([OPENIDS[0], "nobody"]))
    assert list(stage.client.blacklist.list()) == []
    refused(40003, lambda: list(stage.client.blacklist.list("nobody")))


def test_people_of_another_app_are_told_from_nobody(stage: Stage) -> None:
    other = App(
        "wx00000000000000a9", "other-secret", "miniprogram", followers={"oElsewhere": Follower("oElsewhere", "客")}
    )
    stage.platform.add(other)
    tag = stage.client.tags.create("常客").id
    for ask in (stage.client.blacklist.add, stage.client.blacklist.remove, lambda who: stage.client.tags.tag(who, tag),
                lambda who: stage.client.tags.untag(who, tag)):  # fmt: skip
        refused(49003, lambda ask=ask: ask([OPENIDS[0], "oElsewhere"]))
        refused(40003, lambda ask=ask: ask([OPENIDS[0], "nobody"]))
    refused(49003, lambda: stage.client.tags.of("oElsewhere"))
    refused(49003, lambda: list(stage.client.blacklist.list("oElsewhere")))
    assert stage.client.tags.of(OPENIDS[0]) == []
    other.followers[OPENIDS[0]] = Follower(OPENIDS[0], "客")  # known to both
    stage.client.blacklist.add([OPENIDS[0]])


def test_the_blacklist_asynchronously(stage: Stage) -> None:
    async def block() -> list[str]:
        async with AsyncClient(stage.app.app_id, stage.app.secret, base_url=stage.url) as client:
            await client.blacklist.add_many(OPENIDS[:25])
            return [openid async for openid in client.blacklist.list()]

    assert asyncio.run(block()) == OPENIDS[:25]


def test_groups(stage: Stage) -> None:
    groups = stage.client.groups
    regular = groups.create("常客")
    assert regular.id >= 100
    groups.move(OPENIDS[0], regular.id)
    groups.move_batch(OPENIDS[1:5], regular.id)
    assert groups.of(OPENIDS[4]) == regular.id
    assert groups.of(OPENIDS[5]) == 0
    assert stage.client.users.get(OPENIDS[0]).groupid == regular.id
    counts = {group.id: group.count for group in groups.list()}
    assert counts == {0: 55, 1: 0, 2: 0, regular.id: 5}
    groups.rename(regular.id, "老客")
    assert {group.id: group.name for group in groups.list()}[regular.id] == "老客"
    groups.delete(regular.id)
    assert groups.of(OPENIDS[0]) == 0
    refused(40050, lambda: groups.move(OPENIDS[0], regular.id))


def test_group_one_is_the_blacklist(stage: Stage) -> None:
    stage.client.groups.move(OPENIDS[0], 1)
    assert list(stage.client.blacklist.list()) == OPENIDS[:1]
    stage.client.groups.move(OPENIDS[0], 0)
    assert list(stage.client.blacklist.list()) == []


def test_groups_that_are_refused(stage: Stage) -> None:
    groups = stage.client.groups
    first = groups.create("一")
    refused(40051, lambda: groups.create("一"))
    refused(40051, lambda: groups.create(""))
    refused(40051, lambda: groups.create("长" * 31))
    groups.create("长" * 30)
    groups.rename(first.id, "一")
    refused(40051, lambda: groups.rename(first.id, "星标组"))
    refused(40050, lambda: groups.rename(2, "新"))
    refused(40050, lambda: groups.rename(777, "新"))
    refused(40050, lambda: groups.delete(0))
    refused(40032, lambda: groups.move_batch(OPENIDS[:51], first.id))
    refused(40003, lambda: groups.move("nobody", first.id))
    refused(40003, lambda: groups.of("nobody"))
    for n in range(98):
        groups.create(f"组{n}")
    refused(45056, lambda: groups.create("太多"))
