"""Writing down what was heard: simplified characters, the punctuation of the language, no blank where none belongs."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

__all__ = ["simplified", "write_down"]

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
    if language not in ("zh", "yue"):
        return " ".join(text.split())
    text = simplified(" ".join(text.split()))
    text = _BESIDE.sub(lambda found: found.group().translate(_WIDE), text)
    text = re.sub(rf"(?<=[{_HAN}])\.(?!\w)", "。", text)
    text = re.sub(rf"(?<=[{_HAN}{_MARKS}])\s+|\s+(?=[{_HAN}{_MARKS}])", "", text)
    return re.sub(rf"([{_MARKS}])[{_MARKS}]*", r"\1", text).strip().lstrip(_MARKS)


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
