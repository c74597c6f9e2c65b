"""Automatic replies that were set in the account's pages (`client.menus.autoreplies`). They can be read only."""

from __future__ import annotations

from typing import Any

import msgspec

from jianwei.wechat.request import Request, get

__all__ = [
    "AutoReplies",
    "AutoReply",
    "GetAutoReplies",
    "Keyword",
    "KeywordRule",
    "KeywordRules",
    "NewsItem",
    "NewsItems",
]


class NewsItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An article in a reply."""

    title: str = ""
    author: str = ""
    digest: str = ""
    show_cover: int = 0
    cover_url: str = ""
    content_url: str = ""
    source_url: str = ""


class NewsItems(msgspec.Struct, frozen=True):
    """Articles of a reply, as the platform wraps them."""

    items: list[NewsItem] = msgspec.field(name="list", default_factory=list)


class AutoReply(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reply: `type` is text, img, voice, video or news; `content` the text or the id of the media."""

    type: str = "text"
    content: str = ""
    news_info: NewsItems | None = None


class Keyword(msgspec.Struct, frozen=True, omit_defaults=True):
    """A keyword; `match_mode` is "contain" or "equal"."""

    content: str
    type: str = "text"
    match_mode: str = msgspec.field(default_factory=lambda: "contain")


class KeywordRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is answered to some keywords; `reply_mode` is "reply_all" or "random_one", `create_time` in seconds since the epoch."""

    rule_name: str
    create_time: int = 0
    reply_mode: str = "reply_all"
    keyword_list_info: list[Keyword] = []
    reply_list_info: list[AutoReply] = []


class KeywordRules(msgspec.Struct, frozen=True):
    """Rules, as the platform wraps them."""

    items: list[KeywordRule] = msgspec.field(name="list", default_factory=list)


class AutoReplies(msgspec.Struct, frozen=True):
    """All automatic replies and whether they are on (1)."""

    is_add_friend_reply_open: int = 0
    is_autoreply_open: int = 0
    add_friend_autoreply_info: AutoReply | None = None
    message_default_autoreply_info: AutoReply | None = None
    keyword_autoreply_info: KeywordRules = KeywordRules()


@get(
    "/cgi-bin/get_current_autoreply_info",
    area="menus",
    doc="/doc/offiaccount/Message_Management/Getting_Rules_for_Auto_Replies.html",
)
class GetAutoReplies(Request[AutoReplies], frozen=True):
    """The automatic replies to followers, to messages and to keywords, as set in the account's pages."""

    @classmethod
    def write(cls, result: AutoReplies) -> Any:
        return {name: value for name, value in msgspec.to_builtins(result).items() if value is not None}
