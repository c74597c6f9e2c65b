"""What the platform pushes to a callback, made by peers' libraries and the standard library, and webhooks to push it to."""

from __future__ import annotations

import asyncio
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from wechatpy.crypto import WeChatCrypto
from werobot.crypto import MessageCrypt

from jianwei.wechat._base import Inbox
from jianwei.wechat.crypto import MessageCrypto
from jianwei.wechat.memory import MemoryInbox
from jianwei.wechat.messages import Event, Message, TextMessage
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


def xml_of(tree: Mapping[str, Any]) -> bytes:
    """By the standard library, so that our own writer is not its own witness."""

    def fill(parent: ET.Element, name: str, value: object) -> None:
        for one in value if isinstance(value, list) else [value]:
            child = ET.SubElement(parent, name)
            if isinstance(one, dict):
                for key, held in one.items():
                    fill(child, key, held)
            else:
                child.text = str(one)

    root = ET.Element("xml")
    for key, held in tree.items():
        fill(root, key, held)
    return ET.tostring(root, "utf-8", xml_declaration=False)
