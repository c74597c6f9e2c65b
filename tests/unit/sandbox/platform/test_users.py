"""Followers: lists that page, what is known of one or many, remarks, openids after a move."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.tags import TagBook
from jianwei.sandbox.platform.world import App, Clock, Follower, Platform
from jianwei.wechat import ApiError, AsyncClient, Client
from jianwei.wechat.endpoints.users import ChangeOpenids, GetUsers, ListUsers, UserQuery

OPENIDS = [f"o{n:027d}" for n in range(230)]
OLD = "wx00000000000000cc"


@dataclass(frozen=True)
class Stage:
    app: App
    client: Client
    url: str


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    platform = Platform(Clock(lambda: 1_772_000_000.0))
    app = platform.add(App("wx00000000000000a0", "app-secret", "service"))
    for n, openid in enumerate(OPENIDS):
        app.followers[openid] = Follower(openid, f"客{n}", union_id=f"u{n}", subscribed_at=1_700_000_000 + n)
    old = platform.add(App(OLD, "old-secret", "service"))
    for n in range(150):
        old.followers[f"x{n}"] = Follower(f"x{n}", f"客{n}", union_id=f"u{n}")
    old.followers["x-alone"] = Follower("x-alone", "独", union_id="u-alone")
    with running(platform) as url, Client(app.app_id, app.secret, base_url=url) as client:
        yield Stage(app, client, url)


def refused(code: int, call: Callable[[], object]) -> None:
    with pytest.raises(ApiError) as error:
        call()
    assert error.value.code == code


def test_all_followers_in_their_order(stage: Stage) -> None:
    assert list(stage.client.users.list()) == OPENIDS
    assert list(stage.client.users.list(OPENIDS[200])) == OPENIDS[201:]
    refused(40003, lambda: list(stage.client.users.list("nobody")))


def test_the_page_after_the_last_has_no_data(stage: Stage) -> None:
    page = stage.client.request("GET", "/cgi-bin/user/get", query={"next_openid": OPENIDS[-1]})
    assert page == {"total": 230, "count": 0, "next_openid": ""}
    assert stage.client.call(ListUsers(OPENIDS[-1])).next is None


def test_more_than_a_page() -> None:
    platform = Platform()
    app = platform.add(App("wx00000000000000a0", "app-secret", "service"))
    openids = [f"o{n:027d}" for n in range(20_001)]
    app.followers.update({openid: Follower(openid, "客") for openid in openids})
    app.followers[openids[5]].subscribed = False
    with running(platform) as url, Client(app.app_id, app.secret, base_url=url) as client:
        first = client.call(ListUsers())
        assert (first.count, first.total, first.next_openid) == (10_000, 20_000, openids[10_000])
        assert list(client.users.list()) == openids[:5] + openids[6:]


def test_one_follower(stage: Stage) -> None:
    stage.app.of(TagBook).bearers[101] = {OPENIDS[7]: None}
    stage.app.followers[OPENIDS[7]].qr_scene_str = "door"
    user = stage.client.users.get(OPENIDS[7])
    assert user.follows
    assert (user.unionid, user.subscribe_time, user.tagid_list, user.language) == ("u7", 1_700_000_007, [101], "zh_CN")
    assert (user.subscribe_scene, user.qr_scene, user.qr_scene_str) == ("ADD_SCENE_SEARCH", 0, "door")
    assert (user.nickname, user.headimgurl) == ("", "")
    assert stage.client.users.get(OPENIDS[7], "en").language == "en"


def test_somebody_who_left(stage: Stage) -> None:
    stage.app.followers["o-gone"] = Follower("o-gone", "走了", union_id="u-gone", subscribed=False)
    raw = stage.client.request("GET", "/cgi-bin/user/info", query={"openid": "o-gone"})
    assert raw == {"subscribe": 0, "openid": "o-gone", "unionid": "u-gone"}
    assert not stage.client.users.get("o-gone").follows


def test_unknown_people_and_languages(stage: Stage) -> None:
    refused(40003, lambda: stage.client.users.get("nobody"))
    refused(41009, lambda: stage.client.request("GET", "/cgi-bin/user/info"))
    query = {"openid": OPENIDS[0], "lang": "fr"}
    refused(40035, lambda: stage.client.request("GET", "/cgi-bin/user/info", query=query))


def test_many_followers(stage: Stage) -> None:
    assert [user.openid for user in stage.client.users.get_many(OPENIDS, "en")] == OPENIDS
    assert stage.client.users.get_many([]) == []
    refused(40032, lambda: stage.client.users.get_batch([UserQuery(openid) for openid in OPENIDS[:101]]))
    refused(40032, lambda: stage.client.call(GetUsers([])))
    refused(40003, lambda: stage.client.users.get_many([*OPENIDS, "nobody"]))


def test_remarks(stage: Stage) -> None:
    stage.client.users.remark(OPENIDS[3], "爱喝茉莉" * 7)
    assert stage.client.users.get(OPENIDS[3]).remark == "爱喝茉莉" * 7
    refused(40035, lambda: stage.client.users.remark(OPENIDS[3], "茶" * 30))
    stage.client.users.remark(OPENIDS[3], "")
    assert stage.client.users.get(OPENIDS[3]).remark == ""
    refused(40003, lambda: stage.client.users.remark("nobody", "谁"))


def test_openids_after_a_move(stage: Stage) -> None:
    found = stage.client.users.change_many(OLD, [*(f"x{n}" for n in range(150)), "x-alone", "nobody"])
    assert [one.new_openid for one in found] == [*OPENIDS[:150], "", ""]
    assert {one.err_msg for one in found[:150]} == {"ok"}
    assert "ok" not in {one.err_msg for one in found[150:]}
    refused(40032, lambda: stage.client.users.change(OLD, ["x0"] * 101))
    refused(40013, lambda: stage.client.call(ChangeOpenids("wx0000000000000000", ["x0"])))


def test_asynchronously(stage: Stage) -> None:
    async def ask() -> tuple[list[str], int]:
        async with AsyncClient(stage.app.app_id, stage.app.secret, base_url=stage.url) as client:
            openids = [openid async for openid in client.users.list()]
            return openids, len(await client.users.get_many(openids))

    assert asyncio.run(ask()) == (OPENIDS, len(OPENIDS))
