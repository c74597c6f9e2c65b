"""Whether contacts agreed to the archive: asked of the platform, kept as `consents`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jianwei.sources._archive_kinds import said
from jianwei.sources._gathered import Gathered, Pulled
from jianwei.sources.archive import ArchivedMessage, party_of

__all__ = ["Agreement", "Agreements", "Asked", "consents"]

PURPOSE, BASIS = "archive", "wecom"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the platform says of one contact.

    Attributes:
        staff: the member of staff it is about; "" in a room.
        status: "Agree", "Default_Agree", "Disagree" or what else it says.
        changed: seconds since the epoch, 0 where it does not say.
    """

    external: str
    staff: str
    status: str
    changed: int = 0

    @property
    def granted(self) -> bool:
        return self.status in ("Agree", "Default_Agree")


class Agreements(Protocol):
    """Asks the platform."""

    def single(self, pairs: Sequence[tuple[str, str]]) -> Sequence[Agreement]:
        """For pairs of (staff, contact)."""

    def room(self, room: str) -> Sequence[Agreement]:
        """For the contacts in a room."""


class Asked:
    """Asks once for each pair and room of a pull, and remembers what is new."""

    def __init__(self, agreements: Agreements) -> None:
        self._agreements = agreements
        self._pairs: dict[tuple[str, str], bool] = {}
        self._rooms: dict[str, dict[str, bool]] = {}
        self._new: list[Agreement] = []

    def ask(self, messages: Sequence[ArchivedMessage]) -> None:
        """Ask for everybody in these messages who was not asked for yet."""
        pairs = dict.fromkeys(pair for message in messages if not message.roomid for pair in _pairs(message))
        new = [pair for pair in pairs if pair not in self._pairs]
        found = list(self._agreements.single(new)) if new else []
        self._pairs |= dict.fromkeys(new, False)
        self._pairs |= {(one.staff, one.external): one.granted for one in found}
        self._new += found
        outside = (one for one in messages if one.roomid and (party_of(one.sender) == "external" or _quotes(one)))
        for room in dict.fromkeys(message.roomid for message in outside):
            if room not in self._rooms:
                told = self._agreements.room(room)
                self._rooms[room] = {one.external: one.granted for one in told}
                self._new += told

    def allows(self, message: ArchivedMessage) -> bool:
        """Whether the contact agreed: in a room the one who speaks, between two the one who speaks or is spoken to."""
        if message.roomid:
            here = self._rooms.get(message.roomid, {})
            return party_of(message.sender) != "external" or here.get(message.sender, False)
        if not any(party_of(name) == "external" for name in message.people):
            return True
        pairs = _pairs(message)
        return bool(pairs) and all(self._pairs.get(pair, False) for pair in pairs)

    def allows_all(self, message: ArchivedMessage) -> bool:
        """Whether every contact in the conversation agreed, so that what anybody there said may be quoted."""
        if not message.roomid:
            return self.allows(message)
        here = self._rooms.get(message.roomid, {})
        outside = {name for name in message.people if party_of(name) == "external"}
        return outside <= set(here) and all(here.values())

    def taken(self) -> list[Agreement]:
        """What was learnt since the last call."""
        new, self._new = self._new, []
        return new


def _quotes(message: ArchivedMessage) -> bool:
    return bool(said(message.msgtype, message.body).quote)


def _pairs(message: ArchivedMessage) -> list[tuple[str, str]]:
    """(staff, contact) of a message between two."""
    staff, outside = ([name for name in message.people if party_of(name) == party] for party in ("staff", "external"))
    return [(one, contact) for one in staff for contact in outside]


def consents(agreements: Sequence[Agreement], messages: Sequence[ArchivedMessage], account: str) -> Pulled:
    """Rows of `consents`: what the platform said, and the messages by which people agreed or refused."""
    told = [(one.external, one.granted, one.changed * 1_000_000 or None) for one in agreements]
    for message in messages:
        if message.msgtype in ("agree", "disagree"):
            person = str(message.body.get("userid") or message.sender)
            told.append((person, message.msgtype == "agree", message.ts_us))
    rows = Gathered(account)
    for person, granted, at in told:
        rows.add(
            "consents", at, user_id=rows.user(person), purpose=PURPOSE, basis=BASIS, granted=granted,
            withdrawn_us=None if granted else at,
        )  # fmt: skip
        rows.add("users", None, user_id=rows.user(person), key=person, attrs={"party": party_of(person)})
    return rows.tables()
