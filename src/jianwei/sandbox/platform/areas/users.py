"""Followers: their openids, what is known of them, remarks, and openids after an account has moved."""

from __future__ import annotations

from collections.abc import Mapping

from jianwei.sandbox.platform.areas.groups import group_of
from jianwei.sandbox.platform.areas.tags import TagBook
from jianwei.sandbox.platform.serving import Handler, openid_page
from jianwei.sandbox.platform.world import App, Refusal, Visit
from jianwei.wechat.endpoints import users as api
from jianwei.wechat.endpoints.tags import OpenidPage

__all__ = ["HANDLERS"]


def list_(visit: Visit, call: api.ListUsers) -> OpenidPage:
    return openid_page([f.openid for f in visit.app.subscribers()], call.next_openid, total=True)


def _known(app: App, openid: str, lang: str | None) -> api.User:
    met = app.follower(openid)
    if not met.subscribed:
        return api.User(openid, unionid=met.union_id)
    return api.User(
        openid,
        subscribe=1,
        unionid=met.union_id,
        language=lang or met.language,
        subscribe_time=met.subscribed_at,
        remark=met.remark,
        groupid=group_of(app, met),
        tagid_list=app.of(TagBook).of(openid),
        subscribe_scene=met.scene,
        qr_scene=met.qr_scene,
        qr_scene_str=met.qr_scene_str,
    )


def get(visit: Visit, call: api.GetUser) -> api.User:
    return _known(visit.app, call.openid, call.lang)


def get_batch(visit: Visit, call: api.GetUsers) -> list[api.User]:
    if not 0 < len(call.user_list) <= 100:
        raise Refusal(40032, "invalid openid list size")
    return [_known(visit.app, one.openid, one.lang) for one in call.user_list]


def remark(visit: Visit, call: api.RemarkUser) -> None:
    if len(call.remark) >= 30:
        raise Refusal(40035, "invalid remark length")
    visit.app.follower(call.openid).remark = call.remark


def change(visit: Visit, call: api.ChangeOpenids) -> list[api.ChangedOpenid]:
    """Who moved is found by union id: the people of both accounts that share one."""
    if not 0 < len(call.openids) <= 100:
        raise Refusal(40032, "invalid openid list size")
    if call.from_appid == visit.app.app_id or call.from_appid not in visit.platform.apps:
        raise Refusal(40013, "invalid from_appid")
    old = visit.platform.apps[call.from_appid].followers
    here = {met.union_id: met.openid for met in visit.app.followers.values() if met.union_id}
    changed = []
    for openid in call.openids:
        new = here.get(old[openid].union_id or "") if openid in old else None
        changed.append(
            api.ChangedOpenid(openid, new, "ok") if new else api.ChangedOpenid(openid, "", "ori_openid error")
        )
    return changed


HANDLERS: Mapping[type, Handler] = {
    api.ListUsers: list_,
    api.GetUser: get,
    api.GetUsers: get_batch,
    api.RemarkUser: remark,
    api.ChangeOpenids: change,
}
