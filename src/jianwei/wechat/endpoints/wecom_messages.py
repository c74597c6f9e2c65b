"""WeCom: messages of an application to members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, Literal, TypeAlias

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.endpoints.wecom_cards import TemplateCard
from jianwei.wechat.request import Host, Request, Tagged, post

__all__ = [
    "Article",
    "CorpMessage",
    "CorpMessages",
    "FileMessage",
    "ImageMessage",
    "MarkdownMessage",
    "MiniProgramNotice",
    "MpArticle",
    "MpNewsMessage",
    "NewsMessage",
    "NoticeItem",
    "SendMessage",
    "SentMessage",
    "TaskButton",
    "TaskCard",
    "TextCard",
    "TextMessage",
    "VideoMessage",
    "VoiceMessage",
    "message_to",
]


class TextMessage(msgspec.Struct, frozen=True, tag_field="msgtype", tag="text"):
    """A text of at most 2,048 bytes; the platform cuts off what is above."""

    content: str


class ImageMessage(msgspec.Struct, frozen=True, tag_field="msgtype", tag="image"):
    """A picture."""

    media_id: str


class VoiceMessage(msgspec.Struct, frozen=True, tag_field="msgtype", tag="voice"):
    """A voice."""

    media_id: str


class VideoMessage(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="msgtype", tag="video"):
    """A video."""

    media_id: str
    title: str = ""
    description: str = ""


class FileMessage(msgspec.Struct, frozen=True, tag_field="msgtype", tag="file"):
    """A file."""

    media_id: str


class TextCard(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="msgtype", tag="textcard"):
    """A text that leads to a page; `btntxt` is the name of its button."""

    title: str
    description: str
    url: str
    btntxt: str = ""


class Article(msgspec.Struct, frozen=True, omit_defaults=True):
    """An article that lies elsewhere: at `url` or in a mini-program."""

    title: str
    url: str = ""
    description: str = ""
    picurl: str = ""
    appid: str = ""
    pagepath: str = ""


class NewsMessage(msgspec.Struct, frozen=True, tag_field="msgtype", tag="news"):
    """One to eight articles that lie elsewhere."""

    articles: list[Article]


class MpArticle(msgspec.Struct, frozen=True, omit_defaults=True):
    """An article whose text the platform keeps."""

    title: str
    thumb_media_id: str
    content: str
    author: str = ""
    content_source_url: str = ""
    digest: str = ""


class MpNewsMessage(msgspec.Struct, frozen=True, tag_field="msgtype", tag="mpnews"):
    """One to eight articles that the platform keeps."""

    articles: list[MpArticle]


class MarkdownMessage(msgspec.Struct, frozen=True, tag_field="msgtype", tag="markdown"):
    """A text of at most 2,048 bytes in the platform's Markdown."""

    content: str


class NoticeItem(msgspec.Struct, frozen=True):
    """A line of a notice."""

    key: str
    value: str


class MiniProgramNotice(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="msgtype", tag="miniprogram_notice"):
    """A notice of a mini-program."""

    appid: str
    title: str
    page: str = ""
    description: str = ""
    emphasis_first_item: bool = False
    content_item: list[NoticeItem] = []


class TaskButton(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button of a task card; `replace_name` stands on it after the click."""

    key: str
    name: str
    replace_name: str = ""
    color: str = ""
    is_bold: bool = False


class TaskCard(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="msgtype", tag="interactive_taskcard"):
    """A card with one or two buttons, the older form of template cards."""

    title: str
    description: str
    task_id: str
    btn: list[TaskButton]
    url: str = ""


CorpMessage: TypeAlias = (
    TextMessage
    | ImageMessage
    | VoiceMessage
    | VideoMessage
    | FileMessage
    | TextCard
    | NewsMessage
    | MpNewsMessage
    | MarkdownMessage
    | MiniProgramNotice
    | TaskCard
    | TemplateCard
)


class SentMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message that was sent, and whom it did not reach (ids joined by |). `response_code` is for updating a card, within 72 hours."""

    msgid: str = ""
    invaliduser: str = ""
    invalidparty: str = ""
    invalidtag: str = ""
    unlicenseduser: str = ""
    response_code: str = ""


@post(
    "/cgi-bin/message/send", area="messages", host=Host.WECOM, errors=(40007, 40008, 40056, 44004, 81013),
    wrong={"msgtype": 40008, "agentid": 40056}, idempotent=False, key="enable_duplicate_check",
)  # fmt: skip
class SendMessage(Request[SentMessage], frozen=True):
    """Send a message to members, departments and tags, whose ids are joined by |; "@all" is everybody who sees the application.

    `safe`: 1 keeps it from being passed on, 2 lets it stay in the corp. With `enable_duplicate_check` 1 the same message to the same people
    is sent once within `duplicate_check_interval` seconds (1,800; at most four hours), and so may be tried again.
    """

    message: Annotated[CorpMessage, Tagged("msgtype")]
    agentid: int
    touser: str | None = None
    toparty: str | None = None
    totag: str | None = None
    safe: Literal[0, 1, 2] | None = None
    enable_id_trans: Literal[0, 1] | None = None
    enable_duplicate_check: Literal[0, 1] | None = None
    duplicate_check_interval: int | None = None


def message_to(
    message: CorpMessage | str,
    agentid: int,
    *,
    users: Sequence[str] = (),
    parties: Sequence[int] = (),
    tags: Sequence[int] = (),
    safe: Literal[0, 1, 2] | None = None,
    translate_ids: bool = False,
    once_in: int | None = None,
) -> SendMessage:
    """Send a message to at most 1,000 members, 100 departments and 100 tags.

    Args:
        message: text, or one of the types above.
        agentid: the application's id; its secret is the client's.
        users: ids of members, or "@all" alone.
        safe: 1 keeps it from being passed on, 2 lets it stay in the corp.
        translate_ids: whether ids of members in the text are shown as names.
        once_in: seconds (at most four hours) within which the same message to the same people is sent once, however often it is tried.

    >>> message_to(TextMessage("下班"), 1, users=["li", "wang"], once_in=600).touser
    'li|wang'
    """
    return SendMessage(
        TextMessage(message) if isinstance(message, str) else message,
        agentid,
        touser="|".join(users) or None,
        toparty="|".join(map(str, parties)) or None,
        totag="|".join(map(str, tags)) or None,
        safe=safe,
        enable_id_trans=1 if translate_ids else None,
        enable_duplicate_check=None if once_in is None else 1,
        duplicate_check_interval=once_in,
    )


class CorpMessages(Area[Mode], Generic[Mode]):
    """`client.messages`"""

    send = method(message_to)
