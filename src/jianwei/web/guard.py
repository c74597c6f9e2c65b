"""Around the whole application: which host names are served, and headers that every answer carries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

import msgspec

from jianwei.web.pages import PAGE_POLICY

__all__ = ["App", "Message", "Receive", "Scope", "Send", "guarded"]

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_QUERY = "%&=+;/?:@!$'()*,~"


def guarded(app: App, hosts: Collection[str]) -> App:
    """`app` for some host names ("*" for any), with headers that keep browsers from guessing and framing.

    A code or state in an address must not reach another site, so no referrer is sent; answers are about one person, so none is stored.
    """
    headers = [
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"content-security-policy", PAGE_POLICY().encode()),
        (b"cache-control", b"no-store"),
    ]

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        if "*" not in hosts and _host(scope) not in hosts:
            await _refuse(send)
            return

        if not scope["query_string"].isascii():  # no browser sends this; the framework takes text only
            scope = {**scope, "query_string": quote(scope["query_string"], safe=_QUERY).encode()}

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", ())}
                added = [header for header in headers if header[0] not in given]
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        await app(scope, receive, with_headers)

    return serve


def _host(scope: Scope) -> str:
    """The name that the caller takes this server for, without the port."""
    given = next((value for name, value in scope["headers"] if name == b"host"), b"")
    try:
        return urlsplit("//" + given.decode("latin-1")).hostname or ""
    except ValueError:
        return ""


async def _refuse(send: Send) -> None:
    """A page elsewhere whose name was made to point here must not speak with this server."""
    error = {
        "code": "wrong_host",
        "where": "host",
        "what": "this name is not served here",
        "hint": "start the server with --url",
    }
    body = msgspec.json.encode({"error": error})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 421, "headers": headers})
    await send({"type": "http.response.body", "body": body})
