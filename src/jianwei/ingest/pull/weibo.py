"""Comments under microblogs: the parts of `pull weibo`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from jianwei.ingest.pull._base import Batch, Part, Pulling
from jianwei.sources.weibo import WeiboPage, tables_of
from jianwei.wechat.errors import ApiError

__all__ = ["CommentPages", "weibo_parts"]


class CommentPages(Protocol):
    """What this needs of a client."""

    def comments(self, mid: str, max_id: int = 0, max_id_type: int = 0, count: int = 50) -> WeiboPage:
        """One page of comments under a microblog, from a cursor on."""


class _Place(msgspec.Struct, frozen=True):
    """Where one microblog stands: the cursor of the next page, 0 after the last one."""

    max_id: int = 0
    max_id_type: int = 0


_GONE = (20101, 20112)


def weibo_parts(client: CommentPages, posts: Sequence[str], own: str = "") -> Mapping[str, Part]:
    """The parts of a pull.

    Args:
        posts: ids of microblogs; those of earlier pulls are read again with them.
        own: Weibo id of the account, whose comments go out.
    """

    def comments(pulling: Pulling) -> Iterator[Batch]:
        known = msgspec.convert(pulling.position.get("posts", {}), dict[str, _Place], strict=False)
        places = {mid: known.get(mid, _Place()) for mid in dict.fromkeys((*known, *posts))}
        pulling.total(len(places))
        yield Batch(position={"posts": places})
        for mid in list(places):
            try:
                yield from _post(client, mid, own, places, pulling)
            except ApiError as error:
                if error.code not in _GONE:
                    raise
                yield Batch(done=1, notes={"gone": 1})

    return {"comments": comments}


def _post(client: CommentPages, mid: str, own: str, places: dict[str, _Place], pulling: Pulling) -> Iterator[Batch]:
    seen: set[int] = set()
    while True:
        at = places[mid]
        page = client.comments(mid, at.max_id, at.max_id_type)
        tables = tables_of(
            page, account=pulling.account, mid=mid, own=own, input_id=pulling.input_id, now_us=pulling.now_us
        )
        more = sum(max(0, one.total_number - len(one.replies)) for one in page.comments)
        notes = {name: count for name, count in (("more_replies", more), ("unreadable", page.bad)) if count}
        # A cursor that comes twice would go round for ever.
        following = page.max_id if page.comments and page.max_id not in seen else 0
        seen.add(page.max_id)
        places[mid] = _Place(following, page.max_id_type if following else 0)
        yield Batch(tables, {"posts": dict(places)}, 0 if following else 1, notes)
        if not following:
            return
