"""Log-ins of people: codes, their tokens, what renewing does, sessions of mini-programs."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.logins import LoginBook, issue_code, issue_js_code
from jianwei.sandbox.platform.world import App, Clock, Follower, Platform
from jianwei.wechat import ApiError, AsyncClient, Client
from jianwei.wechat.endpoints.logins import UserTokens

ANING, OTHER = "o" + "a" * 27, "o" + "b" * 27
DAY = 86_400


@dataclass(frozen=True)
class Stage:
    platform: Platform
    app: App
    site: App
    client: Client
    url: str

    def log_in(self, openid: str = ANING, scope: str = "snsapi_userinfo", *, snapshot: bool = False) -> UserTokens:
        return self.client.logins.tokens(issue_code(self.platform, self.app, openid, scope, snapshot=snapshot))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    platform = Platform(Clock(lambda: 1_772_000_000.0))
    site = platform.add(App("wx00000000000000b0", "site-secret", "website"))
    app = platform.add(App("wx00000000000000a0", "app-secret", "service"))
    app.followers[ANING] = Follower(ANING, "阿宁", union_id="u1")
    app.followers[OTHER] = Follower(OTHER, "小北")
    with running(platform) as url, Client(app.app_id, app.secret, base_url=url) as client:
        yield Stage(platform, app, site, client, url)


def refused(code: int, call: Callable[[], object]) -> ApiError:
    with pytest.raises(ApiError) as error:
        call()
    assert error.value.code == code
    return error.value


def test_a_code_becomes_tokens_and_a_profile(stage: Stage) -> None:
    tokens = stage.log_in()
    assert (tokens.openid, tokens.unionid, tokens.scope) == (ANING, "u1", "snsapi_userinfo")
    assert tokens.expires_in == 7200
    profile = stage.client.logins.profile(tokens.access_token, ANING)
    assert (profile.nickname, profile.unionid, profile.sex, profile.city) == ("阿宁", "u1", 0, "")
    stage.client.logins.check(tokens.access_token, ANING)
    query = {"access_token": tokens.access_token, "openid": ANING}
    raw = stage.client.request("GET", "/sns/userinfo", query=query)
    assert (raw["sex"], raw["city"], raw["privilege"]) == (0, "", [])
    assert "is_snapshotuser" not in raw


def test_a_code_serves_once(stage: Stage) -> None:
    code = issue_code(stage.platform, stage.app, ANING, "snsapi_base")
    stage.client.logins.tokens(code)
    refused(40163, lambda: stage.client.logins.tokens(code))


def test_codes_that_are_none(stage: Stage) -> None:
    refused(40029, lambda: stage.client.logins.tokens("nonsense"))
    refused(41008, lambda: stage.client.logins.tokens(""))
    elsewhere = issue_code(stage.platform, stage.site, ANING, "snsapi_login")
    refused(40029, lambda: stage.client.logins.tokens(elsewhere))


@pytest.mark.parametrize(("kind", "life"), [("service", 300), ("website", 600)])
def test_a_code_ends(stage: Stage, kind: str, life: int) -> None:
    app = stage.site if kind == "website" else stage.app
    with Client(app.app_id, app.secret, base_url=stage.url) as client:
        in_time, late = (issue_code(stage.platform, app, ANING, "snsapi_login") for _ in range(2))
        stage.platform.clock.move(life - 1)
        client.logins.tokens(in_time)
        stage.platform.clock.move(1)
        refused(42003, lambda: client.logins.tokens(late))


def test_secrets_are_checked(stage: Stage) -> None:
    code = issue_code(stage.platform, stage.app, ANING, "snsapi_base")
    with Client(stage.app.app_id, "wrong", base_url=stage.url) as client:
        refused(40125, lambda: client.logins.tokens(code))
    with Client("wx00000000000000ff", "wrong", base_url=stage.url) as client:
        refused(40013, lambda: client.logins.tokens(code))
        refused(40013, lambda: client.logins.refresh("r"))
    stage.client.logins.tokens(code)


def test_base_scope_has_no_profile(stage: Stage) -> None:
    tokens = stage.log_in(scope="snsapi_base")
    assert tokens.unionid is None
    refused(48001, lambda: stage.client.logins.profile(tokens.access_token, ANING))


def test_user_tokens_are_bound_to_their_person(stage: Stage) -> None:
    tokens = stage.log_in()
    refused(40003, lambda: stage.client.logins.profile(tokens.access_token, OTHER))
    refused(40003, lambda: stage.client.logins.check(tokens.access_token, OTHER))
    refused(40001, lambda: stage.client.logins.check("nonsense", ANING))
    refused(41001, lambda: stage.client.logins.profile("", ANING))
    refused(40001, lambda: stage.client.logins.profile(stage.client.token(), ANING))


def test_a_valid_token_is_prolonged_and_an_ended_one_replaced(stage: Stage) -> None:
    first = stage.log_in()
    stage.platform.clock.move(7_000)
    longer = stage.client.logins.refresh(first.refresh_token)
    assert (longer.access_token, longer.expires_in) == (first.access_token, 7200)
    stage.platform.clock.move(7_100)
    stage.client.logins.check(first.access_token, ANING)
    stage.platform.clock.move(100)
    refused(42001, lambda: stage.client.logins.check(first.access_token, ANING))
    new = stage.client.logins.refresh(first.refresh_token)
    assert new.access_token != first.access_token
    assert new.refresh_token == first.refresh_token
    assert (new.openid, new.scope) == (first.openid, first.scope)
    stage.client.logins.check(new.access_token, ANING)
    refused(42001, lambda: stage.client.logins.profile(first.access_token, ANING))


def test_a_refresh_token_ends_after_thirty_days(stage: Stage) -> None:
    tokens = stage.log_in()
    stage.platform.clock.move(30 * DAY - 1)
    stage.client.logins.refresh(tokens.refresh_token)
    stage.platform.clock.move(1)
    refused(42002, lambda: stage.client.logins.refresh(tokens.refresh_token))
    refused(40030, lambda: stage.client.logins.refresh("nonsense"))
    refused(41003, lambda: stage.client.logins.refresh(""))


def test_the_kind_of_grant_is_named(stage: Stage) -> None:
    tokens = stage.log_in()
    query = {"appid": stage.app.app_id, "refresh_token": tokens.refresh_token, "grant_type": "code"}
    refused(40002, lambda: stage.client.request("GET", "/sns/oauth2/refresh_token", query=query))
    refused(41002, lambda: stage.client.request("GET", "/sns/oauth2/refresh_token"))
    query = {"appid": stage.app.app_id, "secret": stage.app.secret, "code": "c", "grant_type": "refresh_token"}
    refused(40002, lambda: stage.client.request("GET", "/sns/oauth2/access_token", query=query))


def test_a_snapshot_shows_a_stand_in(stage: Stage) -> None:
    tokens = stage.log_in(snapshot=True)
    assert (tokens.is_snapshotuser, tokens.unionid) == (1, None)
    assert stage.client.logins.profile(tokens.access_token, ANING).nickname != "阿宁"
    assert stage.log_in().is_snapshotuser == 0


def test_people_of_another_app_of_the_platform(stage: Stage) -> None:
    with Client(stage.site.app_id, stage.site.secret, base_url=stage.url) as client:
        tokens = client.logins.tokens(issue_code(stage.platform, stage.site, OTHER, "snsapi_login"))
        assert client.logins.profile(tokens.access_token, OTHER).openid == OTHER
        refused(40030, lambda: stage.client.logins.refresh(tokens.refresh_token))


def test_sessions_of_a_mini_program(stage: Stage) -> None:
    code = issue_js_code(stage.platform, stage.app, ANING)
    session = stage.client.logins.session(code)
    assert (session.openid, session.unionid) == (ANING, "u1")
    assert len(base64.b64decode(session.session_key)) == 16
    refused(40163, lambda: stage.client.logins.session(code))
    refused(40029, lambda: stage.client.logins.session("nonsense"))
    again = stage.client.logins.session(issue_js_code(stage.platform, stage.app, ANING))
    assert again == session
    stage.app.of(LoginBook).risky.add(OTHER)
    refused(40226, lambda: stage.client.logins.session(issue_js_code(stage.platform, stage.app, OTHER)))


def test_a_hundred_sessions_a_minute(stage: Stage) -> None:
    stage.platform.clock.move(60)
    for _ in range(100):
        stage.client.logins.session(issue_js_code(stage.platform, stage.app, ANING))
    code = issue_js_code(stage.platform, stage.app, ANING)
    refused(45011, lambda: stage.client.logins.session(code))
    stage.platform.clock.move(60)
    assert stage.client.logins.session(code).openid == ANING


def test_nothing_secret_is_shown(stage: Stage) -> None:
    tokens = stage.log_in()
    session = stage.client.logins.session(issue_js_code(stage.platform, stage.app, ANING))
    shown = f"{tokens!r} {session!r}"
    for secret in (tokens.access_token, tokens.refresh_token, session.session_key):
        assert secret not in shown
    error = refused(41009, lambda: stage.client.request("GET", "/sns/auth"))
    assert tokens.access_token not in str(error)


def test_asynchronously(stage: Stage) -> None:
    async def log_in() -> str:
        async with AsyncClient(stage.app.app_id, stage.app.secret, base_url=stage.url) as client:
            tokens = await client.logins.tokens(issue_code(stage.platform, stage.app, ANING, "snsapi_userinfo"))
            tokens = await client.logins.refresh(tokens.refresh_token)
            return (await client.logins.profile(tokens.access_token, tokens.openid)).nickname

    assert asyncio.run(log_in()) == "阿宁"
