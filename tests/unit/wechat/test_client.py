"""What a client tries again, what it never does twice, and what its errors say. The far side is a scripted transport."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
import pytest

from jianwei.errors import JianweiError
from jianwei.wechat import (
    AddressError,
    AnswerError,
    ApiError,
    AsyncClient,
    BusyError,
    Client,
    FileTokens,
    PermissionDeniedError,
    Policy,
    QuotaError,
    RateError,
    TokenRefusedError,
    TransportError,
)
from jianwei.wechat._base import Token
from jianwei.wechat.endpoints.tags import CreateTag, ListTags
from jianwei.wechat.request import Request, post

Reply = dict[str, object] | bytes | int | Exception


@dataclass
class Far:
    """The platform, scripted: answers calls in turn (the last answer stands for all later ones) and hands out T1, T2, …"""

    script: Sequence[Reply]
    calls: list[httpx.Request] = field(default_factory=list)
    fetches: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            if request.url.path.endswith("token"):
                self.fetches += 1
                return httpx.Response(200, json={"access_token": f"T{self.fetches}", "expires_in": 7200})
            self.calls.append(request)
            reply = self.script[min(len(self.calls), len(self.script)) - 1]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, int):
            return httpx.Response(reply)
        return httpx.Response(200, json=reply) if isinstance(reply, dict) else httpx.Response(200, content=reply)

    @property
    def tokens(self) -> list[str]:
        return [call.url.params["access_token"] for call in self.calls]


def _client(far: Far, **more: object) -> tuple[Client, list[float]]:
    waited: list[float] = []
    client = Client("wx1", "s3cret", transport=httpx.MockTransport(far), sleep=waited.append, **more)  # type: ignore[arg-type]
    return client, waited


TAGS = {"tags": [{"id": 100, "name": "常客", "count": "3"}]}


def refused(code: int | str, message: str = "no rid: 65a-1") -> Reply:
    return {"errcode": code, "errmsg": message}


def test_a_typed_answer_from_numbers_that_came_as_text() -> None:
    far = Far([TAGS])
    client, _ = _client(far)
    assert [(t.id, t.name, t.count) for t in client.tags.list()] == [(100, "常客", 3)]
    assert str(far.calls[0].url).startswith("https://api.weixin.qq.com/cgi-bin/tags/get?access_token=T1")


def test_bodies_are_utf_8_without_escapes() -> None:
    far = Far([{"tag": {"id": 100, "name": "常客"}}])
    _client(far)[0].tags.create("常客")
    assert far.calls[0].content == '{"tag":{"name":"常客"}}'.encode()


@pytest.mark.parametrize("code", [40001, 40014, 42001, "40001"])
def test_a_refused_token_is_renewed_once_and_the_call_tried_once_more(code: int | str) -> None:
    far = Far([refused(code), TAGS])
    client, waited = _client(far)
    assert client.tags.list()[0].id == 100
    assert (far.tokens, far.fetches, waited) == (["T1", "T2"], 2, [])


def test_a_platform_that_always_refuses_the_token_costs_two_fetches() -> None:
    far = Far([refused(40001)])
    client, _ = _client(far)
    with pytest.raises(TokenRefusedError) as caught:
        client.tags.list()
    assert (far.fetches, len(far.calls), caught.value.rid) == (2, 2, "65a-1")


def test_a_refusal_of_the_token_endpoint_is_final() -> None:
    def far(request: httpx.Request) -> httpx.Response:
        count.append(1)
        return httpx.Response(200, json={"errcode": 40001, "errmsg": "invalid credential"})

    count: list[int] = []
    client = Client("wx1", "s", transport=httpx.MockTransport(far))
    with pytest.raises(ApiError):
        client.tags.list()
    assert len(count) == 1


def test_a_token_that_somebody_else_renewed_is_taken_from_the_store(tmp_path: Path) -> None:
    far = Far([refused(40001), TAGS])
    store = FileTokens(tmp_path / "tokens.json")
    client, _ = _client(far, tokens=store)
    store.put("wx1/stable_token", Token("old", 2**62))
    assert client.token() == "old"
    store.put("wx1/stable_token", Token("theirs", 2**62))
    client.tags.list()
    assert (far.tokens, far.fetches) == (["old", "theirs"], 0)


def test_tokens_are_renewed_before_their_end() -> None:
    far, clock = Far([TAGS]), [1_000_000.0]
    client, _ = _client(far, now=lambda: clock[0])
    seen = []
    for passed in (0, 6_899, 2, 6_000):
        clock[0] += passed
        client.tags.list()
        seen.append(far.tokens[-1])
    assert seen == ["T1", "T1", "T2", "T2"]


def test_busy_is_tried_again_three_times_with_growing_pauses() -> None:
    far = Far([refused(-1), refused(-1), refused(-1), TAGS])
    client, waited = _client(far)
    client.tags.list()
    assert len(waited) == 3
    assert waited[0] < waited[1] < waited[2] < 3


def test_busy_for_good_is_an_error() -> None:
    far = Far([refused(-1, "system error")])
    client, waited = _client(far)
    with pytest.raises(BusyError):
        client.tags.list()
    assert (len(far.calls), len(waited)) == (4, 3)


@pytest.mark.parametrize(
    ("failure", "sent"),
    [
        (httpx.ConnectError("no route"), False),
        (httpx.ConnectTimeout("late"), False),
        (httpx.ReadTimeout("late"), True),
        (httpx.RemoteProtocolError("cut"), True),
        (502, True),
        (b'{"tag": {"id": 1', True),
    ],
)
def test_what_may_have_been_done_is_not_done_twice(failure: Reply, sent: bool) -> None:
    reading, creating = Far([failure, TAGS]), Far([failure, {"tag": {"id": 100, "name": "x"}}])
    assert _client(reading)[0].tags.list()[0].id == 100
    client, _ = _client(creating)
    if not sent:
        assert client.tags.create("x").id == 100
        return
    with pytest.raises(TransportError if not isinstance(failure, bytes) else AnswerError) as caught:
        client.tags.create("x")
    assert len(creating.calls) == 1
    assert getattr(caught.value, "sent", True)


@post("/cgi-bin/message/template/send", area="", idempotent=False, key="own_id")
class _Send(Request[None], frozen=True):
    own_id: str | None = None


def test_a_message_with_an_id_of_its_own_may_be_sent_again() -> None:
    far = Far([httpx.ReadTimeout("late"), refused(0)])
    _client(far)[0].call(_Send("mine"))
    assert len(far.calls) == 2
    far = Far([httpx.ReadTimeout("late"), refused(0)])
    with pytest.raises(TransportError):
        _client(far)[0].call(_Send())
    assert len(far.calls) == 1


def _error(code: int, message: str = "no", now: float = 1_772_400_000.0) -> ApiError:
    client, _ = _client(Far([refused(code, message)]), now=lambda: now)
    with pytest.raises(ApiError) as caught:
        client.tags.list()
    assert caught.value.code == code
    assert caught.value.hint
    return caught.value


def test_errors_say_what_to_do() -> None:
    # 1_772_400_000 is 2026-03-02 05:20 in Beijing.
    quota = _error(45009)
    assert isinstance(quota, QuotaError)
    assert quota.resume_us == 1_772_467_200_000_000  # the next midnight there
    assert "2026-03-03 00:00" in str(quota)
    minute = _error(45011, now=1_772_400_059.0)
    assert isinstance(minute, RateError)
    assert minute.resume_us == 1_772_400_060_000_000
    denied = _error(48001)
    assert isinstance(denied, PermissionDeniedError)
    assert "/cgi-bin/tags/get" in denied.hint
    assert not isinstance(_error(40003), QuotaError | RateError | TokenRefusedError)
    assert _error(123_456).code == 123_456


@pytest.mark.parametrize(
    ("message", "address"),
    [
        ("invalid ip 203.0.113.9, not in whitelist hint: [a_b]", "203.0.113.9"),
        ("invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist rid: 6-1", "203.0.113.9"),
        ("invalid ip 2001:db8::7, not in whitelist", "2001:db8::7"),
        ("not in whitelist", ""),
    ],
)
def test_the_address_to_allow_is_named(message: str, address: str) -> None:
    error = _error(40164, message)
    assert isinstance(error, AddressError)
    assert error.address == address
    assert address in error.hint


@pytest.mark.parametrize(
    "body", [b"", b"<html>proxy</html>", b"[1]", b'{"tags": {"a": 1}}', b'{"tags": [{"name": "x"}]}', b"\xff\xfe"]
)
def test_an_answer_of_another_shape_is_an_error_of_its_own(body: bytes) -> None:
    client, _ = _client(Far([body]), policy=Policy(retries=0))
    with pytest.raises(AnswerError):
        client.tags.list()


def test_control_characters_inside_text_are_borne() -> None:
    client, _ = _client(Far([b'{"tags": [{"id": 1, "name": "a\x01\nb"}]}']))
    assert client.tags.list()[0].name == "a\x01\nb"


def test_device_endpoints_wrap_their_code() -> None:
    client, _ = _client(Far([{"base_resp": {"errcode": 40003, "errmsg": "x"}}]))
    with pytest.raises(ApiError, match="40003"):
        client.tags.list()


def test_an_answer_that_is_too_large_is_not_read() -> None:
    client, _ = _client(Far([b'{"tags": []}' + b" " * 5_000]), policy=Policy(max_bytes=1_000, retries=0))
    with pytest.raises(AnswerError, match="larger"):
        client.tags.list()


def test_nothing_secret_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    def far(request: httpx.Request) -> httpx.Response:
        if "token" in request.url.path:
            return httpx.Response(200, json={"access_token": "tok3n", "expires_in": 7200})
        raise httpx.ReadTimeout("late")

    client = Client("wx1", "s3cret", stable=False, transport=httpx.MockTransport(far), sleep=lambda s: None)
    with caplog.at_level(logging.DEBUG), pytest.raises(TransportError) as caught:
        client.tags.list()
    with caplog.at_level(logging.DEBUG):
        issued = client.tokens.basic()
    shown = caplog.text + repr(caught.value) + str(caught.value) + repr(client.account) + repr(issued)
    assert "cgi-bin/token" in caplog.text
    assert "s3cret" not in shown
    assert "tok3n" not in shown


def test_fifty_tasks_starting_cold_fetch_one_token() -> None:
    far = Far([TAGS])

    async def work() -> None:
        transport = httpx.MockTransport(far)
        async with AsyncClient("wx1", "s", transport=transport, token_transport=transport) as client:
            await asyncio.gather(*(client.tags.list() for _ in range(50)))

    asyncio.run(work())
    assert (far.fetches, len(far.calls)) == (1, 50)


def test_fifty_threads_starting_cold_fetch_one_token() -> None:
    far = Far([TAGS])
    client, _ = _client(far)
    start = threading.Barrier(50)

    def work() -> None:
        start.wait()
        client.tags.list()

    threads = [threading.Thread(target=work) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (far.fetches, len(far.calls)) == (1, 50)


def test_the_asynchronous_client_has_the_same_policy() -> None:
    async def run(script: Sequence[Reply], call: Callable[[AsyncClient], object]) -> Far:
        far = Far(script)
        transport = httpx.MockTransport(far)
        policy = Policy(pause=0.001)
        async with AsyncClient("wx1", "s", transport=transport, token_transport=transport, policy=policy) as client:
            try:
                await call(client)  # type: ignore[misc]
            except ApiError as error:
                far.error = error  # type: ignore[attr-defined]
        return far

    far = asyncio.run(run([refused(40001)], lambda c: c.tags.list()))
    assert (far.fetches, len(far.calls), type(far.error)) == (2, 2, TokenRefusedError)  # type: ignore[attr-defined]
    far = asyncio.run(run([refused(-1), httpx.ReadTimeout("x"), TAGS], lambda c: c.tags.list()))
    assert len(far.calls) == 3


def test_pages_are_fetched_when_they_are_reached() -> None:
    pages = [
        {"count": 2, "data": {"openid": ["a", "b"]}, "next_openid": "b"},
        {"count": 1, "data": {"openid": ["c"]}, "next_openid": "c"},
        {"count": 0, "next_openid": ""},
    ]
    far = Far(pages)
    client, _ = _client(far)
    rows = client.tags.members(100)
    assert next(rows) == "a"
    assert len(far.calls) == 1
    assert list(rows) == ["b", "c"]
    assert [json.loads(call.content).get("next_openid") for call in far.calls] == [None, "b", "c"]


def test_endpoints_that_the_registry_lacks_can_be_called() -> None:
    far = Far([refused(40001), {"answer": 42}])
    client, _ = _client(far)
    assert client.request("POST", "/cgi-bin/new", query={"q": "1"}, json={"名": "茶"}) == {"answer": 42}
    assert far.calls[1].url.params["q"] == "1"
    assert far.calls[1].content == '{"名":"茶"}'.encode()


def test_methods_tell_their_arguments() -> None:
    client, _ = _client(Far([TAGS]))
    assert client.tags.create.__doc__ == CreateTag.__doc__
    assert list(client.tags.tag.__signature__.parameters) == ["openids", "tag_id"]  # type: ignore[attr-defined]
    with pytest.raises(TypeError):
        client.tags.create()  # type: ignore[call-arg]


def test_requests_are_values() -> None:
    assert ListTags() == ListTags()
    assert hash(CreateTag("x")) == hash(CreateTag("x"))
    with pytest.raises(AttributeError):
        CreateTag("x").name = "y"  # type: ignore[misc]
    assert msgspec.structs.asdict(CreateTag("x")) == {"name": "x"}


def test_a_file_of_tokens_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text("no")
    with pytest.raises(JianweiError, match=r"tokens\.json"):
        FileTokens(path).get("k")
