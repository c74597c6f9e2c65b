"""A developer's server for tests: keeps what it is sent, answers as it is told to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Got:
    """One request: query, body, media type."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    media_type: str


Reply = tuple[int, bytes] | bytes
"""An answer, with its HTTP status where that is not 200."""


@dataclass
class Hook:
    """Where it listens and what it got. `answer` may be replaced at any time; by default it echoes and acknowledges."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answer: Callable[[Got], Reply] = lambda got: got.query.get("echostr", "success").encode()

    @property
    def pushed(self) -> list[Got]:
        return [one for one in self.got if one.method == "POST"]


@contextmanager
def hook() -> Iterator[Hook]:
    """A server on a free port of this machine."""
    stands = Hook()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            got = Got(self.command, parts.path, query, body, self.headers.get("Content-Type", ""))
            stands.got.append(got)
            reply = stands.answer(got)
            status, content = reply if isinstance(reply, tuple) else (200, reply)
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True  # the other side did not wait

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stands.url = f"http://127.0.0.1:{server.server_port}/wechat"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stands
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
