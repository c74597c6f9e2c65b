"""The JS-SDK for whoever asks: how often the platform hears of it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from jianwei.web.signing import PageSigner
from jianwei.wechat.client import Client
from jianwei.wechat.errors import ApiError, TransportError, WeChatError
from jianwei.wechat.jssdk import JsSdk


class Platform:
    """The platform's tokens and tickets, over httpx's own test transport."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: dict[str, object] | None = {"errcode": 40125, "errmsg": "invalid appsecret"}
        self.now = 0.0
        client = Client("wx1", "secret", transport=httpx.MockTransport(self._answer))
        self.signer = PageSigner(JsSdk(client), lambda: self.now)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.answer is not None:
            return httpx.Response(200, json=self.answer)
        if "ticket" in request.url.path:
            return httpx.Response(200, json={"errcode": 0, "errmsg": "ok", "ticket": "T", "expires_in": 7200})
        return httpx.Response(200, json={"access_token": "A", "expires_in": 7200})

    async def many(self, count: int) -> list[BaseException]:
        asking = (self.signer.config(f"https://shop.example/{number}") for number in range(count))
        return [one for one in await asyncio.gather(*asking, return_exceptions=True) if isinstance(one, BaseException)]


def test_a_wrong_secret_is_tried_once_a_minute() -> None:
    async def run() -> None:
        platform = Platform()
        for _ in range(5):
            errors = await platform.many(20)
            assert [type(error) for error in errors] == [ApiError] * 20
        assert len(platform.asked) == 1
        platform.now = 61.0
        await platform.many(20)
        assert len(platform.asked) == 2
        platform.now, platform.answer = 122.0, None
        assert await platform.many(20) == []
        assert len(platform.asked) == 4  # a token and a ticket

    asyncio.run(run())


def test_a_platform_that_is_away_is_tried_again_soon() -> None:
    asked = 0

    def away(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        raise httpx.ConnectError("away")

    async def run() -> list[int]:
        client = Client("wx1", "secret", transport=httpx.MockTransport(away), sleep=lambda seconds: None)
        times, seen = [0.0], []
        signer = PageSigner(JsSdk(client), lambda: times[-1])
        for now in (0.0, 1.9, 2.1, 2.2, 4.2):
            times.append(now)
            with pytest.raises(TransportError):
                await signer.config("https://shop.example/")
            seen.append(asked)
        return seen

    first, again, second, still, third = asyncio.run(run())
    assert first == again < second == still < third


def test_an_error_that_is_told_again_and_again_does_not_grow() -> None:
    async def run() -> int:
        platform = Platform()
        depths = []
        for _ in range(50):
            with pytest.raises(WeChatError) as told:
                await platform.signer.config("https://shop.example/")
            trace, depth = told.value.__traceback__, 0
            while trace is not None:
                trace, depth = trace.tb_next, depth + 1
            depths.append(depth)
        assert depths[2] == depths[-1]
        return depths[-1]

    assert asyncio.run(run()) < 10
