"""Short keys for long texts or addresses."""

from __future__ import annotations

from typing import Generic

import msgspec

from jianwei.wechat.areas import Area, Mode, method
from jianwei.wechat.request import Request, post

__all__ = ["FetchLong", "Links", "LongData", "Shorten"]

_DOC = "/doc/offiaccount/Account_Management/KEY_Shortener.html"


class LongData(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a short key stands for; `create_time` in seconds since the epoch, `expire_seconds` is what is left."""

    long_data: str
    create_time: int = 0
    expire_seconds: int = 0


@post("/cgi-bin/shorten/gen", area="links", at="short_key", errors=(40035,), idempotent=False, doc=_DOC)
class Shorten(Request[str], frozen=True):
    """A short key for at most 4 KB of text, kept for at most 30 days (2,592,000 seconds, which is also the usual)."""

    long_data: str
    expire_seconds: int | None = None


@post("/cgi-bin/shorten/fetch", area="links", errors=(40035,), doc=_DOC)
class FetchLong(Request[LongData], frozen=True):
    """What a short key stands for."""

    short_key: str


class Links(Area[Mode], Generic[Mode]):
    """`client.links`"""

    shorten = method(Shorten)
    fetch = method(FetchLong)
