"""What every message and event has, and how fields are declared.

A field's wire name says where it stands in what the platform sends: "Content", "ScanCodeInfo/ScanType" for a child of a child,
"MsgID|MsgId" where the platform spells it in two ways (the first one is written), "-…" for a field that is not on the wire at all.
Reading and writing both work from these declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import field

from jianwei.errors import JianweiError

__all__ = ["Event", "Message", "MessageError", "Part", "Push", "UnknownEvent", "UnknownMessage"]


class MessageError(JianweiError):
    """What came in, or is to be written, is no message: neither XML nor JSON, not one object, too long or too deep."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__("message", what, hint)

    def __reduce__(self) -> tuple[type[MessageError], tuple[str, str]]:
        return type(self), (self.what, self.hint)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A group of fields inside a message."""


class Push(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What the platform pushes to a callback.

    Text that is absent is "", a number that is absent or is none is None. Two pushes are equal when they are of one class and their
    declared fields are, whether they came as XML or JSON.

    Attributes:
        to_user: the account: original id (gh_…), or corp id.
        from_user: the person's openid, or user id in WeCom.
        created: when, in seconds since 1970.
        kind: MsgType, in lower case.
        agent_id: the WeCom application.
        raw: everything that came, as nested mappings of text; a list of one stands as its element.
    """

    to_user: str = field(default="", name="ToUserName")
    from_user: str = field(default="", name="FromUserName")
    created: int | None = field(default=None, name="CreateTime")
    kind: str = field(default="", name="MsgType")
    agent_id: int | None = field(default=None, name="AgentID")
    raw: Mapping[str, Any] = field(default_factory=dict, name="-raw")

    @property
    def created_us(self) -> int | None:
        """When, in µs since 1970 (UTC); None where the platform did not say."""
        return None if self.created is None else self.created * 1_000_000

    def _content(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name != "raw")

    def __repr__(self) -> str:
        shown = (
            f"{one.name}={value!r}"
            for one in msgspec.structs.fields(self)
            if one.name != "raw" and (value := getattr(self, one.name)) != one.default
        )
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Push) and type(self) is type(other) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash((type(self), self._content()))


class Message(Push, frozen=True, kw_only=True, eq=False):
    """Something that a person sent.

    Attributes:
        msg_id: the same in every retry; a 64-bit number, kept as text.
        data_id: id of the article from which it was sent; `index` says which of its articles.
    """

    msg_id: str = field(default="", name="MsgId|MsgID")
    data_id: str = field(default="", name="MsgDataId")
    index: str = field(default="", name="Idx")

    @property
    def event(self) -> str:
        """No event: "". So that `push.event` may be asked of everything that comes in."""
        return ""


class Event(Push, frozen=True, kw_only=True, eq=False):
    """Something that a person, an administrator or the platform did.

    Attributes:
        event: the name of the event, always in lower case (the platform's own spelling varies and stands in `raw`).
    """

    kind: str = field(default="event", name="MsgType")
    event: str = field(default="", name="Event")


class _Whole(Push, frozen=True, kw_only=True, eq=False):
    def _content(self) -> tuple[object, ...]:
        return (*Push._content(self), self.raw)

    def __hash__(self) -> int:
        return hash((type(self), Push._content(self)))


class UnknownMessage(_Whole, Message, frozen=True, kw_only=True, eq=False):
    """A message of a type that has no class here; `raw` has all of it."""


class UnknownEvent(_Whole, Event, frozen=True, kw_only=True, eq=False):
    """An event that has no class here; `raw` has all of it."""
