"""Messages to many followers at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.endpoints.outgoing import MassMessage, as_mass
from jianwei.wechat.request import At, Request, Tagged, post

__all__ = [
    "DeleteMass",
    "GetSpeed",
    "Mass",
    "MassState",
    "MassStatus",
    "PreviewMass",
    "SendToAll",
    "SendToMany",
    "SentMass",
    "SetSpeed",
    "Speed",
    "preview",
    "send_to_all",
    "send_to_many",
]

_SEND = (40003, 40007, 40008, 40032, 44004, 45002, 45028, 45065, 45066, 45067, 45159)


class SentMass(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message on its way; `msg_data_id`, of articles only, names them in comments and statistics."""

    msg_id: int
    msg_data_id: int | None = None


class MassState(msgspec.Struct, frozen=True):
    """How far it has come: SENDING, SEND_SUCCESS, SEND_FAIL or DELETE."""

    msg_id: int
    msg_status: str = ""


class Speed(msgspec.Struct, frozen=True):
    """How fast messages go out: `speed` 0 (fastest) to 4, `realspeed` in 10,000 a minute."""

    speed: int = 0
    realspeed: int = 80


@post(
    "/cgi-bin/message/mass/sendall", area="mass", quota="mass/send", errors=_SEND, idempotent=False,
    key="client_msg_id", wrong={"msgtype": 40008},
)  # fmt: skip
class SendToAll(Request[SentMass], frozen=True):
    """Send to all followers, or to those with a tag. How it ended comes as the event MASSSENDJOBFINISH.

    Service accounts reach each follower four times a month, subscription accounts once a day.
    `client_msg_id`, at most 64 bytes, keeps the same message from going out twice within 24 hours. With `send_ignore_reprint` 1,
    articles that the check finds reprinted are sent nevertheless where their authors allow it.
    """

    message: Annotated[MassMessage, Tagged("msgtype")]
    to_all: Annotated[bool, At("filter.is_to_all")] = True
    tag_id: Annotated[int | None, At("filter.tag_id")] = None
    send_ignore_reprint: int | None = None
    client_msg_id: Annotated[str | None, At("clientmsgid")] = None


@post(
    "/cgi-bin/message/mass/send", area="mass", quota="mass/send", errors=_SEND, idempotent=False,
    key="client_msg_id", wrong={"msgtype": 40008, "touser": 40032},
)  # fmt: skip
class SendToMany(Request[SentMass], frozen=True):
    """Send to 2 to 10,000 followers; otherwise as `SendToAll`."""

    touser: list[str]
    message: Annotated[MassMessage, Tagged("msgtype")]
    send_ignore_reprint: int | None = None
    client_msg_id: Annotated[str | None, At("clientmsgid")] = None


@post(
    "/cgi-bin/message/mass/preview", area="mass", quota="mass/preview", idempotent=False,
    errors=(40003, 40007, 40008, 40132, 44004, 45002), wrong={"msgtype": 40008},
)  # fmt: skip
class PreviewMass(Request[SentMass], frozen=True):
    """Send to one follower, by openid or WeChat id, to see how it looks; 100 times a day."""

    message: Annotated[MassMessage, Tagged("msgtype")]
    touser: str | None = None
    wechat_id: Annotated[str | None, At("towxname")] = None


@post("/cgi-bin/message/mass/get", area="mass", errors=(40059,), wrong={"msg_id": 40059})
class MassStatus(Request[MassState], frozen=True):
    """How far a message has come."""

    msg_id: int


@post("/cgi-bin/message/mass/delete", area="mass", errors=(40059, 40060), wrong={"msg_id": 40059})
class DeleteMass(Request[None], frozen=True):
    """Empty the articles or the video that a message led to, within 24 hours†; `article`, from 1, is one of the articles."""

    msg_id: int
    article: Annotated[int | None, At("article_idx")] = None


@post("/cgi-bin/message/mass/speed/get", area="mass")
class GetSpeed(Request[Speed], frozen=True):
    """How fast messages go out."""


@post("/cgi-bin/message/mass/speed/set", area="mass", errors=(45083, 45084), wrong={"speed": 45084})
class SetSpeed(Request[None], frozen=True):
    """Choose how fast: 0 (800,000 a minute) to 4 (100,000)."""

    speed: int


def send_to_all(
    message: MassMessage | str,
    tag_id: int | None = None,
    send_ignore_reprint: int | None = None,
    client_msg_id: str | None = None,
) -> SendToAll:
    """Send to all followers, or to those with a tag; see `SendToAll`."""
    return SendToAll(as_mass(message), tag_id is None, tag_id, send_ignore_reprint, client_msg_id)


def send_to_many(
    openids: Sequence[str],
    message: MassMessage | str,
    send_ignore_reprint: int | None = None,
    client_msg_id: str | None = None,
) -> SendToMany:
    """Send to 2 to 10,000 followers; see `SendToMany`."""
    return SendToMany(list(openids), as_mass(message), send_ignore_reprint, client_msg_id)


def preview(message: MassMessage | str, touser: str | None = None, wechat_id: str | None = None) -> PreviewMass:
    """Send to one follower, by openid or WeChat id; see `PreviewMass`."""
    return PreviewMass(as_mass(message), touser, wechat_id)


class Mass(Area[Mode], Generic[Mode]):
    """`client.mass`"""

    send_all = method(send_to_all)
    send = method(send_to_many)
    preview = method(preview)
    status = method(MassStatus)
    delete = method(DeleteMass)
    speed = method(GetSpeed)
    set_speed = method(SetSpeed)
