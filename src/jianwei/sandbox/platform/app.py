"""The simulated platform as an ASGI application, and a way to run it on localhost."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from urllib.parse import parse_qsl

from jianwei.sandbox.platform import areas
from jianwei.sandbox.platform.serving import Answer, Router, refused
from jianwei.sandbox.platform.world import Platform, Refusal
from jianwei.wechat.request import File, Host
from jianwei.wechat.wire import Wire

__all__ = ["PlatformApp", "router", "running"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def router() -> Router:
    """Every area's handlers."""
    handlers: dict[Any, Any] = {}
    for module in iter_modules(areas.__path__, f"{areas.__name__}."):
        handlers.update(import_module(module.name).HANDLERS)
    return Router(handlers)


class PlatformApp:
    """ASGI: the API's hosts at the root, WeCom below `/wecom`."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self._router = platform, router()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        body = await _body(receive)
        answer = self._serve(scope, body)
        await _send(answer, send)

    def _serve(self, scope: Scope, body: bytes) -> Answer:
        path, host = scope["path"], Host.API
        if path.startswith("/wecom/"):
            path, host = path.removeprefix("/wecom"), Host.WECOM
        try:
            kind = self._router.find(host, scope["method"], path)
            sent = _wire(scope, body)
        except Refusal as refusal:
            return refused(refusal.code, refusal.message, "0")
        client, server = scope.get("client") or ("127.0.0.1", 0), scope.get("server") or ("127.0.0.1", 0)
        base = f"http://{server[0]}:{server[1]}"
        return self._router.answer(self.platform, kind, sent, address=client[0], base_url=base)


def _wire(scope: Scope, body: bytes) -> Wire:
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    media_type = headers.get("content-type", "")
    if scope["method"] == "GET" or not body:
        return Wire(query, {} if scope["method"] == "POST" else None)
    if media_type.startswith("multipart/form-data"):
        return _multipart(query, media_type, body)
    if media_type.startswith("text/plain"):
        return Wire(query, text=body.decode("utf-8", "replace"))
    if b"\\u" in body:
        raise Refusal(40033, "invalid charset: send UTF-8")
    try:
        sent = json.loads(body)
    except ValueError:
        raise Refusal(47001, "data format error") from None
    if not isinstance(sent, dict):
        raise Refusal(47001, "data format error")
    return Wire(query, sent)


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
    except MultipartError:
        raise Refusal(41005, "media data missing") from None
    return Wire(query, files=files, form=form)


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        event = await receive()
        parts.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(parts)


async def _send(answer: Answer, send: Send) -> None:
    content = answer.content if answer.json is None else json.dumps(answer.json, ensure_ascii=False).encode()
    headers = [(b"content-type", answer.media_type.encode()), (b"content-length", str(len(content)).encode())]
    if answer.name:
        headers.append((b"content-disposition", f'attachment; filename="{answer.name}"'.encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return


@contextmanager
def running(platform: Platform, port: int = 0) -> Iterator[str]:
    """Serve the platform on localhost in a thread of this process; gives its address.

    >>> from jianwei.sandbox.platform.world import Platform
    >>> with running(Platform()) as url:
    ...     url.startswith("http://127.0.0.1:")
    True
    """
    import threading
    import time

    import uvicorn

    config = uvicorn.Config(PlatformApp(platform), host="127.0.0.1", port=port, log_level="critical", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise OSError(f"port {port} cannot be used")
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
