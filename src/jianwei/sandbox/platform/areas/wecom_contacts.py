"""External contacts of a corp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from jianwei.sandbox.platform.corp import Corp, agent_of, corp_of, page_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import wecom_contacts as api

__all__ = ["HANDLERS", "entered"]

FOLLOWS_A_PAGE = 500


def entered(visit: Visit) -> Corp:
    """The corp, for an application that may use external contacts.

    Raises:
        Refusal: 84074, it may not.
    """
    corp = corp_of(visit)
    if agent_of(visit) in corp.no_contacts:
        raise Refusal(84074, "no permission to access external contact")
    return corp


def follow_users(visit: Visit, call: api.ListFollowUsers) -> list[str]:
    corp, agent = entered(visit), agent_of(visit)
    return [one for one in corp.members if one not in corp.contactless and corp.sees(agent, one)]


def _contacts_of(corp: Corp, userid: str) -> list[str]:
    return [external for external, follows in corp.follows.items() if userid in follows]


def list_(visit: Visit, call: api.ListContacts) -> list[str]:
    corp = entered(visit)
    found = _contacts_of(corp, corp.member(agent_of(visit), call.userid).userid)
    if not found:
        raise Refusal(84061, "not external contact")
    return found


def get(visit: Visit, call: api.GetContact) -> api.Contact:
    corp, agent = entered(visit), agent_of(visit)
    if call.external_userid not in corp.contacts:
        raise Refusal(40096, "invalid external userid")
    follows = [f for one, f in corp.follows.get(call.external_userid, {}).items() if corp.sees(agent, one)]
    if not follows:
        raise Refusal(84061, "not external contact")
    first, end, following = page_of(call.cursor, len(follows), FOLLOWS_A_PAGE)
    return api.Contact(corp.contacts[call.external_userid], follows[first:end], following)


def of_members(visit: Visit, call: api.ContactsOfMembers) -> api.ContactPage:
    corp, agent = entered(visit), agent_of(visit)
    if not 1 <= len(call.userid_list) <= 100 or not 1 <= call.limit <= 100:
        raise Refusal(40058, "userid_list or limit out of range")
    rows = [
        (corp.contacts[external], corp.follows[external][corp.member(agent, userid).userid])
        for userid in call.userid_list
        for external in _contacts_of(corp, corp.member(agent, userid).userid)
    ]
    if not rows:
        raise Refusal(84061, "not external contact")
    first, end, following = page_of(call.cursor, len(rows), call.limit)
    found = [api.ContactOf(contact, _info(follow)) for contact, follow in rows[first:end]]
    return api.ContactPage(found, following)


def _info(follow: api.Follow) -> api.FollowInfo:
    plain = msgspec.structs.asdict(follow)
    tags: list[api.ContactTag] = plain.pop("tags")
    return api.FollowInfo(**plain, tag_id=[tag.tag_id for tag in tags if tag.type == 1])


def _follow(visit: Visit, userid: str, external_userid: str) -> tuple[dict[str, api.Follow], api.Follow]:
    corp = entered(visit)
    if external_userid not in corp.contacts:
        raise Refusal(40096, "invalid external userid")
    follows = corp.follows.get(external_userid, {})
    if userid not in follows:
        raise Refusal(84061, "not external contact")
    return follows, follows[userid]


def remark(visit: Visit, call: api.RemarkContact) -> None:
    follows, follow = _follow(visit, call.userid, call.external_userid)
    changes: dict[str, Any] = {
        "remark": call.remark,
        "description": call.description,
        "remark_corp_name": call.remark_company,
        "remark_mobiles": call.remark_mobiles,
    }
    changes = {name: value for name, value in changes.items() if value is not None}
    if not changes and call.remark_pic_mediaid is None:
        raise Refusal(40058, "nothing to remark")
    if len(call.remark or "") > 20 or len(call.description or "") > 150:
        raise Refusal(40058, "remark or description too long")
    if call.remark_company and corp_of(visit).contacts[call.external_userid].type != 1:
        changes.pop("remark_corp_name")
    follows[call.userid] = msgspec.structs.replace(follow, **changes)


def tags(visit: Visit, call: api.ListCorpTags) -> list[api.CorpTagGroup]:
    groups = list(entered(visit).tags.values())
    if call.tag_id:
        picked = [(group, [tag for tag in group.tag if tag.id in call.tag_id]) for group in groups]
        return [msgspec.structs.replace(group, tag=found) for group, found in picked if found]
    return [group for group in groups if not call.group_id or group.group_id in call.group_id]


def mark(visit: Visit, call: api.MarkContact) -> None:
    follows, follow = _follow(visit, call.userid, call.external_userid)
    known = {tag.id: (group, tag) for group in corp_of(visit).tags.values() for tag in group.tag}
    adds, removes = call.add_tag or [], call.remove_tag or []
    if not adds and not removes:
        raise Refusal(40058, "add_tag and remove_tag both empty")
    if any(tag not in known for tag in (*adds, *removes)):
        raise Refusal(40058, "invalid tag id")
    kept = [tag for tag in follow.tags if tag.tag_id not in (*adds, *removes)]
    new = [api.ContactTag(tag, known[tag][1].name, known[tag][0].group_name) for tag in dict.fromkeys(adds)]
    follows[call.userid] = msgspec.structs.replace(follow, tags=kept + new)


HANDLERS: Mapping[type, Handler] = {
    api.ListFollowUsers: follow_users,
    api.ListContacts: list_,
    api.GetContact: get,
    api.ContactsOfMembers: of_members,
    api.RemarkContact: remark,
    api.ListCorpTags: tags,
    api.MarkContact: mark,
}
