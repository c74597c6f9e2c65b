"""The simulated platform as an ASGI application, and a way to run it on localhost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from jianwei.sandbox.platform import areas
from jianwei.sandbox.platform.areas.media import Hosted
from jianwei.sandbox.platform.faults import Fault
from jianwei.sandbox.platform.history import new_rid
from jianwei.sandbox.platform.reading import Asked, Receive, Scope, asked, wire_of
from jianwei.sandbox.platform.serving import Answer, Router, caller, refused
from jianwei.sandbox.platform.world import Platform, Refusal
from jianwei.wechat.request import Host, Request
from jianwei.wechat.wire import Wire

if TYPE_CHECKING:
    from uvicorn import Server

    from jianwei.sandbox.platform.callbacks import Pushed

__all__ = ["PlatformApp", "router", "running", "server_of"]

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
HANG_UP = "hang_up"
"""Extension of the scope that cuts the connection; only `server_of` has it."""

_PAGE = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center></body></html>"


def router() -> Router:
    """Every area's handlers."""
    handlers: dict[Any, Any] = {}
    for module in iter_modules(areas.__path__, f"{areas.__name__}."):
        handlers.update(import_module(module.name).HANDLERS)
    return Router(handlers)


class PlatformApp:
    """ASGI: the platform's hosts at the root, WeCom below `/wecom`, the simulator's own pages at `/` and `/_sandbox/`."""

    def __init__(self, platform: Platform) -> None:
        self.platform, self._router = platform, router()
        self._owing: set[asyncio.Task[list[Pushed]]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        request = await asked(scope, receive)
        path = request.path
        if path == "/" or path.startswith("/_sandbox"):
            from jianwei.sandbox.platform.control import control

            await _send(await control(self.platform, self._router, request), send)
        elif path.startswith("/connect/"):
            from jianwei.sandbox.platform.pages import log_in

            await _send(log_in(self.platform, request), send)
        else:
            await self._api(scope, request, send)

    async def _api(self, scope: Scope, request: Asked, send: Send) -> None:
        path, host = request.path, Host.API
        if path.startswith("/wecom/"):
            path, host = path.removeprefix("/wecom"), Host.WECOM
        if (file := self.platform.of(Hosted).files.get(path)) is not None and request.method == "GET":
            await _send(Answer(None, file.content, file.media_type, file.name), send)
            return
        try:
            kind = self._router.find(host, request.method, path)
            sent = wire_of(kind, request)
        except Refusal as refusal:
            await _send(refused(refusal.code, refusal.message, self._rid()), send)
            return
        fault = self.platform.faults.take(path, self._who(kind, sent)) if self.platform.faults.laid else None
        if fault is None:
            await _send(self._answer(kind, sent, request), send)
        else:
            await self._go_wrong(fault, kind, sent, request, scope, send)
        self._deliver()

    def _answer(self, kind: type[Request[Any]], sent: Wire, request: Asked) -> Answer:
        return self._router.answer(self.platform, kind, sent, address=request.address, base_url=request.base_url)

    def _rid(self) -> str:
        return new_rid(self.platform, self.platform.clock.now())

    def _who(self, kind: type[Request[Any]], sent: Wire) -> str:
        try:
            with self.platform.lock:
                return caller(self.platform, kind, sent, self.platform.clock.now()).app_id
        except Refusal:
            return ""

    async def _go_wrong(
        self, fault: Fault, kind: type[Request[Any]], sent: Wire, request: Asked, scope: Scope, send: Send
    ) -> None:
        from jianwei.sandbox.platform.areas.tokens import end_token

        if fault.expired:
            end_token(self.platform, sent.query.get("access_token", ""))
        answer = self._answer(kind, sent, request) if fault.acts else None
        if fault.slow:
            await asyncio.sleep(fault.slow)
        if fault.drop:
            await _hang_up(scope, send)
            return
        if fault.code is not None:
            answer = refused(fault.code, fault.message, self._rid())
        elif fault.garbage or fault.status is not None:
            status = fault.status or 200
            answer = Answer(None, _PAGE % (status, status), "text/html", status=status)
        elif answer is None:
            answer = self._answer(kind, sent, request)
        await _send(answer, send, half=fault.half)

    def _deliver(self) -> None:
        """Push what jobs have ended in, beside the calls."""
        from jianwei.sandbox.platform.callbacks import owed, settle

        for app in owed(self.platform):
            task = asyncio.create_task(asyncio.to_thread(settle, self.platform, app))
            self._owing.add(task)
            task.add_done_callback(self._owing.discard)


async def _hang_up(scope: Scope, send: Send) -> None:
    cut = (scope.get("extensions") or {}).get(HANG_UP)
    if cut is not None:
        cut["now"]()
    else:  # a server that cannot: the answer breaks off after its head
        await _send(Answer(None, b"x"), send, half=True)


async def _send(answer: Answer, send: Send, *, half: bool = False) -> None:
    content = answer.content if answer.json is None else json.dumps(answer.json, ensure_ascii=False).encode()
    headers = [(b"content-type", answer.media_type.encode()), (b"content-length", str(len(content)).encode())]
    if answer.name:
        headers.append((b"content-disposition", f'attachment; filename="{answer.name}"'.encode()))
    headers += [(name.encode(), value.encode("latin-1", "replace")) for name, value in answer.headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if half:
        await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
    else:
        await send({"type": "http.response.body", "body": content})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return


def server_of(platform: Platform, *, host: str = "127.0.0.1", port: int = 0) -> Server:
    """A server for the platform, not yet started. `port` 0 takes a free one."""
    import uvicorn
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class Protocol(HttpToolsProtocol):
        """Lets the application cut a connection, as a network does."""

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.scope["extensions"] = {HANG_UP: {"now": self.transport.abort}}

    return uvicorn.Server(
        uvicorn.Config(
            PlatformApp(platform), host=host, port=port, http=Protocol, log_level="critical", lifespan="on",
            access_log=False, timeout_graceful_shutdown=2,
        )
    )  # fmt: skip


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

    server = server_of(platform, port=port)
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
