"""wechatpy's client, its code untouched, works against the sandbox and gets the exceptions that it gets from the platform.

Its base addresses are public attributes. A few addresses are written into its code; those are sent to the sandbox below it, by an adapter
of `requests` for that host.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient, WeChatOAuth, WeChatOAuthException
from wechatpy.exceptions import APILimitedException, WeChatClientException

from jianwei.sandbox.platform.app import running
from jianwei.sandbox.platform.areas.tokens import TokenBook
from jianwei.sandbox.platform.formats import picture
from jianwei.sandbox.platform.people import People
from jianwei.sandbox.platform.world import App, Platform

OPENIDS = [f"o{number:027d}" for number in range(120)]
REAL = "https://api.weixin.qq.com"


class _Redirected(HTTPAdapter):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = (request.url or "").replace(REAL, self._url)
        return super().send(request, *args, **kwargs)


@dataclass(frozen=True)
class Stage:
    url: str
    app: App
    people: People
    client: WeChatClient


def _client(url: str, app: App) -> WeChatClient:
    client = WeChatClient(app.app_id, app.secret)
    client.API_BASE_URL = f"{url}/cgi-bin/"
    client._http.mount(REAL, _Redirected(url))
    client._http.trust_env = False
    return client


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Platform, str]]:
    platform = Platform()
    with running(platform) as url:
        yield platform, url


@pytest.fixture
def stage(served: tuple[Platform, str]) -> Stage:
    platform, url = served
    number = len(platform.apps)
    app = platform.add(App(f"wx{number:016x}", f"secret{number}", "service", "茶", f"gh_{number:012x}"))
    people = platform.people(app)
    for openid in OPENIDS:
        people.meet("客", openid, f"u{openid}")
    return Stage(url, app, people, _client(url, app))


def test_users(stage: Stage) -> None:
    client = stage.client
    assert list(client.user.iter_followers()) == OPENIDS
    assert client.user.get_followers()["total"] == 120
    client.user.update_remark(OPENIDS[0], "老客")
    assert client.user.get(OPENIDS[0])["remark"] == "老客"
    assert [one["openid"] for one in client.user.get_batch(OPENIDS[:100])] == OPENIDS[:100]


def test_tags_and_blacklist(stage: Stage) -> None:
    client = stage.client
    tag = (
        client.tag.create("常客")["tag"]["id"] if "tag" in client.tag.create("先") else client.tag.create("常客")["id"]
    )
    client.tag.update(tag, "熟客")
    client.tag.tag_user(tag, OPENIDS[:50])
    assert list(client.tag.iter_tag_users(tag)) == OPENIDS[:50]
    assert client.tag.get_user_tag(OPENIDS[0]) == [tag]
    client.tag.untag_user(tag, OPENIDS[:1])
    assert client.tag.get_user_tag(OPENIDS[0]) == []
    assert "熟客" in [one["name"] for one in client.tag.get()]
    client.tag.delete(tag)
    client.tag.batch_black_list(OPENIDS[:2])
    assert client.tag.get_black_list()["data"]["openid"] == OPENIDS[:2]
    client.tag.batch_unblack_list(OPENIDS[:2])
    assert client.tag.get_black_list()["total"] == 0


def test_media_byte_for_byte(stage: Stage) -> None:
    client, content = stage.client, picture(b"tea")
    uploaded = client.media.upload("image", ("茶.png", io.BytesIO(content), "image/png"))
    assert client.media.download(uploaded["media_id"]).content == content
    assert client.media.upload_image(("a.png", io.BytesIO(content), "image/png")).startswith(stage.url)
    with pytest.raises(WeChatClientException) as caught:
        client.media.download("nonsense")
    assert caught.value.errcode == 40007


def test_menus(stage: Stage) -> None:
    client = stage.client
    assert client.menu.get() is None
    client.menu.create({"button": [{"type": "click", "name": "今日", "key": "TODAY"}]})
    assert client.menu.get()["menu"]["button"][0]["key"] == "TODAY"
    client.menu.delete()
    with pytest.raises(WeChatClientException) as caught:
        client.menu.create({"button": [{"type": "click", "name": "今日", "key": "K"}] * 4})
    assert caught.value.errcode == 40016


def test_customer_service(stage: Stage) -> None:
    client, app = stage.client, stage.app
    account = f"kf1@{app.original_id}"
    client.customservice.add_account(account, "小满", "secret")
    assert [one["kf_account"] for one in client.customservice.get_accounts()] == [account]
    client.customservice.update_account(account, "小满满", "secret")
    stage.people.say(OPENIDS[0], "在吗")
    client.customservice.create_session(OPENIDS[0], account)
    client.message.send_text(OPENIDS[0], "在的", account=account)
    assert client.customservice.get_session(OPENIDS[0])["kf_account"] == account
    client.customservice.close_session(OPENIDS[0], account)
    now = int(stage.people.platform.clock.now())
    records = client.customservice.get_records(now - 3_600, now + 60)
    assert ("在的", 2002) in [(one["text"], one["opercode"]) for one in records["recordlist"]]
    client.customservice.delete_account(account)
    assert client.customservice.get_accounts() == []


def test_messages_keep_to_their_windows(stage: Stage) -> None:
    with pytest.raises(WeChatClientException) as caught:
        stage.client.message.send_text(OPENIDS[1], "在吗")
    assert caught.value.errcode == 45015
    stage.people.say(OPENIDS[1], "在吗")
    for _ in range(5):
        stage.client.message.send_text(OPENIDS[1], "在的")
    with pytest.raises(WeChatClientException) as caught:
        stage.client.message.send_text(OPENIDS[1], "在的")
    assert caught.value.errcode == 45047


def _oauth(stage: Stage, app: App, scope: str) -> WeChatOAuth:
    oauth = WeChatOAuth(app.app_id, app.secret, "http://127.0.0.1:9/back?a=1&b=茶", scope, "S1")
    oauth.API_BASE_URL, oauth.OAUTH_BASE_URL = f"{stage.url}/", f"{stage.url}/connect/"
    return oauth


def _consent(address: str) -> str:
    chosen = address.replace("#wechat_redirect", f"&_as={OPENIDS[0]}&_agree=1")
    answer = requests.get(chosen, allow_redirects=False, timeout=5)
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert back["state"] == ["S1"]
    assert back["a"] == ["1"]
    return back["code"][0]


def test_log_in(stage: Stage) -> None:
    oauth = _oauth(stage, stage.app, "snsapi_userinfo")
    code = _consent(oauth.authorize_url)
    granted = oauth.fetch_access_token(code)
    assert granted["openid"] == OPENIDS[0]
    assert oauth.get_user_info()["nickname"] == "客"
    assert oauth.check_access_token()
    assert oauth.refresh_access_token(granted["refresh_token"])["access_token"] == granted["access_token"]
    for reused, code_of_error in ((code, 40163), ("nonsense", 40029)):
        with pytest.raises(WeChatOAuthException) as caught:
            oauth.fetch_access_token(reused)
        assert caught.value.errcode == code_of_error


def test_website_log_in(stage: Stage) -> None:
    platform = stage.people.platform
    site = platform.add(App(f"{stage.app.app_id}site", "secret", "website", "官网"))
    platform.people(site).meet("客", OPENIDS[0], f"u{OPENIDS[0]}")
    oauth = _oauth(stage, site, "snsapi_login")
    assert oauth.fetch_access_token(_consent(oauth.qrconnect_url))["unionid"] == f"u{OPENIDS[0]}"


def test_a_token_that_was_replaced_is_fetched_anew(stage: Stage) -> None:
    book = stage.app.of(TokenBook)
    stage.client.tag.get()
    before = book.fetches
    book.expire_all()
    assert stage.client.tag.get()
    assert book.fetches == before + 1


def test_a_quota_that_is_used_up(stage: Stage) -> None:
    stage.app.quotas["tags/get"] = 1
    stage.client.tag.get()
    with pytest.raises(APILimitedException) as caught:
        stage.client.tag.get()
    assert caught.value.errcode == 45009


def test_a_wrong_secret(stage: Stage) -> None:
    stage.client.secret = "wrong"
    with pytest.raises(WeChatClientException) as caught:
        stage.client.tag.get()
    assert caught.value.errcode == 40125


def test_too_many_openids(stage: Stage) -> None:
    with pytest.raises(WeChatClientException) as caught:
        stage.client.user.get_batch(OPENIDS[:101])
    assert caught.value.errcode in (40032, 45019)
    number = stage.client.tag.create("t")["id"]
    with pytest.raises(WeChatClientException) as caught:
        stage.client.tag.tag_user(number, OPENIDS[:51])
    assert caught.value.errcode == 40032
