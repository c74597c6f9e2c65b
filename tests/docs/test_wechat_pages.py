"""The guides wechat.md and serve.md: their snippets run against the sandbox, their names exist, here and in wechatpy."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import typer
import wechatpy
from wechatpy.client.api.base import BaseWeChatAPI

from jianwei import wechat
from jianwei.cli.app import build_app
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.web import wechat as routes
from jianwei.wechat import Client, Hosts, Login, LoginApp, MessageCrypto
from jianwei.wechat.signatures import url_signature

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.pages import Page, both

WECHAT, SERVE = both("wechat.md"), both("serve.md")
APP_ID = "wx0123456789abcdef"


class Callback:
    """The request with which a visitor comes back who consented in the sandbox; where to, the snippet has found out by then."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names

    @property
    def query(self) -> Mapping[str, str]:
        asked = self._names["redirect"].url.split("#")[0]
        back = httpx.get(f"{asked}&_as=o1&_agree=1", trust_env=False).headers["location"]
        return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


@pytest.fixture
def url() -> Iterator[str]:
    platform = Platform()
    followers = {f"o{n}": Follower(f"o{n}", f"客人{n}") for n in range(3)}
    app = platform.add(App(APP_ID, "secret", "service", followers=followers))
    platform.people(app).say("o1", "在吗")  # so that they can be answered
    with running(platform) as address:
        yield address


def _delivery() -> tuple[Mapping[str, str], bytes]:
    crypto = MessageCrypto("token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", APP_ID)
    text = (
        "<xml><ToUserName>gh</ToUserName><FromUserName>o1</FromUserName><CreateTime>1714036504</CreateTime>"
        "<MsgType>text</MsgType><Content>hi</Content><MsgId>7</MsgId></xml>"
    )
    sealed = crypto.encrypt(text, "1714036504", "n")
    query = {
        "signature": url_signature("token", "1714036504", "n"), "timestamp": "1714036504", "nonce": "n",
        "encrypt_type": "aes", "msg_signature": sealed.msg_signature,
    }  # fmt: skip
    return query, f"<xml><Encrypt><![CDATA[{sealed.encrypted}]]></Encrypt></xml>".encode()


@pytest.mark.parametrize(
    "snippet", [pytest.param(snippet, id=f"{page}-{n}") for page in WECHAT for n, snippet in enumerate(page.snippets)]
)
def test_snippets_run(
    snippet: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("Client", "AsyncClient"):
        monkeypatch.setattr(wechat, name, partial(getattr(wechat, name), base_url=url), raising=False)
    monkeypatch.setattr(wechat, "LoginApp", partial(LoginApp, hosts=Hosts.under(url)), raising=False)
    query, body = _delivery()
    given: dict[str, Any] = {
        "picture": picture(b"x"), "folder": tmp_path, "session": "visitor",
        "query_of_delivery": query, "body_of_delivery": body,
    }  # fmt: skip
    given["request"] = Callback(given)
    exec(compile(snippet, "wechat.md", "exec"), given)
    assert "print" not in snippet or capsys.readouterr().out.strip()


@pytest.mark.parametrize("page", SERVE, ids=str)
def test_the_handler_of_the_server_page_answers(page: Page) -> None:
    (snippet,) = page.snippets
    found: dict[str, Any] = {}
    exec(compile(snippet, "serve.md", "exec"), found)
    assert inspect.iscoroutinefunction(found["reply"])


@pytest.mark.parametrize("page", WECHAT, ids=str)
def test_names_of_the_map_exist_on_both_sides(page: Page) -> None:
    rows = re.findall(r"^\| `client\.(\w+)\.(\w+)` \| `client\.(\w+)\.(\w+)` \|$", page.text, re.MULTILINE)
    assert len(rows) > 80
    client = Client(APP_ID, "secret")
    for area, method, our_area, our_method in rows:
        theirs = inspect.getattr_static(wechatpy.WeChatClient, area)
        assert isinstance(theirs, BaseWeChatAPI), area
        assert callable(getattr(type(theirs), method, None)), f"{area}.{method}"
        assert callable(getattr(getattr(client, our_area), our_method, None)), f"{our_area}.{our_method}"


@pytest.mark.parametrize("page", WECHAT, ids=str)
def test_names_that_stand_in_the_text_exist(page: Page) -> None:
    def known(name: str) -> bool:
        return name in wechat.__all__ or hasattr(Login, name)

    named = set(re.findall(r"`([A-Z][A-Za-z]+(?:Error|Client|Login|Tokens|Inbox|Crypto|Reply|Sdk))`", page.text))
    assert named
    assert [name for name in sorted(named) if not known(name)] == []


@pytest.mark.parametrize("page", SERVE, ids=str)
def test_addresses_of_the_server_are_its_routes(page: Page) -> None:
    shown = {path.split("?")[0] for path in re.findall(r"^\| `(/[^`]*)`", page.text, re.MULTILINE)}
    paths = {path for handler in routes.HANDLERS for path in handler.paths}
    there = {re.sub(r"\{account:str\}", "<account>", path) for path in paths}
    assert shown == there | {"/health", "/wechat/<account>"}


@pytest.mark.parametrize("page", SERVE, ids=str)
def test_options_of_the_server_are_all_told(page: Page) -> None:
    command = typer.main.get_command(build_app()).commands["serve"]  # type: ignore[attr-defined]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    told = {name for row in page.tables for name in row if name.startswith("-")}
    assert told <= known
    assert known - told == {"--jobs"}


@pytest.mark.parametrize("page", [*WECHAT, *SERVE], ids=lambda page: f"{page.path.stem}-{page}")
def test_links_lead_somewhere(page: Page) -> None:
    assert page.lost_links == []
