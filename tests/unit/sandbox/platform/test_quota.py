"""Quotas, request ids, and how the platform reaches a callback."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.quota import ClearBook
from jianwei.sandbox.platform.envelopes import Wiring
from jianwei.sandbox.platform.world import App, Clock, Platform
from jianwei.wechat import ApiError, AsyncClient, Client, QuotaError
from jianwei.wechat.endpoints.quota import RateLimit

DAY = 86_400


@dataclass(frozen=True)
class Stage:
    platform: Platform
    app: App
    other: App
    client: Client
    url: str


@pytest.fixture(scope="module")
def server() -> Iterator[Stage]:
    platform = Platform(Clock(lambda: 1_772_000_000.0))
    app = platform.add(App("wx00000000000000a0", "app-secret", "service"))
    other = platform.add(App("wx00000000000000b0", "other-secret", "subscription"))
    with running(platform) as url, Client(app.app_id, app.secret, base_url=url) as client:
        yield Stage(platform, app, other, client, url)


@pytest.fixture
def stage(server: Stage) -> Stage:
    server.app.kept.pop(ClearBook, None)
    server.app.used.clear()
    server.app.wiring = None
    return server


def refused(code: int, call: Callable[[], object]) -> ApiError:
    with pytest.raises(ApiError) as error:
        call()
    assert error.value.code == code
    return error.value


def test_calls_are_counted(stage: Stage) -> None:
    assert stage.client.quota.get("/cgi-bin/tags/create").quota.daily_limit == 1_000
    for n in range(3):
        stage.client.tags.create(f"签{n}")
    usage = stage.client.quota.get("/cgi-bin/tags/create").quota
    assert (usage.used, usage.remain) == (3, 997)
    stage.client.menus.current()
    assert stage.client.quota.get("/cgi-bin/get_current_selfmenu_info").quota.used == 1


def test_limits_of_a_minute(stage: Stage) -> None:
    assert stage.client.quota.get("/cgi-bin/stable_token").rate_limit == RateLimit(10_000, 60)
    assert stage.client.quota.get("/cgi-bin/tags/get").rate_limit is None


def test_paths_that_are_none(stage: Stage) -> None:
    refused(76021, lambda: stage.client.quota.get("/cgi-bin/tags/invent"))
    refused(76021, lambda: stage.client.quota.get("cgi-bin/tags/get"))
    refused(76022, lambda: stage.client.quota.get("/sns/userinfo"))
    with Client(stage.other.app_id, stage.other.secret, base_url=stage.url) as client:
        refused(76022, lambda: client.quota.get("/cgi-bin/qrcode/create"))


def test_a_quota_that_is_used_up_is_cleared(stage: Stage) -> None:
    stage.client.tags.list()
    stage.app.used["tags/get"] = 1_000
    with pytest.raises(QuotaError):
        stage.client.tags.list()
    stage.client.quota.clear()
    stage.client.tags.list()
    assert stage.client.quota.get("/cgi-bin/tags/get").quota.used == 1


def test_ten_clears_a_month(stage: Stage) -> None:
    for n in range(10):
        (stage.client.quota.clear if n % 2 else stage.client.quota.clear_with_secret)()
    refused(48006, stage.client.quota.clear)
    refused(48006, stage.client.quota.clear_with_secret)
    stage.platform.clock.move(31 * DAY)
    stage.client.quota.clear()


def test_clearing_with_the_secret_needs_no_token(stage: Stage) -> None:
    stage.app.used["token"] = 2_000
    with Client(stage.app.app_id, stage.app.secret, base_url=stage.url, stable=False) as client:
        client.quota.clear_with_secret()
        client.tags.list()
    with Client(stage.app.app_id, "wrong", base_url=stage.url) as client:
        refused(40125, client.quota.clear_with_secret)
    with Client("wx00000000000000ff", "wrong", base_url=stage.url) as client:
        refused(40013, client.quota.clear_with_secret)


def test_the_secret_may_stand_in_the_body(stage: Stage) -> None:
    url = f"{stage.url}/cgi-bin/clear_quota/v2"
    body = {"appid": stage.app.app_id, "appsecret": stage.app.secret}
    assert httpx.post(url, json=body).json() == {"errcode": 0, "errmsg": "ok"}
    assert httpx.post(url, json={"appid": stage.app.app_id}).json()["errcode"] == 41004


def test_only_the_own_quota_is_cleared(stage: Stage) -> None:
    body = {"appid": stage.other.app_id}
    refused(40013, lambda: stage.client.request("POST", "/cgi-bin/clear_quota", json=body))


def test_what_became_of_a_call(stage: Stage) -> None:
    at = int(stage.platform.clock.now())
    error = refused(45157, lambda: stage.client.tags.create(""))
    stage.platform.clock.move(60)
    record = stage.client.quota.request(error.rid)
    assert record.invoke_time == at
    assert json.loads(record.request_body) == {"tag": {"name": ""}}
    assert json.loads(record.response_body)["errcode"] == 45157
    assert error.rid in record.response_body
    assert record.client_ip == "127.0.0.1"
    assert "access_token=" in record.request_url
    assert stage.client.token() not in record.request_url


def test_secrets_are_not_told_again(stage: Stage) -> None:
    body = {"grant_type": "client_credential", "appid": stage.app.app_id, "secret": "my-wrong-secret"}
    answer = httpx.post(f"{stage.url}/cgi-bin/stable_token", json=body).json()
    record = stage.client.quota.request(answer["errmsg"].rsplit("rid: ", 1)[1])
    assert stage.app.app_id in record.request_body
    assert "my-wrong-secret" not in str(record)


def test_request_ids_that_are_none(stage: Stage) -> None:
    error = refused(45157, lambda: stage.client.tags.create(""))
    refused(76002, lambda: stage.client.quota.request("nonsense"))
    refused(76001, lambda: stage.client.quota.request(error.rid[:9] + "00000000-00000000"))
    with Client(stage.other.app_id, stage.other.secret, base_url=stage.url) as client:
        refused(76003, lambda: client.quota.request(error.rid))
    stage.platform.clock.move(7 * DAY - 1)
    assert stage.client.quota.request(error.rid).client_ip == "127.0.0.1"
    stage.platform.clock.move(1)
    refused(76004, lambda: stage.client.quota.request(error.rid))


def test_how_the_callback_is_reached(stage: Stage) -> None:
    assert stage.client.quota.check_callback().dns == []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stage.app.wiring = Wiring(f"http://127.0.0.1:{listening.getsockname()[1]}/wechat", "token")
        found = stage.client.quota.check_callback(operator="UNICOM")
        assert [(one.ip, one.real_operator) for one in found.dns] == [("127.0.0.1", "UNICOM")]
        assert [(one.ip, one.from_operator, one.package_loss) for one in found.ping] == [("127.0.0.1", "UNICOM", "0%")]
        assert found.ping[0].time.endswith("ms")
        assert stage.client.quota.check_callback("dns").ping == []
        assert stage.client.quota.check_callback("ping").dns == []
    assert [one.package_loss for one in stage.client.quota.check_callback().ping] == ["100%"]
    refused(40035, lambda: stage.client.request("POST", "/cgi-bin/callback/check", json={"action": "dig"}))


def test_addresses(stage: Stage) -> None:
    assert stage.client.quota.callback_addresses() == ["127.0.0.1"]
    assert stage.client.quota.api_addresses() == ["127.0.0.1"]


def test_asynchronously(stage: Stage) -> None:
    async def ask() -> int:
        async with AsyncClient(stage.app.app_id, stage.app.secret, base_url=stage.url) as client:
            await client.tags.list()
            return (await client.quota.get("/cgi-bin/tags/get")).quota.used

    assert asyncio.run(ask()) == 1
