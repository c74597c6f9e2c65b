"""Menus: what a button may be, and who sees which menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import get_args
from urllib.parse import urlsplit

import msgspec

from jianwei.sandbox.platform.areas.tags import TagBook
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import App, Refusal, Visit
from jianwei.wechat.endpoints import autoreplies
from jianwei.wechat.endpoints import menus as api

__all__ = ["HANDLERS", "MenuBook", "menu_of"]

MOST_MENUS = 500  # † the platform documents the code for too many, not the number
_CODES, _SUB_CODES = (40017, 40019, 40020, 40055), (40024, 40026, 40027, 40054)
"""What is wrong with the type, key, address and domain of a button, and of one in a sub-menu."""
_REGION = {"country": 65312, "province": 65313, "city": 65314}


@dataclass(slots=True)
class MenuBook:
    """Menus of an account.

    Attributes:
        default: None where there is no menu.
        others: the newest last.
        devices: openid → "1" iOS, "2" Android, "3" others; nobody else fits a rule that asks for a device.
        replies: automatic replies, as if set in the account's pages.
        supported, on: whether the account may have conditional menus at all, and whether they are switched on.
    """

    default: list[api.Button] | None = None
    default_id: int = 0
    others: list[api.ConditionalMenu] = field(default_factory=list)
    devices: dict[str, str] = field(default_factory=dict)
    replies: autoreplies.AutoReplies = field(default_factory=autoreplies.AutoReplies)
    supported: bool = True
    on: bool = True


def menu_of(app: App, openid: str) -> Sequence[api.Button]:
    """The buttons that a follower sees; none where the account has no menu."""
    book = app.of(MenuBook)
    for menu in reversed(book.others):
        if _fits(app, book, openid, menu.matchrule):
            return menu.button
    return book.default or ()


def _fits(app: App, book: MenuBook, openid: str, rule: api.MatchRule) -> bool:
    if any((rule.sex, rule.country, rule.province, rule.city, rule.language)):
        return False
    if rule.tag_id and int(rule.tag_id) not in app.of(TagBook).of(openid):
        return False
    return not rule.client_platform_type or book.devices.get(openid) == rule.client_platform_type


def _sized(text: str | None, most: int, code: int, what: str) -> None:
    if not 0 < len((text or "").encode()) <= most:
        raise Refusal(code, f"invalid {what} size")


def _address(url: str | None, code: int, domain_code: int) -> None:
    _sized(url, 1024, code, "button url")
    if not _leads(url or ""):
        raise Refusal(domain_code, "invalid button url domain")


def _leads(url: str) -> bool:
    """Whether an address is one of the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _leaf(visit: Visit, button: api.Button, sub: bool) -> None:
    from jianwei.sandbox.platform.areas.materials import stocked  # materials know which of them menus use
    from jianwei.sandbox.platform.areas.publishing import PublishingBook

    type_code, key_code, url_code, domain_code = _SUB_CODES if sub else _CODES
    match button.type:
        case kind if kind not in get_args(api.ButtonType):
            raise Refusal(type_code, "invalid button type")
        case "view":
            _address(button.url, url_code, domain_code)
        case "miniprogram":
            _address(button.url, url_code, domain_code)
            if not button.appid or not button.pagepath:
                raise Refusal(40035, "invalid appid or pagepath")
        case "media_id" | "view_limited":
            stocked(visit, button.media_id or "")
        case "article_id" | "article_view_limited":
            visit.app.of(PublishingBook).published(button.article_id or "", visit.now)
        case _:
            _sized(button.key, 128, key_code, "button key")


def _checked(visit: Visit, buttons: Sequence[api.Button]) -> list[api.Button]:
    if not 1 <= len(buttons) <= 3:
        raise Refusal(40016, "invalid button size")
    for button in buttons:
        _sized(button.name, 16, 40018, "button name")
        if not button.sub_button:
            _leaf(visit, button, False)
        if len(button.sub_button) > 5:
            raise Refusal(40023, "invalid sub button size")
        for below in button.sub_button:
            _sized(below.name, 60, 40025, "sub button name")
            if below.sub_button:
                raise Refusal(40022, "invalid sub button level")
            _leaf(visit, below, True)
    return list(buttons)


def create(visit: Visit, call: api.CreateMenu) -> None:
    book = visit.app.of(MenuBook)
    book.default = _checked(visit, call.buttons)
    book.default_id = visit.platform.number(9)


def get(visit: Visit, call: api.GetMenus) -> api.AllMenus:
    book = visit.app.of(MenuBook)
    if book.default is None:
        raise Refusal(46003, "menu no exist")
    return api.AllMenus(
        api.DefaultMenu(book.default, book.default_id if book.others else None), list(reversed(book.others))
    )


def delete(visit: Visit, call: api.DeleteMenu) -> None:
    book = visit.app.of(MenuBook)
    book.default = None
    book.others.clear()


def _shown(button: api.Button) -> api.ShownButton:
    values = {name: value for name, value in msgspec.structs.asdict(button).items() if name != "sub_button"}
    below = [_shown(one) for one in button.sub_button]
    return api.ShownButton(
        **{**values, "type": button.type or ""}, sub_button=api.ShownButtons(below) if below else None
    )


def current(visit: Visit, call: api.GetCurrentMenu) -> api.CurrentMenu:
    buttons = visit.app.of(MenuBook).default
    return api.CurrentMenu(int(buttons is not None), api.ShownMenu([_shown(button) for button in buttons or ()]))


def _leaves(buttons: Sequence[api.Button]) -> list[api.Button]:
    return [leaf for button in buttons for leaf in (_leaves(button.sub_button) or [button])]


def _ruled(app: App, rule: api.MatchRule) -> api.MatchRule:
    given = {name: value for name, value in msgspec.structs.asdict(rule).items() if value}
    if not given:
        raise Refusal(65304, "match rule empty")
    if "country" not in given and ("province" in given or "city" in given):
        raise Refusal(65310, "match rule country empty")
    if "province" not in given and "city" in given:
        raise Refusal(65311, "match rule province empty")
    for name, code in _REGION.items():
        if not given.get(name, "中").replace(" ", "").isalpha():  # † which names there are is not in the documentation
            raise Refusal(code, f"invalid match rule {name}")
    tag = given.get("tag_id")
    if tag is not None and (not tag.isdecimal() or int(tag) not in app.of(TagBook).names):
        raise Refusal(40035, "invalid match rule: tag_id")
    if given.get("client_platform_type", "1") not in ("1", "2", "3") or given.get("sex", "1") not in ("1", "2"):
        raise Refusal(40035, "invalid match rule")
    return api.MatchRule(**given)


def add(visit: Visit, call: api.AddConditionalMenu) -> int:
    book = visit.app.of(MenuBook)
    if not book.supported:
        raise Refusal(65306, "the account does not support conditional menus")
    if not book.on:
        raise Refusal(65309, "conditional menus are switched off")
    if book.default is None:
        raise Refusal(65303, "there is no selfmenu, please create selfmenu first")
    if not call.buttons:
        raise Refusal(65307, "conditional menu content empty")
    leaves = _leaves(call.buttons)
    if not all(button.type for button in leaves):
        raise Refusal(65308, "a button has no type")
    if not all(_leads(button.url) for button in leaves if button.url):
        raise Refusal(65317, "invalid url")
    rule, buttons = _ruled(visit.app, call.rule), _checked(visit, call.buttons)
    if len({urlsplit(button.url).hostname for button in leaves if button.url}) > 3:
        raise Refusal(65316, "too many outside domains")
    if len(book.others) >= MOST_MENUS:
        raise Refusal(65305, "too many conditional menus")
    menu = api.ConditionalMenu(visit.platform.number(9), buttons, rule)
    book.others.append(menu)
    return menu.menuid


def remove(visit: Visit, call: api.DeleteConditionalMenu) -> None:
    book = visit.app.of(MenuBook)
    if call.menuid not in (menu.menuid for menu in book.others):
        raise Refusal(65301, "conditional menu no exist")
    book.others = [menu for menu in book.others if menu.menuid != call.menuid]


def try_for(visit: Visit, call: api.TryMenu) -> list[api.Button]:
    if call.user_id not in visit.app.followers:
        raise Refusal(65302, "no such user")
    if visit.app.of(MenuBook).default is None:
        raise Refusal(46003, "menu no exist")
    return list(menu_of(visit.app, call.user_id))


def replies(visit: Visit, call: autoreplies.GetAutoReplies) -> autoreplies.AutoReplies:
    return visit.app.of(MenuBook).replies


HANDLERS: Mapping[type, Handler] = {
    api.CreateMenu: create,
    api.GetMenus: get,
    api.DeleteMenu: delete,
    api.GetCurrentMenu: current,
    api.AddConditionalMenu: add,
    api.DeleteConditionalMenu: remove,
    api.TryMenu: try_for,
    autoreplies.GetAutoReplies: replies,
}
