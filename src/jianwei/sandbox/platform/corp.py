"""A WeCom corp: what all its applications share. Filled by tests, and from the simulated shop by `corp_shop.fill`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from jianwei.sandbox.platform.world import Platform, Refusal, Visit
from jianwei.wechat.endpoints.wecom_archive import Agreement, ArchivedGroup
from jianwei.wechat.endpoints.wecom_chats import AppChat
from jianwei.wechat.endpoints.wecom_contacts import CorpTagGroup, ExternalContact, Follow
from jianwei.wechat.endpoints.wecom_departments import Department
from jianwei.wechat.endpoints.wecom_groups import CustomerGroup
from jianwei.wechat.endpoints.wecom_members import Member, Visitor
from jianwei.wechat.endpoints.wecom_outreach import AddContactWay

__all__ = ["Corp", "Corps", "Delivered", "MadeChat", "Room", "Talk", "Welcome", "agent_of", "corp_of", "page_of"]

CODE_LIFE, WELCOME_LIFE = 300, 20


@dataclass(slots=True)
class Room:
    """A customer group, its status (see `GroupRef`) and what was written in it: (seconds since the epoch, who)."""

    group: CustomerGroup
    status: int = 0
    said: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Talk:
    """A message between a member and a contact; `outgoing` is the member's."""

    at: int
    userid: str
    external_userid: str
    outgoing: bool


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message that reached a member (`to`) or a chat."""

    at: int
    agentid: int
    to: str
    body: dict[str, Any]


@dataclass(slots=True)
class MadeChat:
    """A chat, the application that made it, and what was sent to it."""

    agentid: int
    chat: AppChat
    sent: list[Delivered] = field(default_factory=list)


@dataclass(slots=True)
class Welcome:
    """A code with which a new contact can be welcomed, until a second."""

    userid: str
    external_userid: str
    until: int
    said: Any = None


@dataclass(slots=True)
class Corp:
    """A corp.

    Attributes:
        labels: who bears a label of the address book ("tag" of a message), by its id.
        follows: what members note about contacts, by contact and member.
        talks, lost: what was written, and contacts who deleted a member (second, member, contact).
        archived: members whose messages are archived, with the edition; `archive_until` is when that ends.
        agreements, room_agreements: consent to the archive, by (member, contact) and by group.
        visible: members whom an application sees, by its id; all of them where it is not named.
        no_contacts: applications without the permission for external contacts.
        contactless: members who may not have contacts.

    >>> corp = Corp("ww1")
    >>> corp.add(Member("li", "小李"))
    >>> corp.met("li", ExternalContact("wm1", "小满"), 1_772_380_800, state="shop")
    >>> corp.follows["wm1"]["li"].state
    'shop'
    """

    corp_id: str
    departments: dict[int, Department] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    labels: dict[int, set[str]] = field(default_factory=dict)
    contacts: dict[str, ExternalContact] = field(default_factory=dict)
    follows: dict[str, dict[str, Follow]] = field(default_factory=dict)
    tags: dict[str, CorpTagGroup] = field(default_factory=dict)
    ways: dict[str, AddContactWay] = field(default_factory=dict)
    welcomes: dict[str, Welcome] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    talks: list[Talk] = field(default_factory=list)
    lost: list[tuple[int, str, str]] = field(default_factory=list)
    archived: dict[str, int] = field(default_factory=dict)
    archive_until: int | None = None
    archived_groups: dict[str, ArchivedGroup] = field(default_factory=dict)
    agreements: dict[tuple[str, str], Agreement] = field(default_factory=dict)
    room_agreements: dict[str, list[Agreement]] = field(default_factory=dict)
    codes: dict[str, tuple[Visitor, int]] = field(default_factory=dict)
    sent: list[Delivered] = field(default_factory=list)
    chats: dict[str, MadeChat] = field(default_factory=dict)
    visible: dict[int, set[str]] = field(default_factory=dict)
    no_contacts: set[int] = field(default_factory=set)
    contactless: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.departments.setdefault(1, Department(1, self.corp_id))

    def add(self, member: Member) -> None:
        """Take a member in; into the root where they have no department."""
        self.members[member.userid] = member if member.department else msgspec.structs.replace(member, department=[1])

    def met(self, userid: str, contact: ExternalContact, at: int, *, state: str = "", add_way: int = 1) -> None:
        """A member and a contact came to know each other."""
        self.contacts[contact.external_userid] = contact
        follow = Follow(userid, contact.name, createtime=at, state=state, add_way=add_way, oper_userid=userid)
        self.follows.setdefault(contact.external_userid, {})[userid] = follow

    def welcome(self, platform: Platform, userid: str, external_userid: str) -> str:
        """The code with which a member can welcome a contact who has just come; an event brings it."""
        code = platform.name(43)
        self.welcomes[code] = Welcome(userid, external_userid, int(platform.clock.now()) + WELCOME_LIFE)
        return code

    def code(self, platform: Platform, visitor: Visitor) -> str:
        """The code with which somebody comes back from a log-in."""
        code = platform.name(43)
        self.codes[code] = visitor, int(platform.clock.now()) + CODE_LIFE
        return code

    def below(self, department: int) -> Iterator[int]:
        """A department and all below it.

        Raises:
            Refusal: 60003, there is no such department.
        """
        if department not in self.departments:
            raise Refusal(60003, "department not found")
        yield department
        for one in self.departments.values():
            if one.parentid == department:
                yield from self.below(one.id)

    def staff_of(self, departments: Iterable[int]) -> list[str]:
        """Members of departments, without those below them."""
        wanted = set(departments)
        return [m.userid for m in self.members.values() if wanted & set(m.department)]

    def sees(self, agentid: int, userid: str) -> bool:
        """Whether an application sees a member."""
        return agentid not in self.visible or userid in self.visible[agentid]

    def member(self, agentid: int, userid: str) -> Member:
        """A member whom the application sees.

        Raises:
            Refusal: 60111 nobody has this id, 60011 the application may not see them.
        """
        if userid not in self.members:
            raise Refusal(60111, "userid not found")
        if not self.sees(agentid, userid):
            raise Refusal(60011, "no privilege to access/modify contact/party/agent")
        return self.members[userid]


class Corps(dict[str, Corp]):
    """All corps by id, kept by `platform.of(Corps)`; one comes to be when it is first asked for."""

    def __missing__(self, corp_id: str) -> Corp:
        self[corp_id] = found = Corp(corp_id)
        return found


def corp_of(visit: Visit) -> Corp:
    """The corp whose application is calling."""
    return visit.platform.of(Corps)[visit.app.app_id.partition("/")[0]]


def agent_of(visit: Visit) -> int:
    """The id of the application that is calling; apps are named "corp id/agent id"."""
    agent = visit.app.app_id.partition("/")[2]
    return int(agent) if agent.isdigit() else 0


def page_of(cursor: str | None, count: int, limit: int) -> tuple[int, int, str]:
    """(first, end, cursor of the next page or "") of a page of so many rows.

    Raises:
        Refusal: 40058, the cursor is none of ours.

    >>> page_of(None, 5, 2), page_of("c4", 5, 2)
    ((0, 2, 'c2'), (4, 5, ''))
    """
    first = 0
    if cursor:
        if not (cursor[0] == "c" and cursor[1:].isdigit() and 0 < int(cursor[1:]) < count):
            raise Refusal(40058, "invalid cursor")
        first = int(cursor[1:])
    end = min(first + limit, count)
    return first, end, f"c{end}" if end < count else ""
