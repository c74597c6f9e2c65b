"""Third-party platforms: from the ticket to calls on behalf of an account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.components import authorize, new_ticket
from jianwei.sandbox.platform.world import App, Clock, Platform, Refusal
from jianwei.wechat import ApiError, AsyncClient, Client
from jianwei.wechat.endpoints.components import Authorization, ComponentToken


@dataclass(frozen=True)
class Stage:
    platform: Platform
    component: App
    account: App
    client: Client
    url: str

    def token(self) -> str:
        return self.client.components.token(new_ticket(self.platform, self.component)).component_access_token

    def authorized(self, token: str) -> Authorization:
        opened = self.client.components.preauth_code(token).pre_auth_code
        code = authorize(self.platform, self.component, self.account.app_id, opened)
        return self.client.components.authorization(token, code)

    def list_tags(self, token: str) -> dict[str, object]:
        answer: dict[str, object] = httpx.get(f"{self.url}/cgi-bin/tags/get", params={"access_token": token}).json()
        return answer


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    platform = Platform(Clock(lambda: 1_772_000_000.0))
    account = platform.add(App("wx00000000000000a0", "app-secret", "service"))
    component = platform.add(App("wx00000000000000c0", "component-secret", "component"))
    with running(platform) as url, Client(component.app_id, component.secret, base_url=url) as client:
        yield Stage(platform, component, account, client, url)


def refused(code: int, call: Callable[[], object]) -> ApiError:
    with pytest.raises(ApiError) as error:
        call()
    assert error.value.code == code
    return error.value


def test_from_the_ticket_to_a_call_for_an_account(stage: Stage) -> None:
    granted = stage.authorized(stage.token())
    assert granted.authorizer_appid == stage.account.app_id
    assert {one.category.id for one in granted.func_info} == {1, 2, 3, 15}
    assert "tags" in stage.list_tags(granted.authorizer_access_token)
    stage.platform.clock.move(7_200)
    assert stage.list_tags(granted.authorizer_access_token)["errcode"] == 42001
    again = stage.client.components.refresh(stage.token(), granted.authorizer_appid, granted.authorizer_refresh_token)
    assert again.authorizer_refresh_token == granted.authorizer_refresh_token
    assert "tags" in stage.list_tags(again.authorizer_access_token)


def test_tickets(stage: Stage) -> None:
    ticket = new_ticket(stage.platform, stage.component)
    stage.platform.clock.move(12 * 3_600 - 1)
    stage.client.components.token(ticket)
    stage.platform.clock.move(1)
    refused(61005, lambda: stage.client.components.token(ticket))
    refused(61006, lambda: stage.client.components.token("nonsense"))


def test_who_may_ask_for_a_token(stage: Stage) -> None:
    ticket = new_ticket(stage.platform, stage.component)
    with Client(stage.component.app_id, "wrong", base_url=stage.url) as client:
        refused(40125, lambda: client.components.token(ticket))
    with Client(stage.account.app_id, stage.account.secret, base_url=stage.url) as client:
        refused(40013, lambda: client.components.token(ticket))
    stage.component.addresses = frozenset({"203.0.113.7"})
    refused(61004, lambda: stage.client.components.token(ticket))
    stage.component.addresses = None
    stage.client.components.token(ticket)


def test_tokens_are_checked(stage: Stage) -> None:
    refused(40001, lambda: stage.client.components.preauth_code("nonsense"))
    refused(41001, lambda: stage.client.components.preauth_code(""))
    token = stage.token()
    stage.platform.clock.move(7_200)
    refused(42001, lambda: stage.client.components.preauth_code(token))
    with Client(stage.account.app_id, stage.account.secret, base_url=stage.url) as client:
        refused(40001, lambda: client.components.preauth_code(token))


def test_an_authorization_code_serves_once(stage: Stage) -> None:
    token = stage.token()
    opened = stage.client.components.preauth_code(token)
    assert opened.expires_in == 600
    code = authorize(stage.platform, stage.component, stage.account.app_id, opened.pre_auth_code)
    stage.client.components.authorization(token, code)
    refused(61009, lambda: stage.client.components.authorization(token, code))
    late = authorize(stage.platform, stage.component, stage.account.app_id, opened.pre_auth_code)
    stage.platform.clock.move(3_600)
    refused(61009, lambda: stage.client.components.authorization(token, late))
    with pytest.raises(Refusal, match="pre_auth_code"):
        authorize(stage.platform, stage.component, stage.account.app_id, opened.pre_auth_code)


def test_authorising_anew_ends_the_refresh_token(stage: Stage) -> None:
    token = stage.token()
    first = stage.authorized(token)
    second = stage.authorized(token)
    assert first.authorizer_refresh_token != second.authorizer_refresh_token
    old, new = first.authorizer_refresh_token, second.authorizer_refresh_token
    refused(61023, lambda: stage.client.components.refresh(token, stage.account.app_id, old))
    refused(61023, lambda: stage.client.components.refresh(token, "wx00000000000000ff", new))
    refused(61023, lambda: stage.client.components.refresh(token, stage.account.app_id, ""))
    stage.client.components.refresh(token, stage.account.app_id, new)


def test_nothing_secret_is_shown(stage: Stage) -> None:
    ticket = new_ticket(stage.platform, stage.component)
    token = stage.client.components.token(ticket)
    granted = stage.authorized(token.component_access_token)
    shown = f"{token!r} {granted!r} {ComponentToken(ticket)!r}"
    for secret in (ticket, token.component_access_token, granted.authorizer_access_token):
        assert secret not in shown
    assert stage.account.app_id in shown


def test_asynchronously(stage: Stage) -> None:
    async def go() -> str:
        async with AsyncClient(stage.component.app_id, stage.component.secret, base_url=stage.url) as client:
            token = await client.components.token(new_ticket(stage.platform, stage.component))
            return (await client.components.preauth_code(token.component_access_token)).pre_auth_code

    assert asyncio.run(go()).startswith("preauthcode@@@")
