"""Arguments of clients: what is meant is sent, what cannot be is refused before anything is, not even a token fetched."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei import wechat
from jianwei.errors import UsageError
from jianwei.wechat import (
    Client,
    Hosts,
    ImageReply,
    Policy,
    ReplyError,
    TextReply,
    TransferCustomerService,
    WeComClient,
)
from jianwei.wechat.messages import TextMessage as Heard
from jianwei.wechat.outgoing import Article, NewsMessage, TextMessage, custom_message


class Far:
    """A platform that is content with everything, and keeps what it was sent."""

    def __init__(self) -> None:
        self.calls: list[httpx.Request] = []
        self.fetches = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.rsplit("/", 1)[-1] in ("stable_token", "gettoken"):
            self.fetches += 1
            return httpx.Response(200, json={"access_token": "T", "expires_in": 7200})
        self.calls.append(request)
        return httpx.Response(200, json={"errcode": 0, "list": [], "media_id": "M", "msg_id": 1})

    @property
    def sent(self) -> dict[str, Any]:
        return dict(json.loads(self.calls[-1].content))


def clients() -> tuple[Client, WeComClient, Far]:
    far = Far()
    plain = httpx.MockTransport(far)
    return Client("wx0123456789abcdef", "s", transport=plain), WeComClient("ww1", "s", transport=plain), far


TEXT = {"msgtype": "text", "text": {"content": "新茶到了"}}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("新茶到了", TEXT),
        (TextReply("新茶到了"), TEXT),
        (TextMessage("新茶到了"), TEXT),
        (custom_message(TEXT), TEXT),
        (wechat.outgoing.TextMessage("新茶到了"), TEXT),
        (ImageReply("M"), {"msgtype": "image", "image": {"media_id": "M"}}),
        (
            NewsMessage([Article("春茶", "https://shop.example")]),
            {"msgtype": "news", "news": {"articles": [{"title": "春茶", "url": "https://shop.example"}]}},
        ),
    ],
)
def test_customer_service_sends_text_replies_and_messages(message: Any, expected: dict[str, Any]) -> None:
    client, _, far = clients()
    client.customer_service.send("o1", message)
    assert far.sent == {"touser": "o1", **expected}
    client.customer_service.send("o1", message, kf_account="a@b")
    assert far.sent == {"touser": "o1", **expected, "customservice": {"kf_account": "a@b"}}


def test_text_is_a_message_wherever_one_is_sent() -> None:
    client, corp, far = clients()
    client.mass.send_all("新茶到了")
    assert far.sent == {**TEXT, "filter": {"is_to_all": True}}
    client.mass.send(["o1", "o2"], "新茶到了")
    assert far.sent == {**TEXT, "touser": ["o1", "o2"]}
    client.mass.preview("新茶到了", "o1")
    assert far.sent == {**TEXT, "touser": "o1"}
    corp.messages.send("新茶到了", 7, users=["li"])
    assert far.sent == {**TEXT, "agentid": 7, "touser": "li"}
    corp.chats.send("c1", "新茶到了")
    assert far.sent == {**TEXT, "chatid": "c1"}


def test_text_names_a_file(tmp_path: Path) -> None:
    path = tmp_path / "茶.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    client, _, far = clients()
    client.media.upload("image", str(path))
    assert b"\xff\xd8\xff" in far.calls[-1].content
    assert b"image/jpeg" in far.calls[-1].content
    assert str(tmp_path).encode() not in far.calls[-1].content


REFUSED: list[Callable[[Client, WeComClient], object]] = [
    lambda client, corp: client.customer_service.send("o1", Heard(content="hi")),  # type: ignore[arg-type]
    lambda client, corp: client.customer_service.send("o1", TEXT),  # type: ignore[arg-type]
    lambda client, corp: client.customer_service.send("o1", None),  # type: ignore[arg-type]
    lambda client, corp: client.customer_service.send("o1", TextMessage(5)),  # type: ignore[arg-type]
    lambda client, corp: client.customer_service.send("o1", "\ud800"),
    lambda client, corp: client.customer_service.send(1, "hi"),  # type: ignore[arg-type]
    lambda client, corp: client.mass.send_all(TextReply("hi")),  # type: ignore[arg-type]
    lambda client, corp: client.mass.send_all(Heard(content="hi")),  # type: ignore[arg-type]
    lambda client, corp: corp.messages.send(Heard(content="hi"), 7, users=["li"]),  # type: ignore[arg-type]
    lambda client, corp: client.tags.create("\ud800"),
    lambda client, corp: client.tags.create(5),  # type: ignore[arg-type]
    lambda client, corp: client.users.get("\ud800"),
    lambda client, corp: client.media.upload("image", "/none/there.jpg"),
    lambda client, corp: client.media.upload("image", "a\0b"),
    lambda client, corp: client.media.upload("image", Path("/none/there.jpg")),
    lambda client, corp: client.media.upload("image", 7),  # type: ignore[arg-type]
    lambda client, corp: client.media.upload(5, b"\xff"),  # type: ignore[arg-type]
    lambda client, corp: client.statistics.user_summary("2026-01-01", "2026-01-31"),  # type: ignore[arg-type]
    lambda client, corp: client.statistics.user_summary(date(2026, 1, 31), date(2026, 1, 1)),
    lambda client, corp: client.statistics.user_summary(datetime(2026, 1, 1), datetime(2026, 1, 9)),  # noqa: DTZ001
    lambda client, corp: client.customer_service.records(1_700_000_001, 1_700_000_000),
    lambda client, corp: corp.contacts.behavior(1_700_000_001, 1_700_000_000),
    lambda client, corp: client.request("POST", "/cgi-bin/x", json={"a": "\ud800"}),
    lambda client, corp: client.request("GET", "/cgi-bin/x", query={"a": 5}),  # type: ignore[dict-item]
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_cannot_be_sent_is_refused_before_anything_is(number: int) -> None:
    client, corp, far = clients()
    with pytest.raises(UsageError) as caught:
        REFUSED[number](client, corp)
    assert caught.value.hint
    assert (far.calls, far.fetches) == ([], 0)


def test_values_that_the_platform_may_have_learnt_are_its_own_to_judge() -> None:
    client, _, far = clients()
    client.media.upload("hologram", b"\xff")  # type: ignore[arg-type]
    assert far.calls[-1].url.params["type"] == "hologram"


def test_a_reply_without_a_form_for_customer_service_says_so() -> None:
    client, _, far = clients()
    with pytest.raises(ReplyError, match="cannot be sent as a customer-service message"):
        client.customer_service.send("o1", TransferCustomerService())
    assert far.calls == []


@pytest.mark.parametrize(
    "path",
    ["@evil.example/x", "cgi-bin/x", "", "/", "//evil.example/x", "/\\evil.example", ".evil.example/x", ":80/x", "/x?a=1", "/x#y", "/a\n/b",
     "https://evil.example/x", "/x y", "/@evil.example", "/x\n"],
)  # fmt: skip
def test_no_path_takes_the_token_to_another_host(path: str) -> None:
    client, _, far = clients()
    with pytest.raises(UsageError):
        client.request("GET", path)
    assert far.fetches == 0


@settings(max_examples=100)
@given(st.text(st.sampled_from("/@.:?#\\%ab ~-_\n"), max_size=12))
def test_calls_of_any_path_go_to_the_platform_or_nowhere(path: str) -> None:
    client, _, far = clients()
    try:
        client.request("GET", path)
    except UsageError:
        assert far.calls == []
    else:
        assert far.calls[0].url.host == "api.weixin.qq.com"
        assert far.calls[0].url.params["access_token"] == "T"


def test_paths_of_the_platform_are_called() -> None:
    client, _, far = clients()
    for path in (
        "/cgi-bin/tags/get",
        "/wxa/business/getuserphonenumber",
        "/sns/jscode2session",
        "/cv/ocr/idcard",
        "/a.b-c_d/",
    ):
        client.request("GET", path, query={"x": "1"})
        assert far.calls[-1].url.path == path


@pytest.mark.parametrize(
    "address",
    ["", "not a url", "http://[::1", "ftp://x/", "http://exa mple.com", "127.0.0.1:8090", "http://", "http://x:99999", "https://x?y=1",
     "//x", "http://x\n", 7],
)  # fmt: skip
def test_base_addresses_are_checked(address: Any) -> None:
    with pytest.raises(UsageError, match="is no http"):
        Client("wx0123456789abcdef", "s", base_url=address)
    with pytest.raises(UsageError, match="is no http"):
        Hosts(api=address)


def test_an_address_that_only_the_transport_refuses_is_no_traceback() -> None:
    client = Client(
        "wx0123456789abcdef", "s", base_url="http://xn--zzzzzz-.example", policy=Policy(retries=0, timeout=0.1)
    )
    with pytest.raises(UsageError, match="address of the platform"):
        client.tags.list()


@pytest.mark.parametrize("address", ["http://127.0.0.1:8090", "http://[::1]:8090/", "https://proxy.example/wechat"])
def test_base_addresses_that_are_some(address: str) -> None:
    assert Hosts.under(address).api == address.rstrip("/")
