"""The shop's WeCom corp on the platform: its staff as members, its customers as external contacts, its groups as customer groups."""

from __future__ import annotations

from collections.abc import Mapping

from jianwei.sandbox.platform.callbacks import Pushed
from jianwei.sandbox.platform.corp import Corp, Corps
from jianwei.sandbox.platform.corp_shop import contact_id, fill, group_id, member_id
from jianwei.sandbox.platform.people import People
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.sandbox.population import Customer, Shop

__all__ = ["found", "joined_group", "met"]

SYSTEM = "sys"
"""Who the platform's own events come from."""


def found(platform: Platform, agent: App, shop: Shop, union_ids: Mapping[str, str]) -> None:
    """Fill the corp of an application; its members are the application's people, who log in and write to it.

    Args:
        union_ids: union ids of customers, by their user id.
    """
    fill(_corp(platform, agent), shop, union_ids=union_ids)
    for member in shop.staff:
        userid = member_id(member.user_id)
        agent.followers[userid] = Follower(userid, member.nickname)


def met(agent: People, customer: Customer) -> Pushed:
    """A customer becomes a contact of a member, who may welcome them within twenty seconds."""
    member, contact = member_id(customer.staff_id), contact_id(customer.user_id)
    with agent.platform.lock:
        code = _corp(agent.platform, agent.app).welcome(agent.platform, member, contact)
    fields = {"ChangeType": "add_external_contact", "UserID": member, "ExternalUserID": contact, "WelcomeCode": code}
    return agent.event(SYSTEM, "change_external_contact", **fields)


def joined_group(agent: People, conversation_id: str) -> Pushed:
    """Somebody joins a customer group by its QR code."""
    fields = {"ChatId": group_id(conversation_id), "ChangeType": "update", "UpdateDetail": "add_member"}
    return agent.event(SYSTEM, "change_external_chat", **fields, JoinScene=3, MemChangeCnt=1)


def _corp(platform: Platform, agent: App) -> Corp:
    return platform.of(Corps)[agent.app_id.split("/")[0]]
