"""Half and full width: punctuation as it is written beside Chinese characters."""

from __future__ import annotations

import re

__all__ = ["tidy"]

_FULL = str.maketrans({"?": "？", "!": "！", ",": "，", ":": "：", ";": "；"})
_HAN = r"[\u3400-\u4dbf\u4e00-\u9fff\u3000-\u303f\uff00-\uffef]"
_BESIDE = re.compile(rf"(?<={_HAN})[?!,:;]+")


def tidy(text: str) -> str:
    """A line with the punctuation after Chinese characters in full width.

    >>> tidy("真的吗?")
    '真的吗？'
    >>> tidy("12:30 ok?")
    '12:30 ok?'
    """
    return _BESIDE.sub(lambda found: found[0].translate(_FULL), text.strip())
