"""Log-ins from the first click to the record in the lake: a browser, `jianwei serve`, the simulated platform's pages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from support.served import KEY, Server, account, keep, served

from jianwei.engines import Scope
from jianwei.engines.duckdb import DuckDBEngine
from jianwei.records import key_id
from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.world import App, Follower, Platform
from jianwei.store import Store, Vault
from jianwei.store.inbox import Waiting
from jianwei.wechat.signatures import jsapi_signature


@dataclass
class World:
    platform: Platform
    server: Server
    store: Store

    def visit(self, path: str, person: str = "oA", *, agrees: bool = True, more: str = "") -> httpx.Response:
        """A browser logs in: follow everything, choosing `person` on the platform's page."""
        with httpx.Client(headers={"accept": "text/html", "accept-language": "en"}, trust_env=False) as browser:
            response = browser.get(self.server.address + path)
            while response.is_redirect:
                address = response.headers["location"]
                if "/connect/" in address:
                    begun, _, fragment = address.partition("#")
                    assert fragment == "wechat_redirect"
                    address = f"{begun}&_as={person}&_agree={int(agrees)}{more}"
                elif address.startswith("/"):
                    address = self.server.address + address
                response = browser.get(address)
            return response

    def rows(self, table: str) -> list[dict[str, object]]:
        """Rows in the lake, once the jobs have brought every log-in there."""
        waiting, deadline = Waiting(self.store.state.engine), time.monotonic() + 60
        while waiting.count() and time.monotonic() < deadline:
            time.sleep(0.1)
        engine = DuckDBEngine()
        snapshot = self.store.lake.snapshot([table])
        with engine.open(snapshot, Scope()) as reader:
            return list(reader.execute(reader.table(table)).to_pylist())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("oauth") / "ws"
    platform = Platform()
    platform.add(App("wx0123456789abcdef", "secret", "service", "小店", followers={
        "oA": Follower("oA", "张三", "union-1"), "oB": Follower("oB", "<b>李四</b>"),
    }))  # fmt: skip
    platform.add(
        App("wxfedcba9876543210", "secret", "website", "网站", followers={"wA": Follower("wA", "张三", "union-1")})
    )
    with running(platform) as url:
        store = keep(
            folder,
            account("shop", "service", url, "wx0123456789abcdef"),
            account("site", "website", url, "wxfedcba9876543210"),
        )
        with served(folder) as server:
            yield World(platform, server, store)


def test_the_same_person_on_two_apps(world: World) -> None:
    for path, person in (("/login/shop", "oA"), ("/login/site", "wA")):
        page = world.visit(path, person)
        assert page.status_code == 200
        assert "Welcome, 张三" in page.text
    users = {row["key"]: row for row in world.rows("users")}
    assert users["oA"]["user_id"] == key_id("u:", "shop", "user", "oA")
    assert {users[key]["union_id"] for key in ("oA", "wA")} == {"union-1"}  # others may have logged in before
    links = [row for row in world.rows("links") if row["by"] == "union_id"]
    assert {row["user_id"] for row in links} == {users["oA"]["user_id"], users["wA"]["user_id"]}
    assert len({row["person_id"] for row in links}) == 1
    assert [row["name"] for row in world.rows("names") if row["user_id"] == users["oA"]["user_id"]] == ["张三"]


def test_logging_in_again_adds_nothing(world: World) -> None:
    world.visit("/login/shop")
    before = [len(world.rows(name)) for name in ("users", "names", "links")]
    world.visit("/login/shop")
    assert [len(world.rows(name)) for name in ("users", "names", "links")] == before


def test_the_grant_is_kept_and_sealed(world: World) -> None:
    world.visit("/login/shop")
    grant = world.store.grants(Vault(KEY)).get("wx0123456789abcdef", "oA")
    assert grant is not None
    assert grant.scope == "snsapi_userinfo"
    whole = b"".join(path.read_bytes() for path in world.store.folder.rglob("*") if path.is_file())
    assert grant.access_token.encode() not in whole
    assert grant.refresh_token.encode() not in whole
    assert grant.access_token not in world.server.said()


def test_on_to_where_they_wanted(world: World) -> None:
    answer = world.visit("/login/shop?next=/session")
    assert answer.json() == {"account": "shop", "openid": "oA", "name": "张三"}


@pytest.mark.parametrize(
    ("wanted", "address"),
    [
        ("/订单", "/%E8%AE%A2%E5%8D%95"),
        ("/é?页=2&q=a%2Fb+c#第二", "/%C3%A9?%E9%A1%B5=2&q=a%2Fb+c#%E7%AC%AC%E4%BA%8C"),
        ("/a;b=(1)/~x'[0]?u=@me:*!$,", "/a;b=(1)/~x'[0]?u=@me:*!$,"),
    ],
)
def test_on_to_an_address_in_any_script(world: World, wanted: str, address: str) -> None:
    """The header takes ASCII only; what is an address already stays as it is."""
    with httpx.Client(trust_env=False) as browser:
        sent = browser.get(world.server.address + "/login/shop", params={"next": wanted}).headers["location"]
        back = browser.get(f"{sent.partition('#')[0]}&_as=oB&_agree=1").headers["location"]
        answer = browser.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, address)


def test_silent_log_in(world: World) -> None:
    answer = world.visit("/login/shop?next=/session&scope=snsapi_base", "oB")
    assert answer.json() == {"account": "shop", "openid": "oB", "name": None}


def test_names_are_shown_as_text(world: World) -> None:
    page = world.visit("/login/shop", "oB").text
    assert "<b>李四" not in page
    assert "&lt;b&gt;李四" in page
    links = [row for row in world.rows("links") if row["user_id"] == key_id("u:", "shop", "user", "oB")]
    assert [row["by"] for row in links] == ["log-in"]


def test_refusal(world: World) -> None:
    page = world.visit("/login/shop", agrees=False)
    assert page.status_code == 403
    assert "did not agree" in page.text
    assert 'href="/login/shop"' in page.text


def test_snapshot_visitors_leave_no_trace(world: World) -> None:
    world.platform.apps["wx0123456789abcdef"].followers["oSnap"] = Follower("oSnap", "快照")
    answer = world.visit("/login/shop?next=/session", "oSnap", more="&_snapshot=1")
    assert answer.json()["openid"] is None
    assert "oSnap" not in {row["key"] for row in world.rows("users")}


def test_a_link_that_somebody_else_prepared(world: World) -> None:
    """An attacker begins a log-in, consents as himself and sends the callback's address to a victim."""
    with httpx.Client(trust_env=False) as attacker, httpx.Client(trust_env=False) as victim:
        sent = attacker.get(world.server.address + "/login/shop").headers["location"].split("#")[0]
        callback = attacker.get(f"{sent}&_as=oB&_agree=1").headers["location"]
        assert urlsplit(callback).path == "/login/shop/callback"
        answer = victim.get(callback)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "login_wrong")
        begun = victim.get(world.server.address + "/login/shop")
        assert begun.status_code == 302
        assert victim.get(callback).json()["error"]["code"] == "login_wrong"
        assert victim.get(world.server.address + "/session").json()["openid"] is None


def test_pages_are_signed(world: World) -> None:
    url = "https://shop.example/p?id=1&名=二#top"
    config = httpx.get(world.server.address + "/wechat/shop/jssdk", params={"url": url}, trust_env=False).json()
    again = httpx.get(world.server.address + "/wechat/shop/jssdk", params={"url": url}, trust_env=False).json()
    from jianwei.sandbox.platform.areas.tokens import TokenBook

    book = world.platform.apps["wx0123456789abcdef"].of(TokenBook)
    ticket = book.tickets["jsapi"][0]
    assert config["signature"] == jsapi_signature(ticket, config["nonceStr"], config["timestamp"], url)
    assert config["appId"] == "wx0123456789abcdef"
    assert config["nonceStr"] != again["nonceStr"]
    assert ticket not in str(config)
