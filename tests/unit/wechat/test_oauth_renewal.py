"""People's tokens: renewed once for all who ask at a time, and once when the platform refuses one before its end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx
import pytest

from jianwei.wechat import (
    ApiError,
    AsyncClient,
    AsyncLogin,
    Client,
    Login,
    LoginApp,
    LoginExpiredError,
    MemoryGrants,
)
from jianwei.wechat._base import Grant

NOW = 1_700_000_000
APP = LoginApp("wx1", "s", "official")


@dataclass
class Far:
    """A platform that renews tokens (U1, U2, …) and tells the profile for those that `honours` accepts."""

    honours: Callable[[str], bool] = lambda token: True
    code: int = 40001
    gate: threading.Event = field(default_factory=threading.Event)
    renewals: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/sns/oauth2/refresh_token":
            self.renewals.append(request.url.params["refresh_token"])
            self.gate.wait(0.05)
            token = f"U{len(self.renewals)}"
            body = {"access_token": token, "openid": "o", "expires_in": 7200, "refresh_token": "R", "scope": "x"}
            return httpx.Response(200, json=body)
        token = request.url.params["access_token"]
        self.asked.append(token)
        if not self.honours(token):
            return httpx.Response(200, json={"errcode": self.code, "errmsg": "invalid credential"})
        return httpx.Response(200, json={"openid": "o", "nickname": "张三"})

    async def later(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.001)
        return self(request)


def _grants(people: int = 1, left: int = 7200) -> MemoryGrants:
    grants = MemoryGrants()
    for openid in ["o", *(f"o{n}" for n in range(1, people))]:
        ends, refresh_ends = (NOW + left) * 1_000_000, (NOW + 86_400) * 1_000_000
        grants.put(Grant("wx1", openid, None, "snsapi_userinfo", "U0", ends, "R", refresh_ends))
    return grants


def _login(far: Far, grants: MemoryGrants) -> Login:
    client = Client("wx1", "s", transport=httpx.MockTransport(far))
    return Login(APP, grants=grants, client=client, now=lambda: NOW)


def _async_login(far: Far, grants: MemoryGrants) -> AsyncLogin:
    client = AsyncClient("wx1", "s", transport=httpx.MockTransport(far.later))
    return AsyncLogin(APP, grants=grants, client=client, now=lambda: NOW)


def _profile(far: Far, kind: str) -> str:
    grants = _grants()
    if kind == "sync":
        return _login(far, grants).profile("o").nickname
    return asyncio.run(_async_login(far, grants).profile("o")).nickname


def test_threads_that_ask_at_a_time_renew_once() -> None:
    far = Far()
    login = _login(far, _grants(left=-1))
    with ThreadPoolExecutor(10) as pool:
        tokens = {grant.access_token for grant in pool.map(lambda _: login.valid("o"), range(10))}
    assert (tokens, far.renewals) == ({"U1"}, ["R"])


def test_tasks_that_ask_at_a_time_renew_once() -> None:
    far = Far()

    async def work() -> set[str]:
        login = _async_login(far, _grants(left=-1))
        return {grant.access_token for grant in await asyncio.gather(*(login.valid("o") for _ in range(10)))}

    assert (asyncio.run(work()), far.renewals) == ({"U1"}, ["R"])


def test_each_person_is_renewed_on_their_own() -> None:
    far = Far()
    login = _login(far, _grants(5, left=-1))
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(login.valid, ["o", "o1", "o2", "o3", "o4"] * 3))
    assert len(far.renewals) == 5


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_that_ended_early_is_renewed_once(kind: str, code: int) -> None:
    far = Far(lambda token: token != "U0", code)
    assert _profile(far, kind) == "张三"
    assert (far.asked, far.renewals) == (["U0", "U1"], ["R"])


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_person_whose_tokens_are_all_refused_must_log_in_again(kind: str) -> None:
    far = Far(lambda token: False, 42001)
    with pytest.raises(LoginExpiredError, match="42001"):
        _profile(far, kind)
    assert (far.asked, far.renewals) == (["U0", "U1"], ["R"])


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_other_refusals_renew_nothing(kind: str) -> None:
    far = Far(lambda token: False, 48001)
    with pytest.raises(ApiError, match="48001"):
        _profile(far, kind)
    assert far.renewals == []
