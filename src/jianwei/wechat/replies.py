"""Answers to a message: in the platform's response at once, or as a customer-service message later.

Text of people can stand in any of them: it cannot become an element, and characters that XML forbids are dropped.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jianwei.common.xml import legal_text
from jianwei.errors import JianweiError
from jianwei.wechat.messages.write import document_to_xml

__all__ = [
    "MOST_TEXT_BYTES",
    "Acknowledge",
    "Article",
    "ButtonReply",
    "ImageReply",
    "MusicReply",
    "NewsReply",
    "Reply",
    "ReplyError",
    "TaskCardReply",
    "TextReply",
    "TransferCustomerService",
    "VideoReply",
    "VoiceReply",
]

MOST_TEXT_BYTES = 2048
"""How long a text may be, in bytes of UTF-8; a longer one is dropped by the platform without a word."""

_MOST_ARTICLES = 8


class ReplyError(JianweiError):
    """An answer that the platform would refuse or drop, or that has no form as a customer-service message."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__("reply", what, hint)

    def __reduce__(self) -> tuple[type[ReplyError], tuple[str, str]]:
        return type(self), (self.what, self.hint)


class Reply(ABC):
    """An answer to a message."""

    __slots__ = ()

    @abstractmethod
    def fields(self) -> Mapping[str, Any]:
        """MsgType and what belongs to it, as nested values under the platform's names; empty for nothing but `success`."""

    def to_custom(self) -> Mapping[str, Any]:
        """The body for POST /cgi-bin/message/custom/send, without `touser`.

        Raises:
            ReplyError: there is no such form of it.
        """
        raise ReplyError(
            f"{type(self).__name__} cannot be sent as a customer-service message", "return it before the deadline"
        )

    def render(self, to_user: str, from_user: str, created: int) -> bytes:
        """The answer as XML; b"" where it is a mere acknowledgement.

        Args:
            to_user: who wrote: the message's `from_user`.
            from_user: the account: the message's `to_user`.
            created: seconds since 1970.

        >>> TextReply("]]>").render("oA", "gh", 7).decode()[-52:]
        '<Content><![CDATA[]]]]><![CDATA[>]]></Content></xml>'
        """
        said = self.fields()
        return document_to_xml(_document(said, to_user, from_user, created)) if said else b""

    def render_json(self, to_user: str, from_user: str, created: int) -> bytes:
        """The same as JSON, for mini-programs that are pushed JSON."""
        said = self.fields()
        if not said:
            return b""
        text = json.dumps(_document(said, to_user, from_user, created), ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def _document(said: Mapping[str, Any], to_user: str, from_user: str, created: int) -> Mapping[str, Any]:
    return {"ToUserName": to_user, "FromUserName": from_user, "CreateTime": created, **said}


def _need(what: str, value: str) -> None:
    if not value.strip():
        raise ReplyError(f"{what} is empty", f"give a {what}")


@dataclass(frozen=True, slots=True)
class Acknowledge(Reply):
    """No answer: the platform hears `success` and shows nothing."""

    def fields(self) -> Mapping[str, Any]:
        return {}


@dataclass(frozen=True, slots=True)
class TextReply(Reply):
    """Words.

    Raises:
        ReplyError: there are none, or more than 2048 bytes in UTF-8 (see `TextReply.cut`).
    """

    content: str

    def __post_init__(self) -> None:
        text = legal_text(self.content)
        _need("text", text)
        if (size := len(text.encode())) > MOST_TEXT_BYTES:
            raise ReplyError(
                f"{size:,} bytes of text are more than {MOST_TEXT_BYTES:,}", "shorten it, or use TextReply.cut"
            )

    @classmethod
    def cut(cls, content: str) -> TextReply:
        """The same, but a text that is too long ends in "…" between two characters instead of raising.

        >>> len(TextReply.cut("茶" * 1_000).content.encode())
        2046
        """
        raw = legal_text(content).encode()
        if len(raw) <= MOST_TEXT_BYTES:
            return cls(content)
        return cls(raw[: MOST_TEXT_BYTES - len("…".encode())].decode("utf-8", "ignore") + "…")

    def fields(self) -> Mapping[str, Any]:
        return {"MsgType": "text", "Content": self.content}

    def to_custom(self) -> Mapping[str, Any]:
        return {"msgtype": "text", "text": {"content": legal_text(self.content)}}


@dataclass(frozen=True, slots=True)
class ImageReply(Reply):
    """A picture that was uploaded before."""

    media_id: str

    def __post_init__(self) -> None:
        _need("media id", self.media_id)

    def fields(self) -> Mapping[str, Any]:
        return {"MsgType": "image", "Image": {"MediaId": self.media_id}}

    def to_custom(self) -> Mapping[str, Any]:
        return {"msgtype": "image", "image": {"media_id": self.media_id}}


@dataclass(frozen=True, slots=True)
class VoiceReply(Reply):
    """A voice that was uploaded before."""

    media_id: str

    def __post_init__(self) -> None:
        _need("media id", self.media_id)

    def fields(self) -> Mapping[str, Any]:
        return {"MsgType": "voice", "Voice": {"MediaId": self.media_id}}

    def to_custom(self) -> Mapping[str, Any]:
        return {"msgtype": "voice", "voice": {"media_id": self.media_id}}


@dataclass(frozen=True, slots=True)
class VideoReply(Reply):
    """A video that was uploaded before. Later, as a customer-service message, it needs a thumbnail too."""

    media_id: str
    title: str = ""
    description: str = ""
    thumb_media_id: str = ""

    def __post_init__(self) -> None:
        _need("media id", self.media_id)

    def fields(self) -> Mapping[str, Any]:
        video = {"MediaId": self.media_id, "Title": self.title, "Description": self.description}
        return {"MsgType": "video", "Video": video}

    def to_custom(self) -> Mapping[str, Any]:
        _need("thumbnail's media id", self.thumb_media_id)
        return {"msgtype": "video", "video": {
            "media_id": self.media_id, "thumb_media_id": self.thumb_media_id, "title": self.title, "description": self.description,
        }}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MusicReply(Reply):
    """Music at an address; `hq_url` is played over Wi-Fi. The thumbnail is needed."""

    thumb_media_id: str
    title: str = ""
    description: str = ""
    url: str = ""
    hq_url: str = ""

    def __post_init__(self) -> None:
        _need("thumbnail's media id", self.thumb_media_id)

    def fields(self) -> Mapping[str, Any]:
        return {"MsgType": "music", "Music": {
            "Title": self.title, "Description": self.description, "MusicUrl": self.url, "HQMusicUrl": self.hq_url or self.url,
            "ThumbMediaId": self.thumb_media_id,
        }}  # fmt: skip

    def to_custom(self) -> Mapping[str, Any]:
        return {"msgtype": "music", "music": {
            "title": self.title, "description": self.description, "musicurl": self.url, "hqmusicurl": self.hq_url or self.url,
            "thumb_media_id": self.thumb_media_id,
        }}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Article:
    """A link with a picture."""

    title: str
    description: str = ""
    picture_url: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class NewsReply(Reply):
    """Links with pictures: one to a message, up to eight to a menu or a new follower.

    Raises:
        ReplyError: there is none, there are more than eight, or one has no title.
    """

    articles: Sequence[Article]

    def __post_init__(self) -> None:
        object.__setattr__(self, "articles", tuple(self.articles))
        if not 1 <= len(self.articles) <= _MOST_ARTICLES:
            raise ReplyError(f"{len(self.articles)} articles are not 1 to {_MOST_ARTICLES}", "send fewer")
        for article in self.articles:
            _need("title", article.title)

    def fields(self) -> Mapping[str, Any]:
        items = [
            {"Title": one.title, "Description": one.description, "PicUrl": one.picture_url, "Url": one.url}
            for one in self.articles
        ]
        return {"MsgType": "news", "ArticleCount": len(items), "Articles": {"item": items}}

    def to_custom(self) -> Mapping[str, Any]:
        if len(self.articles) > 1:
            raise ReplyError("a customer-service message has one article", "send one, or answer before the deadline")
        (one,) = self.articles
        article = {"title": one.title, "description": one.description, "url": one.url, "picurl": one.picture_url}
        return {"msgtype": "news", "news": {"articles": [article]}}


@dataclass(frozen=True, slots=True)
class TransferCustomerService(Reply):
    """Hand the chat to the staff: to `account`, or to whoever is free."""

    account: str = ""

    def fields(self) -> Mapping[str, Any]:
        to = {"TransInfo": {"KfAccount": self.account}} if self.account else {}
        return {"MsgType": "transfer_customer_service", **to}


@dataclass(frozen=True, slots=True)
class TaskCardReply(Reply):
    """WeCom: the new words on the tapped button of a task card."""

    replace_name: str

    def __post_init__(self) -> None:
        _need("name of the button", self.replace_name)

    def fields(self) -> Mapping[str, Any]:
        return {"MsgType": "update_taskcard", "TaskCard": {"ReplaceName": self.replace_name}}


@dataclass(frozen=True, slots=True)
class ButtonReply(Reply):
    """WeCom: the new words on the tapped button of a template card."""

    replace_name: str

    def __post_init__(self) -> None:
        _need("name of the button", self.replace_name)

    def fields(self) -> Mapping[str, Any]:
        return {"MsgType": "update_button", "Button": {"ReplaceName": self.replace_name}}
