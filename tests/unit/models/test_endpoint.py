"""The client of chat endpoints: consent, secrets, patience, and what it does with endpoints that offer less."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat_stub import Reply, Stub, completion, serving_chat

from jianwei.errors import UsageError
from jianwei.models.endpoint import ChatClient, ConsentMissingError, Endpoint, EndpointError
from jianwei.models.endpoint_wire import ChatAnswer, ChatMessage, ChatRequest, TokenChances, error_code, read_answer
from jianwei.settings import Secret

HELLO = ChatRequest(messages=[ChatMessage("user", "你好")])
SCHEMA = {"type": "object", "properties": {}}


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving_chat(lambda body: Reply(body=completion("您好"))) as running:
        yield running


class Waits(list[float]):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(stub: Stub, sleep: Any = Waits(), **more: Any) -> ChatClient:  # noqa: B008 - nobody reads the default
    return ChatClient(Endpoint(base_url=stub.address, model="m", **more), sleep=sleep)


def test_a_call_and_its_answer(stub: Stub) -> None:
    with client(stub, key=Secret("sk-hunter2")) as asking:
        answer = asking.chat(
            ChatRequest(messages=[ChatMessage("system", "短"), ChatMessage("user", "你好")], most_tokens=5)
        )
    assert answer == ChatAnswer("您好", "stub-1", "stop")
    assert stub.asked == [
        {
            "model": "m",
            "messages": [{"role": "system", "content": "短"}, {"role": "user", "content": "你好"}],
            "temperature": 0.0,
            "max_tokens": 5,
        }
    ]
    assert stub.headers[0]["authorization"] == "Bearer sk-hunter2"


def test_without_a_key_none_is_sent(stub: Stub) -> None:
    with client(stub) as asking:
        asking.chat(HELLO)
    assert "authorization" not in stub.headers[0]


def test_nothing_is_sent_outside_without_consent() -> None:
    sent = []

    def outside(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=completion("ok"))

    endpoint = {"base_url": "https://api.example.com/v1", "model": "m"}
    with pytest.raises(ConsentMissingError, match="no consent"):
        ChatClient(Endpoint(**endpoint), transport=httpx.MockTransport(outside))  # type: ignore[arg-type]
    assert sent == []
    agreed = Endpoint(**endpoint, consented=True)  # type: ignore[arg-type]
    with ChatClient(agreed, transport=httpx.MockTransport(outside)) as asking:
        assert asking.chat(HELLO).text == "ok"
    assert str(sent[0].url) == "https://api.example.com/v1/chat/completions"


@pytest.mark.parametrize(
    "where", ["https://10.0.0.5/v1", "http://192.168.1.2:8000/v1", "http://gpu:8000/v1", "http://gpu.lan/v1"]
)
def test_the_network_is_not_this_machine(where: str) -> None:
    with pytest.raises(ConsentMissingError):
        ChatClient(Endpoint(base_url=where, model="m"))


def test_what_is_meant_for_this_machine_takes_no_proxy(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with client(stub) as asking:
        assert asking.chat(HELLO).text == "您好"


@pytest.mark.parametrize(
    "base_url",
    [
        "", "api.example.com", "ftp://api.example.com", "http://api.example.com/v1", "http://8.8.8.8/v1", "http://[2001:4860::1]/v1",
        "https://me:pw@api.example.com/v1", "https://api.example.com/v1?key=x", "https://api.example.com/v1#x", "https://a:b:c",
    ],
)  # fmt: skip
def test_addresses_that_will_not_do(base_url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Endpoint(base_url=base_url, model="m")
    assert "pw" not in str(caught.value)
    assert "key=x" not in str(caught.value)


@pytest.mark.parametrize("more", [{"model": ""}, {"tries": 0}, {"at_once": 0}, {"seconds": 0}, {"most_bytes": 0}])
def test_bounds(more: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        Endpoint(**{"base_url": "http://localhost/v1", "model": "m", **more})


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_busy_endpoint_is_asked_again(stub: Stub, status: int) -> None:
    stub.faults, waits = [Reply(status), Reply(status)], Waits()
    with client(stub, waits) as asking:
        assert asking.chat(HELLO).text == "您好"
    assert waits == [1.0, 2.0]


def test_it_waits_as_long_as_it_is_told(stub: Stub) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    waits = Waits()
    stub.faults = [Reply(429, headers={"Retry-After": wait}) for wait in ("7", "999", later)]
    with client(stub, waits) as asking:
        asking.chat(HELLO)
    assert waits[:2] == [7.0, 60.0]
    assert 20 < waits[2] <= 30


def test_it_gives_up(stub: Stub) -> None:
    stub.faults = [Reply(503, {"error": {"message": "overloaded: 你好", "type": "server_error"}})] * 9
    with client(stub, tries=3) as asking, pytest.raises(EndpointError, match=r"answers 503 \(server_error\)") as caught:
        asking.chat(HELLO)
    assert caught.value.passing
    assert len(stub.asked) == 3
    assert "你好" not in str(caught.value)


def test_one_that_is_slow_or_away(stub: Stub) -> None:
    stub.faults = [Reply(body=completion("late"), pause=0.5)] * 2
    with (
        client(stub, seconds=0.1, tries=2) as asking,
        pytest.raises(EndpointError, match=r"no answer in 0\.1 s") as caught,
    ):
        asking.chat(HELLO)
    assert caught.value.passing
    nobody = Endpoint(base_url="http://127.0.0.1:9/v1", model="m", tries=2)
    with ChatClient(nobody, sleep=Waits()) as asking, pytest.raises(EndpointError, match="connection failed"):
        asking.chat(HELLO)


@pytest.mark.parametrize(
    ("status", "hint"), [(401, "key"), (403, "key"), (404, "base_url"), (302, "leads to"), (413, "wants")]
)
def test_what_another_try_does_not_mend(stub: Stub, status: int, hint: str) -> None:
    stub.faults = [Reply(status, headers={"Location": stub.address})]
    with client(stub) as asking, pytest.raises(EndpointError, match=f"answers {status}") as caught:
        asking.chat(HELLO)
    assert not caught.value.passing
    assert hint in caught.value.hint
    assert len(stub.asked) == 1


def test_the_key_is_nowhere_to_be_seen(stub: Stub, caplog: pytest.LogCaptureFixture) -> None:
    stub.faults = [Reply(401, {"error": {"message": "Incorrect key sk-hunter2", "code": "sk-hunter2 is wrong"}})]
    endpoint = Endpoint(base_url=stub.address, model="m", key=Secret("sk-hunter2"))
    with caplog.at_level(logging.DEBUG), ChatClient(endpoint) as asking, pytest.raises(EndpointError) as caught:
        asking.chat(HELLO)
    for shown in (repr(endpoint), str(caught.value), repr(caught.value), caplog.text):
        assert "hunter2" not in shown


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"\xff", b"[]", b"{}", b'{"choices": []}', b'{"choices": [{}]}', b'{"choices": [{"message": {"content": 3}}]}'],
)  # fmt: skip
def test_answers_that_are_none(stub: Stub, body: bytes) -> None:
    stub.faults = [Reply(body=body)]
    with client(stub) as asking, pytest.raises(EndpointError, match="no chat completion"):
        asking.chat(HELLO)


def test_an_answer_without_words_and_one_without_end(stub: Stub) -> None:
    refused = completion("")
    refused["choices"][0]["message"]["content"] = None
    stub.faults = [Reply(body=refused), Reply(body=completion("x" * 5000))]
    with client(stub, most_bytes=4000) as asking:
        assert asking.chat(HELLO).text == ""
        with pytest.raises(EndpointError, match="larger than 4,000"):
            asking.chat(HELLO)


def offering(shapes: set[str | None], *, chances: bool) -> Any:
    """An endpoint that refuses what it does not know, as many do."""

    def answer(body: dict[str, Any]) -> Reply:
        shape = body.get("response_format", {}).get("type")
        if shape not in shapes or ("logprobs" in body and not chances):
            return Reply(400, {"error": {"code": "unsupported"}})
        return Reply(body=completion(f"{shape}, {'logprobs' in body}"))

    return answer


@pytest.mark.parametrize(
    ("shapes", "chances", "expected", "calls"),
    [
        ({"json_schema", "json_object", None}, True, "json_schema, True", 1),
        ({"json_schema", "json_object", None}, False, "json_schema, False", 2),
        ({"json_object", None}, True, "json_object, True", 3),
        ({"json_object", None}, False, "json_object, False", 4),
        ({None}, False, "None, False", 5),
    ],
)
def test_endpoints_that_offer_less(shapes: set[str | None], chances: bool, expected: str, calls: int) -> None:
    wanted = ChatRequest(messages=HELLO.messages, schema=SCHEMA, top_chances=5)
    with serving_chat(offering(shapes, chances=chances)) as stub, client(stub) as asking:
        assert asking.chat(wanted).text == expected
        assert len(stub.asked) == calls
        assert asking.chat(wanted).text == expected
        assert len(stub.asked) == calls + 1  # it was remembered
        assert asking.chat(HELLO).text == "None, False"


def test_a_request_that_is_wrong_in_itself() -> None:
    with serving_chat(lambda body: Reply(400, {"error": {"code": "context_length_exceeded"}})) as stub:
        with client(stub) as asking, pytest.raises(EndpointError, match="context_length_exceeded") as caught:
            asking.chat(ChatRequest(messages=HELLO.messages, schema=SCHEMA, top_chances=5))
        assert not caught.value.passing
        assert len(stub.asked) == 5


def test_many_calls_keep_their_order_and_their_bound(stub: Stub) -> None:
    stub.answer = lambda body: (
        Reply(403)
        if "3" in body["messages"][0]["content"]
        else Reply(body=completion(body["messages"][0]["content"]), pause=0.02)
    )
    requests = [ChatRequest(messages=[ChatMessage("user", f"n{i}")]) for i in range(10)]
    with client(stub, at_once=3) as asking:
        answers = asking.chat_many(requests)
        assert asking.chat_many([]) == []
    assert [answer.text if isinstance(answer, ChatAnswer) else "error" for answer in answers] == [
        "n0", "n1", "n2", "error", *(f"n{i}" for i in range(4, 10)),
    ]  # fmt: skip
    assert 1 < stub.most <= 3


def test_tokens_come_with_their_chances(stub: Stub) -> None:
    token = {
        "token": "您",
        "logprob": -0.1,
        "bytes": [1],
        "top_logprobs": [{"token": "您", "logprob": -0.1}, {"token": "你", "logprob": -2.5}],
    }
    stub.faults = [Reply(body=completion("您", [token]))]
    with client(stub) as asking:
        answer = asking.chat(ChatRequest(messages=HELLO.messages, top_chances=40))
    assert answer.tokens == (TokenChances("您", {"您": -0.1, "你": -2.5}),)
    assert stub.asked[0]["top_logprobs"] == 20


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_none(body: bytes) -> None:
    assert isinstance(error_code(body), str)
    with pytest.raises(ValueError, match="no chat completion"):
        read_answer(body)
