"""The blacklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from jianwei.sandbox.platform.serving import Handler, openid_page
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import blacklist as api
from jianwei.wechat.endpoints.tags import OpenidPage

__all__ = ["HANDLERS"]


def list_(visit: Visit, call: api.ListBlocked) -> OpenidPage:
    if call.begin_openid:
        visit.own(call.begin_openid)
    blocked = [f.openid for f in visit.app.followers.values() if f.blacklisted]
    return openid_page(blocked, call.begin_openid, total=True)


def _set(visit: Visit, openids: Sequence[str], blacklisted: bool) -> None:
    if not 0 < len(openids) <= 20:
        raise Refusal(40032, "invalid openid list size")
    for follower in [visit.own(openid) for openid in openids]:
        follower.blacklisted = blacklisted


def block(visit: Visit, call: api.Block) -> None:
    _set(visit, call.openids, True)


def unblock(visit: Visit, call: api.Unblock) -> None:
    _set(visit, call.openids, False)


HANDLERS: Mapping[type, Handler] = {
    api.ListBlocked: list_,
    api.Block: block,
    api.Unblock: unblock,
}
