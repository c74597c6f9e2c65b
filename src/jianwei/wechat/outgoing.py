"""Messages that an account sends, for `client.customer_service.send` and `client.mass`. Those that come in are in `wechat.messages`.

>>> from jianwei.wechat import outgoing
>>> outgoing.TextMessage("新茶到了").content
'新茶到了'
"""

from __future__ import annotations

from jianwei.wechat.endpoints.outgoing import (
    Article,
    CardMessage,
    CustomMessage,
    ImageMessage,
    LinkMessage,
    MassMessage,
    MassVideoMessage,
    MenuMessage,
    MenuOption,
    MiniProgramMessage,
    MusicMessage,
    NewsMessage,
    PublishedMessage,
    StoredNewsMessage,
    TextMessage,
    VideoMessage,
    VoiceMessage,
    custom_message,
)

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
    "StoredNewsMessage",
    "TextMessage",
    "VideoMessage",
    "VoiceMessage",
    "custom_message",
]
