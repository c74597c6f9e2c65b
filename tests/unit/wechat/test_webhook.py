"""The webhook: the URL's check, modes and signatures, answers, and anything from outside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pushes import (
    APP,
    KEY,
    SUCCESS,
    TOKEN,
    WHEN,
    Handled,
    as_json,
    echo,
    echo_later,
    run,
    said,
    sealed,
    signed,
    webhook,
    xml,
)

from jianwei.wechat._base import Delivery
from jianwei.wechat.crypto import MessageCrypto
from jianwei.wechat.memory import MemoryInbox
from jianwei.wechat.messages import dedupe_key
from jianwei.wechat.replies import Acknowledge, ImageReply, Reply, TransferCustomerService
from jianwei.wechat.webhook import Answer, Webhook

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


@settings(max_examples=400, deadline=None)
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
