"""Files at addresses: what may be asked, and how much is read."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from jianwei.ingest.downloads import GoneError
from jianwei.wechat.errors import TransportError, WeChatError
from jianwei.workspace.media import _fetch, fetch_url


class _Files(BaseHTTPRequestHandler):
    """Files, and two that come a byte at a time: in 20 s the whole of it is there."""

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.headers['Host']} {self.path}")  # type: ignore[attr-defined]
        if self.path.startswith("/slow"):
            self._slowly()
            return
        status = {"/gone": 404, "/busy": 503, "/moved": 302}.get(self.path, 200)
        body = b"x" * 100_000 if self.path == "/large" else b"film"
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/film")
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _slowly(self) -> None:
        """Always alive: no time-out between two bytes ever strikes."""
        head = b"HTTP/1.0 200 OK\r\n" if self.path == "/slow/body" else b"HTTP/1.0 200 OK\r\nX-Long: "
        self.wfile.write(head + (b"\r\n" if self.path == "/slow/body" else b""))
        pause = threading.Event()
        for _ in range(200):
            try:
                self.wfile.write(b"x")
            except OSError:
                return  # nobody listens any more
            pause.wait(0.1)
        if self.path == "/slow/head":
            self.wfile.write(b"\r\n\r\nfilm")

    def log_message(self, *_: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    asked: list[str]

    def handle_error(self, request: Any, client_address: Any) -> None:
        return  # callers that hang up are part of the tests


@contextmanager
def running(context: ssl.SSLContext | None = None) -> Iterator[_Server]:
    files = _Server(("127.0.0.1", 0), _Files)
    files.asked = []
    if context is not None:
        files.socket = context.wrap_socket(files.socket, server_side=True)
    threading.Thread(target=files.serve_forever, daemon=True).start()
    yield files
    files.shutdown()
    files.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running() as files:
        yield f"http://127.0.0.1:{files.server_address[1]}"


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


# --- names and numbers --------------------------------------------------------------------------------------------------

# In a part of the address space that nobody has been given: there is no way there.
NOWHERE = "2e00::1"


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_name_that_leads_elsewhere_a_moment_later(no_proxy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: public while it is looked at, this machine when it is connected to."""
    looked, truly = [], socket.getaddrinfo

    def flip(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host not in ("evil.example", b"evil.example"):
            return truly(host, port, *rest, **options)
        looked.append(host)
        return truly(NOWHERE if len(looked) == 1 else "127.0.0.1", port, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", flip)
    with running() as files:
        with pytest.raises(TransportError):
            fetch_url(f"http://evil.example:{files.server_address[1]}/film", seconds=2)
        assert files.asked == []
    assert len(looked) == 1


def test_the_server_hears_its_name_and_the_next_number_is_tried() -> None:
    with running() as files:
        port = files.server_address[1]
        named = httpx.URL(f"http://film.example:{port}/film?x=1")
        targets = [named.copy_with(host=host) for host in ("::1", "127.0.0.1")]
        assert asyncio.run(_fetch(named, targets, None, 1_000, 10)).content == b"film"
        assert files.asked == [f"film.example:{port} /film?x=1"]


def test_the_certificate_is_the_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = _certificate(tmp_path / "server.pem", "film.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with running(context) as files:
        for name, served in (("film.example", True), ("evil.example", False)):
            named = httpx.URL(f"https://{name}:{files.server_address[1]}/film")
            work = _fetch(named, [named.copy_with(host="127.0.0.1")], None, 1_000, 10)
            if served:
                assert asyncio.run(work).content == b"film"
            else:
                with pytest.raises(TransportError):
                    asyncio.run(work)


def _certificate(path: Path, name: str) -> Path:
    """A certificate that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(
        now + datetime.timedelta(days=1)
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


def test_a_proxy_of_the_environment_is_asked(no_proxy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with running() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.server_address[1]}")
        assert fetch_url("http://8.8.8.8/film", seconds=10).content == b"film"
        assert proxy.asked == ["8.8.8.8 http://8.8.8.8/film"]
        with pytest.raises(WeChatError, match="private network"):
            fetch_url("http://10.0.0.1/film")


@pytest.mark.parametrize("path", ["/slow/body", "/slow/head"])
def test_there_is_one_deadline_for_all_of_it(server: str, path: str) -> None:
    with pytest.raises(TransportError, match="took longer"):
        fetch_url(server + path, inside=True, seconds=0.5)
