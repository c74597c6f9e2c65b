"""What a code would do to whoever scans it, told from its text alone. Nothing is opened or fetched.

The addresses are those of the platforms' own codes (WeChat, WeCom, Alipay, UnionPay), compared by their host, so that look-alikes are
addresses like any other; the schemes are the usual ones of ZXing's "Barcode Contents".
"""

from __future__ import annotations

import re
from typing import Literal, get_args
from urllib.parse import urlsplit

__all__ = ["PAYLOADS", "PAYMENTS", "PayloadKind", "masked_payload", "payload_kind"]

PayloadKind = Literal[
    "wechat_pay", "alipay", "unionpay", "wechat_contact", "wechat_group", "wechat_account", "wechat_login", "mini_program",
    "wecom", "app", "url", "phone", "sms", "mail", "wifi", "contact", "place", "event", "product", "text",
]  # fmt: skip

PAYLOADS: tuple[PayloadKind, ...] = get_args(PayloadKind)
"""Every kind; their words are `vision.payload.<kind>` in the locale."""

PAYMENTS: tuple[PayloadKind, ...] = ("wechat_pay", "alipay", "unionpay")
"""Kinds that ask for money."""

_ADDRESSES: tuple[tuple[PayloadKind, str, str], ...] = (
    ("wechat_pay", "payapp.weixin.qq.com", "/"),
    ("wechat_pay", "pay.weixin.qq.com", "/"),
    ("wechat_pay", "wx.tenpay.com", "/"),
    ("alipay", "qr.alipay.com", "/"),
    ("alipay", "mobilecodec.alipay.com", "/"),
    ("unionpay", "qr.95516.com", "/"),
    ("wechat_contact", "u.wechat.com", "/"),
    ("wechat_group", "weixin.qq.com", "/g/"),
    ("wechat_account", "weixin.qq.com", "/r/"),
    ("wechat_account", "weixin.qq.com", "/q/"),
    ("wechat_account", "mp.weixin.qq.com", "/mp/profile_ext"),
    ("wechat_login", "login.weixin.qq.com", "/"),
    ("wechat_login", "login.wx.qq.com", "/"),
    ("wechat_login", "open.weixin.qq.com", "/connect"),
    ("mini_program", "mp.weixin.qq.com", "/a/"),
    ("mini_program", "wxaurl.cn", "/"),
    ("mini_program", "wxmpurl.cn", "/"),
    ("wecom", "work.weixin.qq.com", "/"),
)
"""(kind, host, beginning of the path)"""

_STARTS: tuple[tuple[PayloadKind, str], ...] = (
    ("wechat_pay", "wxp://"), ("wechat_pay", "weixin://wxpay"), ("wechat_contact", "weixin://contacts"), ("wechat_contact", "weixin://qr/"),
    ("mini_program", "weixin://dl/business"), ("alipay", "alipay://"), ("alipay", "alipays://"), ("alipay", "alipayqr://"),
    ("unionpay", "upwallet://"), ("wecom", "wxwork://"), ("phone", "tel:"), ("sms", "sms:"), ("sms", "smsto:"), ("mail", "mailto:"),
    ("mail", "matmsg:"), ("wifi", "wifi:"), ("contact", "begin:vcard"), ("contact", "mecard:"), ("contact", "bizcard:"),
    ("place", "geo:"), ("event", "begin:vevent"), ("event", "begin:vcalendar"), ("url", "www."), ("url", "urlto:"), ("url", "ftp://"),
)  # fmt: skip

_PRODUCTS = ("EAN13", "EAN8", "UPCE")


def payload_kind(text: str, format: str = "") -> PayloadKind:
    """Which kind of thing a code says.

    Args:
        text: what the code says.
        format: of the code, "EAN13"; tells numbers of goods from other numbers.

    >>> payload_kind("wxp://f2f0abcd"), payload_kind("HTTPS://QR.ALIPAY.COM/FKX01"), payload_kind("6901234567892", "EAN13")
    ('wechat_pay', 'alipay', 'product')
    >>> payload_kind("https://qr.alipay.com.example/FKX01"), payload_kind("https://qr.alipay.com@example.com/")
    ('url', 'url')
    """
    if format in _PRODUCTS:
        return "product"
    said = text.strip()
    low = said.lower()
    if low.startswith(("http://", "https://")):
        return _address(said)
    for kind, start in _STARTS:
        if low.startswith(start):
            return kind
    scheme, separator, _ = low.partition("://")
    plain = scheme.replace("+", "").replace("-", "").replace(".", "")
    return "app" if separator and plain.isascii() and plain.isalnum() else "text"


def _address(said: str) -> PayloadKind:
    try:
        parts = urlsplit(said)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return "url"
    found = (kind for kind, known, start in _ADDRESSES if host == known and (parts.path or "/").startswith(start))
    return next(found, "url")


_PASSWORD = re.compile(r"(?i)(^\s*wifi:|(?<!\\);)(\s*P\s*:)((?:\\.|[^;\\])*)")


def masked_payload(text: str) -> str:
    """What a code says without the password of a wireless network.

    >>> masked_payload("WIFI:T:WPA;S:shop;P:se\\\\;cret;;"), masked_payload("https://a.example/?P:1")
    ('WIFI:T:WPA;S:shop;P:***;;', 'https://a.example/?P:1')
    """
    return _PASSWORD.sub(r"\1\2***", text) if text.lstrip()[:5].lower() == "wifi:" else text
