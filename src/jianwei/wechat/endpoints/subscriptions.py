"""Subscribe messages: notices that somebody asked for, one for each time they agreed, and the templates they are made by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Mode, method, pages
from jianwei.wechat.endpoints.templates import MiniProgram, Value, values_of
from jianwei.wechat.request import At, Paged, Query, Request, get, post

__all__ = [
    "AddSubscribeTemplate",
    "Category",
    "DeleteSubscribeTemplate",
    "KeywordValues",
    "ListCategories",
    "ListPublicKeywords",
    "ListPublicTemplates",
    "ListSubscribeTemplates",
    "PublicKeyword",
    "PublicTemplate",
    "PublicTemplatePage",
    "SendNotice",
    "SendSubscribed",
    "SubscribeTemplate",
    "Subscriptions",
]

_SEND = (40003, 40037, 41030, 43101, 47003)
_WRONG = {"touser": 40003, "template_id": 40037, "data": 47003}


class KeywordValues(msgspec.Struct, frozen=True):
    """What a keyword that is chosen from a list may be."""

    keyword_code: str = msgspec.field(name="keywordCode", default="")
    values: list[str] = msgspec.field(name="enumValueList", default=[])


class SubscribeTemplate(msgspec.Struct, frozen=True):
    """A template of the account; `type` is 2 for one use an agreement, 3 for many. `content` names keywords as "{{thing1.DATA}}"."""

    id: str = msgspec.field(name="priTmplId")
    title: str = ""
    content: str = ""
    example: str = ""
    type: int = 2
    keyword_values: list[KeywordValues] = msgspec.field(name="keywordEnumValueList", default=[])


class Category(msgspec.Struct, frozen=True):
    """A category of what the account offers."""

    id: int
    name: str = ""


class PublicTemplate(msgspec.Struct, frozen=True):
    """A template of the platform's library."""

    tid: int
    title: str = ""
    type: int = 2
    category_id: str = msgspec.field(name="categoryId", default="")


class PublicTemplatePage(msgspec.Struct, frozen=True):
    """One page of the library."""

    count: int = 0
    data: list[PublicTemplate] = []


class PublicKeyword(msgspec.Struct, frozen=True):
    """A keyword of a library template; `rule` says of which kind ("thing", "number", "time", …)."""

    kid: int
    name: str = ""
    example: str = ""
    rule: str = ""


@post("/cgi-bin/message/subscribe/bizsend", area="subscriptions", errors=_SEND, idempotent=False, wrong=_WRONG)
class SendNotice(Request[None], frozen=True):
    """A subscribe message of an official account; `page` is an address to open, or `miniprogram` what to open."""

    touser: str
    template_id: str
    data: dict[str, Value]
    page: str | None = None
    miniprogram: MiniProgram | None = None


@post("/cgi-bin/message/subscribe/send", area="subscriptions", errors=_SEND, idempotent=False, wrong=_WRONG)
class SendSubscribed(Request[None], frozen=True):
    """A subscribe message of a mini-program; `page` is one of its pages, with a query where wanted."""

    touser: str
    template_id: str
    data: dict[str, Value]
    page: str | None = None
    state: Annotated[Literal["developer", "trial", "formal"] | None, At("miniprogram_state")] = None
    lang: Literal["zh_CN", "en_US", "zh_HK", "zh_TW"] | None = None


@post(
    "/wxaapi/newtmpl/addtemplate", area="subscriptions", at="priTmplId", errors=(200012, 200014, 200020, 200021),
    idempotent=False, wrong={"tid": 200014, "kidList": 200020, "sceneDesc": 200021},
)  # fmt: skip
class AddSubscribeTemplate(Request[str], frozen=True):
    """Take a template from the library with two to five of its keywords in the order given; gives its id. `scene` says what it is for."""

    tid: str
    keywords: Annotated[list[int], At("kidList")]
    scene: Annotated[str | None, At("sceneDesc")] = None


@post("/wxaapi/newtmpl/deltemplate", area="subscriptions", errors=(40037,), wrong={"priTmplId": 40037})
class DeleteSubscribeTemplate(Request[None], frozen=True):
    """Delete a template of the account."""

    id: Annotated[str, At("priTmplId")]


@get("/wxaapi/newtmpl/gettemplate", area="subscriptions", at="data")
class ListSubscribeTemplates(Request[list[SubscribeTemplate]], frozen=True):
    """The templates of the account."""


@get("/wxaapi/newtmpl/getcategory", area="subscriptions", at="data")
class ListCategories(Request[list[Category]], frozen=True):
    """The categories of the account."""


@get("/wxaapi/newtmpl/getpubtemplatetitles", area="subscriptions", errors=(200016, 200017, 200018))
class ListPublicTemplates(Paged[PublicTemplatePage, PublicTemplate], frozen=True):
    """Templates of the library in some categories, given by their ids as "307,616"; at most 30 a page."""

    categories: Annotated[str, Query("ids")]
    start: int = 0
    limit: int = 30

    def rows(self, page: PublicTemplatePage) -> list[PublicTemplate]:
        return page.data

    def following(self, page: PublicTemplatePage) -> ListPublicTemplates | None:
        start = self.start + len(page.data)
        return msgspec.structs.replace(self, start=start) if page.data and start < page.count else None


@get("/wxaapi/newtmpl/getpubtemplatekeywords", area="subscriptions", at="data", errors=(200014,))
class ListPublicKeywords(Request[list[PublicKeyword]], frozen=True):
    """The keywords of a template of the library."""

    tid: str


def send_notice(
    touser: str,
    template_id: str,
    data: Mapping[str, str | Value],
    page: str | None = None,
    miniprogram: MiniProgram | None = None,
) -> SendNotice:
    """Send a subscribe message of an official account; see `SendNotice`."""
    return SendNotice(touser, template_id, values_of(data), page, miniprogram)


def send_subscribed(
    touser: str,
    template_id: str,
    data: Mapping[str, str | Value],
    page: str | None = None,
    state: Literal["developer", "trial", "formal"] | None = None,
    lang: Literal["zh_CN", "en_US", "zh_HK", "zh_TW"] | None = None,
) -> SendSubscribed:
    """Send a subscribe message of a mini-program; see `SendSubscribed`."""
    return SendSubscribed(touser, template_id, values_of(data), page, state, lang)


class Subscriptions(Area[Mode], Generic[Mode]):
    """`client.subscriptions`: `send` for official accounts, `send_from_mini_program` for mini-programs."""

    send = method(send_notice)
    send_from_mini_program = method(send_subscribed)
    add = method(AddSubscribeTemplate)
    delete = method(DeleteSubscribeTemplate)
    list = method(ListSubscribeTemplates)
    categories = method(ListCategories)
    library = pages(ListPublicTemplates)
    library_keywords = method(ListPublicKeywords)
