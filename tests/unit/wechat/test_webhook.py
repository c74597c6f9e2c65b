"""The webhook: modes and signatures, once for each message, in time, kept before it is acknowledged."""

from __future__ import annotations

import asyncio
import json
import logging
import xml.etree.ElementTree as ET
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto
from werobot.crypto import MessageCrypt

from jianwei.errors import StoreError
from jianwei.wechat._base import Claim, Delivery, Inbox
from jianwei.wechat.crypto import MessageCrypto
from jianwei.wechat.memory import MemoryInbox
from jianwei.wechat.messages import Event, Message, TextMessage, dedupe_key
from jianwei.wechat.replies import Acknowledge, ImageReply, Reply, TransferCustomerService
from jianwei.wechat.signatures import url_signature
from jianwei.wechat.webhook import Answer, Webhook

TOKEN, KEY, APP = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7"
WHEN = 1_714_112_445
SUCCESS = Answer(200, b"success", "text/plain; charset=utf-8")

Handled = Message | Event


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def xml(number: int = 1, content: str = "你好", kind: str = "text") -> bytes:
    return (
        f"<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oA]]></FromUserName><CreateTime>{WHEN}</CreateTime>"
        f"<MsgType><![CDATA[{kind}]]></MsgType><Content><![CDATA[{content}]]></Content><MsgId>{number}</MsgId></xml>"
    ).encode()


def as_json(number: int = 1) -> bytes:
    tree = {
        "ToUserName": "gh_1",
        "FromUserName": "oA",
        "CreateTime": WHEN,
        "MsgType": "text",
        "Content": "你好",
        "MsgId": number,
    }
    return json.dumps(tree).encode()


def signed(nonce: str = "n", timestamp: str = str(WHEN), **more: str) -> dict[str, str]:
    return {
        "signature": url_signature(TOKEN, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": "oA",
        **more,
    }


def sealed(
    body: bytes, nonce: str = "n", plain: bool = False, outer_json: bool = False
) -> tuple[dict[str, str], bytes]:
    """What the platform sends in secure mode, or in compatible mode (`plain`); encrypted by wechatpy."""
    theirs = WeChatCrypto(TOKEN, KEY, APP).encrypt_message(body.decode(), nonce, str(WHEN))
    parts = {part.tag: part.text or "" for part in ET.fromstring(theirs)}
    query = signed(nonce, encrypt_type="aes", msg_signature=parts["MsgSignature"])
    if outer_json:
        return query, json.dumps({"ToUserName": "gh_1", "Encrypt": parts["Encrypt"]}).encode()
    beside = body.removeprefix(b"<xml>").removesuffix(b"</xml>") if plain else b""
    return query, b"<xml>" + beside + f"<Encrypt><![CDATA[{parts['Encrypt']}]]></Encrypt></xml>".encode()


def said(answer: Answer) -> dict[str, str]:
    """The plain answer, decrypted by WeRoBot where it is encrypted."""
    text = answer.body
    if b"Encrypt" in text:
        is_xml = text.startswith(b"<")
        parts = {part.tag: part.text for part in ET.fromstring(text)} if is_xml else json.loads(text)
        crypt = MessageCrypt(TOKEN, KEY, APP)
        text = crypt.decrypt_message(str(parts["TimeStamp"]), parts["Nonce"], parts["MsgSignature"], parts["Encrypt"])
    if text.startswith(b"{"):
        return dict(json.loads(text))
    return {part.tag: part.text or "" for part in ET.fromstring(text)}


def echo(message: Handled) -> str:
    assert isinstance(message, TextMessage)
    return f"收到：{message.content}"


async def echo_later(message: Handled) -> str:
    await asyncio.sleep(0)
    return echo(message)


def webhook(
    handler: Callable[[Handled], Any] = echo, inbox: Inbox | None = None, crypto: bool = True, **options: Any
) -> Webhook:
    own = MessageCrypto(TOKEN, KEY, APP) if crypto else None
    return Webhook(APP, TOKEN, inbox or MemoryInbox(), handler, crypto=own, now=lambda: WHEN * 1_000_000 + 5, **options)


# --- the URL's check --------------------------------------------------------------------------------------------------


def test_url_check_of_an_official_account() -> None:
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696", "timestamp": "1714036504", "nonce": "1514711492",
        "echostr": "4375120948345356249",
    }  # fmt: skip
    hook = Webhook("wx1", "AAAAA", MemoryInbox(), echo)
    assert run(hook.verify(query)) == Answer(200, b"4375120948345356249", "text/plain; charset=utf-8")
    for name in ("signature", "timestamp", "nonce"):
        assert run(hook.verify(query | {name: "0"})).status == 403
        assert run(hook.verify({key: value for key, value in query.items() if key != name})).status == 403


def test_url_check_of_wecom() -> None:
    query = {
        "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "timestamp": "1409659589", "nonce": "263014780",
        "echostr": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
    }  # fmt: skip
    assert run(webhook().verify(query)).body == b"1616140317555161061"
    for changed in (query | {"msg_signature": "0" * 40}, query | {"echostr": "x"}, query | {"nonce": "1"}):
        answer = run(webhook().verify(changed))
        assert (answer.status, answer.media_type) == (403, "text/plain; charset=utf-8")
        assert b"Traceback" not in answer.body
    assert run(webhook(crypto=False).verify(query)).status == 403


# --- modes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("handler", [echo, echo_later])
@pytest.mark.parametrize(
    ("mode", "encrypted", "media_type"),
    [
        ("plain", False, "text/xml; charset=utf-8"),
        ("raw", False, "text/xml; charset=utf-8"),
        ("json", False, "application/json"),
        ("compatible", True, "text/xml; charset=utf-8"),
        ("secure", True, "text/xml; charset=utf-8"),
        ("secure json", True, "application/json"),
        ("wecom", True, "text/xml; charset=utf-8"),
    ],
)
def test_modes(mode: str, encrypted: bool, media_type: str, handler: Callable[[Handled], Any]) -> None:
    query, body = {
        "plain": (signed(), xml()),
        "raw": (signed(encrypt_type="raw"), xml()),
        "json": (signed(), as_json()),
        "compatible": sealed(xml(), plain=True),
        "secure": sealed(xml()),
        "secure json": sealed(as_json(), outer_json=True),
        "wecom": sealed(xml()),
    }[mode]
    if mode == "wecom":
        query = {name: query[name] for name in ("msg_signature", "timestamp", "nonce")}
    inbox = MemoryInbox()
    answer = run(webhook(handler, inbox).receive(query, body))
    assert (answer.status, answer.media_type, b"Encrypt" in answer.body) == (200, media_type, encrypted)
    found = said(answer)
    assert (found["ToUserName"], found["FromUserName"], found["Content"]) == ("oA", "gh_1", "收到：你好")
    assert int(found["CreateTime"]) == WHEN
    plain = as_json() if "json" in mode else xml()
    assert inbox.deliveries() == [Delivery(APP, "m:1", plain, WHEN * 1_000_000 + 5)]


def test_in_compatible_mode_what_was_encrypted_counts() -> None:
    query, body = sealed(xml(content="真"), plain=True)
    forged = body.replace("真".encode(), "假".encode())
    assert said(run(webhook().receive(query, forged)))["Content"] == "收到：真"
    assert run(webhook().receive(query, xml(content="假"))).status == 400


def test_compatible_mode_without_a_key_is_plain() -> None:
    query, body = sealed(xml(), plain=True)
    answer = run(webhook(crypto=False).receive(query, body))
    assert b"Encrypt" not in answer.body
    assert said(answer)["Content"] == "收到：你好"
    query, body = sealed(xml())
    assert run(webhook(crypto=False).receive(query, body)).status == 403


def test_plain_deliveries_can_be_refused() -> None:
    hook = webhook(require_secure=True)
    assert run(hook.receive(signed(), xml())).status == 403
    assert run(hook.receive(*sealed(xml()))).status == 200
    query, body = sealed(xml(), plain=True)
    assert run(webhook(require_secure=True, crypto=False).receive(query, body)).status == 403


@pytest.mark.parametrize("name", ["signature", "timestamp", "nonce", "msg_signature"])
@pytest.mark.parametrize("secure", [False, True])
def test_wrong_signatures(name: str, secure: bool) -> None:
    inbox = MemoryInbox()
    query, body = sealed(xml()) if secure else (signed(), xml())
    for value in ("", "0" * 40, "签名", "\ud800"):
        answer = run(webhook(inbox=inbox).receive(query | {name: value}, body))
        assert answer.status == 403 if secure or name != "msg_signature" else answer.status == 200
    assert run(webhook(inbox=inbox).receive({}, body)) == Answer(403, b"not signed")
    assert len(inbox.deliveries()) == (0 if secure or name != "msg_signature" else 1)


def test_stale_timestamps() -> None:
    for age, status in ((0, 200), (299, 200), (301, 403), (-301, 403)):
        query = signed(timestamp=str(WHEN - age))
        assert run(webhook(max_age=300).receive(query, xml())).status == status
        assert run(webhook().receive(query, xml())).status == 200
        assert run(webhook(max_age=300).verify(query | {"echostr": "1"})).status == status
    for timestamp in ("", "x", "9" * 5_000, "١", "-1"):
        assert run(webhook(max_age=300).receive(signed(timestamp=timestamp), xml())).status == 403


def test_long_bodies() -> None:
    assert run(webhook(max_bytes=500).receive(signed(), xml(content="x" * 500))).status == 413
    assert run(webhook(max_bytes=500).receive(signed(), xml())).status == 200


def test_what_is_signed_and_no_message_is_kept_without_asking_the_handler() -> None:
    asked: list[Handled] = []
    inbox = MemoryInbox()
    hook = webhook(asked.append, inbox)
    for body in (b"", b"<xml>", b'{"a":', b"\xff\x00", b"<!DOCTYPE x><xml/>"):
        assert run(hook.receive(signed(), body)) == SUCCESS
        assert run(hook.receive(*sealed_bytes(body))) == SUCCESS
    assert [one.body for one in inbox.deliveries()] == [b"", b"<xml>", b'{"a":', b"\xff\x00", b"<!DOCTYPE x><xml/>"]
    assert asked == []


def sealed_bytes(body: bytes) -> tuple[dict[str, str], bytes]:
    envelope = MessageCrypto(TOKEN, KEY, APP).encrypt(body, WHEN, "n")
    return signed(encrypt_type="aes", msg_signature=envelope.msg_signature), envelope.to_xml()


# --- answers ---------------------------------------------------------------------------------------------------------


class Broken(Reply):
    __slots__ = ()

    def fields(self) -> dict[str, Any]:
        raise RuntimeError("no fields")


@pytest.mark.parametrize("result", [None, "", " \x00", Acknowledge(), 7, {"MsgType": "text"}, Broken()])
def test_no_answer_is_success(result: Any) -> None:
    inbox = MemoryInbox()
    assert run(webhook(lambda _: result, inbox).receive(*sealed(xml()))) == SUCCESS
    assert len(inbox.deliveries()) == 1


def test_other_replies_and_long_texts() -> None:
    assert said(run(webhook(lambda _: ImageReply("m")).receive(signed(), xml())))["MsgType"] == "image"
    handed_over = said(run(webhook(lambda _: TransferCustomerService()).receive(signed(), as_json())))
    assert handed_over["MsgType"] == "transfer_customer_service"
    content = said(run(webhook(lambda _: "茶" * 5_000).receive(signed(), xml())))["Content"]
    assert (len(content.encode()), content[-2:]) == (2_046, "茶…")


def test_text_of_people_cannot_inject() -> None:
    evil = "]]><MsgType>news</MsgType><![CDATA[\x01"
    query, body = sealed(as_json().replace(b'"\\u4f60\\u597d"', json.dumps(evil).encode()), outer_json=True)
    assert said(run(webhook(lambda m: m.content).receive(query, body)))["Content"] == evil
    answer = run(webhook(lambda m: m.content).receive(signed(), xml(content="]]]]><![CDATA[><MsgType>x</MsgType>\x01")))
    assert said(answer)["Content"] == "]]><MsgType>x</MsgType>"


# --- once ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secure", [False, True])
def test_fifty_retries_at_once_run_the_handler_once(secure: bool) -> None:
    asked: list[str] = []

    async def work() -> None:
        inbox, gate = MemoryInbox(), asyncio.Event()

        async def handler(message: Handled) -> str:
            asked.append(dedupe_key(message))
            await gate.wait()
            return f"answer {len(asked)}"

        hooks = [webhook(handler, inbox) for _ in range(5)]  # as many workers of one server
        pushes = [sealed(xml(), nonce=str(n)) if secure else (signed(str(n)), xml()) for n in range(50)]
        tasks = [asyncio.create_task(hooks[n % 5].receive(*push)) for n, push in enumerate(pushes)]
        await asyncio.sleep(0.02)
        gate.set()
        answers = await asyncio.gather(*tasks)
        answers.append(await hooks[0].receive(*pushes[0]))
        assert {said(answer)["Content"] for answer in answers} == {"answer 1"}
        assert len({answer.body for answer in answers}) == (51 if secure else 1)
        assert len(inbox.deliveries()) == 1
        assert await hooks[0].drain(0) == 0

    run(work())
    assert asked == ["m:1"]


def test_a_slow_answer_follows_later_and_the_message_is_kept_first() -> None:
    async def work() -> None:
        inbox, gate, sent = MemoryInbox(), asyncio.Event(), list[tuple[Handled, Reply]]()

        async def handler(message: Handled) -> str:
            await gate.wait()
            return echo(message)

        async def late(message: Handled, reply: Reply) -> None:
            sent.append((message, reply))

        hook = webhook(handler, inbox, late=late, deadline=0.02)
        assert await hook.receive(*sealed(xml())) == SUCCESS
        assert [one.key for one in inbox.deliveries()] == ["m:1"]
        assert await hook.receive(*sealed(xml(), nonce="2")) == SUCCESS
        assert await hook.drain(0.01) > 0
        gate.set()
        assert await hook.drain(5) == 0
        ((message, reply),) = sent
        assert (message.from_user, reply.to_custom()["text"]) == ("oA", {"content": "收到：你好"})
        assert await hook.receive(*sealed(xml(), nonce="3")) == SUCCESS
        assert len(sent) == len(inbox.deliveries()) == 1

    run(work())


def test_late_answers_that_cannot_be_sent_are_logged_without_their_words(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(message: Handled, reply: Reply) -> None:
        raise RuntimeError("秘密")

    async def follows(message: Handled, reply: Reply) -> None:
        reply.to_custom()

    async def work(late: Any, result: Any) -> None:
        async def handler(message: Handled) -> Any:
            await asyncio.sleep(0.05)
            if isinstance(result, Exception):
                raise result
            return result

        hook = webhook(handler, late=late, deadline=0.01)
        assert await hook.receive(signed(), xml()) == SUCCESS
        assert await hook.drain(5) == 0

    for late, result, expected in (
        (None, "秘密", "nothing sends late ones"),
        (failing, "秘密", "RuntimeError"),
        (follows, TransferCustomerService(), "cannot be sent as a customer-service message"),
        (failing, ValueError("秘密"), "ValueError"),
    ):
        caplog.clear()
        run(work(late, result))
        assert expected in caplog.text
        assert "秘密" not in caplog.text
    caplog.clear()
    run(work(failing, None))
    run(work(failing, Acknowledge()))
    assert caplog.text == ""


async def cancels(message: Handled) -> str:
    raise asyncio.CancelledError


async def fails_later(message: Handled) -> str:
    await asyncio.sleep(0)
    raise ValueError(f"about {message}")


def fails(message: Handled) -> str:
    raise KeyError(f"about {message}")


@pytest.mark.parametrize("handler", [fails, fails_later, cancels])
def test_a_handler_that_fails_costs_the_answer_only(
    handler: Callable[[Handled], Any], caplog: pytest.LogCaptureFixture
) -> None:
    inbox = MemoryInbox()
    hook = webhook(handler, inbox)
    assert run(hook.receive(*sealed(xml(content="秘密")))) == SUCCESS
    assert run(hook.receive(*sealed(xml(content="秘密"), nonce="2"))) == SUCCESS
    assert len(inbox.deliveries()) == 1
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.ERROR, None)
    assert "秘密" not in caplog.text
    assert "test_webhook.py" in caplog.text or handler is cancels


def test_a_client_that_goes_away_changes_nothing() -> None:
    asked: list[int] = []

    async def work() -> None:
        inbox, gate = MemoryInbox(), asyncio.Event()

        async def handler(message: Handled) -> str:
            asked.append(1)
            await gate.wait()
            return "done"

        hook = webhook(handler, inbox)
        for steps in range(6):  # it goes away at each step on the way into the handler
            first = asyncio.create_task(hook.receive(signed(), xml(steps)))
            for _ in range(steps):
                await asyncio.sleep(0)
            first.cancel()
            with suppress(asyncio.CancelledError):
                await first
        gate.set()
        assert await hook.drain(5) == 0
        for steps in range(6):
            assert said(await hook.receive(signed(), xml(steps)))["Content"] == "done"
        assert sorted(one.key for one in inbox.deliveries()) == [f"m:{steps}" for steps in range(6)]

    run(work())
    assert len(asked) == 6


# --- an inbox that fails ---------------------------------------------------------------------------------------------


class Failing(MemoryInbox):
    """Fails in the named calls as often as it is told to."""

    def __init__(self, **times: int) -> None:
        super().__init__()
        self.times = times

    def _fail(self, name: str) -> None:
        if self.times.get(name, 0) > 0:
            self.times[name] -= 1
            raise StoreError("inbox", "the disk is full")

    async def begin(self, account: str, key: str, wait_seconds: float) -> Claim:
        self._fail("begin")
        return await super().begin(account, key, wait_seconds)

    async def finish(self, delivery: Delivery, answer: bytes) -> None:
        self._fail("finish")
        await super().finish(delivery, answer)

    async def abandon(self, account: str, key: str) -> None:
        await super().abandon(account, key)
        self._fail("abandon")


@pytest.mark.parametrize("broken", ["begin", "finish", "abandon"])
@pytest.mark.parametrize("secure", [False, True])
def test_what_was_not_kept_is_not_acknowledged(broken: str, secure: bool) -> None:
    asked: list[int] = []

    def handler(message: Handled) -> str:
        asked.append(1)
        return f"answer {len(asked)}"

    async def work() -> None:
        inbox = Failing(**{broken: 2, "finish": 2 if broken != "begin" else 0})
        hook = webhook(handler, inbox)
        push = sealed(xml()) if secure else (signed(), xml())
        for _ in range(2):
            assert (await hook.receive(*push)).status == 503
        assert inbox.deliveries() == []
        assert said(await hook.receive(*push))["Content"] == "answer 1"
        assert len(inbox.deliveries()) == 1

    run(work())
    assert asked == [1]


def test_a_retry_does_not_start_a_slow_handler_again_when_keeping_failed() -> None:
    asked: list[int] = []

    async def work() -> None:
        gate, sent = asyncio.Event(), list[Reply]()

        async def handler(message: Handled) -> str:
            asked.append(1)
            await gate.wait()
            return "late"

        async def late(message: Handled, reply: Reply) -> None:
            sent.append(reply)

        hook = webhook(handler, Failing(finish=1), late=late, deadline=0.01)
        assert (await hook.receive(signed(), xml())).status == 503
        assert await hook.receive(signed(), xml()) == SUCCESS
        gate.set()
        assert await hook.drain(5) == 0
        assert len(sent) == 1

    run(work())
    assert asked == [1]


def test_a_retry_that_waits_in_vain_is_not_acknowledged() -> None:
    class Stuck(MemoryInbox):
        async def finish(self, delivery: Delivery, answer: bytes) -> None:
            await asyncio.Event().wait()

    async def work() -> None:
        hook = webhook(inbox=Stuck(), deadline=0.02)
        first = asyncio.create_task(hook.receive(signed(), xml()))
        await asyncio.sleep(0.01)
        assert (await hook.receive(signed("2"), xml())).status == 503
        assert not first.done()

    run(work())


def test_claims_that_were_given_back_go_to_one_who_waits() -> None:
    async def work() -> None:
        inbox = MemoryInbox()
        assert (await inbox.begin("a", "k", 0)).first
        waiting = [asyncio.create_task(inbox.begin("a", "k", 5)) for _ in range(3)]
        await asyncio.sleep(0)
        await inbox.abandon("a", "k")
        done, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result() for task in done] == [Claim(first=True)]
        await inbox.finish(Delivery("a", "k", b"", 1), b"answer")
        assert await asyncio.gather(*rest) == [Claim(first=False, answer=b"answer")] * 2
        assert (await inbox.begin("b", "k", 0)).first

    run(work())


# --- anything --------------------------------------------------------------------------------------------------------

BODIES = [
    xml(), as_json(), sealed(xml())[1], sealed(as_json(), outer_json=True)[1], sealed(xml(), plain=True)[1], xml(kind="event"),
]  # fmt: skip
QUERIES = [
    signed(),
    sealed(xml())[0],
    {**sealed(xml())[0], "encrypt_type": "AES"},
    {"msg_signature": "0", "timestamp": "1"},
]
PIECES = st.binary(max_size=5) | st.sampled_from(
    [b"]]>", b"<Encrypt>", b"\x00", b"</xml>", b"&#0;", b"<!DOCTYPE a>", b'"', b"{"]
)


@settings(max_examples=400)
@given(st.data())
def test_nothing_from_outside_is_an_error_of_the_server(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(BODIES)))
    for _ in range(data.draw(st.integers(0, 5))):
        place = data.draw(st.integers(0, len(body)))
        body[place : place + data.draw(st.integers(0, 6))] = data.draw(PIECES)
    query = dict(data.draw(st.sampled_from(QUERIES)))
    if data.draw(st.booleans()):
        name = data.draw(st.sampled_from([*query, "encrypt_type", "echostr"]))
        query[name] = data.draw(st.text(st.characters(exclude_categories=[]), max_size=8))
    asked: list[str] = []

    async def work() -> None:
        inbox = MemoryInbox()
        hook = webhook(
            lambda message: asked.append(dedupe_key(message)), inbox, max_age=data.draw(st.sampled_from([None, 60.0]))
        )
        answers = await asyncio.gather(*(hook.receive(query, bytes(body)) for _ in range(3)))
        assert {answer.status for answer in answers} <= {200, 400, 403}
        assert len(asked) == len(set(asked)) <= 1
        assert len(inbox.deliveries()) == (answers[0].status == 200)
        assert (await hook.verify(query)).status in {200, 403}

    run(work())
