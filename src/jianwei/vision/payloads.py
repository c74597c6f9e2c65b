"""What a code would do to whoever scans it, told from its text alone. Nothing is opened or fetched.

The schemes are those of the platforms' own codes: WeChat and WeCom (wxp://, weixin://, u.wechat.com …), Alipay, UnionPay; and the usual ones
of ZXing's "Barcode Contents": tel, sms, mail, wifi, contact, place, event.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

__all__ = ["PAYLOADS", "PAYMENTS", "PayloadKind", "payload_kind"]

PayloadKind = Literal[
    "wechat_pay", "alipay", "unionpay", "wechat_contact", "wechat_group", "wechat_account", "wechat_login", "mini_program",
    "wecom", "app", "url", "phone", "sms", "mail", "wifi", "contact", "place", "event", "product", "text",
]  # fmt: skip

PAYLOADS: tuple[PayloadKind, ...] = get_args(PayloadKind)
"""Every kind; their words are `vision.payload.<kind>` in the locale."""

PAYMENTS: tuple[PayloadKind, ...] = ("wechat_pay", "alipay", "unionpay")
"""Kinds that ask for money."""

_RULES: tuple[tuple[PayloadKind, str], ...] = (
    ("wechat_pay", r"wxp://|weixin://wxpay|https?://(payapp\.weixin\.qq|pay\.weixin\.qq|wx\.tenpay)\.com"),
    ("alipay", r"(https?://)?(qr|mobilecodec|render)\.alipay\.com|alipays?(qr)?://"),
    ("unionpay", r"https?://qr\.95516\.com|upwallet://"),
    ("wechat_contact", r"https?://u\.wechat\.com/|weixin://contacts/|weixin://qr/"),
    ("wechat_group", r"https?://weixin\.qq\.com/g/"),
    ("wechat_account", r"https?://(weixin\.qq\.com/[rq]/|mp\.weixin\.qq\.com/mp/profile_ext)"),
    ("wechat_login", r"https?://(login\.weixin\.qq\.com|login\.wx\.qq\.com|open\.weixin\.qq\.com/connect)"),
    ("mini_program", r"https?://(mp\.weixin\.qq\.com/a/|wxaurl\.cn|wxmpurl\.cn|(\w+\.)?servicewechat\.com)|weixin://dl/business"),
    ("wecom", r"https?://(\w+\.)*(work\.weixin\.qq\.com|wework\.qpic\.cn)|wxwork://"),
    ("phone", r"tel:"),
    ("sms", r"sms(to)?:"),
    ("mail", r"mailto:|matmsg:"),
    ("wifi", r"wifi:"),
    ("contact", r"begin:vcard|mecard:|bizcard:"),
    ("place", r"geo:"),
    ("event", r"begin:vevent|begin:vcalendar"),
    ("url", r"(https?|ftp)://|www\.[\w-]+\.|urlto:"),
    ("app", r"[a-z][a-z0-9+.-]*://"),
)  # fmt: skip

_FIRST = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _RULES]
_PRODUCTS = ("EAN13", "EAN8", "UPCA", "UPCE")


def payload_kind(text: str, format: str = "") -> PayloadKind:
    """Which kind of thing a code says.

    Args:
        text: what the code says.
        format: of the code, "EAN13"; tells numbers of goods from other numbers.

    >>> payload_kind("wxp://f2f0abcd"), payload_kind("HTTPS://QR.ALIPAY.COM/FKX01"), payload_kind("6901234567892", "EAN13")
    ('wechat_pay', 'alipay', 'product')
    """
    if format in _PRODUCTS:
        return "product"
    said = text.strip()
    return next((kind for kind, pattern in _FIRST if pattern.match(said)), "text")
