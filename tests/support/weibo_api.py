"""Weibo's licensed interface, small: log-in with codes, comments by cursor, faults on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

__all__ = ["WeiboApi", "serving"]


@dataclass
class WeiboApi:
    """What it knows.

    Attributes:
        posts: microblog → its comments, the hottest first.
        codes: codes of log-ins that were not used.
        faults: what the next calls of comments are answered: an error code, or an HTTP status below 1000.
        calls: (path, query) of every call.
    """

    posts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    codes: set[str] = field(default_factory=lambda: {"good"})
    tokens: set[str] = field(default_factory=lambda: {"token-1"})
    faults: list[int] = field(default_factory=list)
    calls: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def write(self, mid: str, count: int, replies: int = 0) -> None:
        """Comments under a microblog, every third with answers."""
        self.posts[mid] = [self._comment(int(mid) * 1000 + n, replies if n % 3 == 0 else 0) for n in range(count)]

    def _comment(self, number: int, replies: int) -> dict[str, Any]:
        user = {"id": 7_000 + number % 40, "screen_name": f"网友{number % 40}", "gender": "m", "location": "上海"}
        inner = [self._comment(number * 100 + n, 0) | {"rootid": number} for n in range(min(replies, 2))]
        return {
            "id": number, "rootid": number, "created_at": f"Mon Mar 02 10:{number % 60:02d}:00 +0800 2026", "text": f"评论{number}",
            "user": user, "total_number": replies, "comments": inner or False, "like_count": number % 7, "source": "来自上海",
        }  # fmt: skip

    def comments(self, query: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        if self.faults:
            fault = self.faults.pop(0)
            if fault < 1_000:
                return fault, {"oops": True}
            return 400, {"error": "refused", "error_code": fault, "request": "/2/comments/hotflow.json"}
        if query.get("access_token") not in self.tokens:
            return 400, {"error": "invalid_access_token", "error_code": 21332, "request": ""}
        if query["mid"] not in self.posts:
            return 400, {"error": "target weibo does not exist!", "error_code": 20101, "request": ""}
        cursor, kind = int(query.get("max_id", 0)), int(query.get("max_id_type", 0))
        if cursor and kind != (1 if cursor > 60 else 0):
            return 400, {"error": "param error", "error_code": 10008, "request": ""}
        count = min(int(query.get("count", 15)), 20)
        everything = self.posts[query["mid"]]
        after = cursor + count
        more = after < len(everything)
        answer = {"comments": everything[cursor:after], "total_number": len(everything), "max_id": after if more else 0}
        return 200, answer | {"max_id_type": 1 if more and after > 60 else 0}

    def token(self, form: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        if (form.get("client_id"), form.get("client_secret")) != ("12345678", "weibo-secret"):
            return 400, {"error": "invalid_client", "error_code": 21324, "error_description": "client_id is wrong"}
        if form.get("code") not in self.codes:
            return 400, {"error": "invalid_grant", "error_code": 21325, "error_description": "code is wrong"}
        self.codes.remove(form["code"])
        return 200, {"access_token": "token-1", "expires_in": 157_679_999, "uid": "7001"}


@contextmanager
def serving(api: WeiboApi) -> Iterator[str]:
    """Serve it on localhost; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            at = urlsplit(self.path)
            self._answer(at.path, {name: values[0] for name, values in parse_qs(at.query).items()})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            self._answer(urlsplit(self.path).path, {name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, path: str, query: dict[str, str]) -> None:
            api.calls.append((path, query))
            routes = {"/2/comments/hotflow.json": api.comments, "/oauth2/access_token": api.token}
            status, answer = routes[path](query) if path in routes else (404, {})
            content = json.dumps(answer, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
