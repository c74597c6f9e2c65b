"""Numbers that belong to a person: phones, identity cards, bank cards.

Checked is what can be checked: prefixes of mobile phones (MIIT numbering plan), area codes, the check digit of identity numbers
(GB 11643, ISO 7064 MOD 11-2) with their date and province, the check digit of cards (ISO/IEC 7812, Luhn). A word before the number
("身份证号", "卡号") stands in for a check digit: who mistypes a number still gives much of it away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from jianwei.text.personal.finders.folding import DIGIT, GAP, NUMERAL, Finder, Hit, digits_of, each
from jianwei.text.personal.finders.places import names

__all__ = ["FINDERS"]

_START = r"(?<![0-9A-Za-z_])(?<![0-9]\.)"
_END = r"(?![0-9A-Za-z_]|\.[0-9])"

_PROVINCES = frozenset(
    names("11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82")
)
_ID_WORD = re.compile(r"(?:身份证|证件)[^0-9\n\]]{0,8}$")
_CARD_WORD = re.compile(r"(?:卡号|银行卡|储蓄卡|信用卡|账号|帐号|账户|帐户|[工农中建交招商]行)[^0-9\n\]]{0,8}$")
_ID = re.compile(rf"{_START}[1-9](?:[ \-]{{0,3}}[0-9]){{13,16}}(?:[ \-]{{0,3}}[0-9Xx])?{_END}")
_CARD = re.compile(rf"{_START}[1-9](?:[ \-]{{0,3}}[0-9]){{14,18}}{_END}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _is_day(text: str) -> bool:
    try:
        return 1850 <= date(int(text[:4]), int(text[4:6]), int(text[6:])).year <= 2100
    except ValueError:
        return False


def _is_identity(number: str) -> bool:
    """Whether 18 characters are an identity number, or 15 digits one of before 1999."""
    if number[:2] not in _PROVINCES:
        return False
    if len(number) == 15:
        return _is_day("19" + number[6:12])
    check = sum(w * int(d) for w, d in zip(_WEIGHTS, number, strict=False)) % 11
    return _is_day(number[6:14]) and number[17] == "10X98765432"[check]


def _luhn(number: str) -> bool:
    doubled = (2 * int(d) if i % 2 else int(d) for i, d in enumerate(reversed(number)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0


def _is_card(number: str) -> bool:
    """Whether digits have the prefix, the length and the check digit of a card: UnionPay, Visa, Mastercard, JCB."""
    unionpay = number.startswith("62") and 16 <= len(number) <= 19
    master = "51" <= number[:2] <= "55" or "2221" <= number[:4] <= "2720"
    others = len(number) == 16 and (number[0] == "4" or master or "3528" <= number[:4] <= "3589")
    return (unionpay or others) and _luhn(number)


def _identities(text: str) -> Iterator[Hit]:
    def read(found: re.Match[str]) -> Hit | None:
        number = "".join(c for c in found[0].upper() if c.isalnum())
        said = len(number) in (15, 18) and _ID_WORD.search(text, max(found.start() - 14, 0), found.start())
        fits = len(number) in (15, 18) and number[:-1].isdigit() and _is_identity(number)
        return Hit(*found.span(), number) if said or fits else None

    return each(_ID, text, read)


def _cards(text: str) -> Iterator[Hit]:
    def read(found: re.Match[str]) -> Hit | None:
        number = digits_of(found[0])
        said = len(number) >= 16 and _CARD_WORD.search(text, max(found.start() - 14, 0), found.start())
        return Hit(*found.span(), number) if said or _is_card(number) else None

    return each(_CARD, text, read)


_S = r"[ \-·._/,，、]{0,3}"
_MOBILE = re.compile(
    rf"(?<![0-9])(?<![0-9]\.)(?:(?:\+|00)?86{_S})?(?P<number>[1一幺壹]{_S}[3-9三叁四肆五伍六陆七柒八捌九玖](?:{_S}{NUMERAL}){{9}})"
    r"(?![0-9]|\.[0-9]|\s?(?:元|块|万|亿|%))"
)
# Letters that may touch a number: they say what it is.
_MAY_TOUCH = frozenset(
    {"tel", "phone", "mobile", "mob", "call", "v", "vx", "wx", "wechat", "weixin", "q", "qq", "t", "m", "p"}
)
_LETTERS_BEFORE = re.compile(r"[A-Za-z]+$")


def _mobiles(text: str) -> Iterator[Hit]:
    def read(found: re.Match[str]) -> Hit | None:
        start, end = found.span()
        letters = _LETTERS_BEFORE.search(text, max(start - 12, 0), start)
        if letters and letters[0].lower() not in _MAY_TOUCH:
            return None
        if re.match(r"[A-Za-z_]*[0-9]", text[end : end + 12]):
            return None
        number = found["number"]
        around = text[max(start - 1, 0) : start], text[end : end + 1]
        for edge, beside in zip((text[start], text[end - 1]), around, strict=True):
            if not edge.isascii() and re.match(NUMERAL, beside):  # part of a longer run of Chinese numerals
                return None
        return Hit(start, end, digits_of(number)) if _is_one_number(number) else None

    return each(_MOBILE, text, read)


def _is_one_number(number: str) -> bool:
    """Whether groups of digits are one number ("138 1234 5678", dictated "1, 3, 8, …") and not a list ("1 5 12 13 …") or a fraction."""
    groups = re.findall(rf"{NUMERAL}+", number)
    sizes = [len(group) for group in groups]
    if len(sizes) == 1 or max(sizes) == 1 or sizes == [3, 4, 4]:
        return True
    return not re.search("[.,，、]", number) and min(sizes) >= 2 and len(sizes) <= 5


_ABROAD = r"(?:\+|00)86[ \-]?"
_REST = r"[ \-]{0,2}[2-8][0-9]{2,3}[ \-]?[0-9]{4}"
_CITY = r"(?:10|2[0-57-9]|[3-9][0-9]{2})"
_LANDLINE = re.compile(
    rf"(?<![0-9A-Za-z.\-])(?:(?:{_ABROAD}|86[ \-]?)?\(?0(?P<city>{_CITY})\)?|{_ABROAD}(?P<bare>{_CITY}))(?P<rest>{_REST})"
    rf"(?:(?:转|分机|ext\.?|-| - )(?P<ext>[0-9]{{1,5}}))?{_END}"
)
_LOCAL = re.compile(
    rf"(?:电话|座机|固话|tel)[号码是为: .]{{0,4}}(?P<number>[2-8][0-9]{{2,3}}[ \-]?[0-9]{{4}}){_END}", re.IGNORECASE
)
_FOREIGN = re.compile(
    rf"(?<![0-9A-Za-z])\+(?:1|7|33|34|39|44|49|6[0-6]|8[124]|85[23568]|886|91|971)(?:[ \-]?[0-9]){{7,11}}{_END}"
)


def _landlines(text: str) -> Iterator[Hit]:
    def read(found: re.Match[str]) -> Hit:
        number = "0" + (found["city"] or found["bare"]) + digits_of(found["rest"])
        start = found.start() + (text[found.start()] == "(" and ")" not in found[0])
        return Hit(start, found.end(), number + (f"-{found['ext']}" if found["ext"] else ""))

    return each(_LANDLINE, text, read)


def _locals(text: str) -> Iterator[Hit]:
    return each(_LOCAL, text, lambda found: Hit(*found.span("number"), digits_of(found["number"])))


def _foreign(text: str) -> Iterator[Hit]:
    return each(_FOREIGN, text, lambda found: Hit(*found.span(), "+" + digits_of(found[0])))


_HOTLINE = re.compile(
    rf"(?<![0-9A-Za-z.\-])[48]00(?:[ \-][0-9]{{3}}[ \-]?[0-9]{{4}}|[ \-]?[0-9]{{4}}[ \-][0-9]{{3}}){_END}"
)


def _hotlines(text: str) -> Iterator[Hit]:
    return each(_HOTLINE, text, lambda found: Hit(*found.span(), digits_of(found[0])))


def _run(digits: int, digit: str = DIGIT) -> str:
    return f"(?:{digit}{GAP}{{0,3}}){{{digits}}}"


_ANY = DIGIT[:-1] + NUMERAL[4:]

FINDERS = (
    Finder("id_card", _run(14), _identities),
    Finder("bank_card", _run(15), _cards),
    Finder("phone", _run(11, _ANY), _mobiles),
    Finder("phone", _run(7), _landlines),
    Finder("phone", f"(?:电话|座机|固话|(?i:tel)).{{0,4}}{DIGIT}", _locals),
    Finder("phone", rf"[+＋]{DIGIT}", _foreign),
    Finder("hotline", _run(10), _hotlines),
)
