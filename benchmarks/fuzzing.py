"""Fuzzing a real `jianwei serve`: real shapes, damaged, sent several times at once, for `JIANWEI_FUZZ_MINUTES` (default 5)."""

from __future__ import annotations

import os
import secrets
import socket
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote_from_bytes

from benchmarks.measure import Table
from benchmarks.peers import AES_KEY, APP_ID, TOKEN
from benchmarks.webhook import free_port, server

__all__ = ["handler", "tables"]

LOG = "JIANWEI_FUZZ_LOG"
COPIES = 3


async def handler(message: object) -> str | None:
    """Writes down which message it is asked about, and answers some, some slowly."""
    import asyncio

    from jianwei.wechat.messages import dedupe_key

    key = dedupe_key(message)  # type: ignore[arg-type]
    descriptor = os.open(os.environ[LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, key.encode("utf-8", "backslashreplace").hex().encode() + b"\n")
    os.close(descriptor)
    number = sum(key.encode("utf-8", "replace"))
    if number % 50 == 0:
        await asyncio.sleep(0.3)
    if number % 70 == 0:
        raise ValueError("a handler that fails")
    return f"答 {getattr(message, 'content', '')}"[:500] if number % 3 else None


def _send(port: int, data: bytes, *, whole: bool) -> int:
    """The status of the answer; 0 where the server closed the connection without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            connection.sendall(data)
            if not whole:
                connection.shutdown(socket.SHUT_WR)
            received = b""
            while part := connection.recv(65536):
                received += part
        except (ConnectionError, TimeoutError) as error:
            if isinstance(error, TimeoutError):
                raise
            return 0
    return int(received.split(b" ", 2)[1]) if received.startswith(b"HTTP/1.1 ") else 0


def _shapes() -> list[bytes]:
    """One message of every kind, as XML and as JSON."""
    from jianwei.wechat.messages import EVENTS, MESSAGES
    from jianwei.wechat.messages.write import to_json, to_xml

    shapes = []
    for number, kind in enumerate([*MESSAGES.values(), *EVENTS.values()]):
        message = kind(from_user="oFuzz", to_user="gh_fuzz", created=1_772_400_000 + number)
        shapes += [to_xml(message), to_json(message)]
    return shapes


class _Fuzz:
    def __init__(self, port: int) -> None:
        from jianwei.wechat.crypto import MessageCrypto
        from jianwei.wechat.signatures import url_signature

        self._port, self._sign = port, url_signature
        self._crypto = MessageCrypto(TOKEN, AES_KEY, APP_ID)
        self.statuses: Counter[int] = Counter()
        self.pool = ThreadPoolExecutor(COPIES)

    def request(self, body: bytes, mode: str, broken: dict[str, bytes], cut: int) -> bytes:
        now, nonce = str(int(time.time())), secrets.token_hex(5)
        query = {"signature": self._sign(TOKEN, now, nonce), "timestamp": now, "nonce": nonce, "openid": "oFuzz"}
        if mode != "plain":
            sealed = self._crypto.encrypt(body.decode("utf-8", "replace"), now, nonce)
            query |= {"encrypt_type": "aes", "msg_signature": sealed.msg_signature}
            inner = b"<Encrypt><![CDATA[" + sealed.encrypted.encode() + b"]]></Encrypt>"
            as_json = b'{"Encrypt":"' + sealed.encrypted.encode() + b'"}'
            body = as_json if mode == "json" else b"<xml><ToUserName>gh</ToUserName>" + inner + b"</xml>"
        fields = {name: value.encode() for name, value in query.items()} | broken
        path = "/wechat/shop?" + "&".join(f"{name}={quote_from_bytes(value)}" for name, value in fields.items())
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        return (head.encode() + body)[: cut or None]

    def send(self, data: bytes, copies: int, *, whole: bool) -> None:
        """Send a request several times at once; one that is not whole ends with the connection."""
        for status in self.pool.map(lambda _: _send(self._port, data, whole=whole), range(copies)):
            self.statuses[status] += 1


def _drive(fuzz: _Fuzz, seconds: float, every: float, measure: object) -> None:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    shapes = _shapes()
    pieces = st.binary(max_size=6) | st.sampled_from(
        [
            b"]]>",
            b"<Encrypt>",
            b"\x00",
            b"</xml>",
            b"&#0;",
            b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
            b"&b;",
            b'"',
            b"{",
            b"[" * 200,
        ]
    )
    end, due = time.monotonic() + seconds, [time.monotonic() + every]

    @settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def once(data: st.DataObject) -> None:
        if time.monotonic() > due[0]:
            due[0] += every
            measure()  # type: ignore[operator]
        body = bytearray(data.draw(st.sampled_from(shapes)))
        # A number of its own, now and then, so that the handler has something new to do.
        if data.draw(st.booleans()):
            end_tag = b"</xml>" if body.startswith(b"<") else b"}"
            own = b"%d" % data.draw(st.integers(10**17, 10**18))
            extra = b"<MsgId>" + own + b"</MsgId>" if body.startswith(b"<") else b',"MsgId":' + own
            body = bytearray(bytes(body).removesuffix(end_tag) + extra + end_tag)
        for _ in range(data.draw(st.integers(0, 4))):
            at = data.draw(st.integers(0, len(body)))
            body[at : at + data.draw(st.integers(0, 6))] = data.draw(pieces)
        broken = {}
        if data.draw(st.integers(0, 4)) == 0:
            name = data.draw(
                st.sampled_from(["signature", "timestamp", "nonce", "encrypt_type", "msg_signature", "echostr"])
            )
            broken[name] = data.draw(st.binary(max_size=12))
        mode = data.draw(st.sampled_from(["plain", "secure", "json"]))
        cut = data.draw(st.integers(0, 10)) == 0 and data.draw(st.integers(1, 400))
        fuzz.send(fuzz.request(bytes(body), mode, broken, int(cut)), data.draw(st.integers(1, COPIES)), whole=not cut)

    while time.monotonic() < end:
        once()


def tables(folder: Path) -> list[Table]:
    import psutil

    from jianwei.settings import Secret
    from jianwei.store import open_store
    from jianwei.store.secrets import Vault
    from jianwei.store.state.accounts import Account

    minutes = float(os.environ.get("JIANWEI_FUZZ_MINUTES", "5"))
    workspace, key, log = folder / "fuzz", Vault.new_key(), folder / "fuzz.log"
    account = Account(
        name="shop", kind="service", app_id=APP_ID, token=Secret(TOKEN), aes_key=Secret(AES_KEY),
        attrs={"mode": "plain"},  # so that bodies of all modes come as far as they can
    )  # fmt: skip
    open_store(workspace).accounts(Vault(key)).put(account)
    port = free_port()
    call = [sys.executable, "-m", "jianwei", "serve", "-w", str(workspace), "--port", str(port)]
    call += ["--handler", "benchmarks.fuzzing:handler", "--no-jobs"]
    with server(call, port, {"JIANWEI_KEY": key.reveal(), LOG: str(log)}) as pid:
        process, memory = psutil.Process(pid), []
        fuzz = _Fuzz(port)
        started = time.monotonic()
        _drive(fuzz, minutes * 60, 5.0, lambda: memory.append(process.memory_info().rss / 2**20))
        seconds = time.monotonic() - started
    keys = Counter(log.read_bytes().split())
    twice = sum(1 for times in keys.values() if times > 1)
    sent = sum(fuzz.statuses.values())
    told = ", ".join(f"{status or 'closed'}: {n:,}" for status, n in sorted(fuzz.statuses.items()))
    fifth = max(len(memory) // 5, 1)
    rows = (
        ("requests", f"{sent:,} in {seconds:.0f} s"),
        ("answers by status", told),
        ("5xx", f"{sum(n for status, n in fuzz.statuses.items() if status >= 500):,}"),
        ("messages that reached the handler", f"{len(keys):,}"),
        ("handler run twice for one message", f"{twice:,}"),
        ("memory after a fifth of the time, at the end", f"{memory[fifth - 1]:.0f} MB, {memory[-1]:.0f} MB"),
    )
    note = (
        "`jianwei serve` under damaged deliveries of every kind of message and event, plain, encrypted and as JSON, each sent up to three "
        "times at once; requests are cut short, signatures broken, and the handler is slow or fails now and then."
    )
    return [Table("Webhook under fuzz", note, ("what", "figure"), rows)]
