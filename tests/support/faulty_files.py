"""A web server of files on this machine, with every fault that a download meets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Files", "serving"]


@dataclass
class Files:
    """What the server has and how it behaves.

    Attributes:
        content: bytes by path.
        cut: after so many bytes of the next answers the connection breaks, one entry an answer.
        status: answers with these instead, one entry an answer.
        redirects: where a path leads.
        ranges: whether parts can be asked for.
        asked: path and range of every request.
    """

    content: dict[str, bytes] = field(default_factory=dict)
    cut: list[int] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    ranges: bool = True
    lengths: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        files: Files = self.server.files  # type: ignore[attr-defined]
        path = self.path.split("?")[0]
        files.asked.append((self.path, self.headers["range"]))
        if files.status and (status := files.status.pop(0)) != 200:
            self._answer(status, b"trouble")
            return
        if path in files.redirects:
            self._answer(302, b"", {"Location": files.redirects[path]})
            return
        if path not in files.content:
            self._answer(404, b"nothing")
            return
        body, status, headers = files.content[path], 200, dict(files.headers)
        if files.ranges and (asked := self.headers["range"]):
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                self._answer(416, b"")
                return
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            body, status = body[start:], 206
        self._answer(status, body, headers, files.cut.pop(0) if files.cut else None)

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: int | None = None) -> None:
        self.send_response(status)
        if self.server.files.lengths:  # type: ignore[attr-defined]
            self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # callers that hang up are part of the tests


@contextmanager
def serving() -> Iterator[Files]:
    """A running server."""
    server = _Server(("127.0.0.1", 0), _Handler)
    files = Files(address=f"http://127.0.0.1:{server.server_address[1]}")
    server.files = files  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
