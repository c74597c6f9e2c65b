"""WeCom: chats of members that an application made, and its messages to them."""

from __future__ import annotations

from typing import Annotated, Generic, Literal

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.endpoints.wecom_messages import CorpMessage, TextMessage
from jianwei.wechat.request import Host, Request, Tagged, get, post

__all__ = ["AppChat", "CorpChats", "CreateChat", "GetChat", "SendToChat", "UpdateChat", "send_to_chat"]


class AppChat(msgspec.Struct, frozen=True, omit_defaults=True):
    """A chat of members."""

    chatid: str
    name: str = ""
    owner: str = ""
    userlist: list[str] = []


@post(
    "/cgi-bin/appchat/create", area="chats", host=Host.WECOM, at="chatid", errors=(86001, 86004, 86005, 86006, 86007),
    idempotent=False, key="chatid",
)  # fmt: skip
class CreateChat(Request[str], frozen=True):
    """Make a chat of 2 to 2,000 members; gives its id.

    Ids may be chosen: at most 32 letters and digits. Names have at most 50 characters.
    """

    userlist: list[str]
    name: str | None = None
    owner: str | None = None
    chatid: str | None = None


@post("/cgi-bin/appchat/update", area="chats", host=Host.WECOM, errors=(86001, 86003, 86004, 86005, 86007, 86008))
class UpdateChat(Request[None], frozen=True):
    """Change a chat's name, owner or members. What is None stays."""

    chatid: str
    name: str | None = None
    owner: str | None = None
    add_user_list: list[str] | None = None
    del_user_list: list[str] | None = None


@get("/cgi-bin/appchat/get", area="chats", host=Host.WECOM, at="chat_info", errors=(86001, 86003, 86008))
class GetChat(Request[AppChat], frozen=True):
    """A chat that this application made."""

    chatid: str


@post(
    "/cgi-bin/appchat/send", area="chats", host=Host.WECOM, errors=(40007, 40008, 44004, 86001, 86003, 86008),
    wrong={"msgtype": 40008}, idempotent=False,
)  # fmt: skip
class SendToChat(Request[None], frozen=True):
    """Send a message to a chat: any but notices of mini-programs and cards with buttons."""

    chatid: str
    message: Annotated[CorpMessage, Tagged("msgtype")]
    safe: Literal[0, 1] | None = None


def send_to_chat(chatid: str, message: CorpMessage | str, safe: Literal[0, 1] | None = None) -> SendToChat:
    """Send a message, or text, to a chat; see `SendToChat`."""
    return SendToChat(chatid, TextMessage(message) if isinstance(message, str) else message, safe)


class CorpChats(Area[Mode], Generic[Mode]):
    """`client.chats`"""

    create = method(CreateChat)
    update = method(UpdateChat)
    get = method(GetChat)
    send = method(send_to_chat)
