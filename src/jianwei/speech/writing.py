"""Writing down what was heard: simplified characters, the punctuation of the language, no blank where none belongs."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

__all__ = ["CHINESE", "has_han", "simplified", "write_down"]

CHINESE = ("zh", "yue")
"""Codes of the languages that are written in Chinese characters."""

_HAN = "\u3400-\u9fff\uf900-\ufaff"
_WIDE = str.maketrans({",": "，", "?": "？", "!": "！", ";": "；", ":": "：", "(": "（", ")": "）"})
_MARKS = "，。？！；：、…"
_BESIDE = re.compile(rf"(?<=[{_HAN}])(?:\s*[,?!;:()])+|[,?!;:()](?=\s*[{_HAN}])")


def write_down(text: str, language: str) -> str:
    """A text as people write it.

    Chinese is made simplified (OpenCC), its punctuation full width where it stands between characters, never doubled, and blanks beside
    characters go. Digits stay as they were heard. Other languages are only trimmed.

    >>> write_down(" 你好,  發貨了嗎?? 3.5 折 OK 嗎", "zh")
    '你好，发货了吗？3.5折OK吗'
    >>> write_down("  See   you, then. ", "en")
    'See you, then.'
    """
    if language not in CHINESE:
        return " ".join(text.split())
    text = simplified(" ".join(text.split()))
    text = _BESIDE.sub(lambda found: found.group().translate(_WIDE), text)
    text = re.sub(rf"(?<=[{_HAN}])\s*\.(?!\w)", "。", text)
    text = re.sub(rf"(?<=[{_HAN}{_MARKS}])\s+|\s+(?=[{_HAN}{_MARKS}])", "", text)
    return re.sub(rf"([{_MARKS}])[{_MARKS}]*", r"\1", text).strip().lstrip(_MARKS)


def has_han(text: str) -> bool:
    """Whether a text has a Chinese character.

    >>> has_han("OK 吗"), has_han("13888888888, OK")
    (True, False)
    """
    return re.search(f"[{_HAN}]", text) is not None


def simplified(text: str) -> str:
    """A text in simplified characters.

    >>> simplified("發貨了嗎")
    '发货了吗'
    """
    return str(_simplifier().convert(text))


@cache
def _simplifier() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
