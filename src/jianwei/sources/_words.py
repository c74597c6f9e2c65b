"""The names that a text mentions."""

from __future__ import annotations

import re

__all__ = ["mentions_in"]

# WeChat ends a mention with U+2005, so that names may hold blanks; typed by hand it ends at a blank or punctuation.
_MENTION = re.compile(
    "(?<![A-Za-z0-9_.+-])@(?:([^@\n\u2005]{1,40})\u2005|([^\\s@,.!?:;()\\[\\]\"'<>，。！？：；、（）【】《》“”]{1,32}))"
)


def mentions_in(text: str) -> list[str]:
    """Names after @ in a group message, in order, each once.

    >>> mentions_in("@张 三\\u2005 @李四 看一下，mail@example.com")
    ['张 三', '李四']
    """
    found = (match[1] or match[2] for match in _MENTION.finditer(text))
    return list(dict.fromkeys(name.strip() for name in found if name.strip()))
