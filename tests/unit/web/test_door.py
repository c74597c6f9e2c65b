"""The application as a whole, asked without a network: routes, errors, headers, cookies, bodies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pushes import APP, sealed, xml
from support.pushes import KEY as PUSH_KEY
from support.pushes import TOKEN as PUSH_TOKEN

from jianwei.errors import JianweiError, SettingsError, StoreError
from jianwei.settings import Secret
from jianwei.store import Account, Vault, open_store
from jianwei.web import Site, create_app
from jianwei.web.accounts import Accounts, Served
from jianwei.web.faults import UnknownAccountError
from jianwei.web.making import Maker
from jianwei.web.sessions import Sessions
from jianwei.web.webhook import MOST_BYTES
from jianwei.wechat.errors import TransportError, api_error
from jianwei.wechat.memory import MemoryInbox
from jianwei.wechat.oauth_app import LoggedIn
from jianwei.wechat.signatures import url_signature

KEY = Vault.new_key()
TOKEN = "webhooktoken"
ACCOUNTS = (
    Account(name="shop", kind="service", app_id="wx01", secret=Secret("hidden-one"), token=Secret(TOKEN)),
    Account(name="site", kind="website", app_id="wx02", secret=Secret("hidden-two")),
    Account(name="paper", kind="official", app_id="wx03", secret=Secret("hidden-three"), token=Secret(TOKEN)),
    Account(name="微店 1", kind="service", app_id="wx04", secret=Secret("hidden-four"), token=Secret(TOKEN)),
)


class Door:
    """The application and what it did."""

    def __init__(self, folder: Path) -> None:
        store = open_store(folder)
        self.inbox, self.heard, self.recorded = MemoryInbox(), [], []
        self.healthy = True
        self.accounts = list(ACCOUNTS)
        maker = Maker(store, Vault(KEY), self.inbox, self._answer)
        self.site = Site(Accounts(lambda: self.accounts, maker), Sessions(KEY), self._record, self._check)
        self.app = create_app(self.site)

    def _answer(self, message: Any) -> str:
        self.heard.append(message)
        return f"heard {message.content}"

    async def _record(self, account: Account, person: LoggedIn) -> None:
        self.recorded.append((account.name, person.openid))

    def _check(self) -> None:
        if not self.healthy:
            raise StoreError("state database", "is away", "")

    def ask(self, work: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]], **options: Any) -> httpx.Response:
        async def run() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)  # type: ignore[arg-type]
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost", **options) as client:
                return await work(client)

        return asyncio.run(run())

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.ask(lambda client: client.get(path, **options))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Door:
    return Door(tmp_path_factory.mktemp("door") / "ws")


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path / "ws")


def signed(nonce: str = "n", timestamp: str = "1714036504") -> dict[str, str]:
    return {"signature": url_signature(TOKEN, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}


def text(number: int, content: str = "hi") -> bytes:
    return (
        f"<xml><ToUserName>gh_1</ToUserName><FromUserName>oA</FromUserName><CreateTime>1714036504</CreateTime>"
        f"<MsgType>text</MsgType><Content>{content}</Content><MsgId>{number}</MsgId></xml>"
    ).encode()


# --- errors ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/", 404, "not_found"),
        ("DELETE", "/health", 405, "wrong_method"),
        ("PUT", "/wechat/shop", 405, "wrong_method"),
        ("POST", "/wechat/nobody", 404, "unknown_account"),
        ("POST", "/wechat/site", 404, "no_webhook"),
        ("GET", "/login/nobody", 404, "unknown_account"),
        ("GET", "/login/paper", 400, "login_wrong"),
        ("GET", "/login/shop?scope=snsapi_login", 400, "login_wrong"),
        ("GET", "/login/site?scope=snsapi_userinfo", 400, "login_wrong"),
        ("GET", "/login/shop?next=https://evil.example/", 400, "login_wrong"),
        ("GET", "/login/shop?next=//evil.example", 400, "login_wrong"),
        ("GET", "/login/shop/callback?code=1&state=2", 400, "login_wrong"),
        ("GET", "/login/shop/done", 400, "login_wrong"),
        ("GET", "/wechat/shop/jssdk", 400, "wrong_use"),
        ("GET", "/wechat/shop/jssdk?url=javascript:1", 400, "wrong_use"),
        ("GET", "/wechat/site/jssdk?url=https://a.example", 400, "wrong_use"),
        ("GET", "/wechat/shop?" + "&".join(f"a{n}=1" for n in range(100)), 400, "wrong_use"),
    ],
)
def test_errors_have_one_shape(door: Door, method: str, path: str, status: int, code: str) -> None:
    response = door.ask(lambda client: client.request(method, path))
    assert response.status_code == status
    assert set(response.json()) == {"error"}
    error = response.json()["error"]
    assert set(error) == {"code", "where", "what", "hint"}
    assert error["code"] == code
    for account in ACCOUNTS:
        assert account.secret is not None
        assert account.secret.reveal() not in response.text


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_people_get_a_page_instead(door: Door, language: str) -> None:
    headers = {"accept": "text/html", "accept-language": language}
    response = door.get("/login/shop/callback", headers=headers)
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/html")
    assert f'lang="{language}"' in response.text
    assert 'href="/login/shop"' in response.text


def test_an_unexpected_error_keeps_its_text_to_itself(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise ValueError("secret detail")

    object.__setattr__(door.site, "healthy", broken)
    response = door.get("/health")
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "failed"
    assert "secret detail" not in response.text
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreError("/srv/shop/state.sqlite", "is locked by host-7", "stop it"), 503, "store"),
        (api_error("/cgi-bin/token", 40125, "invalid appsecret", 0), 502, "platform_refused"),
        (TransportError("http://10.1.2.3:8090/sns", "no answer", "", sent=True), 502, "platform_away"),
        (SettingsError("JIANWEI_KEY", "opens nothing", "set the earlier one"), 500, "failed"),
        (JianweiError("room", "is on fire", ""), 500, "failed"),
    ],
)
def test_trouble_of_ours_is_told_the_operator_not_strangers(
    door: Door, caplog: pytest.LogCaptureFixture, error: JianweiError, status: int, code: str
) -> None:
    def broken() -> None:
        raise error

    object.__setattr__(door.site, "healthy", broken)
    response = door.get("/health")
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert error.where not in response.text
    assert error.what not in response.text
    assert str(error) in caplog.text
    page = door.get("/health", headers={"accept": "text/html"}).text
    assert error.what not in page


def test_what_callers_do_wrong_does_not_fill_the_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    for path in ("/nothing", "/login/paper", "/wechat/nobody", "/wechat/shop/jssdk?url=x"):
        assert 400 <= door.get(path).status_code < 500
    assert not caplog.records


def test_an_address_writes_no_line_into_the_log(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    def away() -> Any:
        raise StoreError("accounts", "are away", "")

    door.site.accounts._load = away
    assert door.get("/login/shop%0AERROR:forged").status_code == 503
    assert "shop\\nERROR:forged" in caplog.text


def test_health(door: Door) -> None:
    assert door.get("/health").json()["status"] == "ok"
    door.healthy = False
    assert door.get("/health").status_code == 503


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "a b", "[::", "127.0.0.1.nip.io:80"])
def test_other_host_names_are_refused(door: Door, host: str) -> None:
    response = door.get("/health", headers={"host": host})
    assert (response.status_code, response.json()["error"]["code"]) == (421, "wrong_host")


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "LOCALHOST"])
def test_own_host_names_are_served(door: Door, host: str) -> None:
    assert door.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("path", ["/health", "/nothing", "/login/shop", "/session", "/login/shop/callback"])
def test_every_answer_carries_the_headers(door: Door, path: str) -> None:
    headers = door.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "server" not in headers


# --- log-ins ------------------------------------------------------------------------------------------------------------


def test_a_visitor_is_sent_to_wechat(door: Door) -> None:
    response = door.get("/login/shop?next=/orders%3Fpage=2")
    assert response.status_code == 302
    address = urlsplit(response.headers["location"])
    assert (address.netloc, address.path) == ("open.weixin.qq.com", "/connect/oauth2/authorize")
    query = parse_qs(address.query)
    assert query["redirect_uri"] == ["http://localhost/login/shop/callback"]
    assert query["scope"] == ["snsapi_userinfo"]
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie


def test_a_website_shows_the_qr_code(door: Door) -> None:
    address = urlsplit(door.get("/login/site").headers["location"])
    assert address.path == "/connect/qrconnect"
    assert parse_qs(address.query)["scope"] == ["snsapi_login"]


def test_names_of_accounts_may_be_any_text(door: Door) -> None:
    query = parse_qs(urlsplit(door.get("/login/微店 1").headers["location"]).query)
    assert query["redirect_uri"] == ["http://localhost/login/%E5%BE%AE%E5%BA%97%201/callback"]
    assert door.get("/wechat/微店 1", params={**signed(), "echostr": "5"}).text == "5"


def test_a_forged_cookie_is_nobody(door: Door) -> None:
    value = Sessions(Vault.new_key()).write(Sessions(KEY).new("shop", "oA", "张三"))
    answer = door.ask(lambda client: client.get("/session"), cookies={"jianwei_session": value})
    assert answer.json() == {"account": None, "openid": None, "name": None}


def test_who_is_logged_in_and_leaves(door: Door) -> None:
    value = door.site.sessions.write(door.site.sessions.new("shop", "oA", "张三"))

    async def visit(client: httpx.AsyncClient) -> httpx.Response:
        assert (await client.get("/session")).json() == {"account": "shop", "openid": "oA", "name": "张三"}
        done = await client.get("/login/shop/done", headers={"accept-language": "en"})
        assert "张三" in done.text
        assert (await client.get("/login/site/done")).status_code == 400
        return await client.post("/logout")

    left = door.ask(visit, cookies={"jianwei_session": value})
    assert left.status_code == 204
    assert "Max-Age=0" in left.headers["set-cookie"]


# --- the webhook --------------------------------------------------------------------------------------------------------


def test_the_address_is_verified(door: Door) -> None:
    response = door.get("/wechat/shop", params={**signed(), "echostr": "4096"})
    assert (response.status_code, response.text) == (200, "4096")
    assert response.headers["content-type"].startswith("text/plain")
    assert door.get("/wechat/shop", params={**signed(), "signature": "0" * 40, "echostr": "1"}).status_code == 403


@pytest.mark.parametrize(
    ("key", "mode", "taken"),
    [
        (True, None, False),
        (True, "compatible", False),
        (True, "secure", False),
        (True, "plain", True),
        (False, None, True),
        (False, "compatible", True),
        (False, "secure", False),
    ],
)
def test_words_of_others_on_a_signed_address_are_not_taken_where_the_platform_encrypts(
    door: Door, key: bool, mode: str | None, taken: bool
) -> None:
    """The signature in an address does not cover the body: whoever has seen the address could send one of their own."""
    door.accounts[0] = Account(
        name="shop", kind="service", app_id=APP, token=Secret(PUSH_TOKEN), aes_key=Secret(PUSH_KEY) if key else None,
        attrs={} if mode is None else {"mode": mode},
    )  # fmt: skip
    query, body = sealed(xml(1, "true words"))

    async def replayed(client: httpx.AsyncClient) -> httpx.Response:
        if key:
            assert (await client.post("/wechat/shop", params=query, content=body)).status_code == 200
        seen = {name: query[name] for name in ("signature", "timestamp", "nonce")}
        return await client.post("/wechat/shop", params=seen, content=xml(2, "forged"))

    assert door.ask(replayed).status_code == (200 if taken else 403)
    assert [m.content for m in door.heard] == ["true words"] * key + ["forged"] * taken


def test_a_message_is_answered_and_kept_once(door: Door) -> None:
    async def twice(client: httpx.AsyncClient) -> httpx.Response:
        first = await client.post("/wechat/shop", params=signed(), content=text(1))
        second = await client.post("/wechat/shop", params=signed("m"), content=text(1))
        assert first.content == second.content
        return second

    assert "heard hi" in door.ask(twice).text
    assert len(door.heard) == 1
    assert [d.account for d in door.inbox.deliveries()] == ["shop"]


@pytest.mark.parametrize("declared", [True, False])
def test_long_bodies_are_refused_while_they_come(door: Door, declared: bool) -> None:
    taken = 0

    async def body() -> Any:
        nonlocal taken
        while taken < 4 * MOST_BYTES:
            taken += 65_536
            yield b"x" * 65_536

    headers = {"content-length": str(4 * MOST_BYTES)} if declared else {}
    response = door.ask(lambda client: client.post("/wechat/shop", params=signed(), content=body(), headers=headers))
    assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")
    assert taken <= MOST_BYTES + 2 * 65_536


def test_an_account_that_is_added_is_served(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jianwei.web.accounts.AGAIN_SECONDS", 0.0)

    async def later(client: httpx.AsyncClient) -> httpx.Response:
        assert (await client.get("/wechat/late", params=signed())).status_code == 404
        door.accounts.append(Account(name="late", kind="service", app_id="wx05", token=Secret(TOKEN)))
        return await client.get("/wechat/late", params={**signed(), "echostr": "7"})

    assert door.ask(later).text == "7"


def test_however_many_ask_for_unknown_accounts_the_store_is_read_once(door: Door) -> None:
    read = 0

    def load() -> list[Account]:
        nonlocal read
        read += 1
        return []

    async def one(accounts: Accounts, number: int) -> None:
        with pytest.raises(UnknownAccountError):
            await accounts.find(f"x{number}")

    async def all_at_once() -> None:
        accounts = Accounts(load, Served)
        await asyncio.gather(*(one(accounts, number) for number in range(300)))

    asyncio.run(all_at_once())
    assert read == 1


def test_accounts_that_cannot_be_read_are_not_unknown_and_not_asked_for_by_everybody(door: Door) -> None:
    read = 0

    def load() -> list[Account]:
        nonlocal read
        read += 1
        raise StoreError("state database", "is away", "")

    async def one(accounts: Accounts, number: int) -> None:
        with pytest.raises(StoreError):
            await accounts.find(f"x{number}")

    async def all_at_once() -> None:
        accounts = Accounts(load, Served)
        await asyncio.gather(*(one(accounts, number) for number in range(300)))

    asyncio.run(all_at_once())
    assert read == 1


def test_a_changed_account_is_served_anew_and_a_removed_one_no_longer(door: Door) -> None:
    async def change() -> None:
        await door.site.accounts.refresh()
        before = door.site.accounts.known("shop")
        assert before is not None
        await door.site.accounts.refresh()
        assert door.site.accounts.known("shop") is before  # what did not change keeps what it has in flight
        door.accounts[0] = Account(name="shop", kind="service", app_id="wx01", token=Secret("another1"))
        del door.accounts[1]
        await door.site.accounts.refresh()
        assert door.site.accounts.known("shop") is not before
        assert door.site.accounts.known("site") is None

    asyncio.run(change())


def test_an_account_that_cannot_be_served_costs_the_others_nothing(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    door.accounts.insert(
        0, Account(name="bad", kind="service", app_id="wx06", token=Secret(TOKEN), aes_key=Secret("short"))
    )
    assert door.get("/wechat/bad", params=signed()).status_code == 404
    assert door.get("/wechat/shop", params={**signed(), "echostr": "7"}).text == "7"
    assert "account bad is not served" in caplog.text


PIECES = [
    "state=", "code=", "next=", "url=", "scope=", "signature=", "timestamp=", "&", "=", "%", "%80", "%00", "%zz", "%ED%A0%80", "é", "a",
    "/x", "https://a.example",
]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST"]),
    path=st.one_of(
        st.sampled_from(["/wechat/shop", "/login/shop", "/login/shop/callback", "/wechat/shop/jssdk", "/session"]),
        st.text(st.sampled_from("/ab.%\x00é?#"), max_size=8).map(lambda rest: f"/{rest}"),
    ),
    query=st.one_of(
        st.binary(max_size=40),
        st.lists(st.sampled_from(PIECES), max_size=8).map(lambda pieces: "".join(pieces).encode()),
    ),
    headers=st.dictionaries(
        st.sampled_from([b"cookie", b"accept", b"accept-language", b"content-length"]), st.binary(max_size=20)
    ),
    body=st.binary(max_size=60),
)
def test_nothing_that_comes_in_is_an_error_of_ours(
    shared: Door, method: str, path: str, query: bytes, headers: dict[bytes, bytes], body: bytes
) -> None:
    """Whatever the server in front lets through: raw bytes everywhere."""
    sent: list[dict[str, Any]] = []

    async def run() -> None:
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query, "root_path": "",
            "headers": [(b"host", b"localhost"), *headers.items()], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
        }  # fmt: skip
        bodies = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return bodies.pop() if bodies else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await shared.app(scope, receive, send)  # type: ignore[arg-type]

    asyncio.run(run())
    assert sent[0]["type"] == "http.response.start"
    assert sent[0]["status"] < 500
