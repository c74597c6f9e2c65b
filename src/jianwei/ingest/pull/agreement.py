"""Whether contacts agreed to the archive: asked of the platform, kept as `consents`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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
        self._pairs: dict[tuple[str, str], Agreement | None] = {}
        self._rooms: dict[str, dict[str, Agreement]] = {}
        self._new: list[Agreement] = []

    def allows(self, message: ArchivedMessage) -> bool:
        """Whether the contact agreed: in a room the one who speaks, between two the one who speaks or is spoken to."""
        outside = [name for name in message.people if party_of(name) == "external"]
        if message.roomid:
            if party_of(message.sender) != "external":
                return True
            found = self._room(message.roomid).get(message.sender)
            return found is not None and found.granted
        staff = [name for name in message.people if party_of(name) == "staff"]
        return not outside or (bool(staff) and all(self._pair(one, contact) for one in staff for contact in outside))

    def _pair(self, staff: str, external: str) -> bool:
        if (staff, external) not in self._pairs:
            found = {(one.staff, one.external): one for one in self._agreements.single([(staff, external)])}
            self._pairs[staff, external] = found.get((staff, external))
            self._new += found.values()
        agreement = self._pairs[staff, external]
        return agreement is not None and agreement.granted

    def _room(self, room: str) -> dict[str, Agreement]:
        if room not in self._rooms:
            self._rooms[room] = {one.external: one for one in self._agreements.room(room)}
            self._new += self._rooms[room].values()
        return self._rooms[room]

    def taken(self) -> list[Agreement]:
        """What was learnt since the last call."""
        new, self._new = self._new, []
        return new


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
        rows.add("users", at, user_id=rows.user(person), key=person, attrs={"party": party_of(person)})
    return rows.tables()
