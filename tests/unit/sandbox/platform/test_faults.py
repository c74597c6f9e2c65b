"""Faults on demand, and moving the simulated world over HTTP."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from support.hook import hook

from jianwei.errors import UsageError
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.media import MediaStore
from jianwei.sandbox.platform.faults import Fault
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.world import App, Platform
from jianwei.wechat import AnswerError, BusyError, Client, Policy, TransportError
from jianwei.wechat.endpoints.logins import UserToken

ONCE = Policy(timeout=5, retries=0, pause=0)
TOGETHER = Policy(timeout=5, retries=3, pause=0)


@dataclass(frozen=True)
class Stage:
    platform: Platform
    url: str
    http: httpx.Client

    def client(self, app: App, policy: Policy = ONCE) -> Client:
        return Client(app.app_id, app.secret, base_url=self.url, policy=policy, transport=httpx.HTTPTransport())

    def ask(self, method: str, path: str, /, **body: Any) -> httpx.Response:
        return self.http.request(method, f"{self.url}/_sandbox/{path}", json=body)


@pytest.fixture(scope="module")
def served() -> Iterator[Stage]:
    platform = Platform()
    with running(platform) as url, httpx.Client(trust_env=False) as http:
        yield Stage(platform, url, http)


@pytest.fixture
def stage(served: Stage) -> Iterator[Stage]:
    yield served
    served.platform.faults.clear()
    served.platform.clock.offset = 0.0


@pytest.fixture
def app(stage: Stage) -> App:
    number = len(stage.platform.apps)
    app = stage.platform.add(App(f"wx{number:016x}", "secret", "service", original_id=f"gh_{number:012x}"))
    stage.platform.people(app).meet("小满", f"o{number:027d}")
    return app


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(path="/cgi-bin/tags/*", code=-1), BusyError),
        (Fault(path="/cgi-bin/tags/*", status=502), TransportError),
        (Fault(path="/cgi-bin/tags/*", half=True), (TransportError, AnswerError)),
        (Fault(path="/cgi-bin/tags/*", drop=True), TransportError),
        (Fault(path="/cgi-bin/tags/*", garbage=True), AnswerError),
    ],
)
def test_what_goes_wrong_goes_wrong_once(stage: Stage, app: App, fault: Fault, error: Any) -> None:
    number = stage.platform.faults.add(fault)
    with stage.client(app) as client:
        with pytest.raises(error):
            client.tags.list()
        assert client.tags.list()
    assert stage.platform.faults.hits(number) == 1


def test_patience_gets_over_all_of_them(stage: Stage, app: App) -> None:
    for fault in (Fault(code=-1), Fault(status=500), Fault(drop=True)):
        stage.platform.faults.add(fault)
    with stage.client(app, TOGETHER) as client:
        assert client.tags.list()


def test_an_expired_token(stage: Stage, app: App) -> None:
    with stage.client(app) as client:
        first = client.token()
        stage.platform.faults.add(Fault(path="/cgi-bin/tags/get", expired=True))
        assert client.tags.list()
        assert client.token() != first


def test_a_slow_answer(stage: Stage, app: App) -> None:
    with stage.client(app, Policy(timeout=0.1, retries=0)) as client:
        client.token()
        stage.platform.faults.add(Fault(path="/cgi-bin/tags/get", slow=0.4))
        with pytest.raises(TransportError, match="in time"):
            client.tags.list()


@pytest.mark.parametrize("acts", [False, True])
def test_whether_a_call_that_is_cut_off_takes_effect(stage: Stage, app: App, acts: bool) -> None:
    with stage.client(app) as client:
        stage.platform.faults.add(Fault(path="/cgi-bin/tags/create", drop=True, acts=acts))
        with pytest.raises(TransportError):
            client.tags.create("常客")
        assert ("常客" in [tag.name for tag in client.tags.list()]) is acts


def test_half_an_answer_has_taken_effect(stage: Stage, app: App) -> None:
    with stage.client(app) as client:
        stage.platform.faults.add(Fault(path="/cgi-bin/tags/create", half=True))
        with pytest.raises((TransportError, AnswerError)):
            client.tags.create("常客")
        assert "常客" in [tag.name for tag in client.tags.list()]


def test_which_calls_and_how_many(stage: Stage, app: App) -> None:
    faults = stage.platform.faults
    other = faults.add(Fault(path="/cgi-bin/user/*", code=-1, times=None))
    theirs = faults.add(Fault(app="wxelse", code=-1, times=None))
    mine = faults.add(Fault(path="/cgi-bin/tags/get", app=app.app_id, code=-1, after=1, times=2))
    with stage.client(app) as client:
        outcomes = []
        for _ in range(5):
            try:
                client.tags.list()
                outcomes.append(True)
            except BusyError:
                outcomes.append(False)
    assert outcomes == [True, False, False, True, True]
    assert [faults.hits(number) for number in (other, theirs, mine)] == [0, 0, 2]


@pytest.mark.parametrize("wrong", [{"times": 0}, {"slow": -1.0}, {"slow": 1e9}, {"status": 99}, {"after": -1}])
def test_faults_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Fault(**wrong)


# Over HTTP


def test_faults_are_laid_seen_and_taken_away(stage: Stage, app: App) -> None:
    first = stage.ask("POST", "faults", path="/cgi-bin/tags/get", code=-1, times=None).json()["fault"]
    second = stage.ask("POST", "faults", slow=0.1).json()["fault"]
    with stage.client(app) as client, pytest.raises(BusyError):
        client.tags.list()
    laid = stage.ask("GET", "faults").json()
    assert [(one["number"], one["hits"]) for one in laid] == [(first, 1), (second, 1)]
    stage.ask("DELETE", f"faults/{first}")
    assert [one["number"] for one in stage.ask("GET", "faults").json()] == [second]
    stage.ask("DELETE", "faults")
    assert stage.ask("GET", "faults").json() == []


def test_the_clock(stage: Stage) -> None:
    before = stage.ask("GET", "state").json()["now"]
    assert stage.ask("POST", "clock", move=7_200).json()["now"] >= before + 7_200
    stage.ask("POST", "clock", set=1_772_424_000)
    assert stage.ask("GET", "state").json()["beijing"].startswith("2026-03-02T12:00:0")


def test_people_are_moved_and_their_chat_is_shown(stage: Stage, app: App) -> None:
    openid = next(iter(app.followers))
    with hook() as server:
        token, name = "sandboxtoken", app.app_id
        assert stage.ask("POST", "connect", app=name, url=server.url, token=token).json() == {"done": True}
        assert stage.ask("POST", "say", app=name, openid=openid, text="在吗").json()["outcome"] == "success"
        server.answer = lambda got: b"nonsense"
        assert stage.ask("POST", "say", app=name, openid=openid, text="人呢").json()["outcome"] == "unavailable"
    with stage.client(app) as client:
        client.request(
            "POST",
            "/cgi-bin/message/custom/send",
            json={"touser": openid, "msgtype": "text", "text": {"content": "来了"}},
        )
    lines = stage.http.get(f"{stage.url}/_sandbox/chat", params={"app": name, "openid": openid}).json()
    assert [(line["by"], line["text"]) for line in lines if line["by"] != "platform"] == [
        ("person", "在吗"),
        ("person", "人呢"),
        ("account", "来了"),
    ]
    assert sum(line["by"] == "platform" for line in lines) == 1
    state = next(one for one in stage.ask("GET", "state").json()["apps"] if one["app_id"] == name)
    assert state["pushed"] == {"success": 1, "unavailable": 1}
    assert token not in stage.ask("GET", "state").text


def test_pictures_come_as_base64_and_events_with_any_field(stage: Stage, app: App) -> None:
    openid, content = next(iter(app.followers)), picture(b"tea")
    sent = stage.ask("POST", "send_image", app=app.app_id, openid=openid, content=base64.b64encode(content).decode())
    assert app.of(MediaStore).files[sent.json()["fields"]["MediaId"]].content == content
    event = stage.ask(
        "POST", "event", app=app.app_id, openid=openid, name="user_get_card", CardId="p1", IsGiveByFriend=0
    )
    assert event.json()["fields"]["CardId"] == "p1"


def test_accounts_codes_and_expiry(stage: Stage, app: App) -> None:
    made = stage.ask("POST", "apps", kind="miniprogram", name="小店", domains=["a.example"]).json()
    assert stage.platform.apps[made["app_id"]].domains == {"a.example"}
    again = stage.ask("POST", "apps", app_id=made["app_id"])
    assert again.status_code == 400
    openid = next(iter(app.followers))
    code = stage.ask("POST", "code", app=app.app_id, openid=openid).json()["code"]
    with stage.client(app) as client:
        assert client.call(UserToken(code)).openid == openid
        first = client.token()
        stage.ask("POST", "expire", app=app.app_id)
        client.tags.list()
        assert client.token() != first


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "say", {"openid": "o"}),
        ("POST", "say", {"openid": "nobody", "text": "x"}),
        ("POST", "say", {"openid": 1, "text": "x"}),
        ("POST", "say", {"app": "wxnobody", "openid": "o", "text": "x"}),
        ("POST", "send_image", {"openid": "o", "content": "~"}),
        ("POST", "faults", {"path": 3}),
        ("POST", "faults", {"times": 0}),
        ("POST", "faults", {"colour": "red"}),
        ("POST", "clock", {"move": "far"}),
        ("POST", "connect", {"url": "http://127.0.0.1:1/", "token": "sandboxtoken"}),
        ("POST", "connect", {"url": "nonsense", "token": "sandboxtoken"}),
        ("POST", "apps", {"kind": "shop"}),
        ("POST", "people", {}),
        ("GET", "chat", {}),
        ("DELETE", "state", {}),
    ],
)
def test_nonsense_is_told_in_words(stage: Stage, app: App, method: str, path: str, body: dict[str, Any]) -> None:
    answer = stage.ask(method, path, **body)
    assert answer.status_code in (400, 404)
    assert answer.json()["error"]


def test_only_this_machine_and_no_page_of_another_site(stage: Stage) -> None:
    for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}):
        answer = stage.http.post(f"{stage.url}/_sandbox/clock", json={"move": 1}, headers=headers)
        assert answer.status_code == 403
    assert stage.http.post(f"{stage.url}/_sandbox/clock", content=b"{").status_code == 400


@pytest.mark.parametrize(("language", "word"), [("zh-CN,zh;q=0.9", "微信沙箱"), ("en-GB", "WeChat sandbox")])
def test_the_index_page_in_both_languages(stage: Stage, app: App, language: str, word: str) -> None:
    app.name = "<b>茶</b>"
    page = stage.http.get(f"{stage.url}/", headers={"accept-language": language})
    assert page.status_code == 200
    assert word in page.text
    assert app.app_id in page.text
    assert "<b>茶</b>" not in page.text
    assert "default-src 'self'" in page.headers["content-security-policy"]
