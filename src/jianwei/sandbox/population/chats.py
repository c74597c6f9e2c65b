"""Chat exports of the simulated shop, as people's tools write them: ChatLab JSON and JSONL, WeChatMsg CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jianwei.records.kinds import CHATLAB_CODES
from jianwei.sandbox.population.shop import Conversation, Message, Shop, local

__all__ = [
    "BROKEN_CHATLAB",
    "BROKEN_WECHATMSG",
    "WECHATMSG_COLUMNS",
    "write_chatlab_json",
    "write_chatlab_jsonl",
    "write_wechatmsg",
]

WECHATMSG_COLUMNS = (
    "localId", "TalkerId", "Type", "SubType", "IsSender", "CreateTime", "Status", "StrContent", "StrTime", "Remark", "NickName", "Sender",
)  # fmt: skip

_WECHAT_CODES: Mapping[str, tuple[int, int]] = {
    "text": (1, 0), "image": (3, 0), "emoji": (47, 0), "link": (49, 5), "reply": (49, 57), "transfer": (49, 2000),
    "red_packet": (49, 2001), "system": (10000, 0), "recall": (10000, 4),
}  # fmt: skip

BROKEN_CHATLAB = (
    '{"_type": "message", "sender": "wxid_shishan_xiaoman", "accountName": "拾山-小满", "timestamp": 17741',
    '{"_type": "message", "sender": "wxid_shishan_xiaoman", "accountName": "拾山-小满", "timestamp": "刚刚", "type": 0, "content": "在的"}',
)
BROKEN_WECHATMSG = (
    ("9001", "1", "1", "0", "0", "未知", "", "这一行没有时间", "", "", "", "wxid_nobody"),
    ("9002", "1", "1", "0", "0", "", "", "这一行也没有", "0000-00-00 00:00:00", "", "", "wxid_nobody"),
)
"""Rows that an importer has to put aside, one by one."""


def _names(shop: Shop) -> dict[str, str]:
    return {c.user_id: c.nickname for c in shop.customers} | {s.user_id: s.nickname for s in shop.staff}


def _header(shop: Shop, talk: Conversation, exported_at: int) -> dict[str, Any]:
    meta = {"name": talk.title, "platform": "wechat", "type": talk.kind, "ownerId": talk.owner_id}
    if talk.kind == "group":
        meta["groupId"] = talk.id
    generator = {"version": "0.0.2", "exportedAt": exported_at, "generator": f"jianwei sandbox {shop.seed}"}
    return {"chatlab": generator, "meta": meta}


def _members(talk: Conversation, names: Mapping[str, str]) -> list[dict[str, Any]]:
    members: list[dict[str, Any]] = [{"platformId": user, "accountName": names[user]} for user in talk.member_ids]
    for member in members:
        if talk.kind == "group" and member["platformId"] == talk.owner_id:
            member["roles"] = [{"id": "owner"}]
    return members


def _message(message: Message, names: Mapping[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "platformMessageId": message.id,
        "sender": message.sender_id or "system",
        "accountName": names[message.sender_id] if message.sender_id else "系统消息",
        "timestamp": message.at,
        "type": CHATLAB_CODES[message.kind],
        "content": message.text,
    }
    if message.reply_to:
        entry["replyToMessageId"] = message.reply_to
    return entry


def write_chatlab_json(shop: Shop, talk: Conversation, messages: Sequence[Message], path: Path) -> Path:
    """One conversation as ChatLab JSON (standard format 0.0.2)."""
    names = _names(shop)
    document = _header(shop, talk, messages[-1].at + 3600)
    document |= {"members": _members(talk, names), "messages": [_message(message, names) for message in messages]}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
    return path


def write_chatlab_jsonl(
    shop: Shop, talk: Conversation, messages: Sequence[Message], path: Path, broken: Sequence[str] = ()
) -> Path:
    """One conversation as ChatLab JSONL; `broken` lines stand in its middle."""
    names = _names(shop)
    lines = [{"_type": "header", **_header(shop, talk, messages[-1].at + 3600)}]
    lines += [{"_type": "member", **member} for member in _members(talk, names)]
    lines += [{"_type": "message", **_message(message, names)} for message in messages]
    texts = [json.dumps(line, ensure_ascii=False) for line in lines]
    middle = len(texts) - len(messages) // 2
    path.write_text("\n".join(texts[:middle] + list(broken) + texts[middle:]) + "\n", "utf-8")
    return path


def write_wechatmsg(
    shop: Shop, owner_id: str, messages: Iterable[Message], path: Path, broken: Sequence[Sequence[str]] = ()
) -> Path:
    """One or several conversations of one account as WeChatMsg CSV: UTF-8 with BOM, CRLF, minimal quoting; `broken` rows come last."""
    names = _names(shop)
    talkers: dict[str, int] = {}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(WECHATMSG_COLUMNS)
        for number, message in enumerate(messages):
            kind, sub = _WECHAT_CODES[message.kind]
            name = names.get(message.sender_id, "")
            talker = talkers.setdefault(message.conversation_id, 201 + len(talkers))
            rows.writerow(
                (1000 + number, talker, kind, sub, int(message.sender_id == owner_id), message.at, "", message.text,
                 f"{local(message.at):%Y-%m-%d %H:%M:%S}", name, name, message.sender_id)
            )  # fmt: skip
        rows.writerows(broken)
    return path
