"""Deliveries of the webhook → canonical tables: what people said and did, and what they were answered.

Source: the platform's pages on received messages and events, and on passive replies. Ids are made from MsgId, or from the key that tells
a delivery from others, and user ids from openids, as every other source makes them.

An answer that was sent later, since the handler was slow, is kept as a delivery of its own: its key ends in `/late`, its body is the one
that was answered and is in the lake already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from jianwei.common.kept import Answered, Delivery
from jianwei.records import key_id
from jianwei.sources._base import RAW_LIMIT, Reject
from jianwei.sources._gathered import Gathered, Pulled, together
from jianwei.wechat.messages import (
    CustomerChange,
    Event,
    FileMessage,
    ImageMessage,
    LinkMessage,
    LocationMessage,
    MenuEvent,
    Message,
    MessageError,
    MiniProgramMessage,
    Push,
    Scan,
    Subscribe,
    TextMessage,
    UserDataEvent,
    VideoMessage,
    VoiceMessage,
    parse_message,
    read_body,
)

__all__ = ["LATE", "Callbacks", "MediaRef", "callbacks_of", "webhook_input"]

LATE = "/late"
"""How the key of a delivery ends that is only a later answer."""


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file of a message that the platform keeps for three days.

    Attributes:
        media_id: the platform's id of the file.
        record_id: the message.
        kind: "image", "voice" or "video".
        url: where it can be read without a token, None where nowhere.
    """

    account: str
    media_id: str
    record_id: str
    kind: str
    url: str | None
    ts_us: int
    seq: int


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What some deliveries hold.

    Attributes:
        tables: canonical table → rows.
        rejects: account → deliveries that are no message; `line` is made from the delivery's key, since there are no lines.
        media: files that are still to be fetched.
    """

    tables: Pulled
    rejects: Mapping[str, tuple[Reject, ...]]
    media: tuple[MediaRef, ...]


def webhook_input(account: str) -> str:
    """The id of the input that an account's webhook is."""
    return key_id("f:", account, "webhook", account)


def callbacks_of(received: Sequence[Answered]) -> Callbacks:
    """Canonical rows of deliveries, of any number of accounts."""
    gathered: dict[str, _Rows] = {}
    rejects: dict[str, list[Reject]] = {}
    media: list[MediaRef] = []
    for one in received:
        account = one.delivery.account
        rows = gathered.setdefault(account, _Rows(account, webhook_input(account)))
        try:
            push = parse_message(one.delivery.body)
        except MessageError as error:
            rejects.setdefault(account, []).append(_rejected(one.delivery, error.what))
            continue
        key = one.delivery.key.removesuffix(LATE)
        record = rows.message("wechat", push.msg_id or key) if isinstance(push, Message) else None
        if key == one.delivery.key:
            if isinstance(push, Message) and record is not None:
                _message(rows, push, one.delivery, record)
                media += _media(push, one.delivery, record)
            elif isinstance(push, Event):
                _event(rows, push, one.delivery)
        if one.answer:
            _answer(rows, push, one, record)
    tables = together(*(rows.tables() for rows in gathered.values()))
    return Callbacks(tables, {account: tuple(found) for account, found in rejects.items()}, tuple(media))


class _Rows(Gathered):
    """Rows of one account; whom and where one meets again and again is entered once."""

    def __init__(self, account: str, input_id: str) -> None:
        super().__init__(account, input_id)
        self._people: dict[str, str] = {}
        self._places: dict[str, str] = {}

    def person(self, key: str, at: int, subscribed: bool | None = None) -> str | None:
        """The id of a user; `subscribed` is news of following, each of which counts."""
        if not key:
            return None
        user_id = self._people.get(key)
        if user_id is None or subscribed is not None:
            user_id = self._people[key] = self.user(key)
            self.add("users", at, user_id=user_id, key=key, subscribed=subscribed)
        return user_id

    def place(self, key: str, at: int) -> str | None:
        """The id of the private chat with somebody."""
        if not key:
            return None
        place = self._places.get(key)
        if place is None:
            place = self._places[key] = self.conversation(key)
            self.add("conversations", at, conversation_id=place, key=key, kind="private")
        return place


def _rejected(delivery: Delivery, why: str) -> Reject:
    raw = delivery.body.decode("utf-8", "replace")
    if len(raw) > RAW_LIMIT:
        raw = f"{raw[:RAW_LIMIT]}… ({len(raw) - RAW_LIMIT:,} more characters)"
    line = int.from_bytes(sha256(delivery.key.encode()).digest()[:6], "big")
    return Reject(line, "bad_push", f"{delivery.key}: {why}", raw)


_LAST_US = 4_102_444_800_000_000  # 2100


def _when(push: Push, delivery: Delivery) -> int:
    said = push.created_us
    return said if said is not None and 0 < said < _LAST_US else delivery.received_us


# --- messages --------------------------------------------------------------------------------------------------------

_KINDS = {
    "text": "text", "image": "image", "voice": "voice", "video": "video", "shortvideo": "video", "location": "location",
    "link": "link", "miniprogrampage": "share", "file": "file", "music": "share", "news": "link",
}  # fmt: skip

# What every delivery has, and what is of use only to whoever answers it or opens doors.
_UNKEPT = frozenset({
    "ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Event", "Encrypt", "AgentID",
    "Token", "WelcomeCode", "ComponentVerifyTicket", "AuthorizationCode", "PreAuthCode",
})  # fmt: skip

_LONGEST_ID = 512  # of a file; theirs have about 64 characters


def _said(push: Message) -> tuple[str | None, dict[str, object]]:
    """Text and attrs. A voice message has for text what the platform heard in it."""
    match push:
        case TextMessage():
            text, attrs = push.content, dict[str, object](menu_id=push.menu_id)
        case ImageMessage():
            text, attrs = "", {"media_id": push.media_id, "url": push.url}
        case VoiceMessage():
            text, attrs = push.recognition, {"media_id": push.media_id, "format": push.format}
            attrs["media_id_16k"] = push.media_id_16k
        case VideoMessage():
            text, attrs = "", {"media_id": push.media_id, "thumb_media_id": push.thumb_media_id}
        case LocationMessage():
            text, attrs = push.label, {"latitude": push.latitude, "longitude": push.longitude, "scale": push.scale}
        case LinkMessage():
            text, attrs = push.title, {"desc": push.description, "url": push.url}
        case MiniProgramMessage():
            text, attrs = push.title, {"app_id": push.app_id, "path": push.path, "thumb_url": push.thumb_url}
        case FileMessage():
            text, attrs = push.title, {"desc": push.description, "md5": push.md5, "size": push.size}
            attrs["file_key"] = push.file_key
        case _:
            text, attrs = "", {"type": push.kind, **_rest(push)}
    attrs |= {"data_id": push.data_id, "idx": push.index, "agent_id": push.agent_id}
    return text if text.strip() else None, attrs


def _rest(push: Push) -> dict[str, object]:
    return {name: value for name, value in push.raw.items() if name not in _UNKEPT}


def _message(rows: _Rows, push: Message, delivery: Delivery, record: str) -> None:
    at = _when(push, delivery)
    text, attrs = _said(push)
    user_id = rows.person(push.from_user, at)
    rows.add(
        "messages", at, seq=delivery.received_us, message_id=record, user_id=user_id, direction="in",
        conversation_id=rows.place(push.from_user, at), kind=_KINDS.get(push.kind, "other"), text=text, attrs=attrs,
    )  # fmt: skip


def _media(push: Message, delivery: Delivery, record: str) -> list[MediaRef]:
    at, seq, account = _when(push, delivery), delivery.received_us, delivery.account
    match push:
        case ImageMessage(media_id=media_id, url=url) if 0 < len(media_id) <= _LONGEST_ID:
            return [MediaRef(account, media_id, record, "image", url or None, at, seq)]
        case VoiceMessage(media_id=media_id) if 0 < len(media_id) <= _LONGEST_ID:
            return [MediaRef(account, media_id, record, "voice", None, at, seq)]
        case VideoMessage(media_id=media_id) if 0 < len(media_id) <= _LONGEST_ID:
            return [MediaRef(account, media_id, record, "video", None, at, seq)]
    return []


# --- events ----------------------------------------------------------------------------------------------------------

_EVENTS = {
    "subscribe": "subscribe", "unsubscribe": "unsubscribe", "scan": "scan", "click": "click", "view": "view",
    "view_miniprogram": "view", "scancode_push": "scan", "scancode_waitmsg": "scan", "pic_sysphoto": "click",
    "pic_photo_or_album": "click", "pic_weixin": "click", "location_select": "click", "taskcard_click": "click",
    "template_card_event": "click", "user_get_card": "receive",
}  # fmt: skip

_NOBODYS = ("", "sys", "mphelper")  # names the platform signs its own notices with


def _event(rows: _Rows, push: Event, delivery: Delivery) -> None:
    at = _when(push, delivery)
    name = _EVENTS.get(push.event, "other")
    attrs: dict[str, object] = {"event": push.event, **_rest(push), "agent_id": push.agent_id}
    if isinstance(push, Subscribe | Scan) and push.scene:
        attrs["scene"] = push.scene
    follows = push.event == "subscribe" if push.event in ("subscribe", "unsubscribe") else None
    rows.add(
        "events", at, seq=delivery.received_us, event_id=key_id("e:", rows.account, "wechat", delivery.key),
        user_id=rows.person(_who(push), at, follows), name=name, item_id=_menu(rows, push, at), attrs=attrs,
    )  # fmt: skip


def _who(push: Event) -> str:
    """Whom an event is about; "" for nobody's."""
    if isinstance(push, CustomerChange) and push.external_user_id:
        return push.external_user_id
    if isinstance(push, UserDataEvent) and push.openid:
        return push.openid
    return "" if push.from_user in _NOBODYS else push.from_user


def _menu(rows: _Rows, push: Event, at: int) -> str | None:
    """The menu's entry that was tapped, as a thing."""
    if not isinstance(push, MenuEvent) or not push.key:
        return None
    key = f"menu/{push.key}"
    address = push.key if push.key.startswith(("http://", "https://")) else None
    rows.add("items", at, item_id=rows.item(key), key=key, title=push.key, category="menu", url=address)
    return rows.item(key)


# --- answers ---------------------------------------------------------------------------------------------------------

_UNSAID = ("transfer_customer_service", "update_taskcard", "update_button", "update_template_card")


def _answer(rows: _Rows, push: Message | Event, one: Answered, question: str | None) -> None:
    """What was answered at once is a message too. It has the time that it bears, and comes after what it answers."""
    try:
        said = read_body(one.answer)
    except MessageError:
        return
    kind = str(said.get("MsgType", ""))
    if not kind or kind in _UNSAID or not push.from_user:
        return
    created = said.get("CreateTime")
    at = _when(push, one.delivery)
    if isinstance(created, str) and created.isdecimal():
        at = min(max(at, int(created) * 1_000_000), _LAST_US)
    text, attrs = _written(kind, said)
    place = rows.place(push.from_user, at)
    rows.add(
        "messages", at, seq=one.delivery.received_us + 1, message_id=rows.message("wechat-answer", one.delivery.key),
        conversation_id=place, direction="out", kind=_KINDS.get(kind, "other"), text=text, reply_to=question, attrs=attrs,
    )  # fmt: skip


def _written(kind: str, said: Mapping[str, Any]) -> tuple[str | None, dict[str, object]]:
    """Text and attrs of a passive reply."""
    if kind == "text":
        return _text(said.get("Content")), {}
    if kind == "news":
        articles = _under(said, "Articles").get("item", [])
        found = [one for one in (articles if isinstance(articles, list) else [articles]) if isinstance(one, dict)]
        titles = [title for one in found if (title := _text(one.get("Title")))]
        return "\n".join(titles) or None, {"articles": found}
    part = _under(said, {"image": "Image", "voice": "Voice", "video": "Video", "music": "Music"}.get(kind, ""))
    attrs: dict[str, object] = {"content": part} if part else {"content": dict(said)}
    return _text(part.get("Title")), attrs


def _under(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None
