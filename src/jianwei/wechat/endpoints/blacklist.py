"""Followers whose messages the account does not want."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic

import msgspec

from jianwei.wechat.areas import Area, Flow, Mode, flow, method, pages
from jianwei.wechat.endpoints.tags import OpenidPage
from jianwei.wechat.request import At, Paged, Request, post

__all__ = ["Blacklist", "Block", "ListBlocked", "Unblock"]

_DOC = "/doc/offiaccount/User_Management/Manage_blacklist.html"
BATCH = 20


@post("/cgi-bin/tags/members/getblacklist", area="blacklist", errors=(40003, 49003), doc=_DOC)
class ListBlocked(Paged[OpenidPage, str], frozen=True):
    """Openids on the blacklist, 10,000 a page."""

    begin_openid: str | None = None

    def rows(self, page: OpenidPage) -> list[str]:
        return page.data.openid

    def following(self, page: OpenidPage) -> ListBlocked | None:
        return msgspec.structs.replace(self, begin_openid=page.next) if page.next else None


@post("/cgi-bin/tags/members/batchblacklist", area="blacklist", errors=(40003, 40032, 49003), doc=_DOC)
class Block(Request[None], frozen=True):
    """Put at most 20 followers on the blacklist. `client.blacklist.add_many` takes any number."""

    openids: Annotated[list[str], At("openid_list")]


@post("/cgi-bin/tags/members/batchunblacklist", area="blacklist", errors=(40003, 40032, 49003), doc=_DOC)
class Unblock(Request[None], frozen=True):
    """Take at most 20 followers off the blacklist. `client.blacklist.remove_many` takes any number."""

    openids: Annotated[list[str], At("openid_list")]


def _in_batches(openids: Sequence[str], request: Callable[[list[str]], Request[Any]]) -> Flow[None]:
    for begin in range(0, len(openids), BATCH):
        yield request(list(openids[begin : begin + BATCH]))


def _add_many(openids: Sequence[str]) -> Flow[None]:
    """Put any number of followers on the blacklist, 20 at a time."""
    yield from _in_batches(openids, Block)


def _remove_many(openids: Sequence[str]) -> Flow[None]:
    """Take any number of followers off the blacklist, 20 at a time."""
    yield from _in_batches(openids, Unblock)


class Blacklist(Area[Mode], Generic[Mode]):
    """`client.blacklist`"""

    list = pages(ListBlocked)
    add = method(Block)
    remove = method(Unblock)
    add_many = flow(_add_many)
    remove_many = flow(_remove_many)
