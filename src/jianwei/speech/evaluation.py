"""How well speech was heard: the character error rate, after everything that is not heard was taken away."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from jianwei.speech.writing import simplified

__all__ = ["CharacterErrors", "as_spoken", "character_errors", "count_errors"]

_DIGITS = "零一二三四五六七八九"
_NUMBER = re.compile(r"\d+(?:\.\d+)?%?")
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class CharacterErrors:
    """Errors of one or of many texts.

    Attributes:
        wrong: characters put in, left out or exchanged: the edit distance of Levenshtein 1966.
        of: characters of the references.
    """

    wrong: int
    of: int

    @property
    def rate(self) -> float:
        """The character error rate: 0 is perfect, and more than 1 is possible. 0 of nothing.

        >>> CharacterErrors(3, 12).rate
        0.25
        """
        return self.wrong / self.of if self.of else 0.0


def as_spoken(text: str, *, digit_by_digit: bool = False) -> str:
    """A text as it sounds: no punctuation, no blanks, no capitals, simplified characters, numbers in characters.

    Args:
        text: what was written.
        digit_by_digit: read all numbers as rows of digits; else only those with a zero in front, with more than four digits, and years.

    >>> as_spoken("這 144 億，涨了 5.7%！"), as_spoken("2015年，138 2317"), as_spoken("90后", digit_by_digit=True)
    ('这一百四十四亿涨了百分之五点七', '二零一五年一百三十八二千三百一十七', '九零后')
    """
    text = simplified(unicodedata.normalize("NFKC", text)).lower()
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    text = _NUMBER.sub(lambda found: _read_aloud(found, digit_by_digit), text)
    return "".join(char for char in text if unicodedata.category(char)[0] in "LNM").replace("幺", "一")


def count_errors(reference: str, heard: str) -> CharacterErrors:
    """Errors of what was heard against what was said, both `as_spoken`.

    Digits tell not whether they were read one by one ("90后"), so of both readings the one with fewer errors counts.

    >>> count_errors("九零后，购房人口", "90后买房人口")
    CharacterErrors(wrong=1, of=7)
    """
    said = as_spoken(reference)
    return CharacterErrors(
        min(_distance(said, as_spoken(heard, digit_by_digit=single)) for single in (False, True)), len(said)
    )


def character_errors(pairs: Iterable[tuple[str, str]]) -> CharacterErrors:
    """Errors of many texts together, (reference, heard) each: long ones count more.

    >>> character_errors([("你好", "你好"), ("发货了吗", "发货了")]).rate
    0.16666666666666666
    """
    counted = [count_errors(reference, heard) for reference, heard in pairs]
    return CharacterErrors(sum(one.wrong for one in counted), sum(one.of for one in counted))


def _distance(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for at, char in enumerate(one, 1):
        before, row[0] = row[0], at
        for place, against in enumerate(other, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (char != against))
    return row[-1]


def _read_aloud(found: re.Match[str], digit_by_digit: bool) -> str:
    number, percent = found.group().removesuffix("%"), found.group().endswith("%")
    whole, _, rest = number.partition(".")
    year = len(whole) == _LONGEST and found.string[found.end() : found.end() + 1] == "年"
    single = digit_by_digit or len(whole) > _LONGEST or year or (whole.startswith("0") and whole != "0")
    said = _digits(whole) if single else _counted(int(whole))
    if rest:
        said += "点" + _digits(rest)
    return "百分之" + said if percent else said


def _digits(number: str) -> str:
    return "".join(_DIGITS[int(digit)] for digit in number)


def _counted(number: int) -> str:
    """A number below 10,000 as it is counted.

    >>> [_counted(n) for n in (0, 10, 15, 105, 144, 2030)]
    ['零', '十', '十五', '一百零五', '一百四十四', '二千零三十']
    """
    said, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        gap |= bool(said) and digit == 0
        if digit:
            said += "零" * gap + _DIGITS[digit] + name
            gap = False
    return said.removeprefix("一") if said.startswith("一十") else said or "零"
