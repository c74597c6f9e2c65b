"""Consent to the message archive of a corp, and its internal groups."""

from __future__ import annotations

from collections.abc import Mapping

from jianwei.sandbox.platform.corp import Corp, corp_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import wecom_archive as api

__all__ = ["HANDLERS"]


def _open(visit: Visit) -> Corp:
    corp = corp_of(visit)
    if corp.archive_until is not None and corp.archive_until <= visit.now:
        raise Refusal(301052, "the service of message archive has expired")
    return corp


def members(visit: Visit, call: api.ListArchived) -> list[str]:
    return [one for one, edition in _open(visit).archived.items() if call.type in (None, edition)]


def agreements(visit: Visit, call: api.CheckSingleAgreement) -> list[api.Agreement]:
    corp = _open(visit)
    pairs = [(pair.userid, pair.external_openid) for pair in call.info]
    if not 1 <= len(pairs) <= 100 or any(pair not in corp.agreements for pair in pairs):
        raise Refusal(40058, "invalid info")
    return [corp.agreements[pair] for pair in pairs]


def group_agreements(visit: Visit, call: api.CheckGroupAgreement) -> list[api.Agreement]:
    corp = _open(visit)
    if call.roomid not in corp.room_agreements:
        raise Refusal(40058, "invalid roomid")
    return corp.room_agreements[call.roomid]


def group(visit: Visit, call: api.GetArchivedGroup) -> api.ArchivedGroup:
    corp = _open(visit)
    if call.roomid not in corp.archived_groups:
        raise Refusal(40058, "invalid roomid: not an internal group")
    return corp.archived_groups[call.roomid]


HANDLERS: Mapping[type, Handler] = {
    api.ListArchived: members,
    api.CheckSingleAgreement: agreements,
    api.CheckGroupAgreement: group_agreements,
    api.GetArchivedGroup: group,
}
