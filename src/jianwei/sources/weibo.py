"""Comments under microblogs, as the licensed interface of Weibo answers them (comments/hotflow).

The shape of a comment is documented; where pages of the interface differ in how they wrap the list ("comments" or "data", once or
twice), all are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import msgspec

from jianwei.errors import InputError
from jianwei.sources._gathered import Gathered, Pulled
from jianwei.sources._html import words_in
from jianwei.sources._words import mentions_in

__all__ = ["WeiboComment", "WeiboPage", "WeiboUser", "parse_time", "read_page", "tables_of"]


class WeiboUser(msgspec.Struct, frozen=True):
    """Who wrote a comment."""

    id: int
    screen_name: str = ""
    gender: str = ""
    location: str = ""
    description: str = ""
    verified: bool = False
    followers_count: Any = None


class WeiboComment(msgspec.Struct, frozen=True):
    """One comment; `comments` are the answers that came with it, `total_number` says how many there are."""

    id: int
    created_at: str = ""
    text: str = ""
    rootid: int = 0
    source: str = ""
    like_count: Any = 0
    total_number: int = 0
    floor_number: int = 0
    user: WeiboUser | None = None
    comments: list[WeiboComment] | bool | None = None

    @property
    def replies(self) -> Sequence[WeiboComment]:
        """The answers that came with it; the platform says false where there are none."""
        return self.comments if isinstance(self.comments, list) else ()


class WeiboPage(msgspec.Struct, frozen=True):
    """One page of comments and where the next one begins.

    Attributes:
        max_id: cursor of the next page; 0 after the last one.
        max_id_type: to be sent back with it; it changes on the way.
        bad: how many comments of the page had no readable shape.
    """

    comments: tuple[WeiboComment, ...] = ()
    total_number: int = 0
    max_id: int = 0
    max_id_type: int = 0
    bad: int = 0


def read_page(body: Any) -> WeiboPage:
    """The typed page in an answer.

    Raises:
        InputError: it is no page of comments.

    >>> read_page({"comments": [{"id": 1, "text": "好"}], "total_number": 1, "max_id": 0}).comments[0].text
    '好'
    """
    paging = body
    for name in ("data", "data", "comments"):
        if isinstance(body, Mapping) and name in body:
            body = body[name]
            paging = body if isinstance(body, Mapping) else paging
    if isinstance(body, Mapping) and not {"total_number", "max_id"} & set(body):
        body = None
    if isinstance(body, Mapping):
        body = []
    if not isinstance(body, list) or not isinstance(paging, Mapping):
        raise InputError("weibo", "the answer holds no list of comments", "look whether the interface has changed")
    comments, bad = [], 0
    for one in body:
        try:
            comments.append(msgspec.convert(_without_nulls(one), WeiboComment, strict=False))
        except msgspec.ValidationError:
            bad += 1
    figures = {name: _number(paging.get(name)) for name in ("total_number", "max_id", "max_id_type")}
    return WeiboPage(tuple(comments), bad=bad, **figures)


def _without_nulls(value: Any) -> Any:
    """A field that is null is one that is not there."""
    if isinstance(value, Mapping):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value if one is not None] if isinstance(value, list) else value


def _number(value: object) -> int:
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return 0


_MONTHS = {
    name: n
    for n, name in enumerate(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], 1)
}
_TIME = re.compile(r"\w{3} (\w{3}) (\d{1,2}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})")


def parse_time(text: str) -> int | None:
    """µs since the epoch of a time as Weibo writes it, None where it is none. No locale has a say in it.

    >>> parse_time("Sat Nov 16 22:38:31 +0800 2024")
    1731767911000000
    """
    found = _TIME.fullmatch(text.strip())
    if found is None or found[1] not in _MONTHS:
        return None
    month, day, hour, minute, second, sign, zh, zm, year = found.groups()
    zone = timezone(timedelta(hours=int(zh), minutes=int(zm)) * (-1 if sign == "-" else 1))
    try:
        at = datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=zone)
    except ValueError:
        return None
    return int(at.timestamp()) * 1_000_000


_ANSWERED = re.compile(r"^回复\s?@([^\s:\uff1a]+)\s?[:\uff1a]\s*")
_FROM = re.compile(r"^(?:来自|发布于\s?)(.+)$")
_GENDERS = {"m": "male", "f": "female"}


def tables_of(page: WeiboPage, *, account: str, mid: str, own: str, input_id: str, now_us: int) -> Pulled:
    """Canonical rows of a page: messages, their writers, the post and its conversation.

    Args:
        mid: id of the microblog.
        own: Weibo id of the account itself, whose comments go out; "" if unknown.
        now_us: when the page was read; as of then the writers are as they are.
    """
    rows = Gathered(account, input_id)
    place, item = rows.conversation(f"weibo/{mid}"), rows.item(f"weibo/{mid}")
    address = f"https://m.weibo.cn/detail/{mid}"
    rows.add("items", now_us, item_id=item, key=f"weibo/{mid}", category="microblog", url=address)
    rows.add("conversations", now_us, conversation_id=place, key=f"weibo/{mid}", kind="comments", item_id=item)
    for comment in page.comments:
        for one, root in [(comment, None), *((reply, comment) for reply in comment.replies)]:
            _add(rows, one, root, place, item, own, now_us)
    return rows.tables()


def _add(
    rows: Gathered, one: WeiboComment, root: WeiboComment | None, place: str, item: str, own: str, now_us: int
) -> None:
    text = words_in(one.text)
    answered = _ANSWERED.match(text)
    if answered:
        text = text[answered.end() :]
    region = _FROM.match(one.source.strip())
    mentions = [*([answered[1]] if answered else []), *mentions_in(text)]
    key = None if one.user is None else str(one.user.id)
    if root is None and one.rootid not in (0, one.id):
        parent: int | None = one.rootid
    else:
        parent = None if root is None else root.id
    rows.add(
        "messages",
        parse_time(one.created_at),
        seq=one.floor_number or None,
        message_id=rows.message("weibo", str(one.id)),
        conversation_id=place,
        user_id=None if key is None else rows.user(key),
        direction="out" if key is not None and key == own else "in",
        kind="text" if parent is None else "reply",
        text=text or None,
        mentions=msgspec.json.encode(list(dict.fromkeys(mentions))).decode() if mentions else None,
        reply_to=None if parent is None else rows.message("weibo", str(parent)),
        item_id=item,
        attrs={"region": region[1] if region else None},
    )
    if one.user is not None and key is not None:
        user = one.user
        attrs = {"verified": user.verified or None, "description": user.description}
        rows.add(
            "users", now_us, user_id=rows.user(key), key=key, nickname=user.screen_name or None,
            gender=_GENDERS.get(user.gender), region=user.location or None, attrs=attrs,
        )  # fmt: skip
        rows.name(rows.user(key), user.screen_name, "nickname", parse_time(one.created_at))
