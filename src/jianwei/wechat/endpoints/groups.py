"""Groups of followers: what accounts had before tags. Everybody is in exactly one; new programs use `client.tags`.

† Shapes, limits and codes are those of the retired pages of the platform.
"""

from __future__ import annotations

from typing import Annotated, Generic

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import At, Request, get, post

__all__ = [
    "CreateGroup",
    "DeleteGroup",
    "Group",
    "GroupOf",
    "Groups",
    "ListGroups",
    "MoveToGroup",
    "MoveUserToGroup",
    "RenameGroup",
]


class Group(msgspec.Struct, frozen=True, omit_defaults=True):
    """A group; `count` is its number of followers where the platform tells it."""

    id: int
    name: str = ""
    count: int | None = None


@post(
    "/cgi-bin/groups/create", area="groups", at="group", errors=(40051, 45056), quota="tags/create", idempotent=False,
    retired=True,
)  # fmt: skip
class CreateGroup(Request[Group], frozen=True):
    """Create a group; at most 100, names of at most 30 characters."""

    name: Annotated[str, At("group.name")]


@get("/cgi-bin/groups/get", area="groups", at="groups", quota="tags/get", retired=True)
class ListGroups(Request[list[Group]], frozen=True):
    """All groups; 0 (ungrouped), 1 (blacklist) and 2 (starred) are the platform's own."""


@post(
    "/cgi-bin/groups/getid", area="groups", at="groupid", errors=(40003, 41009), wrong={"openid": 41009}, retired=True
)
class GroupOf(Request[int], frozen=True):
    """The id of the group that a follower is in."""

    openid: str


@post("/cgi-bin/groups/update", area="groups", errors=(40050, 40051), quota="tags/update", retired=True)
class RenameGroup(Request[None], frozen=True):
    """Rename a group."""

    id: Annotated[int, At("group.id")]
    name: Annotated[str, At("group.name")]


@post("/cgi-bin/groups/members/update", area="groups", errors=(40003, 40050), quota="tags/move", retired=True)
class MoveUserToGroup(Request[None], frozen=True):
    """Move a follower to a group."""

    openid: str
    to_group: Annotated[int, At("to_groupid")]


@post(
    "/cgi-bin/groups/members/batchupdate", area="groups", errors=(40003, 40032, 40050), quota="tags/move", retired=True
)
class MoveToGroup(Request[None], frozen=True):
    """Move at most 50 followers to a group."""

    openids: Annotated[list[str], At("openid_list")]
    to_group: Annotated[int, At("to_groupid")]


@post("/cgi-bin/groups/delete", area="groups", errors=(40050,), retired=True)
class DeleteGroup(Request[None], frozen=True):
    """Delete a group; its followers are ungrouped afterwards."""

    id: Annotated[int, At("group.id")]


class Groups(Area[Mode], Generic[Mode]):
    """`client.groups`"""

    create = method(CreateGroup)
    list = method(ListGroups)
    of = method(GroupOf)
    rename = method(RenameGroup)
    move = method(MoveUserToGroup)
    move_batch = method(MoveToGroup)
    delete = method(DeleteGroup)
