"""The simulated shop as a WeCom corp: its people as members, its customers as contacts, its groups as customer groups."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from jianwei.sandbox.platform.corp import Corp, Room, Talk
from jianwei.sandbox.population.shop import Conversation, Customer, Shop
from jianwei.wechat.endpoints.wecom_archive import Agreement, AgreeStatus, ArchivedGroup, ArchivedMember
from jianwei.wechat.endpoints.wecom_contacts import CorpTag, CorpTagGroup, ExternalContact
from jianwei.wechat.endpoints.wecom_departments import Department
from jianwei.wechat.endpoints.wecom_groups import CustomerGroup, GroupMember, UserId
from jianwei.wechat.endpoints.wecom_members import Member

__all__ = ["contact_id", "fill", "group_id", "member_id"]

SHOP, TEAM_GROUP = 2, "wrShiShanTeam"


def contact_id(user_id: str) -> str:
    """The external user id of a customer of the shop.

    >>> contact_id("wxid_1pahdh5nenkon7")
    'wm654e0e458c3f5f88eb491d0f3a12e5'
    """
    return f"wm{sha256(user_id.encode()).hexdigest()[:30]}"


def group_id(conversation_id: str) -> str:
    """The chat id of a group of the shop."""
    return f"wr{sha256(conversation_id.encode()).hexdigest()[:30]}"


def member_id(user_id: str) -> str:
    """The user id of one of the shop's people: the end of their WeChat id.

    >>> member_id("wxid_shishan_xiaoman")
    'xiaoman'
    """
    return user_id.rpartition("_")[2]


def fill(corp: Corp, shop: Shop, *, until: int | None = None, union_ids: Mapping[str, str] | None = None) -> None:
    """Put a shop into a corp.

    Args:
        until: leave out what is later (seconds since the epoch); default: nothing.
        union_ids: union ids of customers, by their user id.

    >>> from jianwei.sandbox.population import simulate
    >>> corp = Corp("ww1")
    >>> fill(corp, simulate(customers=20, days=14))
    >>> len(corp.contacts), len(corp.rooms), sorted(corp.members)
    (20, 3, ['ahuai', 'qingyou', 'xiaoman'])
    """
    corp.departments |= {1: Department(1, shop.name), SHOP: Department(SHOP, "门店", parentid=1, order=100)}
    for number, one in enumerate(shop.staff):
        corp.add(Member(member_id(one.user_id), one.nickname, [SHOP], [number], status=1))
    corp.archived |= dict.fromkeys(corp.members, 2)
    _internal_group(corp, shop)
    tags = [CorpTag(f"et{name}", text) for name, text in (("old", "老客"), ("new", "新客"))]
    corp.tags["etkind"] = CorpTagGroup("etkind", "来历", tag=tags)
    for customer in shop.customers:
        if until is None or customer.joined <= until:
            _contact(corp, customer, (union_ids or {}).get(customer.user_id))
    conversations = {conversation.id: conversation for conversation in shop.conversations}
    for conversation in conversations.values():
        if conversation.kind == "group":
            _room(corp, shop, conversation)
    for message in shop.messages:
        if message.sender_id and (until is None or message.at <= until):
            _said(corp, conversations[message.conversation_id], message.sender_id, message.at)


def _internal_group(corp: Corp, shop: Shop) -> None:
    made = min((customer.joined for customer in shop.customers), default=0)
    people = [ArchivedMember(userid, made) for userid in corp.members]
    corp.archived_groups[TEAM_GROUP] = ArchivedGroup(f"{shop.name}内部群", people[0].memberid, made, members=people)


def _contact(corp: Corp, customer: Customer, union_id: str | None) -> None:
    """Everybody was asked about the archive: most agreed, one in eight did not, some never answered and count as agreeing."""
    external, userid = contact_id(customer.user_id), member_id(customer.staff_id)
    corp.met(userid, ExternalContact(external, customer.nickname, unionid=union_id), customer.joined)
    answers: tuple[AgreeStatus, ...] = ("Disagree", "Default_Agree", *("Agree",) * 6)
    answer = answers[int(external[2:10], 16) % 8]
    corp.agreements[userid, external] = Agreement(external, answer, userid, customer.joined + 60)


def _room(corp: Corp, shop: Shop, conversation: Conversation) -> None:
    """The group is as old as the first customer in it; they joined by its QR code when they met the shop."""
    staff = {one.user_id for one in shop.staff}
    joined = {customer.user_id: customer.joined for customer in shop.customers}
    owner = member_id(conversation.owner_id)
    customers = [one for one in conversation.member_ids if one in joined and contact_id(one) in corp.contacts]
    made = min((joined[one] for one in customers), default=0)
    members = [
        GroupMember(member_id(one), 1, join_time=made, join_scene=1, invitor=UserId(owner), name="")
        for one in conversation.member_ids
        if one in staff
    ]
    for one in customers:
        contact = corp.contacts[contact_id(one)]
        members.append(GroupMember(contact.external_userid, 2, contact.unionid, joined[one], 3, name=contact.name))
    chat_id = group_id(conversation.id)
    version = sha256("|".join(one.userid for one in members).encode()).hexdigest()[:32]
    group = CustomerGroup(
        chat_id,
        conversation.title,
        owner,
        made,
        member_version=version,
        member_list=members,
        admin_list=[UserId(owner)],
    )
    corp.rooms[chat_id] = Room(group)
    corp.room_agreements[chat_id] = [
        Agreement(found.external_openid, found.agree_status, status_change_time=found.status_change_time)
        for (_, external), found in corp.agreements.items()
        if external in {one.userid for one in members}
    ]


def _said(corp: Corp, conversation: Conversation, sender_id: str, at: int) -> None:
    if conversation.kind == "group":
        by_staff = member_id(sender_id) in corp.members
        who = member_id(sender_id) if by_staff else contact_id(sender_id)
        corp.rooms[group_id(conversation.id)].said.append((at, who))
        return
    userid, customer = member_id(conversation.owner_id), conversation.id
    external = contact_id(customer)
    if external in corp.contacts:
        corp.talks.append(Talk(at, userid, external, sender_id != customer))
