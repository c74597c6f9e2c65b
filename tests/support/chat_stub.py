"""A chat endpoint on this machine: answers as a test says, with the faults that real ones have."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Reply", "Stub", "completion", "serving_chat"]


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    pause: float = 0.0


def completion(text: str, tokens: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """The body of a good answer."""
    choice: dict[str, Any] = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    if tokens is not None:
        choice["logprobs"] = {"content": tokens}
    return {"id": "c1", "object": "chat.completion", "model": "stub-1", "choices": [choice], **more}


@dataclass
class Stub:
    """What was asked, and what answers.

    Attributes:
        answer: from a request's body to its reply.
        faults: replies that come before that, one a request.
        asked: bodies of all requests.
        headers: their headers.
        most: how many were in flight at once.
    """

    answer: Callable[[dict[str, Any]], Reply]
    faults: list[Reply] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    address: str = ""
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    now: int = 0


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        stub: Stub = self.server.stub  # type: ignore[attr-defined]
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        with stub.lock:
            stub.now += 1
            stub.most = max(stub.most, stub.now)
            stub.asked.append(body)
            stub.headers.append({name.lower(): value for name, value in self.headers.items()})
            reply = stub.faults.pop(0) if stub.faults else None
        reply = reply or (Reply(404) if self.path != "/v1/chat/completions" else stub.answer(body))
        time.sleep(reply.pause)
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        with stub.lock:
            stub.now -= 1
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(content)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # callers that hang up are part of the tests


@contextmanager
def serving_chat(answer: Callable[[dict[str, Any]], Reply]) -> Iterator[Stub]:
    """A running endpoint."""
    server = _Server(("127.0.0.1", 0), _Handler)
    stub = Stub(answer, address=f"http://127.0.0.1:{server.server_address[1]}/v1")
    server.stub = stub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
