"""Chats that a corp's applications made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from jianwei.sandbox.platform.areas.wecom_messages import body_of
from jianwei.sandbox.platform.corp import Corp, Delivered, MadeChat, agent_of, corp_of
from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import wecom_chats as api

__all__ = ["HANDLERS"]

_NOT_IN_CHATS = ("miniprogram_notice", "interactive_taskcard", "template_card")


def _checked_id(chatid: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z]{1,32}", chatid):
        raise Refusal(86001, "invalid chatid")
    return chatid


def _checked_name(name: str | None) -> str:
    if len(name or "") > 50:
        raise Refusal(86004, "invalid chat name")
    return name or ""


def _checked_members(corp: Corp, agent: int, userlist: Sequence[str]) -> list[str]:
    users = list(dict.fromkeys(userlist))
    if not 2 <= len(users) <= 2_000 or any(one not in corp.members or not corp.sees(agent, one) for one in users):
        raise Refusal(86005, "invalid chat member list")
    return users


def _made(visit: Visit, chatid: str) -> MadeChat:
    made = corp_of(visit).chats.get(_checked_id(chatid))
    if made is None:
        raise Refusal(86003, "chat not exist")
    if made.agentid != agent_of(visit):
        raise Refusal(86008, "chat created by another application")
    return made


def create(visit: Visit, call: api.CreateChat) -> str:
    corp, agent = corp_of(visit), agent_of(visit)
    chatid = visit.platform.name(32, "0123456789abcdef") if call.chatid is None else _checked_id(call.chatid)
    if chatid in corp.chats:
        raise Refusal(86006, "chat exists already")
    name, users = _checked_name(call.name), _checked_members(corp, agent, call.userlist)
    owner = users[0] if call.owner is None else call.owner
    if owner not in users:
        raise Refusal(86007, "invalid chat owner")
    corp.chats[chatid] = MadeChat(agent, api.AppChat(chatid, name, owner, users))
    return chatid


def update(visit: Visit, call: api.UpdateChat) -> None:
    made = _made(visit, call.chatid)
    chat, gone = made.chat, set(call.del_user_list or ())
    if not gone <= set(chat.userlist):
        raise Refusal(86005, "invalid chat member list")
    users = _checked_members(
        corp_of(visit),
        agent_of(visit),
        [one for one in (*chat.userlist, *(call.add_user_list or ())) if one not in gone],
    )
    owner = chat.owner if call.owner is None else call.owner
    if owner not in users:
        raise Refusal(86007, "invalid chat owner")
    name = chat.name if call.name is None else _checked_name(call.name)
    made.chat = api.AppChat(chat.chatid, name, owner, users)


def get(visit: Visit, call: api.GetChat) -> api.AppChat:
    return _made(visit, call.chatid).chat


def send(visit: Visit, call: api.SendToChat) -> None:
    made, body = _made(visit, call.chatid), body_of(visit, call.message)
    if body["msgtype"] in _NOT_IN_CHATS:
        raise Refusal(40008, "invalid message type")
    made.sent.append(Delivered(visit.now, made.agentid, made.chat.chatid, body))


HANDLERS: Mapping[type, Handler] = {
    api.CreateChat: create,
    api.UpdateChat: update,
    api.GetChat: get,
    api.SendToChat: send,
}
