"""The vocabulary: kinds of messages, names of events, purposes of names.

Message kinds follow the type codes of the ChatLab interchange format (0.0.2), by name. WeChat's own (Type, SubType) codes
are mapped here once, for every importer that meets them.
"""

from __future__ import annotations

import re

__all__ = [
    "CHATLAB_CODES",
    "EVENT_NAMES",
    "MESSAGE_KINDS",
    "NOTICE_KINDS",
    "PARTS_A_FILE",
    "PLACEHOLDERS",
    "SPOKEN_KINDS",
    "kind_of_chatlab",
    "kind_of_notice",
    "kind_of_wechat",
]

CHATLAB_CODES: dict[str, int] = {
    "text": 0,
    "image": 1,
    "voice": 2,
    "video": 3,
    "file": 4,
    "emoji": 5,
    "link": 7,
    "location": 8,
    "red_packet": 20,
    "transfer": 21,
    "poke": 22,
    "call": 23,
    "share": 24,
    "reply": 25,
    "forward": 26,
    "contact": 27,
    "system": 80,
    "recall": 81,
    "other": 99,
}

MESSAGE_KINDS = tuple(CHATLAB_CODES)

# Only these carry a person's own words: they alone enter words, sentiment and rankings of talk.
SPOKEN_KINDS = ("text", "reply")

# What the platform says by itself: nobody is its sender.
NOTICE_KINDS = ("system", "recall")

PARTS_A_FILE = 1000
"""A file of a record has so many parts for annotations about it; which is its first follows from its id, see `query.files`."""

# What tools write where something other than text was sent; the name in brackets is all there is.
PLACEHOLDERS: dict[str, str] = {
    "图片": "image", "语音": "voice", "视频": "video", "文件": "file", "动画表情": "emoji", "表情包": "emoji", "GIF表情": "emoji",
    "链接": "link", "位置": "location", "红包": "red_packet", "微信红包": "red_packet", "红包封面": "red_packet", "转账": "transfer",
    "微信转账": "transfer", "拍一拍": "poke", "语音通话": "call", "视频通话": "call", "音视频通话": "call", "分享": "share",
    "小程序": "share", "视频号": "share", "音乐": "share", "合并转发": "forward", "聊天记录": "forward", "名片": "contact",
    "群公告": "system",
}  # fmt: skip

EVENT_NAMES = (
    "view", "search", "cart", "fav", "buy", "refund", "rate",
    "subscribe", "unsubscribe", "scan", "click", "receive", "share", "login", "other",
)  # fmt: skip

_BY_CODE = {code: kind for kind, code in CHATLAB_CODES.items()}

_WECHAT_TYPES = {
    1: "text", 3: "image", 34: "voice", 42: "contact", 43: "video", 47: "emoji", 48: "location", 50: "call",
}  # fmt: skip

_APP_SUBTYPES = {
    4: "link", 5: "link", 6: "file", 8: "emoji", 19: "forward", 24: "share", 33: "share", 36: "share", 51: "share",
    57: "reply", 62: "poke", 63: "share", 87: "system", 92: "share", 2000: "transfer", 2001: "red_packet", 2003: "red_packet",
}  # fmt: skip


def kind_of_chatlab(code: int) -> str:
    """The kind for a ChatLab type code; codes the format does not define become "other".

    >>> kind_of_chatlab(25), kind_of_chatlab(77)
    ('reply', 'other')
    """
    return _BY_CODE.get(code, "other")


_RECALL = re.compile(r"[撤收]回了?一[条條则則]|recalled a message", re.IGNORECASE)


def kind_of_notice(text: str) -> str:
    """The kind of a line that the platform wrote: "recall", "poke" or "system".

    >>> kind_of_notice("你撤回了一条消息"), kind_of_notice("我拍了拍张三"), kind_of_notice("你领取了张三的红包")
    ('recall', 'poke', 'system')
    """
    if "拍了拍" in text:
        return "poke"
    return "recall" if _RECALL.search(text) else "system"


def kind_of_wechat(type_code: int, sub_type: int = 0, text: str = "") -> str:
    """The kind for WeChat's own codes; `text` tells notices apart, which share their codes.

    >>> kind_of_wechat(49, 57), kind_of_wechat(10000, 4, "张三 撤回了一条消息"), kind_of_wechat(10000, 0, "张三 撤回了一条消息")
    ('reply', 'recall', 'recall')
    """
    if type_code == 49:
        return _APP_SUBTYPES.get(sub_type, "other")
    if type_code in (10000, 10002):
        kind = kind_of_notice(text)
        return "recall" if kind == "system" and sub_type == 4 else kind
    return _WECHAT_TYPES.get(type_code, "other")
