"""What the platform makes of answers: everything that our own replies render is taken, and nothing at all makes it stumble."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.common.xml import legal_text
from jianwei.sandbox.platform.answers import hear
from jianwei.sandbox.platform.envelopes import Wiring
from jianwei.wechat.crypto import MessageCrypto
from jianwei.wechat.replies import (
    Article,
    ImageReply,
    MusicReply,
    NewsReply,
    Reply,
    TextReply,
    TransferCustomerService,
    VideoReply,
    VoiceReply,
)

KEY, APP = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx0123456789abcdef"
PLAIN = Wiring("http://a", "mytoken")
SECURE = Wiring("http://a", "mytoken", KEY, "secure")
FIELDS: Mapping[str, Any] = {"ToUserName": "gh", "FromUserName": "oA", "MsgType": "text", "Content": "在吗"}


def _text(reply: Reply) -> bytes:
    return reply.render("oA", "gh", 7)


@given(st.text(min_size=1, max_size=300).filter(lambda text: legal_text(text).strip() == text))
@settings(max_examples=100, deadline=None)
def test_any_text_of_ours_arrives(text: str) -> None:
    reply = TextReply.cut(text)
    heard = hear(PLAIN, APP, FIELDS, _text(reply))
    assert (heard.outcome, heard.problem) == ("reply", "")
    assert heard.reply is not None
    assert heard.reply["Content"] == reply.content


@pytest.mark.parametrize(
    "reply",
    [
        ImageReply("M"),
        VoiceReply("M"),
        VideoReply("M", "题", "述"),
        MusicReply("T", "题", "述", "http://a", "http://b"),
        NewsReply([Article("题", "述", "http://p", "http://u")]),
        TransferCustomerService(),
        TransferCustomerService("kf@gh"),
    ],
    ids=lambda reply: type(reply).__name__,
)
def test_every_kind_of_reply_of_ours_is_taken_in_the_clear_and_encrypted(reply: Reply) -> None:
    assert hear(PLAIN, APP, FIELDS, _text(reply)).outcome == "reply"
    sealed = MessageCrypto("mytoken", KEY, APP).encrypt(_text(reply), "7", "nonce").to_xml()
    assert hear(SECURE, APP, FIELDS, sealed).outcome == "reply"


def test_json_answers_where_json_is_pushed() -> None:
    wiring = Wiring("http://a", "mytoken", format="json")
    answer = TextReply("在").render_json("oA", "gh", 7)
    assert hear(wiring, APP, FIELDS, answer).outcome == "reply"
    assert hear(wiring, APP, FIELDS, b"{").outcome == "unavailable"
    assert hear(PLAIN, APP, FIELDS, answer).outcome == "unavailable"


@pytest.mark.parametrize(
    ("token", "key", "app_id"),
    [("other", KEY, APP), ("mytoken", "A" * 43, APP), ("mytoken", KEY, "wxother")],
)
def test_answers_sealed_for_somebody_else(token: str, key: str, app_id: str) -> None:
    sealed = MessageCrypto(token, key, app_id).encrypt(_text(TextReply("在")), "7", "nonce").to_xml()
    heard = hear(SECURE, APP, FIELDS, sealed)
    assert heard.outcome == "unavailable"
    assert "decrypted" in heard.problem


_NAMES = st.sampled_from(
    ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "Articles", "ArticleCount", "Image", "Encrypt"]
)
_VALUES = st.recursive(
    st.one_of(st.sampled_from(["oA", "gh", "text", "news", "image", "1", ""]), st.integers(-2, 9), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(_NAMES, inner, max_size=3)),
    max_leaves=6,
)


@given(
    st.one_of(
        st.binary(max_size=200), st.dictionaries(_NAMES, _VALUES, max_size=6).map(lambda d: json.dumps(d).encode())
    )
)
@settings(max_examples=200, deadline=None)
def test_nothing_makes_it_stumble(body: bytes) -> None:
    for wiring in (PLAIN, SECURE, Wiring("http://a", "mytoken", KEY, "compatible", "json")):
        heard = hear(wiring, APP, FIELDS, body)
        assert (heard.outcome in ("success", "reply")) == (heard.problem == "")
