"""`records.normalise` for whole columns, and the names that a text mentions."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from jianwei.records import normalise

__all__ = ["mentions_in", "normalised"]

# What `str.strip` takes away.
_BLANKS = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
    "\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
)

# Characters that NFC leaves alone wherever they stand: no marks, no parts of anything composed. A text of these alone is in NFC.
_STABLE = (
    r"\x00-\x0c\x0e-\x7f\xa0-\x{17f}\x{400}-\x{481}\x{2002}-\x{206f}\x{20a0}-\x{20bf}\x{2190}-\x{2328}\x{232b}-\x{2adb}\x{2add}-\x{2bff}"
    r"\x{3000}-\x{3029}\x{3030}-\x{3098}\x{309b}-\x{4dbf}\x{4e00}-\x{9fff}\x{ac00}-\x{d7a3}\x{fe00}-\x{fe0f}\x{ff00}-\x{ffef}"
    r"\x{1f000}-\x{1faff}"
)

# WeChat ends a mention with U+2005, so that names may hold blanks; typed by hand it ends at a blank or punctuation.
_MENTION = re.compile(
    "(?<![A-Za-z0-9_.+-])@(?:([^@\n\u2005]{1,40})\u2005|([^\\s@,.!?:;()\\[\\]\"'<>，。！？：；、（）【】《》“”]{1,32}))"
)


def normalised(texts: pa.StringArray) -> pa.StringArray:
    """`records.normalise` for n texts; null stays null.

    Only texts with a carriage return or a character that NFC could change are worked on one by one.

    >>> normalised(pa.array([" a\\r\\nb ", "e\\u0301", None])).to_pylist()
    ['a\\nb', 'é', None]
    """
    result = pc.utf8_trim(texts, characters=_BLANKS)
    rare = pc.fill_null(pc.match_substring_regex(texts, f"[^{_STABLE}]"), False)
    if not pc.any(rare).as_py():
        return result
    mended = pa.array([normalise(text) for text in texts.filter(rare).to_pylist()], pa.string())
    return pc.replace_with_mask(result, rare, mended)


def mentions_in(text: str) -> list[str]:
    """Names after @ in a group message, in order, each once.

    >>> mentions_in("@张 三\\u2005 @李四 看一下，mail@example.com")
    ['张 三', '李四']
    """
    found = (match[1] or match[2] for match in _MENTION.finditer(text))
    return list(dict.fromkeys(name.strip() for name in found if name.strip()))
