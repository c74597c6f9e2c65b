"""Numbers of orders and parcels: after a word that says so, or in the shape of a carrier's numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jianwei.text.personal.finders.folding import DIGIT, Finder, Hit, each

__all__ = ["FINDERS"]

_SAID = re.compile(
    r"(?:(?:(?P<alone>订单|运单|快递|物流|包裹)|交易|流水|退款|售后|发货|退货|面单)(?P<number>编号|单号|号码|号)?|(?P<single>单号))"
    r"(?:[ 是为:#=]|\(|No\.?){0,3}(?P<id>[A-Za-z]{0,4}[0-9][0-9A-Za-z]{5,29}(?:-[0-9A-Za-z]{1,20}){0,3})(?![0-9A-Za-z_])",
    re.IGNORECASE,
)
_PHONE = re.compile(r"1[3-9][0-9]{9}|[48]00[0-9]{7}")
_SHAPE = re.compile(
    r"(?<![0-9A-Za-z_])(?:SF[0-9]{12,15}|(?:YT|JT|ZTO|STO|DPK|YD|JDV|JDX|JD|UC|BEST|CN)[0-9A-Z]{0,2}[0-9]{10,15}"
    r"|E[A-Z][0-9]{9}CN|L[A-Z][0-9]{9}CN)(?![0-9A-Za-z_])",
    re.IGNORECASE,
)


def _orders(text: str) -> Iterator[Hit]:
    def read(found: re.Match[str]) -> Hit | None:
        name = found["id"]
        digits = sum(c.isdigit() for c in name)
        if digits < 6:
            return None
        said = found["number"] or found["single"]
        # "订单20231111", "快递 13812345678", "售后 8009908888" say no order's number.
        if not said and (not found["alone"] or digits < 10 or _PHONE.fullmatch(name)):
            return None
        return Hit(*found.span("id"), name.upper())

    yield from each(_SAID, text, read)


def _parcels(text: str) -> Iterator[Hit]:
    return each(_SHAPE, text, lambda found: Hit(*found.span(), found[0].upper()))


FINDERS = (
    Finder("order", rf"(?:订单|运单|快递|物流|包裹|交易|流水|退款|售后|发货|退货|面单|单号).{{0,14}}{DIGIT}", _orders),
    Finder("order", rf"[A-Za-zＡ-Ｚａ-ｚ]{DIGIT}{{9}}", _parcels),
)
