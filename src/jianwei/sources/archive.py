"""Messages of WeCom's archive: decrypted JSON → canonical tables.

The shapes are those of the platform's page on conversation archives. An archive holds three kinds of people, told apart by their ids:
external contacts ("wo…", "wm…"), robots ("wb…") and staff. What staff and robots say goes out, what externals say comes in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from jianwei.errors import InputError
from jianwei.records import key_id
from jianwei.sources._archive_kinds import Said, said
from jianwei.sources._gathered import Gathered, Pulled
from jianwei.sources._words import mentions_in

__all__ = [
    "ArchiveMedia",
    "ArchivedMessage",
    "Party",
    "Withhold",
    "conversation_key",
    "media_of",
    "party_of",
    "read_message",
    "tables_of",
]

Party = Literal["staff", "external", "robot"]


def party_of(user: str) -> Party:
    """What kind of person an id of the archive names.

    >>> party_of("zhangsan"), party_of("wmErxtDgAA9AW32YyyuYRimKr7D1KWlw"), party_of("wbTn1DCgAAhW7")
    ('staff', 'external', 'robot')
    """
    if user.startswith(("wo", "wm")) and len(user) > 20:
        return "external"
    return "robot" if user.startswith("wb") and len(user) > 10 else "staff"


class ArchivedMessage(msgspec.Struct, frozen=True):
    """One decrypted message of the archive.

    Attributes:
        msgtime: milliseconds since the epoch (`time` where somebody switched corps).
        action: "send", "recall" or "switch".
        body: the part that is named after the type.
    """

    msgid: str
    action: str = "send"
    sender: str = ""
    tolist: tuple[str, ...] = ()
    roomid: str = ""
    msgtime: int = 0
    msgtype: str = ""
    body: Mapping[str, Any] = {}

    @property
    def ts_us(self) -> int:
        return self.msgtime * 1000

    @property
    def people(self) -> tuple[str, ...]:
        """Sender and receivers, each once."""
        return tuple(dict.fromkeys(name for name in (self.sender, *self.tolist) if name))


# Types whose part of the JSON bears another name.
_BODIES = {"external_redpacket": "redpacket", "docmsg": "doc", "markdown": "info", "news": "info", "qydiskfile": "info"}  # fmt: skip


def read_message(text: str) -> ArchivedMessage:
    """The message in a decrypted text.

    Raises:
        InputError: it is no JSON object with an id.

    >>> read_message('{"msgid":"1","from":"li","tolist":["wang"],"msgtype":"text","text":{"content":"好"},"msgtime":1}').sender
    'li'
    """
    try:
        found = json.loads(text, strict=False)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not str(found.get("msgid") or ""):
        raise InputError("archive", "a decrypted message is no JSON with an id", "see whether the private key fits")
    kind = str(found.get("msgtype") or "")
    body = found.get(_BODIES.get(kind, kind)) or found.get(kind) or found.get("info")
    to = found.get("tolist")
    return ArchivedMessage(
        msgid=str(found["msgid"]),
        action=str(found.get("action") or "send"),
        sender=str(found.get("from") or found.get("user") or ""),
        tolist=tuple(str(one) for one in to) if isinstance(to, list) else (),
        roomid=str(found.get("roomid") or ""),
        msgtime=_whole(found.get("msgtime") or found.get("time")),
        msgtype=kind,
        body=body if isinstance(body, dict) else {},
    )


def _whole(value: object) -> int:
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return 0


def conversation_key(message: ArchivedMessage) -> str:
    """What names the conversation: the room, or the two people in a fixed order.

    >>> conversation_key(ArchivedMessage("1", sender="b", tolist=("a",)))
    'a|b'
    """
    return message.roomid or "|".join(sorted(message.people))


@dataclass(frozen=True, slots=True)
class ArchiveMedia:
    """A file of a message, still to be fetched through the SDK.

    Attributes:
        sdkfileid: the SDK's name of the file.
        record_id: message that it belongs to.
        md5: hex digest as the platform tells it, "" where it does not.
    """

    sdkfileid: str
    record_id: str
    kind: str
    ts_us: int
    md5: str = ""
    size: int = 0
    seconds: float | None = None


def media_of(message: ArchivedMessage, account: str) -> Iterator[ArchiveMedia]:
    """Files of a message, those inside a mixed one too."""
    record = _id(account, message.msgid)
    content = said(message.msgtype, message.body)
    for part in (content, *content.parts):
        if part.file:
            info = part.file
            yield ArchiveMedia(info.sdkfileid, record, part.kind, message.ts_us, info.md5, info.size, info.seconds)


def _id(account: str, msgid: str) -> str:
    return key_id("m:", account, "wecom", msgid)


Withhold = Callable[[ArchivedMessage, Said], Said]
"""What of a message's content may be kept; it may leave out words that others said (quotes, forwarded messages)."""


def _everything(message: ArchivedMessage, content: Said) -> Said:
    return content


def tables_of(
    messages: Sequence[ArchivedMessage], *, account: str, input_id: str, withhold: Withhold = _everything
) -> Pulled:
    """Canonical rows of some messages: what was said, who is there, and recalls.

    A recall is a message of kind "recall" whose `reply_to` names what was recalled; what answers questions leaves that out. Somebody who
    changed the corp ("switch") is no message.
    """
    rows = Gathered(account, input_id)
    for message in messages:
        if message.action == "switch" or not message.sender:
            continue
        _add(rows, message, withhold(message, said(message.msgtype, message.body)))
    return rows.tables()


def _add(rows: Gathered, message: ArchivedMessage, content: Said) -> None:
    key, ts_us = conversation_key(message), message.ts_us
    place, sender = rows.conversation(key), rows.user(message.sender)
    parties = {name: party_of(name) for name in message.people}
    kind = "group" if message.roomid else "private"
    outside = next((name for name, party in parties.items() if party == "external"), None)
    attrs = {"external": True} if outside or message.msgid.endswith("_external") else {}
    rows.add("conversations", ts_us, conversation_id=place, key=key, kind=kind, attrs=attrs)
    for name, party in parties.items():
        # Without a time, since it says nothing that a member's or contact's own row does not say better.
        rows.add("users", None, user_id=rows.user(name), key=name, attrs={"party": party})
        if name == message.sender or not message.roomid:
            rows.add("members", ts_us, conversation_id=place, user_id=rows.user(name))
    recalled = message.body.get("pre_msgid") if message.action == "recall" or message.msgtype == "revoke" else None
    notice = recalled is not None or content.kind in ("system", "recall")
    record = _id(rows.account, message.msgid)
    rows.add(
        "messages",
        ts_us,
        message_id=record,
        conversation_id=place,
        user_id=None if notice else sender,
        direction=None if notice else ("in" if party_of(message.sender) == "external" else "out"),
        kind="recall" if recalled is not None else content.kind,
        text=content.text,
        mentions=_mentions(content, message.roomid),
        reply_to=None if recalled is None else _id(rows.account, str(recalled)),
        attrs={**content.attrs, **({"sender": message.sender} if notice else {}), **_quote(content)},
    )
    for number, child in enumerate(content.records):
        _child(rows, record, number, child, place, ts_us)


def _quote(content: Said) -> Mapping[str, object]:
    return {"quote": content.quote} if content.quote else {}


def _mentions(content: Said, roomid: str) -> str | None:
    names = mentions_in(content.text or "") if roomid and content.kind in ("text", "reply") else []
    return msgspec.json.encode(names).decode() if names else None


def _child(rows: Gathered, parent: str, number: int, child: Said, place: str, ts_us: int) -> None:
    """A message inside a merged forward: its speaker is known by name only, if at all."""
    record = key_id("m:", rows.account, "record", f"{parent}/{number}")
    rows.add(
        "messages",
        child.ts_us or ts_us,
        message_id=record,
        conversation_id=place,
        kind=child.kind,
        text=child.text,
        attrs={"parent": parent, **child.attrs},
    )
    for inner, one in enumerate(child.records):
        _child(rows, record, inner, one, place, ts_us)
