"""The webhook's route, in front of the framework: one request in, one answer out, as little as possible between.

`GET /wechat/<account>` is the platform's check of the address, `POST /wechat/<account>` a delivery. What they mean is `wechat.webhook`'s.
"""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import parse_qsl

import msgspec

from jianwei.web.accounts import Accounts
from jianwei.web.faults import Fault, fault_of
from jianwei.web.guard import App, Receive, Scope, Send
from jianwei.wechat.webhook import Answer

__all__ = ["MOST_BYTES", "Callbacks"]

log = logging.getLogger("jianwei.web")

MOST_BYTES = 2 << 20
"""Longer bodies are refused before they are read."""

READ_SECONDS = 5.0
"""How long a body may take; the platform hangs up after as long."""

_PREFIX = "/wechat/"
_HEADERS = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))


class _GoneError(Exception):
    """The other side hung up."""


class Callbacks:
    """ASGI: callbacks of all accounts; everything else goes to `rest`."""

    def __init__(self, accounts: Accounts, rest: App) -> None:
        self._accounts, self._rest = accounts, rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"] if scope["type"] == "http" else ""
        name = path.removeprefix(_PREFIX)
        if name == path or not name or "/" in name:
            await self._rest(scope, receive, send)
            return
        try:
            answer = await self._answer(name, scope, receive)
        except _GoneError:
            return
        except Exception as error:  # nothing that comes in may cost more than itself
            answer = _told(fault_of(error, path))
        headers = [
            (b"content-type", answer.media_type.encode()),
            (b"content-length", b"%d" % len(answer.body)),
            *_HEADERS,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, name: str, scope: Scope, receive: Receive) -> Answer:
        served = self._accounts.known(name) or await self._accounts.find(name)
        if served.webhook is None:
            return _told(
                Fault(
                    404,
                    "no_webhook",
                    f"account {name}",
                    "has no webhook",
                    "give it a token with `jianwei accounts add`",
                )
            )
        method = scope["method"]
        if method not in ("GET", "POST"):
            return _told(Fault(405, "wrong_method", scope["path"], f"{method} is not served", "use GET or POST"))
        try:
            query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=64))
        except ValueError:
            return _told(Fault(400, "wrong_use", scope["path"], "too many fields in the query", ""))
        if method == "GET":
            return await served.webhook.verify(query)
        body = await _body(scope, receive)
        if isinstance(body, Fault):
            return _told(body)
        return await served.webhook.receive(query, body)


async def _body(scope: Scope, receive: Receive) -> bytes | Fault:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > MOST_BYTES:
            return _too_large(scope)
    try:
        async with asyncio.timeout(READ_SECONDS):
            event = await receive()
            body: bytes = event.get("body", b"")
            if not event.get("more_body"):
                return _whole(event["type"], body)
            parts, size = [body], len(body)
            while event.get("more_body"):
                event = await receive()
                size += len(event.get("body", b""))
                if size > MOST_BYTES:
                    return _too_large(scope)
                parts.append(event.get("body", b""))
            return _whole(event["type"], b"".join(parts))
    except TimeoutError:
        return Fault(408, "too_slow", scope["path"], "the body took too long", "send it again")


def _whole(kind: str, body: bytes) -> bytes:
    if kind == "http.disconnect":
        raise _GoneError
    return body


def _too_large(scope: Scope) -> Fault:
    return Fault(413, "too_large", scope["path"], f"the body is longer than {MOST_BYTES:,} bytes", "send less")


def _told(fault: Fault) -> Answer:
    return Answer(fault.status, msgspec.json.encode(fault.to_json()), "application/json")
