"""Template messages: notices by a form that the platform has approved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Generic

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import At, Request, get, post

__all__ = [
    "AddTemplate",
    "DeleteTemplate",
    "GetIndustry",
    "Industries",
    "Industry",
    "ListTemplates",
    "MiniProgram",
    "SendTemplate",
    "SetIndustry",
    "Template",
    "Templates",
    "Value",
    "send_template",
    "values_of",
]


class Industry(msgspec.Struct, frozen=True):
    """A trade, in two levels."""

    first_class: str = ""
    second_class: str = ""


class Industries(msgspec.Struct, frozen=True):
    """The two trades of an account; they decide which templates it may take."""

    primary_industry: Industry = Industry()
    secondary_industry: Industry = Industry()


class Template(msgspec.Struct, frozen=True):
    """A template of the account. `content` names its keywords as "{{keyword1.DATA}}"."""

    template_id: str
    title: str = ""
    primary_industry: str = ""
    deputy_industry: str = ""
    content: str = ""
    example: str = ""


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a keyword is filled with; `color` such as "#173177" is ignored by newer clients†."""

    value: str
    color: str = ""


class MiniProgram(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mini-program that a message opens."""

    app_id: str = msgspec.field(name="appid")
    page_path: str = msgspec.field(name="pagepath", default="")


@post("/cgi-bin/template/api_set_industry", area="templates", errors=(43100,))
class SetIndustry(Request[None], frozen=True):
    """Choose the two trades of the account by their numbers; once a month."""

    primary: Annotated[str, At("industry_id1")]
    secondary: Annotated[str, At("industry_id2")]


@get("/cgi-bin/template/get_industry", area="templates")
class GetIndustry(Request[Industries], frozen=True):
    """The trades of the account."""


@post("/cgi-bin/template/api_add_template", area="templates", at="template_id", errors=(40037, 45026), idempotent=False)
class AddTemplate(Request[str], frozen=True):
    """Take a template from the platform's library by its short number; gives the template id. At most 25 for an account."""

    template_id_short: str
    keywords: Annotated[list[str] | None, At("keyword_name_list")] = None


@get("/cgi-bin/template/get_all_private_template", area="templates", at="template_list")
class ListTemplates(Request[list[Template]], frozen=True):
    """The templates of the account."""


@post("/cgi-bin/template/del_private_template", area="templates", errors=(40037,), wrong={"template_id": 40037})
class DeleteTemplate(Request[None], frozen=True):
    """Delete a template of the account."""

    template_id: str


@post(
    "/cgi-bin/message/template/send", area="templates", at="msgid", errors=(40003, 40037, 43004, 47003),
    idempotent=False, key="client_msg_id", wrong={"touser": 40003, "template_id": 40037, "data": 47003},
)  # fmt: skip
class SendTemplate(Request[int], frozen=True):
    """A template message to one follower; gives its id. Whether it arrived comes as the event TEMPLATESENDJOBFINISH.

    `client_msg_id` keeps the same message from going out twice within ten minutes.
    """

    touser: str
    template_id: str
    data: dict[str, Value]
    url: str | None = None
    miniprogram: MiniProgram | None = None
    client_msg_id: str | None = None


def values_of(data: Mapping[str, str | Value]) -> dict[str, Value]:
    """Keywords with what they are filled with, plain text or not.

    >>> values_of({"thing1": "春茶"})
    {'thing1': Value(value='春茶', color='')}
    """
    return {name: value if isinstance(value, Value) else Value(value) for name, value in data.items()}


def send_template(
    touser: str,
    template_id: str,
    data: Mapping[str, str | Value],
    url: str | None = None,
    miniprogram: MiniProgram | None = None,
    client_msg_id: str | None = None,
) -> SendTemplate:
    """Send a template message to one follower; gives its id. See `SendTemplate`."""
    return SendTemplate(touser, template_id, values_of(data), url, miniprogram, client_msg_id)


def add_template(template_id_short: str, keywords: Sequence[str] | None = None) -> AddTemplate:
    """Take a template from the platform's library; see `AddTemplate`."""
    return AddTemplate(template_id_short, None if keywords is None else list(keywords))


class Templates(Area[Mode], Generic[Mode]):
    """`client.templates`"""

    set_industry = method(SetIndustry)
    industry = method(GetIndustry)
    add = method(add_template)
    list = method(ListTemplates)
    delete = method(DeleteTemplate)
    send = method(send_template)
