"""What WeCom's interface answers, as canonical tables: members, external contacts, customer groups, figures.

User ids are made from WeCom's own (userid, external_userid), group ids from chat_id: as the archive's messages name them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from jianwei.records import key_id
from jianwei.sources._gathered import Gathered, Pulled
from jianwei.wechat.endpoints.wecom_archive import ArchivedGroup
from jianwei.wechat.endpoints.wecom_contacts import ContactOf, FollowInfo
from jianwei.wechat.endpoints.wecom_groups import CustomerGroup
from jianwei.wechat.endpoints.wecom_members import Member

__all__ = ["contacts_of", "group_of", "left_of", "members_of", "room_of", "work_figures_of"]

_GENDERS = {"1": "male", "2": "female"}


def members_of(members: Iterable[Member], departments: Mapping[int, str], *, account: str, now_us: int) -> Pulled:
    """Rows of `users` and `names` for people of the corp. `departments` are their names by id."""
    rows = Gathered(account)
    for member in members:
        user_id = rows.user(member.userid)
        attrs = {
            "party": "staff",
            "departments": [departments.get(one, str(one)) for one in member.department],
            "position": member.position,
            "status": member.status,
        }
        rows.add(
            "users", now_us, user_id=user_id, key=member.userid, nickname=member.name or None,
            gender=_GENDERS.get(member.gender), attrs=attrs,
        )  # fmt: skip
        rows.name(user_id, member.name, "nickname", now_us)
        rows.name(user_id, member.alias, "alias", now_us)
    return rows.tables()


Attrs = Mapping[str, Any]
"""What `users.attrs` of a contact says; "met" tells who of the staff knows them, since when, and which tags each gave."""


def contacts_of(
    known: Sequence[ContactOf],
    tags: Mapping[str, str],
    before: Mapping[str, Attrs],
    still: Collection[str],
    *,
    account: str,
    now_us: int,
) -> Pulled:
    """Rows of `users`, `names` and `links` for external contacts, as far as members of the staff were asked.

    Args:
        known: contacts with every member that was asked and knows them.
        tags: tag id → name.
        before: external contact → attrs, as they were.
        still: members who were not asked: what they know of contacts is as it was, and all others' is replaced.
    """
    rows = Gathered(account)
    by_contact: defaultdict[str, list[ContactOf]] = defaultdict(list)
    for one in known:
        by_contact[one.external_contact.external_userid].append(one)
    unasked = {rows.user(member) for member in still}
    kept = {key: [one for one in attrs["met"] if one["by"] in unasked] for key, attrs in before.items()}
    for key, several in by_contact.items():
        contact, user_id = several[0].external_contact, rows.user(key)
        follows = sorted((one.follow_info for one in several), key=lambda follow: (follow.createtime, follow.userid))
        met = [_met(rows, follow, [tags.get(tag, tag) for tag in follow.tag_id]) for follow in follows]
        met = sorted(kept.get(key, []) + met, key=lambda one: (one.get("at", 0), one["by"]))
        said = {
            "party": "external",
            "uses": "wecom" if contact.type == 2 else "wechat",
            "corp": contact.corp_full_name or contact.corp_name,
            "position": contact.position,
            "met": met,
        }
        rows.add(
            "users", now_us, user_id=user_id, key=key, nickname=contact.name or None, union_id=contact.unionid,
            gender=_GENDERS.get(str(contact.gender)), subscribed=True, tags=_tags(met), attrs=said,
        )  # fmt: skip
        rows.link(user_id, contact.unionid, now_us)
        rows.name(user_id, contact.name, "nickname", now_us)
        for follow in follows:
            rows.name(user_id, follow.remark, "remark", now_us)
    for key, attrs in before.items():
        if key not in by_contact and len(met := kept[key]) < len(attrs["met"]):
            rows.add("users", now_us, user_id=rows.user(key), key=key, tags=_tags(met), attrs={**attrs, "met": met})
    return rows.tables()


def _tags(met: Iterable[Attrs]) -> str:
    return msgspec.json.encode(list(dict.fromkeys(tag for one in met for tag in one.get("tags", ())))).decode()


def _met(rows: Gathered, follow: FollowInfo, tags: list[str]) -> dict[str, Any]:
    said = {
        "by": rows.user(follow.userid), "at": follow.createtime, "way": follow.add_way, "state": follow.state,
        "tags": tags,
    }  # fmt: skip
    return {name: value for name, value in said.items() if value not in (0, "", [])}


def group_of(group: CustomerGroup, status: int, *, account: str, now_us: int) -> Pulled:
    """Rows of `conversations`, `members`, `users`, `names` and `links` for a customer group and everybody in it."""
    rows = Gathered(account)
    place = rows.conversation(group.chat_id)
    attrs = {"external": True, "notice": group.notice, "created": group.create_time, "status": status}
    rows.add(
        "conversations", now_us, conversation_id=place, key=group.chat_id, kind="group", title=group.name or None,
        owner_id=rows.user(group.owner) if group.owner else None, attrs=attrs,
    )  # fmt: skip
    admins = {one.userid for one in group.admin_list}
    for member in group.member_list:
        user_id = rows.user(member.userid)
        role = "owner" if member.userid == group.owner else "admin" if member.userid in admins else "member"
        joined = member.join_time * 1_000_000 or None
        rows.add("members", now_us, conversation_id=place, user_id=user_id, role=role, joined_us=joined)
        party = "staff" if member.type == 1 else "external"
        rows.add(
            "users", joined, user_id=user_id, key=member.userid, nickname=member.name or None, union_id=member.unionid
        )  # fmt: skip
        # Without a time, since members' and contacts' own rows say more than this.
        rows.add("users", None, user_id=user_id, key=member.userid, attrs={"party": party})
        rows.link(user_id, member.unionid, joined)
        rows.name(user_id, member.name, "nickname", joined)
        rows.name(user_id, member.group_nickname, "group", joined, place)
    return rows.tables()


def room_of(roomid: str, room: ArchivedGroup, *, account: str, now_us: int) -> Pulled:
    """Rows of `conversations`, `members` and `users` for an internal group."""
    rows = Gathered(account)
    place = rows.conversation(roomid)
    attrs = {"notice": room.notice, "created": room.room_create_time}
    rows.add(
        "conversations", now_us, conversation_id=place, key=roomid, kind="group", title=room.roomname or None,
        owner_id=rows.user(room.creator) if room.creator else None, attrs=attrs,
    )  # fmt: skip
    for member in room.members:
        user_id, joined = rows.user(member.memberid), member.jointime * 1_000_000 or None
        role = "owner" if member.memberid == room.creator else "member"
        rows.add("members", now_us, conversation_id=place, user_id=user_id, role=role, joined_us=joined)
        rows.add("users", None, user_id=user_id, key=member.memberid, attrs={"party": "staff"})
    return rows.tables()


def left_of(chat_id: str, user_ids: Iterable[str], *, account: str, now_us: int) -> Pulled:
    """Rows of `members` for people who are no longer in a group. Who comes back has a `joined_us` after `left_us`."""
    rows = Gathered(account)
    for user_id in user_ids:
        rows.add("members", now_us, conversation_id=rows.conversation(chat_id), user_id=user_id, left_us=now_us)
    return rows.tables()


def work_figures_of(series: str, member: str, days: Iterable[tuple[int, msgspec.Struct]], *, account: str) -> Pulled:
    """Rows of `metrics`: what one member's groups and talks came to, day by day.

    Args:
        series: "groups" or "talks".
        days: (first second of the day, figures).
    """
    rows = Gathered(account)
    for at, figures in days:
        for name, value in msgspec.to_builtins(figures).items():
            if name == "stat_time" or not isinstance(value, int | float):
                continue
            identity = key_id("n:", account, "metric", f"{series}/{name}/{member}/{at}")
            rows.add(
                "metrics", at * 1_000_000, metric_id=identity, name=f"{series}.{name}", value=float(value),
                attrs={"user_id": rows.user(member)},
            )  # fmt: skip
    return rows.tables()
