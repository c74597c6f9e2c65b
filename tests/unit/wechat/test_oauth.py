"""Log-ins against the simulated platform, at once and awaited; what must be refused before anybody is asked."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.logins import LoginBook, issue_code
from jianwei.sandbox.platform.world import App, Clock, Follower, Platform
from jianwei.wechat.client import AsyncClient, Client, WeComClient
from jianwei.wechat.errors import ApiError
from jianwei.wechat.hosts import Hosts
from jianwei.wechat.oauth import (
    SCOPES,
    AsyncLogin,
    Login,
    LoginApp,
    LoginError,
    LoginExpiredError,
    LoginRefusedError,
    authorize_url,
    safe_next,
)

BACK = "https://shop.example/callback?x=1&y=二"


@dataclass
class World:
    """A platform with one app, and log-ins of it; `do` makes either kind of client finish."""

    platform: Platform
    app: App
    login: Any
    do: Callable[[Any], Any]

    def coded(self, scope: str = "snsapi_userinfo", session: str = "visitor", **more: Any) -> dict[str, str]:
        """Begin a log-in and consent: the query of the callback."""
        redirect = self.do(self.login.start(session, scope, BACK, next="/orders"))
        code = issue_code(self.platform, self.app, "oA", scope, BACK, **more)
        return {"code": code, "state": redirect.state}


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[Platform, str]]:
    platform = Platform(Clock())
    with running(platform) as url:
        yield platform, url


@pytest.fixture(params=["sync", "async"])
def world(request: pytest.FixtureRequest, address: tuple[Platform, str]) -> Iterator[World]:
    platform, url = address
    app = App("wx0123456789abcdef", "secret", "service", followers={"oA": Follower("oA", "张三", "union-1")})
    platform.apps = {app.app_id: app}
    platform.clock.offset = 0.0
    mine = LoginApp(app.app_id, app.secret, "official", hosts=Hosts.under(url))
    now = platform.clock.now
    if request.param == "sync":
        client = Client(app.app_id, app.secret, base_url=url, now=now)
        yield World(platform, app, Login(mine, client=client, now=now), lambda done: done)
        client.close()
        return
    with asyncio.Runner() as runner:
        other = AsyncClient(app.app_id, app.secret, base_url=url, now=now)
        yield World(platform, app, AsyncLogin(mine, client=other, now=now), runner.run)
        runner.run(other.close())


@pytest.fixture
def finish(world: World) -> Callable[..., Any]:
    """Finish a log-in; coroutines are made only here, so that both kinds read alike in the tests."""
    return lambda query, session="visitor": world.do(world.login.finish(query, session))


def test_a_person_logs_in(world: World, finish: Callable[..., Any]) -> None:
    person = finish(world.coded())
    assert (person.openid, person.union_id, person.profile.nickname) == ("oA", "union-1", "张三")
    assert person.next == "/orders"
    assert not person.snapshot
    assert world.do(world.login.valid("oA")) == person.grant
    assert "snsapi_userinfo" in person.grant.scope


def test_base_scope_asks_for_no_profile(world: World, finish: Callable[..., Any]) -> None:
    person = finish(world.coded("snsapi_base"))
    assert (person.openid, person.profile) == ("oA", None)


def test_state_serves_once(world: World, finish: Callable[..., Any]) -> None:
    query = world.coded()
    finish(query)
    with pytest.raises(LoginError, match="finished already"):
        finish(query)


@pytest.mark.parametrize("state", ["", "x", "0" * 64, "a" * 129, "../../etc", "ünïcode", "\udcff"])
def test_unknown_states_spend_no_code(world: World, finish: Callable[..., Any], state: str) -> None:
    query = world.coded()
    with pytest.raises(LoginError):
        finish({**query, "state": state})
    assert not world.app.of(LoginBook).codes[query["code"]].used
    finish(query)


def test_state_of_another_visitor(world: World, finish: Callable[..., Any]) -> None:
    query = world.coded()
    with pytest.raises(LoginError, match="another visitor"):
        finish(query, "attacker")
    assert not world.app.of(LoginBook).codes[query["code"]].used
    with pytest.raises(LoginError):  # and it is gone for its owner too: it was seen by somebody else
        finish(query)


def test_state_ends(world: World, finish: Callable[..., Any]) -> None:
    query = world.coded()
    world.platform.clock.move(601)
    with pytest.raises(LoginError, match="too long"):
        finish(query)


def test_refusal(world: World, finish: Callable[..., Any]) -> None:
    query = world.coded()
    with pytest.raises(LoginRefusedError):
        finish({"state": query["state"]})


@pytest.mark.parametrize("code", [40029, 40163, 42003])
def test_codes_that_have_ended(world: World, finish: Callable[..., Any], code: int) -> None:
    query = world.coded()
    kept = world.app.of(LoginBook).codes[query["code"]]
    if code == 40029:
        query["code"] = "nonsense"
    elif code == 40163:
        kept.used = True
    else:
        kept.ends = 0
    with pytest.raises(LoginExpiredError, match=rf"\[{code}\]"):
        finish(query)


def test_other_errors_stay_what_they_are(world: World, finish: Callable[..., Any]) -> None:
    query = world.coded()
    world.app.secret = "another"
    with pytest.raises(ApiError) as caught:
        finish(query)
    assert caught.value.code == 40125


def test_snapshot_visitors_are_flagged_and_not_kept(world: World, finish: Callable[..., Any]) -> None:
    person = finish(world.coded(snapshot=True))
    assert person.snapshot
    with pytest.raises(LoginExpiredError):
        world.do(world.login.valid("oA"))


def test_a_grant_is_renewed_before_it_ends(world: World, finish: Callable[..., Any]) -> None:
    first = finish(world.coded()).grant
    world.platform.clock.move(7200 - 301)
    assert world.do(world.login.valid("oA")) == first
    world.platform.clock.move(2)
    prolonged = world.do(world.login.valid("oA"))
    assert prolonged.access_token == first.access_token
    assert prolonged.expires_us > first.expires_us
    assert prolonged.refresh_expires_us == first.refresh_expires_us
    world.platform.clock.move(8000)
    renewed = world.do(world.login.valid("oA"))
    assert renewed.access_token != first.access_token
    assert renewed.union_id == "union-1"
    assert world.do(world.login.profile("oA")).nickname == "张三"


def test_after_thirty_days_they_log_in_again(world: World, finish: Callable[..., Any]) -> None:
    finish(world.coded())
    world.platform.clock.move(30 * 86_400 + 1)
    with pytest.raises(LoginExpiredError, match="let them log in again"):
        world.do(world.login.valid("oA"))


@pytest.mark.parametrize("code", [40030, 42002])
def test_a_grant_that_the_platform_no_longer_honours_is_forgotten(
    world: World, finish: Callable[..., Any], code: int
) -> None:
    grant = finish(world.coded()).grant
    book = world.app.of(LoginBook)
    if code == 40030:
        book.refreshes.clear()
    else:
        book.refreshes[grant.refresh_token].refresh_ends = 0
    with pytest.raises(LoginExpiredError, match=rf"\[{code}\]"):
        world.do(world.login.refresh("oA"))
    with pytest.raises(LoginExpiredError, match="granted nothing"):
        world.do(world.login.refresh("oA"))


def test_forgetting(world: World, finish: Callable[..., Any]) -> None:
    finish(world.coded())
    world.do(world.login.forget("oA"))
    with pytest.raises(LoginExpiredError):
        world.do(world.login.valid("oA"))


def test_secrets_are_neither_shown_nor_logged(
    world: World, finish: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    query = world.coded()
    person = finish(query)
    said = repr(person) + repr(world.login._core.app) + caplog.text
    for secret in (person.grant.access_token, person.grant.refresh_token, query["code"], "'secret'", "secret=secret"):
        assert secret not in said


# --- before anybody is sent away -----------------------------------------------------------------------------------

KINDS = tuple(SCOPES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scope", [*sorted({s for scopes in SCOPES.values() for s in scopes}), "", "snsapi_other"])
def test_scopes_fit_their_kind_of_app(kind: Any, scope: str) -> None:
    login = Login(LoginApp("wx1", "secret", kind))
    if scope in SCOPES[kind]:
        assert f"scope={scope}" in login.start("visitor", scope, BACK).url
    else:
        with pytest.raises(LoginError, match="cannot ask for"):
            login.start("visitor", scope, BACK)


def test_kinds_without_a_log_in() -> None:
    with pytest.raises(LoginError, match="'miniprogram'"):
        LoginApp("wx1", "secret", "miniprogram")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "scope", "page", "names"),
    [
        ("official", "snsapi_base", "oauth2/authorize", "appid redirect_uri response_type scope state"),
        ("website", "snsapi_login", "qrconnect", "appid redirect_uri response_type scope state"),
        ("wecom", "snsapi_privateinfo", "oauth2/authorize", "appid redirect_uri response_type scope state agentid"),
    ],
)
def test_the_address_is_what_the_platform_documents(kind: Any, scope: str, page: str, names: str) -> None:
    url = authorize_url(LoginApp("wx1", "secret", kind, agent_id="1000002"), scope, BACK, "S1")
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"https://open.weixin.qq.com/connect/{page}"
    assert parts.fragment == "wechat_redirect"
    query = parse_qsl(parts.query, strict_parsing=True)
    assert [name for name, _ in query] == names.split()
    assert dict(query)["redirect_uri"] == BACK
    assert not re.search(r"redirect_uri=[^&]*[/:?=]", parts.query)


@pytest.mark.parametrize(
    "back",
    ["", "/callback", "//shop.example/x", "javascript:alert(1)", "https://", "https://a.example/#b", "http://a/\n"],
)
def test_unfit_addresses_to_come_back_to(back: str) -> None:
    with pytest.raises(LoginError):
        authorize_url(LoginApp("wx1", "secret", "official"), "snsapi_base", back, "S")


def test_a_visitor_needs_a_session() -> None:
    with pytest.raises(LoginError, match="no session"):
        Login(LoginApp("wx1", "secret", "official")).start("", "snsapi_base", BACK)


def test_states_are_random() -> None:
    login = Login(LoginApp("wx1", "secret", "official"))
    states = {login.start("visitor", "snsapi_base", BACK).state for _ in range(50)}
    assert len(states) == 50
    assert all(re.fullmatch(r"[0-9a-zA-Z]{32,128}", state) for state in states)


@pytest.mark.parametrize(
    "path",
    ["", "orders", "//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "/\t/evil.example", "/ a"],
)
def test_paths_that_lead_elsewhere(path: str) -> None:
    with pytest.raises(LoginError):
        safe_next(path)


@settings(max_examples=200)
@given(st.text(st.sampled_from("/\\.:@?#ab \t\n%二"), max_size=12))
def test_a_safe_path_stays_on_the_site(path: str) -> None:
    """A browser takes backslashes for slashes and drops control characters; then urlsplit must find no host."""
    try:
        kept = safe_next(path)
    except LoginError:
        return
    seen = re.sub(r"[\x00-\x20]", "", kept.replace("\\", "/"))
    assert not urlsplit(seen).netloc
    assert not urlsplit(seen).scheme
    assert not seen.startswith("//")


# --- WeCom --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "who"),
    [
        ({"errcode": 0, "userid": "zhang", "user_ticket": "T"}, "zhang"),
        ({"errcode": 0, "openid": "oB", "external_userid": "wmB"}, "wmB"),
        ({"errcode": 0, "openid": "oC"}, "oC"),
        ({"errcode": 40029, "errmsg": "invalid code"}, None),
    ],
)
def test_people_log_in_with_wecom(answer: dict[str, object], who: str | None) -> None:
    asked: list[str] = []

    def platform(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/gettoken"):
            return httpx.Response(200, json={"errcode": 0, "access_token": "A", "expires_in": 7200})
        asked.append(str(request.url))
        return httpx.Response(200, json=answer)

    client = WeComClient("ww1", "secret", transport=httpx.MockTransport(platform))
    login = Login(LoginApp("ww1", "secret", "wecom", "1000002"), client=client)
    redirect = login.start("visitor", "snsapi_base", BACK)
    query = {"code": "C", "state": redirect.state}
    if who is None:
        with pytest.raises(LoginExpiredError):
            login.finish(query, "visitor")
    else:
        person = login.finish(query, "visitor")
        assert (person.openid, person.grant, person.profile) == (who, None, None)
    assert asked == ["https://qyapi.weixin.qq.com/cgi-bin/auth/getuserinfo?access_token=A&code=C"]
