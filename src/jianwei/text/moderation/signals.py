"""Signals that speak beside the model: ways to be reached, requests for codes and money, links that hide or imitate.

A signal is never a verdict. It lowers the threshold of the classes that it speaks for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jianwei.text.moderation.plain import LINKS, SHORTENERS, Plain

__all__ = ["SIGNALS", "SUPPORTS", "signals"]

SUPPORTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "contact.wechat": ("advertising", "fraud"),
        "contact.qq": ("advertising", "fraud"),
        "contact.phone": ("advertising",),
        "contact.hidden": ("advertising", "fraud"),
        "request.code": ("fraud",),
        "request.payment": ("fraud",),
        "link.short": ("advertising", "fraud"),
        "link.lookalike": ("fraud",),
        "insult": ("abuse",),
    }
)
"""Signal → classes that it speaks for: a way to be reached (hidden: written so that a filter misses it), a request for a verification
code or password, a request to send money, an address behind a shortener, one that imitates a known house; a word of insult."""

SIGNALS = tuple(SUPPORTS)

_WARNS = r"勿|不要|别|谨防|警惕|小心|防骗|反诈|诈骗|骗子|警方|不会(?:要求|索取|向)"
_CODE = (
    r"(?:验证码|校验码|动态密码|动态码|付款码|支付密码|银行卡密码|密码).{0,8}(?:发给?我|发过来|告诉我|给我|报给|提供|截图)|"
    r"(?:发我|给我|告诉我|提供|输入|填写).{0,12}(?:验证码|校验码|支付密码|银行卡号|卡号和)"
)
_PAYMENT = (
    r"安全账户|(?:先|需|请|马上|立即|快).{0,8}(?:转账|转给|打款|打到|汇到|汇款|垫付|充值|缴纳|交押金|付定金|交手续费|交保证金|汇)|"
    r"(?:手续费|保证金|解冻|押金|清关费|刷流水).{0,6}(?:转|交|付|元|\d)|(?:打|汇|转)(?:钱)?(?:到|至|入).{0,12}\d{16,19}"
)
# Words that are hardly ever said kindly. Our own short list; it is evidence beside the model, not a list of forbidden words.
_INSULT = (
    r"傻逼|[傻煞][叉x缺]|脑残|智障|弱智|脑瘫|白痴|蠢[货猪驴]|废物东西|人渣|败类|贱[人货]|犯贱|婊|荡妇|破鞋|骚[货逼]|"
    r"狗(?:东西|杂种|娘养|男女|腿子|日的)|杂种|野种|畜生|禽兽|王八[蛋犊]|混蛋|滚[蛋犊粗远开出]|滚$|^滚[,，!！。 ]|去死|"
    r"不得好死|全家死|死全家|断子绝孙|不要脸|下贱|无耻|丑[逼八]|死(?:胖子|肥|变态|瘸子|八婆|娘炮)|神经病|脑子(?:有病|进水|有坑)|操你|[日草艹]你(?:妈|全家|大爷|奶奶|先人)|"
    r"你妈(?:死|逼|的)|去你妈|他妈的|弄死|打死你|砍死|捅死|杀了你|杀你全家|撕烂|闭嘴|狗嘴|疯狗|废物"
)
_REACH = {
    "contact.wechat": r"(?:加|联系|咨询|私|找我?)[^\pL\pN]{0,2}(?:我|下|一下|客服|老师|助理)?"
    r"[^\pL\pN]{0,2}微信|微信[^\pL\pN]{0,3}(?:号[^\pL\pN]{0,3})?[a-z0-9][a-z0-9_\-]{4,19}",
    "contact.qq": r"(?:加|联系|咨询)[^\pL\pN]{0,2}我?qq|qq(?:群|号)*[^\pL\pN]{0,3}\d{5,12}",
    "contact.phone": r"(?:^|[^\d])(?:1[3-9]\d{9}|400-?\d{3}-?\d{4}|0\d{2,3}-?\d{7,8})(?:$|[^\d])",
}
# Host names that are imitated, and the registered names under which they really are.
_HOUSES = {
    "weixin": ("qq.com",), "wechat": ("wechat.com",), "tencent": ("tencent.com",), "taobao": ("taobao.com",),
    "tmall": ("tmall.com",), "alipay": ("alipay.com",), "jingdong": ("jd.com",), "pinduoduo": ("pinduoduo.com",),
    "icbc": ("icbc.com.cn",), "95588": ("icbc.com.cn",), "ccb": ("ccb.com",), "95533": ("ccb.com",),
    "abchina": ("abchina.com",), "95599": ("abchina.com",), "bankofchina": ("bankofchina.com",),
    "cmbchina": ("cmbchina.com",), "10086": ("10086.cn",), "10010": ("10010.com",), "10000": ("189.cn",),
    "12306": ("12306.cn",), "12123": ("122.gov.cn",), "douyin": ("douyin.com",), "sfexpress": ("sf-express.com",),
    "unionpay": ("unionpay.com",),
}  # fmt: skip
_LINK = re.compile(LINKS, re.ASCII)
_LIKE = str.maketrans("013457", "oleast")
_SECOND = {"com", "net", "org", "gov", "edu", "ac"}


def signals(texts: Plain) -> dict[str, NDArray[np.bool_]]:
    """For every signal bool [n]: whether it speaks in a text."""
    found = {name: _matches(texts.clear, pattern) for name, pattern in _REACH.items()}
    reached = found["contact.wechat"] | found["contact.qq"]
    open_ = _matches(texts.spelt, r"微信|wechat|weixin|qq") | ~reached
    found["contact.hidden"] = ~open_ | (found["contact.phone"] & ~_matches(texts.spelt, _REACH["contact.phone"]))
    warned = _matches(texts.clear, _WARNS)
    found["request.code"] = _matches(texts.clear, _CODE) & ~warned
    found["request.payment"] = _matches(texts.clear, _PAYMENT) & ~warned
    found["link.short"] = _matches(texts.clear, SHORTENERS)
    found["insult"] = _matches(texts.clear, _INSULT)
    found["link.lookalike"] = _lookalikes(texts.clear)
    return {name: found[name] for name in SIGNALS}


def _matches(texts: pa.StringArray, pattern: str) -> NDArray[np.bool_]:
    hits: NDArray[np.bool_] = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return hits


def _lookalikes(texts: pa.StringArray) -> NDArray[np.bool_]:
    hits = _matches(texts, r"[a-z0-9]\.[a-z0-9]|https?://")
    for at in np.flatnonzero(hits):
        hits[at] = any(_imitates(found[0]) for found in _LINK.finditer(texts[int(at)].as_py()))
    return hits


def _imitates(link: str) -> bool:
    """Whether an address wears the name of a known house and is not of it, hides letters in punycode, or is a bare number."""
    host = re.sub(r"^https?://", "", link).split("/")[0].split("?")[0].split(":")[0].strip(".")
    if "xn--" in host or re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", host):
        return True
    labels = host.split(".")
    registered = ".".join(labels[-3:] if len(labels) > 2 and labels[-2] in _SECOND else labels[-2:])
    spellings = {host, host.translate(_LIKE), host.replace("1", "i").replace("0", "o"), host.replace("vv", "w")}
    return any(
        name in spelling and registered not in own
        for name, own in _HOUSES.items()
        for spelling in ({host} if name.isdigit() else spellings)
        if len(name) > 3 or re.search(rf"(?:^|[.\-0-9]){name}(?:[.\-0-9]|$)", spelling)
    )
