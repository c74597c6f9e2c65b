"""The kernel: which call is whose, who may call what and how often, what bodies are taken, how tokens live and end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.tokens import TokenBook
from jianwei.sandbox.platform.world import App, Clock, Kind, Platform
from jianwei.wechat import ApiError, Client, Policy, QuotaError, RateError
from jianwei.wechat.client import WeComClient

MIDDAY = 1_772_424_000.0  # 2026-03-02 12:00 in Beijing


@dataclass(frozen=True)
class Stage:
    """One server for all tests; every test moves a clock that stands still and has an app of its own."""

    platform: Platform
    url: str
    http: httpx.Client

    def app(self, kind: Kind = "service", **more: object) -> App:
        number = len(self.platform.apps)
        app_id = f"ww{number:016x}/1" if kind == "wecom" else f"wx{number:016x}"
        return self.platform.add(App(app_id, f"secret{number}", kind, **more))  # type: ignore[arg-type]

    def client(self, app: App, **more: object) -> Client:
        given = {"policy": Policy(pause=0), "transport": httpx.HTTPTransport(), "now": self.platform.clock.now, **more}
        return Client(app.app_id, app.secret, base_url=self.url, **given)  # type: ignore[arg-type]

    def token(self, app: App) -> str:
        body = {"grant_type": "client_credential", "appid": app.app_id, "secret": app.secret}
        return str(self.http.post(f"{self.url}/cgi-bin/stable_token", json=body).json()["access_token"])

    def basic(self, app: App, **more: str) -> dict[str, object]:
        query = {"grant_type": "client_credential", "appid": app.app_id, "secret": app.secret, **more}
        found: dict[str, object] = self.http.get(f"{self.url}/cgi-bin/token", params=query).json()
        return found

    def tags(self, token: str) -> int:
        return int(
            self.http.get(f"{self.url}/cgi-bin/tags/get", params={"access_token": token}).json().get("errcode", 0)
        )


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    platform = Platform(Clock(lambda: MIDDAY))
    with running(platform) as url, httpx.Client(trust_env=False) as http:
        yield Stage(platform, url, http)


@pytest.fixture
def stage(served: Stage) -> Iterator[Stage]:
    served.platform.clock.offset = 0.0
    yield served
    served.platform.clock.offset = 0.0


# Credentials


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wxnobody"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"grant_type": "password"}, 40002),
    ],
)
def test_who_asks_for_a_token(stage: Stage, changed: dict[str, str], code: int) -> None:
    assert stage.basic(stage.app(), **changed)["errcode"] == code


def test_a_token_is_missing_unknown_or_another_host_s(stage: Stage) -> None:
    assert stage.tags("") == 41001
    assert stage.tags("nonsense") == 40014
    corp = stage.app("wecom")
    query = {"corpid": corp.app_id.split("/")[0], "corpsecret": corp.secret}
    wrong = stage.http.get(f"{stage.url}/wecom/cgi-bin/gettoken", params=query | {"corpsecret": "x"}).json()
    assert wrong["errcode"] == 40001
    issued = stage.http.get(f"{stage.url}/wecom/cgi-bin/gettoken", params=query).json()
    again = stage.http.get(f"{stage.url}/wecom/cgi-bin/gettoken", params=query).json()
    assert issued["access_token"] == again["access_token"]
    assert stage.tags(issued["access_token"]) == 48001


# Life of tokens


def test_the_basic_token_before_stays_usable_for_five_minutes(stage: Stage) -> None:
    app = stage.app()
    first, second = (str(stage.basic(app)["access_token"]) for _ in range(2))
    assert first != second
    assert stage.tags(first) == stage.tags(second) == 0
    stage.platform.clock.move(299)
    assert stage.tags(first) == 0
    stage.platform.clock.move(1)
    assert stage.tags(first) == 40001
    assert stage.tags(second) == 0
    stage.platform.clock.move(7_200)
    assert stage.tags(second) == 42001


def test_the_stable_token_stands_apart_and_is_the_same_for_all(stage: Stage) -> None:
    app = stage.app()
    stable = stage.token(app)
    basic = str(stage.basic(app)["access_token"])
    assert stable == stage.token(app) != basic
    stage.platform.clock.move(6_899)
    assert stage.token(app) == stable
    stage.platform.clock.move(1)
    renewed = stage.token(app)
    assert renewed != stable
    assert stage.tags(stable) == stage.tags(renewed) == 0
    stage.platform.clock.move(300)
    assert stage.tags(stable) != 0
    assert stage.tags(renewed) == 0


def test_a_forced_renewal_ends_the_old_token_thirty_seconds_apart_twenty_a_day(stage: Stage) -> None:
    app = stage.app()
    body = {"grant_type": "client_credential", "appid": app.app_id, "secret": app.secret, "force_refresh": True}

    def force() -> dict[str, object]:
        found: dict[str, object] = stage.http.post(f"{stage.url}/cgi-bin/stable_token", json=body).json()
        return found

    first = str(force()["access_token"])
    assert force()["access_token"] == first  # too soon: not renewed
    stage.platform.clock.move(30)
    second = str(force()["access_token"])
    assert second != first
    assert stage.tags(first) == 40001
    for _ in range(18):
        stage.platform.clock.move(30)
        assert "access_token" in force()
    stage.platform.clock.move(30)
    assert force()["errcode"] == 45009
    stage.platform.clock.move(43_200)
    assert "access_token" in force()


def test_expired_tokens_are_renewed_by_the_client_once(stage: Stage) -> None:
    app = stage.app()
    with stage.client(app) as client:
        client.tags.list()
        app.of(TokenBook).expire_all()
        client.tags.list()
        assert app.of(TokenBook).fetches == 2


# Quotas, rates, permissions


def test_a_day_s_quota_is_renewed_at_midnight_in_beijing(stage: Stage) -> None:
    app = stage.app(quotas={"tags/create": 2})
    with stage.client(app) as client:
        for name in ("a", "b"):
            client.tags.create(name)
        with pytest.raises(QuotaError) as caught:
            client.tags.create("c")
        midnight = (caught.value.resume_us or 0) / 1e6
        assert midnight == MIDDAY + 43_200
        stage.platform.clock.set(midnight - 1)
        with pytest.raises(QuotaError):
            client.tags.create("c")
        stage.platform.clock.set(midnight)
        client.tags.create("c")


def test_a_test_account_has_a_smaller_quota(stage: Stage) -> None:
    app = stage.app("test")
    with stage.client(app) as client:
        for _ in range(100):
            client.tags.list()
        with pytest.raises(QuotaError):
            client.tags.list()


def test_a_minute_s_limit_passes_with_the_minute(stage: Stage) -> None:
    app = stage.app(rates={"/cgi-bin/tags/get": 3})
    with stage.client(app) as client:
        for _ in range(3):
            client.tags.list()
        with pytest.raises(RateError):
            client.tags.list()
        stage.platform.clock.move(60)
        client.tags.list()


@pytest.mark.parametrize(
    ("kind", "more", "path", "code"),
    [
        ("service", {}, "/cgi-bin/tags/get", 0),
        ("subscription", {}, "/cgi-bin/tags/get", 0),
        ("subscription", {}, "/cgi-bin/template/get_all_private_template", 48001),
        ("subscription", {"verified": False}, "/cgi-bin/tags/get", 48001),
        ("service", {"verified": False}, "/cgi-bin/user/get", 48001),
        ("test", {"verified": False}, "/cgi-bin/tags/get", 0),
        ("miniprogram", {}, "/cgi-bin/menu/get", 48001),
        ("website", {}, "/cgi-bin/user/get", 48001),
        ("service", {"denied": frozenset({"tags"})}, "/cgi-bin/tags/get", 48001),
        ("service", {"denied": frozenset({"/cgi-bin/tags/get"})}, "/cgi-bin/tags/get", 48001),
        ("service", {"denied": frozenset({"/cgi-bin/tags/get"})}, "/cgi-bin/user/get", 0),
    ],
)
def test_permissions_by_kind_of_account(
    stage: Stage, kind: Kind, more: dict[str, object], path: str, code: int
) -> None:
    token = stage.token(stage.app(kind, **more))
    answer = stage.http.get(stage.url + path, params={"access_token": token}).json()
    assert answer.get("errcode", 0) == code


def test_addresses_that_are_not_on_the_list(stage: Stage) -> None:
    app = stage.app(addresses=frozenset({"203.0.113.9"}))
    with stage.client(app) as client, pytest.raises(ApiError) as caught:
        client.tags.list()
    assert caught.value.code == 40164
    assert caught.value.address == "127.0.0.1"  # type: ignore[attr-defined]
    corp = stage.app("wecom", addresses=frozenset())
    with (
        WeComClient(corp.app_id.split("/")[0], corp.secret, base_url=stage.url) as client,
        pytest.raises(ApiError) as caught,
    ):
        client.token()
    assert caught.value.code == 60020


def test_a_frozen_account(stage: Stage) -> None:
    app = stage.app()
    token = stage.token(app)
    app.frozen = True
    assert stage.tags(token) == 48004
    assert stage.basic(app)["errcode"] == 50007


# Bodies


def test_methods_and_paths(stage: Stage) -> None:
    token = {"access_token": stage.token(stage.app())}
    codes = [
        stage.http.request(method, stage.url + path, params=token).json()["errcode"]
        for method, path in (
            ("POST", "/cgi-bin/tags/get"),
            ("GET", "/cgi-bin/tags/create"),
            ("GET", "/cgi-bin/nothing"),
            ("GET", "/wecom/cgi-bin/tags/get"),
        )
    ]
    assert codes == [43001, 43002, 40066, 40066]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"tag": {"name": "\\u8336"}}', 40033),
        (rb'{"tag": {"name": "a\\u8336"}}', 0),  # an escaped backslash is no escape
        (b'{"tag": {"name": ', 47001),
        (b"[1]", 47001),
        (b"\xff\xfe", 47001),
        (b"[" * 100_000, 47001),
        (b'{"tag": {"name": "\xe8\x8c\xb6"}}', 0),
    ],
)
def test_json_bodies(stage: Stage, body: bytes, code: int) -> None:
    token = {"access_token": stage.token(stage.app())}
    answer = stage.http.post(f"{stage.url}/cgi-bin/tags/create", params=token, content=body)
    assert answer.status_code == 200
    assert answer.json().get("errcode", 0) == code


@pytest.mark.parametrize(
    ("media_type", "body", "code"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense", 41005),
        ("multipart/form-data", b"", 41005),
        ("application/json", b"{}", 41005),
    ],
)
def test_forms(stage: Stage, media_type: str, body: bytes, code: int) -> None:
    query = {"access_token": stage.token(stage.app()), "type": "image"}
    headers = {"content-type": media_type}
    answer = stage.http.post(f"{stage.url}/cgi-bin/media/upload", params=query, content=body, headers=headers)
    assert answer.json()["errcode"] == code


def test_a_body_without_end_is_not_kept(stage: Stage) -> None:
    query = {"access_token": stage.token(stage.app()), "type": "video"}
    files = {"media": ("a.mp4", b"....ftypmp42" + bytes(25 << 20), "video/mp4")}
    answer = stage.http.post(f"{stage.url}/cgi-bin/media/upload", params=query, files=files)
    assert answer.json()["errcode"] == 45001


def test_a_code_that_comes_as_text(stage: Stage) -> None:
    query = {"access_token": stage.token(stage.app()), "format": "mp3", "voice_id": "v1", "lang": "zh_CN"}
    sound = b"\xff\xfb\x90\x64" + bytes(413)
    path = f"{stage.url}/cgi-bin/media/voice/addvoicetorecofortext"
    answer = stage.http.post(path, params=query, files={"media": ("a.mp3", sound, "audio/mpeg")}).json()
    assert answer["errcode"] == "0"


def test_the_same_seed_gives_the_same_platform() -> None:
    names = [Platform(seed=3).name(20) for _ in range(2)]
    assert names[0] == names[1] != Platform(seed=4).name(20)
