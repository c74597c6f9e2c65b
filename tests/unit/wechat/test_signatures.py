"""Signatures against the platform's published examples and against wechatpy."""

from __future__ import annotations

import hashlib

from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.utils import WeChatSigner

from jianwei.wechat.signatures import (
    card_signature,
    jsapi_config,
    jsapi_signature,
    same_signature,
    url_signature,
    user_data_signature,
    verify_url_signature,
)

TICKET = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"


def test_published_examples() -> None:
    assert url_signature("AAAAA", "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"
    assert url_signature("AAAAA", "1714112445", "415670741") == "6c5c811b55cc85e0e1b54100749188c20beb3f5d"
    url = "http://mp.weixin.qq.com?params=value"
    signed = "0f9de62fce790f9a083d5c99e95740ceb90c27ed"
    assert jsapi_signature(TICKET, "Wm3WZYTPz0wzccnW", 1414587457, url) == signed
    config = jsapi_config("wx1", TICKET, url + "#part", timestamp=1414587457, nonce="Wm3WZYTPz0wzccnW")
    assert config.to_json() == {
        "appId": "wx1", "timestamp": 1414587457, "nonceStr": "Wm3WZYTPz0wzccnW", "signature": signed,
    }  # fmt: skip


def test_the_user_data_signature_joins_without_sorting() -> None:
    raw, key = '{"nickName":"见微"}', "HyVFkGl5F5OQWJZZaNzBBg=="
    assert user_data_signature(raw, key) == hashlib.sha1((raw + key).encode()).hexdigest()


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), min_size=3, max_size=6))
def test_sorted_values_are_signed_as_wechatpy_does(values: list[str]) -> None:
    signer = WeChatSigner()
    signer.add_data(*values)
    assert card_signature(*values) == url_signature(*values) == signer.signature


@settings(deadline=None)
@given(st.text(), st.text(), st.text(), st.text(max_size=50))
def test_only_the_right_signature_is_accepted(token: str, timestamp: str, nonce: str, other: str) -> None:
    right = url_signature(token, timestamp, nonce)
    assert verify_url_signature(token, timestamp, nonce, right)
    assert not verify_url_signature(token, timestamp, nonce, right[:-1])
    assert not verify_url_signature(token, timestamp, nonce, right.upper().translate({ord("A"): "B"}) + other)
    assert not verify_url_signature("\ud800", timestamp, "\udfff", other)
    assert not same_signature("", right)
