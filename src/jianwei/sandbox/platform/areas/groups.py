"""Groups of followers, as they were before tags: everybody is in exactly one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import App, Follower, Refusal, Visit
from jianwei.wechat.endpoints import groups as api

__all__ = ["HANDLERS", "GroupBook", "group_of"]

SYSTEM = {0: "未分组", 1: "黑名单", 2: "星标组"}
BLACKLIST = 1


@dataclass(slots=True)
class GroupBook:
    """Groups of an account, and who is in another than 0 and the blacklist."""

    names: dict[int, str] = field(default_factory=lambda: dict(SYSTEM))
    members: dict[str, int] = field(default_factory=dict)

    def known(self, group: int, *, own: bool = False) -> int:
        """The id again; `own`: the platform's own groups are refused."""
        if group not in self.names or (own and group in SYSTEM):
            raise Refusal(40050, "invalid group id")
        return group


def group_of(app: App, follower: Follower) -> int:
    """The group that a follower is in. Group 1 is the blacklist itself."""
    return BLACKLIST if follower.blacklisted else app.of(GroupBook).members.get(follower.openid, 0)


def _checked(book: GroupBook, name: str, but: int = -1) -> str:
    if not 0 < len(name) <= 30 or name in (known for group, known in book.names.items() if group != but):
        raise Refusal(40051, "invalid group name")
    return name


def create(visit: Visit, call: api.CreateGroup) -> api.Group:
    book = visit.app.of(GroupBook)
    if len(book.names) - len(SYSTEM) >= 100:
        raise Refusal(45056, "too many groups")
    group = max(99, *book.names) + 1
    book.names[group] = _checked(book, call.name)
    return api.Group(group, call.name)


def list_(visit: Visit, call: api.ListGroups) -> list[api.Group]:
    book = visit.app.of(GroupBook)
    counts = dict.fromkeys(book.names, 0)
    for follower in visit.app.followers.values():
        if follower.subscribed:
            counts[group_of(visit.app, follower)] += 1
    return [api.Group(group, name, counts[group]) for group, name in book.names.items()]


def of(visit: Visit, call: api.GroupOf) -> int:
    return group_of(visit.app, visit.app.follower(call.openid))


def rename(visit: Visit, call: api.RenameGroup) -> None:
    book = visit.app.of(GroupBook)
    book.names[book.known(call.id, own=True)] = _checked(book, call.name, but=call.id)


def _move(app: App, follower: Follower, group: int) -> None:
    follower.blacklisted = group == BLACKLIST
    app.of(GroupBook).members.pop(follower.openid, None)
    if group not in (0, BLACKLIST):
        app.of(GroupBook).members[follower.openid] = group


def move(visit: Visit, call: api.MoveUserToGroup) -> None:
    _move(visit.app, visit.app.follower(call.openid), visit.app.of(GroupBook).known(call.to_group))


def move_batch(visit: Visit, call: api.MoveToGroup) -> None:
    if not 0 < len(call.openids) <= 50:
        raise Refusal(40032, "invalid openid list size")
    group = visit.app.of(GroupBook).known(call.to_group)
    for follower in [visit.app.follower(openid) for openid in call.openids]:
        _move(visit.app, follower, group)


def delete(visit: Visit, call: api.DeleteGroup) -> None:
    book = visit.app.of(GroupBook)
    del book.names[book.known(call.id, own=True)]
    book.members = {openid: group for openid, group in book.members.items() if group != call.id}


HANDLERS: Mapping[type, Handler] = {
    api.CreateGroup: create,
    api.ListGroups: list_,
    api.GroupOf: of,
    api.RenameGroup: rename,
    api.MoveUserToGroup: move,
    api.MoveToGroup: move_batch,
    api.DeleteGroup: delete,
}
