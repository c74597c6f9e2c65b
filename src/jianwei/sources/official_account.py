"""What an official account's own interface answers, as canonical tables: followers, articles, comments, and records of customer service.
Its figures are in `official_figures`.

User ids are made from openids and conversations from whom they are with, as webhook and exported chats make them.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import msgspec

from jianwei.records.kinds import PLACEHOLDERS
from jianwei.sources._gathered import Gathered, Pulled
from jianwei.sources._html import words_in
from jianwei.wechat.endpoints.comments import Comment
from jianwei.wechat.endpoints.publishing import Published
from jianwei.wechat.endpoints.users import User

__all__ = [
    "ArticleRef",
    "ServiceRecord",
    "article_key",
    "article_of",
    "articles_of",
    "comments_of",
    "followers_of",
    "gone_of",
    "records_of",
    "tagged_of",
]

_GENDERS = {1: "male", 2: "female"}


# --- followers and tags ----------------------------------------------------------------------------------------------


def followers_of(users: Sequence[User], tags: Mapping[int, str], *, account: str, now_us: int) -> Pulled:
    """Rows of `users`, `names` and `links`.

    Args:
        tags: tag id → name.
        now_us: when they were asked for; as of then they are as they are.
    """
    rows = Gathered(account)
    for user in users:
        user_id = rows.user(user.openid)
        rows.link(user_id, user.unionid, now_us)
        if not user.follows:
            rows.add("users", now_us, user_id=user_id, key=user.openid, union_id=user.unionid, subscribed=False)
            continue
        region = " ".join(filter(None, (user.country, user.province, user.city)))
        attrs = {
            "subscribe_time": user.subscribe_time,
            "subscribe_scene": user.subscribe_scene,
            "qr_scene": user.qr_scene_str or user.qr_scene,
        }
        rows.add(
            "users", now_us, user_id=user_id, key=user.openid, union_id=user.unionid, subscribed=True,
            nickname=user.nickname or None, gender=_GENDERS.get(user.sex), region=region or None,
            language=user.language or None, tags=_json([tags.get(tag, str(tag)) for tag in user.tagid_list]), attrs=attrs,
        )  # fmt: skip
        rows.name(user_id, user.nickname, "nickname", now_us)
        rows.name(user_id, user.remark, "remark", now_us)
    return rows.tables()


def gone_of(openids: Iterable[str], *, account: str, now_us: int) -> Pulled:
    """Rows of `users` for people who no longer follow."""
    rows = Gathered(account)
    for openid in openids:
        rows.add("users", now_us, user_id=rows.user(openid), key=openid, subscribed=False)
    return rows.tables()


def tagged_of(members: Mapping[str, Sequence[str]], *, account: str, now_us: int) -> Pulled:
    """Rows of `users` from openid → names of tags, for accounts that may read tags but not followers."""
    rows = Gathered(account)
    for openid, names in members.items():
        rows.add("users", now_us, user_id=rows.user(openid), key=openid, tags=_json(list(names)))
    return rows.tables()


def _json(names: list[str]) -> str:
    return msgspec.json.encode(names).decode()


# --- articles and comments -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArticleRef:
    """One article: the id of the message that it was published in, and its place there from 0."""

    msg_data_id: int
    index: int


def article_key(msg_data_id: int | str, number: int | str) -> str:
    """The key of an article in `items`; `number` is from 1, as statistics and addresses count.

    >>> article_key(2247483650, 1)
    'article/2247483650_1'
    """
    return f"article/{msg_data_id}_{number}"


_KEY = re.compile(r"article/(\d+)_(\d+)")


def article_of(key: str) -> ArticleRef | None:
    """The article with this key, None where it is known by its publication only.

    >>> article_of("article/2247483650_1")
    ArticleRef(msg_data_id=2247483650, index=0)
    """
    found = _KEY.fullmatch(key)
    return ArticleRef(int(found[1]), int(found[2]) - 1) if found else None


def _key_of(url: str, article_id: str, number: int) -> str:
    """The address of an article tells its message (`mid`) and number (`idx`); a short one does not."""
    query = parse_qs(urlsplit(url).query)
    mid, idx = query.get("mid", [""])[0], query.get("idx", [str(number)])[0]
    return article_key(mid, idx) if mid.isdigit() and idx.isdigit() else article_key(article_id, number)


def articles_of(published: Sequence[Published], *, account: str) -> Pulled:
    """Rows of `items` and of `conversations` (the comments below each article)."""
    rows = Gathered(account)
    for one in published:
        at = (one.content.update_time or one.update_time or one.content.create_time) * 1_000_000 or None
        for number, article in enumerate(one.content.news_item, 1):
            key = _key_of(article.url, one.article_id, number)
            attrs = {
                "article_id": one.article_id,
                "author": article.author,
                "digest": article.digest,
                "published": one.content.create_time,
                "deleted": article.is_deleted or None,
            }
            rows.add(
                "items", at, item_id=rows.item(key), key=key, title=article.title or None, category="article",
                text=words_in(article.content) or None, url=article.url or None, attrs=attrs,
            )  # fmt: skip
            rows.add(
                "conversations", at, conversation_id=rows.conversation(key), key=key, kind="comments",
                title=article.title or None, item_id=rows.item(key),
            )  # fmt: skip
    return rows.tables()


def comments_of(comments: Sequence[Comment], article: ArticleRef, *, account: str, input_id: str) -> Pulled:
    """Rows of `messages` and `users` for comments and the account's answers to them.

    Somebody who comments as an account or channel has no openid, and so no user.
    """
    rows = Gathered(account, input_id)
    key = article_key(article.msg_data_id, article.index + 1)
    place, item = rows.conversation(key), rows.item(key)
    rows.add("conversations", None, conversation_id=place, key=key, kind="comments", item_id=item)
    for comment in comments:
        own = f"{article.msg_data_id}_{article.index + 1}/{comment.user_comment_id}"
        message, at = rows.message("comment", own), comment.create_time * 1_000_000
        user_id = rows.user(comment.openid) if comment.openid else None
        rows.add(
            "messages", at, message_id=message, user_id=user_id, direction="in", kind="text",
            text=comment.content or None, conversation_id=place, item_id=item,
        )  # fmt: skip
        if user_id is not None:
            rows.add("users", at, user_id=user_id, key=comment.openid)
        if comment.reply is not None and comment.reply.content:
            rows.add(
                "messages", comment.reply.create_time * 1_000_000, message_id=rows.message("comment", f"{own}/reply"),
                direction="out", kind="reply", text=comment.reply.content, reply_to=message,
                conversation_id=place, item_id=item,
            )  # fmt: skip
    return rows.tables()


# --- records of customer service -------------------------------------------------------------------------------------


class ServiceRecord(Protocol):
    """What this needs of a record: who wrote with whom, when (seconds), and what."""

    @property
    def openid(self) -> str: ...
    @property
    def opercode(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def time(self) -> int: ...
    @property
    def worker(self) -> str: ...


TO_USER, FROM_USER = 2002, 2003


def records_of(
    records: Sequence[ServiceRecord], heard: Counter[tuple[str, int, str]], *, account: str, input_id: str
) -> tuple[Pulled, Mapping[str, int]]:
    """Rows for the records of one whole day: (tables, counts of what was left out by code).

    A record has no id of its own, so that it is known by what it says and by how many like it came before on its day. The day must
    be whole from its beginning on, in the platform's order.

    Args:
        heard: messages that the webhook brought under ids of their own, (conversation, second, text) → how many; they are not brought
            again. The text of pictures and the like is "", since records show nothing or only a placeholder for them.
    """
    rows = Gathered(account, input_id)
    met: Counter[tuple[object, ...]] = Counter()
    left: Counter[str] = Counter()
    known = Counter(heard)
    for record in records:
        if record.opercode not in (TO_USER, FROM_USER) or not record.openid:
            left["other_records"] += 1
            continue
        own = (record.openid, record.opercode, record.time, record.worker, record.text)
        number, met[own] = met[own], met[own] + 1
        place = rows.conversation(record.openid)
        kind = _kind(record.text.strip())
        like = (place, record.time, record.text if kind == "text" else "")
        if known[like] > 0:
            known[like] -= 1
            left["heard"] += 1
            continue
        at, incoming = record.time * 1_000_000, record.opercode == FROM_USER
        customer, worker = rows.user(record.openid), rows.user(record.worker) if record.worker else None
        rows.add(
            "messages", at, message_id=rows.message("service", json.dumps([*own, number], ensure_ascii=False)),
            conversation_id=place, user_id=customer if incoming else worker, direction="in" if incoming else "out",
            kind=kind, text=record.text or None, attrs={"worker": record.worker} if incoming else {},
        )  # fmt: skip
        rows.add("conversations", at, conversation_id=place, key=record.openid, kind="private")
        rows.add("users", at, user_id=customer, key=record.openid)
        if worker is not None:
            rows.add("users", at, user_id=worker, key=record.worker, attrs={"party": "staff"})
    return rows.tables(), left


def _kind(text: str) -> str:
    """Of pictures and the like, records show a placeholder or nothing."""
    if not text:
        return "other"
    return PLACEHOLDERS.get(text[1:-1], "text") if text.startswith("[") else "text"
