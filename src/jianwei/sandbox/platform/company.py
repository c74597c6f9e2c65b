"""The shop's WeCom corp on the platform: its staff as members, its customers as external contacts, its groups as customer groups."""

from __future__ import annotations

from collections.abc import Mapping

from jianwei.sandbox.platform.corp import Corps
from jianwei.sandbox.platform.corp_shop import fill, member_id
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.sandbox.population import Shop

__all__ = ["found"]


def found(platform: Platform, agent: App, shop: Shop, union_ids: Mapping[str, str]) -> None:
    """Fill the corp of an application; its members are the application's people, who log in and write to it.

    Args:
        union_ids: union ids of customers, by their user id.
    """
    fill(platform.of(Corps)[agent.app_id.split("/")[0]], shop, union_ids=union_ids)
    for member in shop.staff:
        userid = member_id(member.user_id)
        agent.followers[userid] = Follower(userid, member.nickname)
