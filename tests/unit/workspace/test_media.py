"""Files at addresses: what may be asked, and how much is read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jianwei.ingest.downloads import GoneError
from jianwei.wechat.errors import TransportError, WeChatError
from jianwei.workspace.media import fetch_url


class _Files(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = {"/gone": 404, "/busy": 503, "/moved": 302}.get(self.path, 200)
        body = b"x" * 100_000 if self.path == "/large" else b"film"
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/film")
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    files = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    threading.Thread(target=files.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{files.server_address[1]}"
    files.shutdown()
    files.server_close()


def test_a_file(server: str) -> None:
    found = fetch_url(f"{server}/film", inside=True)
    assert (found.content, found.media_type) == (b"film", "video/mp4")


def test_no_more_is_read_than_wanted(server: str) -> None:
    assert 1_000 < len(fetch_url(f"{server}/large", inside=True, most_bytes=1_000).content) <= 100_000


@pytest.mark.parametrize(
    ("path", "error"), [("/gone", GoneError), ("/busy", TransportError), ("/moved", TransportError)]
)
def test_what_cannot_be_had(server: str, path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        fetch_url(server + path, inside=True)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://a.example/", "gopher://a.example", "http://", "", "//a.example",
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/",
        "http://192.168.1.1/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/", "http://2130706433/", "http://127.1/",
    ],
)  # fmt: skip
def test_addresses_that_may_not_be_asked(url: str) -> None:
    with pytest.raises(WeChatError):
        fetch_url(url)


def test_the_server_itself_is_private(server: str) -> None:
    with pytest.raises(WeChatError, match="private network"):
        fetch_url(f"{server}/film")
