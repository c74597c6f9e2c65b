"""Short keys."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field

from jianwei.sandbox.platform.serving import Handler
from jianwei.sandbox.platform.world import Refusal, Visit
from jianwei.wechat.endpoints import links as api

__all__ = ["HANDLERS", "LinkBook"]

LONGEST_LIFE, MOST_BYTES = 2_592_000, 4_096


@dataclass(slots=True)
class LinkBook:
    """Short keys of an account: key → (long text, when it was made, seconds that it is kept)."""

    kept: dict[str, tuple[str, int, int]] = field(default_factory=dict)


def shorten(visit: Visit, call: api.Shorten) -> str:
    life = LONGEST_LIFE if call.expire_seconds is None else call.expire_seconds
    if not 1 <= life <= LONGEST_LIFE:
        raise Refusal(40035, "invalid expire_seconds")
    if not 1 <= len(call.long_data.encode()) <= MOST_BYTES:
        raise Refusal(40035, "invalid long_data size")
    key = visit.platform.name(15, string.ascii_letters + string.digits)
    visit.app.of(LinkBook).kept[key] = call.long_data, visit.now, life
    return key


def fetch(visit: Visit, call: api.FetchLong) -> api.LongData:
    long_data, made, life = visit.app.of(LinkBook).kept.get(call.short_key, ("", 0, 0))
    left = made + life - visit.now
    if left <= 0:
        raise Refusal(40035, "invalid short_key")
    return api.LongData(long_data, made, left)


HANDLERS: Mapping[type, Handler] = {
    api.Shorten: shorten,
    api.FetchLong: fetch,
}
