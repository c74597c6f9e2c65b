"""Sums of money and days: not personal by themselves, but what a text is often about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from jianwei.text.personal.finders.folding import DIGIT, Finder, Hit, each

__all__ = ["FINDERS"]

_NUMBER = r"[0-9]{1,12}(?:,[0-9]{3})*(?:\.[0-9]{1,4})?"
_MONEY = re.compile(
    rf"(?:(?P<sign>[¥￥$€£]|人民币|(?<![A-Za-z])(?:rmb|cny)) ?(?P<first>{_NUMBER})(?P<unit1> ?[百千万亿]{{1,2}})?(?:元|块)?"
    rf"|(?<![0-9.,])(?P<then>{_NUMBER})(?P<unit2> ?[百千万亿]{{1,2}})?多? ?"
    r"(?P<name>元|块钱|块(?![头儿状的石肉布地田砖板糖巧蛋饼电屏])|美元|美金|欧元|港币|rmb|cny|毛钱))(?![0-9])",
    re.IGNORECASE,
)
_UNITS = {"百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
_CURRENCIES = {"$": "USD", "美元": "USD", "美金": "USD", "€": "EUR", "欧元": "EUR", "£": "GBP", "港币": "HKD"}


def _sums(text: str) -> Iterator[Hit]:
    def read(found: re.Match[str]) -> Hit:
        amount = Decimal((found["first"] or found["then"]).replace(",", ""))
        for unit in (found["unit1"] or found["unit2"] or "").strip():
            amount *= _UNITS[unit]
        word = found["sign"] or found["name"]
        if word == "毛钱":
            amount /= 10
        return Hit(*found.span(), f"{amount.normalize():f} {_CURRENCIES.get(word, 'CNY')}")

    return each(_MONEY, text, read)


_DATE = re.compile(
    r"(?<![0-9A-Za-z.\-/])(?:(?P<year>(?:19|20)[0-9]{2}) ?(?P<mark>[-/.年]) ?(?P<month>[01]?[0-9]) ?(?:(?P=mark)|月) ?"
    r"(?P<day>[0-3]?[0-9])[日号]?|(?P<month2>[01]?[0-9])月(?P<day2>[0-3]?[0-9])(?:日|号)?)(?![0-9A-Za-z]|[.\-/][0-9])"
)


def _dates(text: str) -> Iterator[Hit]:
    def read(found: re.Match[str]) -> Hit | None:
        year, month, day = found["year"], int(found["month"] or found["month2"]), int(found["day"] or found["day2"])
        try:
            known = date(int(year) if year else 2000, month, day)  # 2000 has a 29 February
        except ValueError:
            return None
        return Hit(*found.span(), known.isoformat() if year else f"--{known:%m-%d}")

    return each(_DATE, text, read)


FINDERS = (
    Finder("money", rf"(?i)[¥￥$＄€£]|{DIGIT}[ 百千万亿多]{{0,4}}(?:元|块|毛|美|欧|港|rmb|cny)|人民币|rmb|cny", _sums),
    Finder("date", rf"{DIGIT}(?:月|年|[-/.]{DIGIT}{{1,2}}[-/.])", _dates),
)
