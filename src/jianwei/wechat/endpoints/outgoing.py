"""Messages that an account sends: each is a struct of its own, sent by `customer_service.send`, `mass.send_all` and the like."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias, runtime_checkable

import msgspec
from msgspec import field

from jianwei.errors import UsageError

__all__ = [
    "Article",
    "CardMessage",
    "CustomMessage",
    "ImageMessage",
    "LinkMessage",
    "MassMessage",
    "MassVideoMessage",
    "MenuMessage",
    "MenuOption",
    "MiniProgramMessage",
    "MusicMessage",
    "NewsMessage",
    "PublishedMessage",
    "Sayable",
    "StoredNewsMessage",
    "TextMessage",
    "VideoMessage",
    "VoiceMessage",
    "as_custom",
    "as_mass",
    "custom_message",
]


class _Message(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="msgtype"):
    pass


class TextMessage(_Message, frozen=True, tag="text"):
    """Text of at most 2,048 bytes; may hold links, as HTML, and links to mini-programs."""

    content: str


class ImageMessage(_Message, frozen=True, tag="image"):
    """A picture."""

    media_id: str


class VoiceMessage(_Message, frozen=True, tag="voice"):
    """A voice."""

    media_id: str


class VideoMessage(_Message, frozen=True, tag="video"):
    """A video."""

    media_id: str
    thumb_media_id: str = ""
    title: str = ""
    description: str = ""


class MusicMessage(_Message, frozen=True, tag="music"):
    """A piece of music: an address, one for good connections, and a picture."""

    music_url: str = field(name="musicurl")
    thumb_media_id: str
    hq_music_url: str = field(name="hqmusicurl", default="")
    title: str = ""
    description: str = ""


class Article(msgspec.Struct, frozen=True, omit_defaults=True):
    """A card that leads to a page."""

    title: str
    url: str = ""
    description: str = ""
    picture_url: str = field(name="picurl", default="")


class NewsMessage(_Message, frozen=True, tag="news"):
    """A card that leads to a page; one at a time.

    >>> NewsMessage([Article("春茶", "https://shop.example/1")]).articles[0].title
    '春茶'
    """

    articles: list[Article]


class StoredNewsMessage(_Message, frozen=True, tag="mpnews"):
    """Articles that are a draft or a material."""

    media_id: str


class PublishedMessage(_Message, frozen=True, tag="mpnewsarticle"):
    """Articles that are published."""

    article_id: str


class MenuOption(msgspec.Struct, frozen=True):
    """A line to tap. It comes back as a text message with this id in `bizmsgmenuid`."""

    id: str
    content: str


class MenuMessage(_Message, frozen=True, tag="msgmenu"):
    """A question with answers to tap."""

    options: list[MenuOption] = field(name="list")
    head: str = field(name="head_content", default="")
    tail: str = field(name="tail_content", default="")


class CardMessage(_Message, frozen=True, tag="wxcard"):
    """A coupon or card."""

    card_id: str


class MiniProgramMessage(_Message, frozen=True, tag="miniprogrampage"):
    """A page of a mini-program that belongs to the account. A mini-program leaves its own `app_id` out."""

    title: str
    page_path: str = field(name="pagepath")
    thumb_media_id: str
    app_id: str = field(name="appid", default="")


class LinkMessage(_Message, frozen=True, tag="link"):
    """A card that leads to a page; sent by mini-programs only."""

    title: str
    url: str
    description: str = ""
    thumb_url: str = ""


class MassVideoMessage(_Message, frozen=True, tag="mpvideo"):
    """A video to many: a material."""

    media_id: str
    title: str = ""
    description: str = ""


CustomMessage: TypeAlias = (
    TextMessage | ImageMessage | VoiceMessage | VideoMessage | MusicMessage | NewsMessage | StoredNewsMessage
    | PublishedMessage | MenuMessage | CardMessage | MiniProgramMessage | LinkMessage
)  # fmt: skip
"""What customer service can send to one person."""

MassMessage: TypeAlias = (
    TextMessage | ImageMessage | VoiceMessage | MassVideoMessage | StoredNewsMessage | CardMessage
)  # fmt: skip
"""What can be sent to many."""


@runtime_checkable
class Sayable(Protocol):
    """What has a form as a customer-service message: the replies of `wechat.replies`."""

    def to_custom(self) -> Mapping[str, Any]:
        """The message as it travels, without whom it is for."""


def as_custom(message: CustomMessage | Sayable | str) -> CustomMessage:
    """What customer service sends for text or a reply; messages stay what they are.

    Raises:
        UsageError: it is none of these.

    >>> as_custom("你好")
    TextMessage(content='你好')
    """
    if isinstance(message, str):
        return TextMessage(message)
    if isinstance(message, Sayable):
        return custom_message(message.to_custom())
    if isinstance(message, CustomMessage):
        return message
    raise _unfit(message)


def as_mass(message: MassMessage | str) -> MassMessage:
    """The same for messages to many."""
    if isinstance(message, str):
        return TextMessage(message)
    if isinstance(message, MassMessage):
        return message
    raise _unfit(message)


def _unfit(message: object) -> UsageError:
    hint = "give text, or one of the types in jianwei.wechat.outgoing; custom_message() there reads a dict"
    return UsageError("message", f"a {type(message).__module__}.{type(message).__name__} cannot be sent", hint)


def custom_message(body: Mapping[str, Any]) -> CustomMessage:
    """The message in a body as it travels, for bodies that somebody else has made.

    Raises:
        UsageError: it is none.

    >>> custom_message({"msgtype": "text", "text": {"content": "你好"}})
    TextMessage(content='你好')
    """
    kind = str(body.get("msgtype", ""))
    try:
        fields = {"msgtype": kind, **body.get(kind, {})}
        return msgspec.convert(fields, CustomMessage)  # type: ignore[no-any-return]
    except (msgspec.ValidationError, TypeError) as error:
        raise UsageError(f"message {kind!r}", str(error), "see jianwei.wechat.outgoing") from None
