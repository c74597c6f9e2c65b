"""Menus of an official account: the default one, and others for some of the followers."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.endpoints.autoreplies import GetAutoReplies
from jianwei.wechat.request import At, Request, get, post

__all__ = [
    "AddConditionalMenu",
    "AllMenus",
    "Button",
    "ButtonType",
    "ConditionalMenu",
    "CreateMenu",
    "CurrentMenu",
    "DefaultMenu",
    "DeleteConditionalMenu",
    "DeleteMenu",
    "GetCurrentMenu",
    "GetMenus",
    "MatchRule",
    "Menus",
    "ShownButton",
    "TryMenu",
]

_DOC = "/doc/offiaccount/Custom_Menus/Personalized_menu_interface.html"
ButtonType = Literal[
    "click", "view", "miniprogram", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
    "location_select", "media_id", "view_limited", "article_id", "article_view_limited",
]  # fmt: skip

BUTTONS = (
    40035,
    40016,
    40017,
    40018,
    40019,
    40020,
    40022,
    40023,
    40024,
    40025,
    40026,
    40027,
    40054,
    40055,
    40007,
    53600,
)


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button, or a sub-menu of at most five where `sub_button` is given; then it has no type. Types are those of `ButtonType`.

    `key` comes back in the event of a click (at most 128 bytes), `url` is opened (at most 1,024); a mini-program needs `appid`, `pagepath`
    and a `url` for old clients.

    >>> Button("今日特价", "click", key="deals").key
    'deals'
    """

    name: str
    type: str | None = None
    key: str | None = None
    url: str | None = None
    media_id: str | None = None
    appid: str | None = None
    pagepath: str | None = None
    article_id: str | None = None
    sub_button: list[Button] = []


class MatchRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whose menu it is: all that is given must fit.

    `client_platform_type` is "1" for iOS, "2" for Android, "3" for others. Sex, region and language no longer match anybody since 2021. †
    """

    tag_id: str | None = None
    client_platform_type: str | None = None
    sex: str | None = None
    country: str | None = None
    province: str | None = None
    city: str | None = None
    language: str | None = None


class DefaultMenu(msgspec.Struct, frozen=True, omit_defaults=True):
    """The menu of everybody for whom no other fits; it has an id where there are others."""

    button: list[Button] = []
    menuid: int | None = None


class ConditionalMenu(msgspec.Struct, frozen=True, omit_defaults=True):
    """A menu for those who fit its rule."""

    menuid: int
    button: list[Button] = []
    matchrule: MatchRule = MatchRule()


class AllMenus(msgspec.Struct, frozen=True, omit_defaults=True):
    """The default menu and the others, the newest first."""

    menu: DefaultMenu = DefaultMenu()
    conditional: list[ConditionalMenu] = msgspec.field(name="conditionalmenu", default_factory=list)


class ShownButtons(msgspec.Struct, frozen=True):
    """Buttons of a sub-menu, as the platform wraps them."""

    items: list[ShownButton] = msgspec.field(name="list", default_factory=list)


class ShownButton(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button of the menu that is shown now. Those made in the account's pages have types and a `value` of their own."""

    name: str
    type: str = ""
    key: str | None = None
    url: str | None = None
    value: str | None = None
    media_id: str | None = None
    appid: str | None = None
    pagepath: str | None = None
    article_id: str | None = None
    news_info: dict[str, Any] | None = None
    sub_button: ShownButtons | None = None


class ShownMenu(msgspec.Struct, frozen=True):
    """The buttons of the menu that is shown now."""

    button: list[ShownButton] = []


class CurrentMenu(msgspec.Struct, frozen=True):
    """Whether the menu is on, and its buttons, wherever they were made."""

    is_menu_open: int = 0
    selfmenu_info: ShownMenu = ShownMenu()


@post(
    "/cgi-bin/menu/create",
    area="menus",
    errors=BUTTONS,
    quota="menu/create",
    doc="/doc/offiaccount/Custom_Menus/Creating_Custom-Defined_Menu.html",
)
class CreateMenu(Request[None], frozen=True):
    """Set the default menu: one to three buttons, each with up to five below it. Followers see it within five minutes."""

    buttons: Annotated[list[Button], At("button")]


@get(
    "/cgi-bin/menu/get",
    area="menus",
    errors=(46003,),
    quota="menu/get",
    doc="/doc/offiaccount/Custom_Menus/Getting_Custom_Menu_Configurations.html",
)
class GetMenus(Request[AllMenus], frozen=True):
    """The menus that were set through this interface."""


@get(
    "/cgi-bin/menu/delete",
    area="menus",
    quota="menu/delete",
    doc="/doc/offiaccount/Custom_Menus/Deleting_Custom-Defined_Menu.html",
)
class DeleteMenu(Request[None], frozen=True):
    """Delete the default menu and all others."""


@get("/cgi-bin/get_current_selfmenu_info", area="menus", doc="/doc/offiaccount/Custom_Menus/Querying_Custom_Menus.html")
class GetCurrentMenu(Request[CurrentMenu], frozen=True):
    """The menu that followers see, wherever it was made."""


@post(
    "/cgi-bin/menu/addconditional", area="menus", at="menuid", idempotent=False,
    errors=(*BUTTONS, 65303, 65304, 65305, 65306, 65307, 65308, 65309, 65310, 65311, 65312, 65313, 65314, 65316, 65317),
    doc=_DOC,
)  # fmt: skip
class AddConditionalMenu(Request[int], frozen=True):
    """Add a menu for those who fit `rule`, before all earlier ones; gives its id. There must be a default menu."""

    buttons: Annotated[list[Button], At("button")]
    rule: Annotated[MatchRule, At("matchrule")]

    @classmethod
    def write(cls, result: int) -> Any:
        return {"menuid": str(result)}


@post("/cgi-bin/menu/delconditional", area="menus", errors=(65301,), doc=_DOC)
class DeleteConditionalMenu(Request[None], frozen=True):
    """Delete one of the other menus."""

    menuid: int


@post("/cgi-bin/menu/trymatch", area="menus", at="button", errors=(65302, 46003), doc=_DOC)
class TryMenu(Request[list[Button]], frozen=True):
    """The buttons that one person sees; `user_id` is an openid or a WeChat id."""

    user_id: str


class Menus(Area[Mode], Generic[Mode]):
    """`client.menus`"""

    create = method(CreateMenu)
    get = method(GetMenus)
    delete = method(DeleteMenu)
    current = method(GetCurrentMenu)
    add = method(AddConditionalMenu)
    remove = method(DeleteConditionalMenu)
    try_for = method(TryMenu)
    autoreplies = method(GetAutoReplies)
