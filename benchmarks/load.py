"""A lean load generator for webhooks: prepared requests over keep-alive connections, one at a time on each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Load", "Prepared", "drive", "prepare"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was sent, so that answers can be checked."""

    requests: list[bytes]
    texts: list[str]


@dataclass(frozen=True, slots=True)
class Load:
    """Seconds from request to answer, one a request in the order of the requests; the answers' bodies; wall seconds of all."""

    latencies: list[float]
    answers: list[bytes]
    seconds: float

    def quantile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def prepare(count: int, path: str, token: str, aes_key: str, app_id: str, first: int = 0) -> Prepared:
    """Distinct text messages of the simulated shop, signed and encrypted as the platform does in secure mode."""
    from jianwei.sandbox.population import simulate
    from jianwei.wechat.crypto import MessageCrypto
    from jianwei.wechat.signatures import url_signature

    spoken = [m.text for m in simulate(customers=120, days=21).messages if m.kind == "text"]
    crypto = MessageCrypto(token, aes_key, app_id)
    requests, texts = [], []
    now = str(int(time.time()))
    for number in range(first, first + count):
        text = f"{spoken[number % len(spoken)]} {number}"
        openid = f"o6_bmjrPTlm6_2sgVt7hMZOP{number % 500:04d}"
        plain = (
            f"<xml><ToUserName><![CDATA[gh_1a2b3c4d5e6f]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{text}]]></Content>"
            f"<MsgId>{7_300_000_000_000_000_000 + number}</MsgId></xml>"
        )
        nonce = str(1_000_000_000 + number)
        sealed = crypto.encrypt(plain, now, nonce)
        body = (
            f"<xml><ToUserName><![CDATA[gh_1a2b3c4d5e6f]]></ToUserName><Encrypt><![CDATA[{sealed.encrypted}]]></Encrypt></xml>"
        ).encode()
        query = (
            f"signature={url_signature(token, now, nonce)}&timestamp={now}&nonce={nonce}&openid={openid}"
            f"&encrypt_type=aes&msg_signature={sealed.msg_signature}"
        )
        head = f"POST {path}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        requests.append(head.encode() + body)
        texts.append(text)
    return Prepared(requests, texts)


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Sequence[bytes], numbers: list[int], load: Load, done: asyncio.Future[None]) -> None:
        self._requests, self._numbers, self._load, self._done = requests, numbers, load, done
        self._data = b""
        self._at = 0
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._next()

    def _next(self) -> None:
        if self._at == len(self._numbers):
            self._done.set_result(None)
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(self._requests[self._numbers[self._at]])

    def data_received(self, data: bytes) -> None:
        self._data += data
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._data[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self._data) < end + 4 + length:
            return
        if not head.startswith(b"http/1.1 200"):
            self._done.set_exception(RuntimeError(f"answered {head[:200]!r} {self._data[end:][:200]!r}"))
            return
        number = self._numbers[self._at]
        self._load.latencies[number] = time.perf_counter() - self._sent
        self._load.answers[number] = self._data[end + 4 : end + 4 + length]
        self._data = self._data[end + 4 + length :]
        self._at += 1
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(RuntimeError(f"the connection was closed after {self._at} requests ({error})"))


def drive(port: int, requests: Sequence[bytes], connections: int = 64) -> Load:
    """Send all requests over so many connections and wait for all answers."""
    import uvloop

    load = Load([0.0] * len(requests), [b""] * len(requests), 0.0)

    async def run() -> float:
        loop = asyncio.get_running_loop()
        waiting = []
        started = time.perf_counter()
        for lane in range(connections):
            done: asyncio.Future[None] = loop.create_future()
            numbers = list(range(lane, len(requests), connections))
            waiting.append(done)
            await loop.create_connection(
                lambda n=numbers, d=done: _Connection(requests, n, load, d),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
        await asyncio.gather(*waiting)
        return time.perf_counter() - started

    seconds = uvloop.run(run())
    return Load(load.latencies, load.answers, seconds)
