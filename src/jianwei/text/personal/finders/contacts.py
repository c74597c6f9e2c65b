"""Ways to reach or find a person beside the phone: addresses of mail and pages, QQ and WeChat ids, number plates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jianwei.text.personal.finders.folding import DIGIT, Finder, Hit, each

__all__ = ["EMAIL", "FINDERS", "URL"]

URL = re.compile(r"(?i:https?://|(?<![0-9A-Za-z./@-])www\.)[!-~]*[A-Za-z0-9/=&#_-]")
EMAIL = re.compile(
    r"(?<![A-Za-z0-9_%+-])[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}[.。]){1,5}[A-Za-z]{2,24}(?![A-Za-z0-9])"
)
_COUNTED = r"\s?(?:元|块|万|亿|%|人|个|件|次|条|位|名|天|年|级|分)"
_QQ = re.compile(
    r"(?:(?<![a-z])qq|扣扣|企鹅号?|加(?:我|个)?q|(?<![a-z])q(?=号|群|:))(?:号码|群号|群|号)?[ :是为加=]{0,4}(?P<id>[1-9][0-9]{4,10})"
    rf"(?![0-9A-Za-z_]|[.,][0-9]|{_COUNTED})",
    re.IGNORECASE,
)
_WECHAT = re.compile(
    r"(?:微信(?:号码|号|id)?|(?<![a-z])(?:wechat|weixin|vx|wx|v(?=[:号]))|[v威薇]信号?|加(?:我|个)?[v薇微威]|\+v)"
    r" {0,2}(?P<said>[:是为=号]{0,3}) {0,2}(?P<id>[a-z][-_a-z0-9]{5,19}|[1-9][0-9]{5,10})(?![-_0-9a-z.@])",
    re.IGNORECASE,
)
_WXID = re.compile(r"(?<![0-9A-Za-z_])wxid_[0-9a-z]{8,20}(?![0-9A-Za-z_])")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·.\-]{0,2}"
    r"(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK])(?![0-9A-Za-z])",
    re.IGNORECASE,
)


def _urls(text: str) -> Iterator[Hit]:
    return each(URL, text, lambda found: Hit(*found.span(), found[0]))


def _emails(text: str) -> Iterator[Hit]:
    return each(EMAIL, text, lambda found: Hit(*found.span(), found[0].replace("。", ".").lower()))


def _qqs(text: str) -> Iterator[Hit]:
    return each(_QQ, text, lambda found: Hit(*found.span("id"), found["id"]))


def _wxids(text: str) -> Iterator[Hit]:
    return each(_WXID, text, lambda found: Hit(*found.span(), found[0]))


def _wechats(text: str) -> Iterator[Hit]:
    def read(found: re.Match[str]) -> Hit | None:
        name = found["id"]
        # "微信 android" tells no id; "微信号abcdef", "微信 abc123" do.
        said = found["said"] or "号" in found[0] or (name[0].isalpha() and re.search(r"[0-9_]", name))
        return Hit(*found.span("id"), name) if said else None

    return each(_WECHAT, text, read)


def _plates(text: str) -> Iterator[Hit]:
    def read(found: re.Match[str]) -> Hit | None:
        plate = "".join(c for c in found[0].upper() if c.isalnum())
        return Hit(*found.span(), plate) if sum(c.isdigit() for c in plate) >= 3 else None

    return each(_PLATE, text, read)


FINDERS = (
    Finder("url", r"(?i)https?://|www\.|ｈｔｔｐ|ｗｗｗ", _urls),
    Finder("email", "[@＠]", _emails),
    Finder("wechat", "wxid_", _wxids),
    Finder("qq", rf"(?:[qQｑＱ]|扣扣|企鹅).{{0,8}}{DIGIT}{{5}}", _qqs),
    Finder(
        "wechat",
        r"(?i)微信.{0,6}[0-9a-zａ-ｚＡ-Ｚ０-９]|we(?:chat|ixin)|[vw]x|[vｖ威薇]信|加.?[vｖ薇微威]|[v号ｖ][:：]|\+v|wxid_|[ｖｗ]ｘ",
        _wechats,
    ),
    Finder(
        "plate",
        rf"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-zＡ-Ｚａ-ｚ].{{0,8}}{DIGIT}",
        _plates,
    ),
)
