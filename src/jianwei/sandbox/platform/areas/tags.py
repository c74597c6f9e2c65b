"""Tags of followers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.serving import Handler, openid_page
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import tags as api

__all__ = ["HANDLERS", "TagBook"]

SYSTEM = {0: "", 1: "", 2: "星标组"}


@dataclass(slots=True)
class TagBook:
    """Tags of an account and who bears them."""

    names: dict[int, str] = field(default_factory=lambda: dict(SYSTEM))
    bearers: dict[int, dict[str, None]] = field(default_factory=dict)

    def known(self, tag_id: int) -> int:
        if tag_id not in self.names:
            raise Refusal(45159, "invalid tag id")
        return tag_id

    def of(self, openid: str) -> list[int]:
        return [tag for tag, people in self.bearers.items() if openid in people]


def _checked(book: TagBook, name: str, but: int = -1) -> str:
    if not name or name in (known for tag, known in book.names.items() if tag != but):
        raise Refusal(45157, "invalid tag name")
    if len(name.encode()) > 30:
        raise Refusal(45158, "tag name too long")
    return name


def create(visit: Visit, call: api.CreateTag) -> api.Tag:
    book = visit.app.of(TagBook)
    if len(book.names) - len(SYSTEM) >= 100:
        raise Refusal(45056, "too many tags")
    tag_id = max(99, *book.names) + 1
    book.names[tag_id] = _checked(book, call.name)
    return api.Tag(tag_id, call.name)


def list_(visit: Visit, call: api.ListTags) -> list[api.Tag]:
    book = visit.app.of(TagBook)
    return [api.Tag(tag, name, len(book.bearers.get(tag, ()))) for tag, name in book.names.items() if name]


def update(visit: Visit, call: api.UpdateTag) -> None:
    book = visit.app.of(TagBook)
    if call.id in SYSTEM:
        raise Refusal(45058, "system tag")
    book.names[book.known(call.id)] = _checked(book, call.name, but=call.id)


def delete(visit: Visit, call: api.DeleteTag) -> None:
    book = visit.app.of(TagBook)
    if call.id in SYSTEM:
        raise Refusal(45058, "system tag")
    if len(book.bearers.get(book.known(call.id), ())) > 100_000:
        raise Refusal(45057, "too many followers with this tag")
    del book.names[call.id]
    book.bearers.pop(call.id, None)


def members(visit: Visit, call: api.TagMembers) -> api.OpenidPage:
    book = visit.app.of(TagBook)
    return openid_page(list(book.bearers.get(book.known(call.tag_id), {})), call.next_openid)


def _openids(visit: Visit, openids: list[str], most: int) -> list[str]:
    if not 0 < len(openids) <= most:
        raise Refusal(40032, "invalid openid list size")
    for openid in openids:
        visit.own(openid)
    return openids


def tag(visit: Visit, call: api.TagFollowers) -> None:
    book = visit.app.of(TagBook)
    book.known(call.tag_id)
    for openid in _openids(visit, call.openids, 50):
        if len(set(book.of(openid)) - {call.tag_id}) >= 20:
            raise Refusal(45059, "too many tags for one follower")
    book.bearers.setdefault(call.tag_id, {}).update(dict.fromkeys(call.openids))


def untag(visit: Visit, call: api.UntagFollowers) -> None:
    book = visit.app.of(TagBook)
    bearers = book.bearers.get(book.known(call.tag_id), {})
    for openid in _openids(visit, call.openids, 50):
        bearers.pop(openid, None)


def of(visit: Visit, call: api.TagsOf) -> list[int]:
    return visit.app.of(TagBook).of(visit.own(call.openid).openid)


HANDLERS: Mapping[type, Handler] = {
    api.CreateTag: create,
    api.ListTags: list_,
    api.UpdateTag: update,
    api.DeleteTag: delete,
    api.TagMembers: members,
    api.TagFollowers: tag,
    api.UntagFollowers: untag,
    api.TagsOf: of,
}
