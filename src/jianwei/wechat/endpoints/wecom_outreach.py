"""WeCom: how members are reached, how new contacts are welcomed, and how much members talk with them; methods of `client.contacts`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from jianwei.wechat.areas import Flow, in_order
from jianwei.wechat.hiding import hidden
from jianwei.wechat.request import At, Host, Request, post

__all__ = [
    "AddContactWay",
    "AttachedFile",
    "AttachedLink",
    "AttachedMiniProgram",
    "AttachedPicture",
    "Attachment",
    "BehaviorRow",
    "Conclusions",
    "ContactWay",
    "GetBehavior",
    "TextBody",
    "WelcomeContact",
    "behavior",
]

DAY = 86_400


class TextBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """A text."""

    content: str = ""


class AttachedPicture(msgspec.Struct, frozen=True, omit_defaults=True):
    """A picture, by media id or by address."""

    media_id: str = ""
    pic_url: str = ""


class AttachedLink(msgspec.Struct, frozen=True, omit_defaults=True):
    """A link."""

    title: str
    url: str
    picurl: str = ""
    desc: str = ""


class AttachedMiniProgram(msgspec.Struct, frozen=True, omit_defaults=True):
    """A page of a mini-program."""

    title: str
    pic_media_id: str
    appid: str
    page: str


class AttachedFile(msgspec.Struct, frozen=True):
    """A video or file, by media id."""

    media_id: str


class Attachment(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that goes with a welcome: the one field that `msgtype` names is set."""

    msgtype: Literal["image", "link", "miniprogram", "video", "file"]
    image: AttachedPicture | None = None
    link: AttachedLink | None = None
    miniprogram: AttachedMiniProgram | None = None
    video: AttachedFile | None = None
    file: AttachedFile | None = None


class Conclusions(msgspec.Struct, frozen=True, omit_defaults=True):
    """What ends a conversation that a temporary contact way began."""

    text: TextBody | None = None
    image: AttachedPicture | None = None
    link: AttachedLink | None = None
    miniprogram: AttachedMiniProgram | None = None


class ContactWay(msgspec.Struct, frozen=True, omit_defaults=True):
    """A way by which customers reach members; `qr_code` is the address of a picture."""

    config_id: str
    qr_code: str = ""


class BehaviorRow(msgspec.Struct, frozen=True):
    """What members did on a day (`stat_time` is its first second). `reply_percentage` is out of 100, `avg_reply_time` minutes."""

    stat_time: int
    chat_cnt: int = 0
    message_cnt: int = 0
    reply_percentage: float | None = None
    avg_reply_time: float | None = None
    negative_feedback_cnt: int = 0
    new_apply_cnt: int = 0
    new_contact_cnt: int = 0


@post(
    "/cgi-bin/externalcontact/add_contact_way",
    area="contacts",
    host=Host.WECOM,
    errors=(40058, 60111, 84074),
    idempotent=False,
)
class AddContactWay(Request[ContactWay], frozen=True):
    """Make a way to reach members.

    `type`: 1 one member, 2 several. `scene`: 1 a button in a mini-program, 2 a QR code. `state` (at most 30 characters) comes back with
    the contacts who came this way. Temporary ways (`is_temp`) end after `expires_in` seconds, their chats after `chat_expires_in`.
    """

    type: Literal[1, 2]
    scene: Literal[1, 2]
    user: list[str] | None = None
    party: list[int] | None = None
    style: int | None = None
    remark: str | None = None
    skip_verify: bool | None = None
    state: str | None = None
    is_temp: bool | None = None
    expires_in: int | None = None
    chat_expires_in: int | None = None
    unionid: str | None = None
    is_exclusive: bool | None = None
    conclusions: Conclusions | None = None


@post(
    "/cgi-bin/externalcontact/send_welcome_msg",
    area="contacts",
    host=Host.WECOM,
    errors=(40058, 84074),
    idempotent=False,
)
class WelcomeContact(Request[None], frozen=True):
    """Welcome a new contact, once, within 20 seconds of the event that brought the code: a text, up to nine attachments, or both."""

    welcome_code: str
    text: Annotated[str | None, At("text.content")] = None
    attachments: list[Attachment] | None = None

    def __repr__(self) -> str:
        return hidden(self, "welcome_code")


@post(
    "/cgi-bin/externalcontact/get_user_behavior_data",
    area="contacts",
    host=Host.WECOM,
    at="behavior_data",
    errors=(40058, 60111, 84074),
)
class GetBehavior(Request[list[BehaviorRow]], frozen=True):
    """What members, or those of departments, did together, day by day; at most 30 days of the last 180."""

    start_time: int
    end_time: int
    userid: list[str] | None = None
    partyid: list[int] | None = None


def behavior(
    start_time: int, end_time: int, *, userid: list[str] | None = None, partyid: list[int] | None = None
) -> Flow[list[BehaviorRow]]:
    """What members, or those of departments, did together on the days from `start_time` to `end_time`, 30 days a call."""
    in_order("behavior", start_time, end_time)
    rows: list[BehaviorRow] = []
    while start_time <= end_time:
        last = min(start_time + 29 * DAY, end_time)
        rows += yield GetBehavior(start_time, last, userid, partyid)
        start_time = last + DAY
    return rows
