"""What codes would do to whoever scans them: every kind by its own addresses and schemes; what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.vision.payloads import PAYLOADS, masked_payload, payload_kind

EXAMPLES = {
    "wechat_pay": ["wxp://f2f0", "https://wx.tenpay.com/f2f?t=1", "https://pay.weixin.qq.com/x"],
    "alipay": ["https://mobilecodec.alipay.com/x", "alipay://x", "alipayqr://platformapi/startapp"],
    "unionpay": ["https://qr.95516.com/1", "upwallet://x"],
    "wechat_contact": ["weixin://contacts/profile/x", "weixin://qr/x", "https://u.wechat.com/x"],
    "wechat_group": ["https://weixin.qq.com/g/x"],
    "wechat_account": ["https://weixin.qq.com/q/x", "https://mp.weixin.qq.com/mp/profile_ext?x=1"],
    "wechat_login": ["https://login.wx.qq.com/l/x", "https://open.weixin.qq.com/connect/confirm?uuid=x"],
    "mini_program": ["https://wxaurl.cn/x", "https://wxmpurl.cn/x", "weixin://dl/business/?t=x"],
    "wecom": ["https://work.weixin.qq.com/ca/cawcde", "HTTPS://WORK.WEIXIN.QQ.COM/gm/x", "wxwork://message/?x=1"],
    "app": ["market://details?id=x", "x-app+1.0://open"],
    "url": ["https://a.example/", "www.a.example", "URLTO:a:b.example", "ftp://a.example"],
    "phone": ["tel:10086", "TEL:+86-571-1"],
    "sms": ["sms:10086", "SMS:10086?body=hi", "smsto:10086:hi"],
    "mail": ["mailto:a@b.example", "MAILTO:a@b.example?subject=x", "MATMSG:TO:a@b.example;SUB:x;BODY:y;;"],
    "wifi": ["WIFI:T:WPA;S:shop;P:1;;", "wifi:S:open;;", " WIFI:S:shop;T:nopass;; "],
    "contact": ["MECARD:N:x;;", "BIZCARD:N:x;;", "BEGIN:VCARD\nEND:VCARD"],
    "place": ["geo:30.2,120.1"],
    "event": ["BEGIN:VEVENT\nEND:VEVENT", "BEGIN:VCALENDAR\nEND:VCALENDAR"],
    "text": ["", "10086", "a@b.example", "sms 10086", "mail", "wifi", "work.weixin.qq.com"],
}
LOOKALIKES = [
    "https://work.weixin.qq.com.a.example/ca/x",
    "https://a.example/work.weixin.qq.com/",
    "https://work.weixin.qq.com@a.example/",
    "https://xwork.weixin.qq.com/ca/x",
    "http://[work.weixin.qq.com/",
]


def test_every_kind_but_goods_has_an_example() -> None:
    assert {*EXAMPLES, "product"} == {*PAYLOADS}


@pytest.mark.parametrize(("text", "kind"), [(text, kind) for kind, texts in EXAMPLES.items() for text in texts])
def test_what_a_code_would_do(text: str, kind: str) -> None:
    assert payload_kind(text, "QRCode") == kind


@pytest.mark.parametrize("text", LOOKALIKES)
def test_lookalikes_are_addresses_like_any_other(text: str) -> None:
    assert payload_kind(text) == "url"


@pytest.mark.parametrize("format", ["EAN13", "EAN8", "UPCE"])
def test_numbers_of_goods_are_told_by_their_format(format: str) -> None:
    assert payload_kind("96385074", format) == "product"
    assert payload_kind("96385074", "Code128") == "text"


@given(st.text(), st.sampled_from(["", "QRCode", "EAN13"]))
def test_any_text_is_of_some_kind(text: str, format: str) -> None:
    assert payload_kind(text, format) in PAYLOADS


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("WIFI:T:WPA;S:shop;P:secret;;", "WIFI:T:WPA;S:shop;P:***;;"),
        ("wifi:P:secret;S:shop;;", "wifi:P:***;S:shop;;"),
        (r"WIFI:S:a\;P:b;P:se\;cr\\et;;", r"WIFI:S:a\;P:b;P:***;;"),
        (" WIFI:S:a; P : geheim;;", " WIFI:S:a; P :***;;"),
        ("WIFI:S:open;;", "WIFI:S:open;;"),
        ("https://a.example/;P:1;", "https://a.example/;P:1;"),
        ("mailto:a@b.example", "mailto:a@b.example"),
    ],
)
def test_passwords_of_networks_are_masked(text: str, masked: str) -> None:
    assert masked_payload(text) == masked
