"""What arrives at the simulator's door, and how a body becomes a call on the wire."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, get_type_hints
from urllib.parse import parse_qsl

from jianwei.sandbox.platform.world import Refusal
from jianwei.wechat.request import File, Request, Text
from jianwei.wechat.wire import Wire

__all__ = ["MOST_BYTES", "Asked", "Receive", "Scope", "asked", "wire_of"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MOST_BYTES = 24 << 20
"""Largest body; the largest upload that the platform takes is a video of 10 MB."""

_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}")
_PLAIN_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(?::\d{1,5})?|\[[0-9a-fA-F:]{2,39}\](?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Asked:
    """One HTTP request. Header names are in lower case; `too_large` says that the body was left unread."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    address: str = "127.0.0.1"
    base_url: str = ""
    too_large: bool = False

    def form(self) -> dict[str, str]:
        """The fields of a form that a page sent."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


async def asked(scope: Scope, receive: Receive) -> Asked:
    """The request in an ASGI scope, its body read."""
    parts, size = [], 0
    while True:
        event = await receive()
        part = event.get("body", b"")
        size += len(part)
        if size <= MOST_BYTES:
            parts.append(part)
        if not event.get("more_body"):
            break
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    client, server = scope.get("client") or ("127.0.0.1", 0), scope.get("server") or ("127.0.0.1", 0)
    host = headers.get("host", "")
    base = f"http://{host if _PLAIN_HOST.fullmatch(host) else f'{server[0]}:{server[1]}'}"
    too_large = size > MOST_BYTES
    content = b"" if too_large else b"".join(parts)
    return Asked(scope["method"], scope["path"], query, headers, content, client[0], base, too_large)


def wire_of(kind: type[Request[Any]], request: Asked) -> Wire:
    """What was sent, as the endpoint understands it.

    Raises:
        Refusal: 45001 the body is too large, 40033 it has escapes, 47001 it is no JSON object, 41005 it is no form, 44002 it is empty.
    """
    if request.too_large:
        raise Refusal(45001, "media size out of limit")
    query, body = request.query, request.body
    media_type = request.headers.get("content-type", "")
    if request.method == "GET":
        return Wire(query)
    if media_type.startswith("multipart/form-data"):
        return _multipart(query, media_type, body)
    if _takes_text(kind):
        return Wire(query, text=body.decode("utf-8", "replace"))
    if not body.strip():
        return Wire(query, {})
    if _ESCAPE.search(body):
        raise Refusal(40033, "invalid charset. please check your request, if include \\uxxxx will create fail!")
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(47001, "data format error") from None
    if not isinstance(sent, dict):
        raise Refusal(47001, "data format error")
    return Wire(query, sent)


@cache
def _takes_text(kind: type[Request[Any]]) -> bool:
    hints = get_type_hints(kind, include_extras=True).values()
    return any(isinstance(mark, Text) for hint in hints for mark in getattr(hint, "__metadata__", ()))


def _multipart(query: Mapping[str, str], media_type: str, body: bytes) -> Wire:
    from io import BytesIO

    from multipart import MultipartError, MultipartParser, parse_options_header

    boundary = parse_options_header(media_type)[1].get("boundary", "")
    files, form = {}, {}
    try:
        for part in MultipartParser(BytesIO(body), boundary, memory_limit=len(body) + 1, spool_limit=len(body) + 1):
            if part.filename:
                files[part.name] = File(part.filename, part.raw, part.content_type)
            else:
                form[part.name] = part.value
    except (MultipartError, UnicodeError):
        raise Refusal(41005, "media data missing") from None
    return Wire(query, files=files, form=form)
