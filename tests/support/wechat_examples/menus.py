"""Calls of the menus that succeed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jianwei.sandbox.platform.areas.menus import MenuBook
from jianwei.sandbox.platform.areas.tags import TagBook
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.wechat.endpoints import autoreplies
from jianwei.wechat.endpoints import menus as api
from jianwei.wechat.request import Request

OPENID = "oMenu" + "0" * 23
BUTTONS = [
    api.Button("今日特价", "click", key="deals"),
    api.Button(
        "更多",
        sub_button=[
            api.Button("官网", "view", url="https://shop.example/"),
            api.Button("扫码", "scancode_push", key="scan"),
        ],
    ),
]
RULE = api.MatchRule(tag_id="100")


def _menu(app: App) -> App:
    app.followers.setdefault(OPENID, Follower(OPENID, "客"))
    app.of(TagBook).names.setdefault(100, "常客")
    book = app.of(MenuBook)
    book.default, book.default_id = BUTTONS, 208_396_938
    book.others = [api.ConditionalMenu(208_396_993, BUTTONS[:1], RULE)]
    keywords = [autoreplies.Keyword("几点开门")]
    rule = autoreplies.KeywordRule(
        "时间", 1_700_000_000, "reply_all", keywords, [autoreplies.AutoReply("text", "九点")]
    )
    book.replies = autoreplies.AutoReplies(
        1, 1, autoreplies.AutoReply("text", "欢迎"), None, autoreplies.KeywordRules([rule])
    )
    return app


def _on_a_menu(request: Callable[[], Request[Any]]) -> Callable[[Platform, App], Request[Any]]:
    def example(_: Platform, app: App) -> Request[Any]:
        _menu(app)
        return request()

    return example


EXAMPLES: dict[type[Request[Any]], Callable[[Platform, App], Request[Any]]] = {
    api.CreateMenu: _on_a_menu(lambda: api.CreateMenu(BUTTONS)),
    api.GetMenus: _on_a_menu(api.GetMenus),
    api.DeleteMenu: _on_a_menu(api.DeleteMenu),
    api.GetCurrentMenu: _on_a_menu(api.GetCurrentMenu),
    api.AddConditionalMenu: _on_a_menu(lambda: api.AddConditionalMenu(BUTTONS[:1], RULE)),
    api.DeleteConditionalMenu: _on_a_menu(lambda: api.DeleteConditionalMenu(208_396_993)),
    api.TryMenu: _on_a_menu(lambda: api.TryMenu(OPENID)),
    autoreplies.GetAutoReplies: _on_a_menu(autoreplies.GetAutoReplies),
}
