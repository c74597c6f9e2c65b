"""The log-in pages: who may send people there, what comes back, what the platform refuses to show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.world import App, Kind, Platform
from jianwei.wechat.client import Client, WeComClient
from jianwei.wechat.endpoints.logins import UserProfile, UserToken
from jianwei.wechat.request import Host

BACK = "http://127.0.0.1:9/back?a=1"
PERSON = "oPerson"


@dataclass(frozen=True)
class Stage:
    platform: Platform
    url: str
    http: httpx.Client

    def app(self, kind: Kind = "service", **more: object) -> App:
        number = len(self.platform.apps)
        app_id = f"ww{number:016x}/1000002" if kind == "wecom" else f"wx{number:016x}"
        app = self.platform.add(App(app_id, "secret", kind, "拾山", **more))  # type: ignore[arg-type]
        people = self.platform.people(app)
        people.meet("先来的", "oFirst")
        people.meet("小满<b>", PERSON, "oUnion")
        return app

    def visit(self, app: App, page: str = "oauth2/authorize", **query: str) -> httpx.Response:
        login = page == "qrconnect"
        asked = {
            "appid": app.app_id.split("/")[0],
            "redirect_uri": BACK,
            "response_type": "code",
            "scope": "snsapi_login" if login else "snsapi_userinfo",
            "state": "S1",
            **query,
        }
        return self.http.get(f"{self.url}/connect/{page}?{urlencode(asked)}", headers={"accept-language": "zh-CN"})


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    platform = Platform()
    with running(platform) as url, httpx.Client(trust_env=False, follow_redirects=False) as http:
        yield Stage(platform, url, http)


def _returned(answer: httpx.Response) -> dict[str, list[str]]:
    assert answer.status_code == 302
    target = urlsplit(answer.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == "http://127.0.0.1:9/back"
    return parse_qs(target.query)


class _Forms(HTMLParser):
    """What a browser would send: the fields of the last form, its first person chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.buttons: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.fields, self.buttons = {}, []
        elif tag == "input" and (values.get("type") != "radio" or "checked" in values):
            self.fields[values["name"]] = values.get("value", "")
        elif tag == "button" and values.get("name") == "_agree":
            self.buttons.append(values["value"])


def test_somebody_agrees_on_the_page_and_is_known_by_name(stage: Stage) -> None:
    app = stage.app()
    page = stage.visit(app)
    assert page.status_code == 200
    assert "小满&lt;b&gt;" in page.text
    forms = _Forms()
    forms.feed(page.text)
    assert forms.buttons == ["0", "1"]
    sent = forms.fields | {"_as": PERSON, "_agree": "1"}
    back = _returned(stage.http.get(f"{stage.url}/connect/oauth2/authorize?{urlencode(sent)}"))
    assert back["state"] == ["S1"]
    assert back["a"] == ["1"]
    with Client(app.app_id, app.secret, base_url=stage.url) as client:
        granted = client.call(UserToken(back["code"][0]))
        assert (granted.openid, granted.scope) == (PERSON, "snsapi_userinfo")
        assert client.call(UserProfile(granted.access_token, PERSON)).nickname == "小满<b>"


def test_who_refuses_brings_back_nothing_but_the_state(stage: Stage) -> None:
    assert _returned(stage.visit(stage.app(), _as=PERSON, _agree="0")) == {"a": ["1"], "state": ["S1"]}


def test_the_silent_scope_shows_no_page(stage: Stage) -> None:
    app = stage.app()
    back = _returned(stage.visit(app, scope="snsapi_base", _as=PERSON))
    with Client(app.app_id, app.secret, base_url=stage.url) as client:
        granted = client.call(UserToken(back["code"][0]))
    assert (granted.openid, granted.unionid) == (PERSON, None)
    assert "code" in _returned(stage.visit(app, scope="snsapi_base"))  # somebody is holding the telephone


def test_a_website_logs_people_in_by_qr_code(stage: Stage) -> None:
    app = stage.app("website")
    assert stage.visit(app, "qrconnect").status_code == 200
    back = _returned(stage.visit(app, "qrconnect", _as=PERSON, _agree="1"))
    with Client(app.app_id, app.secret, base_url=stage.url) as client:
        assert client.call(UserToken(back["code"][0])).unionid == "oUnion"


def test_a_member_logs_in_to_wecom(stage: Stage) -> None:
    app = stage.app("wecom")
    back = _returned(stage.visit(app, scope="snsapi_privateinfo", agentid="1000002", _as=PERSON, _agree="1"))
    with WeComClient(app.app_id.split("/")[0], app.secret, base_url=stage.url) as client:
        visitor = client.request("GET", "/cgi-bin/auth/getuserinfo", query={"code": back["code"][0]}, host=Host.WECOM)
    assert visitor["userid"] == PERSON
    assert visitor["user_ticket"]


def test_a_snapshot_of_the_page_has_a_stand_in(stage: Stage) -> None:
    app = stage.app()
    back = _returned(stage.visit(app, _as=PERSON, _agree="1", _snapshot="1"))
    with Client(app.app_id, app.secret, base_url=stage.url) as client:
        assert client.call(UserToken(back["code"][0])).is_snapshotuser


@pytest.mark.parametrize(
    ("kind", "page", "query", "code"),
    [
        ("service", "oauth2/authorize", {"appid": ""}, 10012),
        ("service", "oauth2/authorize", {"appid": "wxnobody"}, 10012),
        ("service", "oauth2/authorize", {"scope": ""}, 10010),
        ("service", "oauth2/authorize", {"redirect_uri": ""}, 10011),
        ("service", "oauth2/authorize", {"scope": "snsapi_login"}, 10005),
        ("service", "oauth2/authorize", {"response_type": "token"}, 10005),
        ("service", "oauth2/authorize", {"redirect_uri": "javascript:alert(1)"}, 10003),
        ("service", "oauth2/authorize", {"redirect_uri": "http://a@b/"}, 10003),
        ("service", "oauth2/authorize", {"redirect_uri": "http://[::1/"}, 10003),
        ("service", "oauth2/authorize", {"state": "s" * 129}, 10003),
        ("service", "qrconnect", {}, 10005),
        ("service", "qrconnect", {"scope": "snsapi_userinfo"}, 10005),
        ("subscription", "oauth2/authorize", {}, 10005),
        ("website", "oauth2/authorize", {}, 10016),
        ("website", "qrconnect", {"scope": "snsapi_userinfo"}, 10005),
        ("miniprogram", "oauth2/authorize", {}, 10012),
        ("wecom", "oauth2/authorize", {"scope": "snsapi_userinfo"}, 10005),
        ("service", "elsewhere", {}, 404),
    ],
)
def test_addresses_that_the_platform_does_not_open(
    stage: Stage, kind: Kind, page: str, query: dict[str, str], code: int
) -> None:
    answer = stage.visit(stage.app(kind), page, _as=PERSON, _agree="1", **query)
    assert answer.status_code == (404 if code == 404 else 400)
    assert f"错误码 {code}" in answer.text
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("domain", "opens"), [("127.0.0.1", True), ("127.0.0.1:9", True), ("127.0.0.1:8", False), ("0.0.1", False)]
)
def test_only_domains_of_the_account_s_settings(stage: Stage, domain: str, opens: bool) -> None:
    app = stage.app(domains=frozenset({domain, "other.example"}))
    assert (stage.visit(app, _as=PERSON, _agree="1").status_code == 302) is opens


def test_unverified_and_frozen_accounts(stage: Stage) -> None:
    assert "10005" in stage.visit(stage.app(verified=False)).text
    assert "10004" in stage.visit(stage.app(frozen=True)).text


def test_a_stranger_cannot_be_chosen(stage: Stage) -> None:
    assert stage.visit(stage.app(), _as="oStranger", _agree="1").status_code == 200


def test_people_are_found_by_name_and_the_page_speaks_both_languages(stage: Stage) -> None:
    app = stage.app()
    found = stage.visit(app, _q="小满")
    assert PERSON in found.text
    assert "oFirst" not in found.text
    assert "Log in to" in stage.visit(app, lang="en").text
    assert stage.visit(app, "oauth2/authorize", lang="xx").status_code == 200
