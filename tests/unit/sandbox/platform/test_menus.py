"""Menus: what a button may be, who sees which menu, automatic replies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.menus import MenuBook
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.wechat import ApiError, AsyncClient, Client
from jianwei.wechat.endpoints.autoreplies import AutoReplies, AutoReply, Keyword, KeywordRule, KeywordRules
from jianwei.wechat.endpoints.menus import Button, MatchRule
from jianwei.wechat.request import File

REGULAR, IPHONE, OTHER = "o-regular", "o-iphone", "o-other"
DEALS = Button("今日特价", "click", key="deals")
MORE = Button(
    "更多", sub_button=[Button("官网", "view", url="https://shop.example/"), Button("扫码", "scancode_push", key="s")]
)


@dataclass(frozen=True)
class Stage:
    app: App
    client: Client
    url: str


@pytest.fixture(scope="module")
def server() -> Iterator[Stage]:
    platform = Platform()
    app = platform.add(App("wx00000000000000a0", "app-secret", "service"))
    app.followers = {openid: Follower(openid, "客") for openid in (REGULAR, IPHONE, OTHER)}
    with running(platform) as url, Client(app.app_id, app.secret, base_url=url) as client:
        yield Stage(app, client, url)


@pytest.fixture
def stage(server: Stage) -> Stage:
    server.app.kept.pop(MenuBook, None)
    server.app.used.clear()
    return server


def refused(code: int, call: Callable[[], object]) -> None:
    with pytest.raises(ApiError) as error:
        call()
    assert error.value.code == code


def test_a_menu_comes_back_as_it_was_set(stage: Stage) -> None:
    refused(46003, stage.client.menus.get)
    stage.client.menus.create([DEALS, MORE])
    menus = stage.client.menus.get()
    assert menus.menu.button == [DEALS, MORE]
    assert (menus.menu.menuid, menus.conditional) == (None, [])
    stage.client.menus.create([MORE])
    assert stage.client.menus.get().menu.button == [MORE]
    stage.client.menus.delete()
    refused(46003, stage.client.menus.get)


VIEW = "https://shop.example/"


@pytest.mark.parametrize(
    ("code", "buttons"),
    [
        (40016, []),
        (40016, [DEALS] * 4),
        (40017, [Button("无")]),
        (40018, [Button("", "click", key="k")]),
        (40018, [Button("六个字太长了", "click", key="k")]),
        (40019, [Button("键", "click")]),
        (40019, [Button("键", "click", key="k" * 129)]),
        (40020, [Button("址", "view")]),
        (40020, [Button("址", "view", url=VIEW + "x" * 1024)]),
        (40055, [Button("址", "view", url="shop.example")]),
        (40007, [Button("图", "media_id")]),
        (40007, [Button("图", "view_limited", media_id="unknown")]),
        (53600, [Button("文", "article_id", article_id="unknown")]),
        (40035, [Button("小", "miniprogram", url=VIEW)]),
        (40022, [Button("深", sub_button=[Button("更深", sub_button=[DEALS])])]),
        (40023, [Button("多", sub_button=[DEALS] * 6)]),
        (40024, [Button("下", sub_button=[Button("无")])]),
        (40025, [Button("下", sub_button=[Button("长" * 21, "click", key="k")])]),
        (40026, [Button("下", sub_button=[Button("键", "click", key="k" * 129)])]),
        (40027, [Button("下", sub_button=[Button("址", "view", url=VIEW + "x" * 1024)])]),
        (40054, [Button("下", sub_button=[Button("址", "view", url="ftp://shop.example")])]),
    ],
)
def test_buttons_that_are_refused(stage: Stage, code: int, buttons: list[Button]) -> None:
    refused(code, lambda: stage.client.menus.create(buttons))
    refused(46003, stage.client.menus.get)


def test_buttons_at_their_limits(stage: Stage) -> None:
    widest = Button("五个汉字!", "click", key="k" * 128)
    deepest = Button("下", sub_button=[Button("长" * 20, "view", url=VIEW + "x" * (1024 - len(VIEW)))] * 5)
    app = Button("小", "miniprogram", url=VIEW, appid="wx1", pagepath="pages/index")
    stage.client.menus.create([widest, deepest, app])
    assert stage.client.menus.get().menu.button == [widest, deepest, app]


def test_buttons_that_show_a_material(stage: Stage) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
    added = stage.client.materials.add("image", File.of(picture, name="a.png"))
    button = Button("图", "media_id", media_id=added.media_id)
    stage.client.menus.create([Button("看", sub_button=[button])])
    assert stage.client.menus.try_for(OTHER) == [Button("看", sub_button=[button])]
    refused(48005, lambda: stage.client.materials.delete(added.media_id))


def test_an_unknown_type_is_refused(stage: Stage) -> None:
    body = {"button": [{"name": "x", "type": "teleport", "key": "k"}]}
    refused(40017, lambda: stage.client.request("POST", "/cgi-bin/menu/create", json=body))


def test_who_sees_which_menu(stage: Stage) -> None:
    stage.client.menus.create([MORE])
    tag = stage.client.tags.create("老客")
    stage.client.tags.tag([REGULAR], tag.id)
    stage.app.of(MenuBook).devices[IPHONE] = "1"
    for_regulars = stage.client.menus.add([DEALS], MatchRule(tag_id=str(tag.id)))
    for_iphones = stage.client.menus.add([DEALS, MORE], MatchRule(client_platform_type="1"))
    assert stage.client.menus.try_for(REGULAR) == [DEALS]
    assert stage.client.menus.try_for(IPHONE) == [DEALS, MORE]
    assert stage.client.menus.try_for(OTHER) == [MORE]
    menus = stage.client.menus.get()
    assert [menu.menuid for menu in menus.conditional] == [for_iphones, for_regulars]
    assert menus.conditional[1].matchrule == MatchRule(tag_id=str(tag.id))
    assert menus.menu.menuid is not None
    stage.app.of(MenuBook).devices[REGULAR] = "1"
    assert stage.client.menus.try_for(REGULAR) == [DEALS, MORE]
    stage.client.menus.remove(for_iphones)
    assert stage.client.menus.try_for(IPHONE) == [MORE]
    refused(65301, lambda: stage.client.menus.remove(for_iphones))
    refused(65302, lambda: stage.client.menus.try_for("nobody"))


def test_conditional_menus_that_are_refused(stage: Stage) -> None:
    add = stage.client.menus.add
    rule = MatchRule(client_platform_type="2")
    refused(65303, lambda: add([DEALS], rule))
    stage.client.menus.create([MORE])
    refused(65304, lambda: add([DEALS], MatchRule()))
    refused(65307, lambda: add([], rule))
    refused(65310, lambda: add([DEALS], MatchRule(province="广东")))
    refused(65310, lambda: add([DEALS], MatchRule(city="广州")))
    refused(65311, lambda: add([DEALS], MatchRule(country="中国", city="广州")))
    refused(65312, lambda: add([DEALS], MatchRule(country="86")))
    refused(65313, lambda: add([DEALS], MatchRule(country="中国", province="?")))
    refused(65314, lambda: add([DEALS], MatchRule(country="中国", province="广东", city="{}")))
    assert add([DEALS], MatchRule(country="New Zealand", province="Otago", city="Dunedin"))
    refused(40035, lambda: add([DEALS], MatchRule(client_platform_type="9")))
    refused(40035, lambda: add([DEALS], MatchRule(tag_id="777")))
    refused(40018, lambda: add([Button("", "click", key="k")], rule))
    many = [Button(f"{n}", "view", url=f"https://shop{n}.example/") for n in range(4)]
    refused(65316, lambda: add([Button("址", sub_button=many)], rule))
    refused(65308, lambda: add([Button("空"), DEALS], rule))
    refused(65308, lambda: add([Button("下", sub_button=[Button("空")])], rule))
    refused(65317, lambda: add([Button("址", "view", url="javascript:1")], rule))
    refused(65317, lambda: add([Button("址", "view", url="http://[shop/")], rule))
    book = stage.app.of(MenuBook)
    book.on = False
    refused(65309, lambda: add([DEALS], rule))
    book.on, book.supported = True, False
    refused(65306, lambda: add([DEALS], rule))
    book.supported = True
    stage.app.of(MenuBook).others *= 0
    menu_id = add([Button("址", sub_button=many[:3])], rule)
    stage.app.of(MenuBook).others *= 500
    refused(65305, lambda: add([DEALS], rule))
    assert menu_id > 0


def test_the_menu_that_is_shown(stage: Stage) -> None:
    assert stage.client.menus.current().is_menu_open == 0
    stage.client.menus.create([DEALS, MORE])
    shown = stage.client.menus.current()
    assert shown.is_menu_open == 1
    first, second = shown.selfmenu_info.button
    assert (first.type, first.key) == ("click", "deals")
    assert second.sub_button is not None
    assert [button.url for button in second.sub_button.items] == ["https://shop.example/", None]


def test_automatic_replies(stage: Stage) -> None:
    assert stage.client.menus.autoreplies() == AutoReplies()
    rule = KeywordRule(
        "时间", 1_700_000_000, "random_one", [Keyword("几点", match_mode="equal")], [AutoReply("text", "九点")]
    )
    set_there = AutoReplies(1, 1, AutoReply("text", "欢迎"), AutoReply("img", "m1"), KeywordRules([rule]))
    stage.app.of(MenuBook).replies = set_there
    assert stage.client.menus.autoreplies() == set_there


def test_menus_have_a_daily_quota(stage: Stage) -> None:
    stage.app.used["menu/create"] = 999
    stage.client.menus.create([DEALS])
    refused(45009, lambda: stage.client.menus.create([DEALS]))


def test_asynchronously(stage: Stage) -> None:
    async def set_menu() -> list[Button]:
        async with AsyncClient(stage.app.app_id, stage.app.secret, base_url=stage.url) as client:
            await client.menus.create([MORE])
            return (await client.menus.get()).menu.button

    assert asyncio.run(set_menu()) == [MORE]
