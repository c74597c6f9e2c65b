"""Which encoding bytes are text in: by byte order mark, by validity, by where the zeros stand. Binary junk is no text."""

from __future__ import annotations

import codecs
import re

__all__ = ["decode_head", "decode_name", "encoding_of"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"
_MOST_CONTROLS = (
    0.02  # of all bytes: text with a few stray zeros is still text, and its rows say what is wrong with them
)
_DAMAGE = 20  # so many good characters beyond ASCII for each damaged one


def decode_head(head: bytes, encoding: str, whole: bool) -> str:
    """`head` as text: damaged bytes become U+FFFD, a character cut off at the end of a part is left out.

    >>> decode_head("见微".encode()[:-1], "utf-8", whole=False)
    '见'
    """
    return codecs.getincrementaldecoder(encoding)("replace").decode(head, whole)


def decode_name(raw: bytes) -> str:
    """A file name in UTF-8 or, as old Chinese Windows tools write it, GB18030. Bytes that are neither become "%FF": names stay different.

    >>> decode_name("张三.csv".encode("gbk")), decode_name("张".encode() + b"\\xff.csv")
    ('张三.csv', '张%FF.csv')
    """
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return _UNDECODED.sub(lambda byte: f"%{ord(byte[0]) - 0xDC00:02X}", raw.decode("utf-8", "surrogateescape"))


_UNDECODED = re.compile("[\udc80-\udcff]")


def encoding_of(head: bytes, whole: bool) -> str | None:
    """Python codec name of the text that begins with `head`; None for binary data.

    Args:
        head: the first bytes; a few hundred KiB decide best.
        whole: whether that is all of it, so that a character cut off at the end is damage.

    >>> encoding_of("你好，世界".encode("utf-16-le") + b"\\n\\0", True), encoding_of(b"\\x89PNG\\r\\n\\x1a\\n\\0\\0\\0\\r", True)
    ('utf-16-le', None)
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if head.count(0) * 50 > len(head):
        return _utf16(head, whole)
    if (len(head) - len(head.translate(None, _CONTROLS))) > _MOST_CONTROLS * len(head):
        return None
    for encoding, plausible in (("utf-8", _any_script), ("gb18030", _chinese)):
        text = decode_head(head, encoding, whole)
        damaged = text.count("\ufffd")
        beyond = sum(not character.isascii() for character in text) - damaged if not text.isascii() else 0
        if damaged * _DAMAGE <= beyond and plausible(text, beyond):
            return encoding
    return None


def _utf16(head: bytes, whole: bool) -> str | None:
    """ASCII and line breaks have their zero in the second byte (little endian) or the first (big endian)."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) * 10 > max(even, odd):
        return None
    text = decode_head(head, encoding, whole)
    odd_ones = sum(not (character.isprintable() or character.isspace()) or character == "\ufffd" for character in text)
    return encoding if odd_ones <= _MOST_CONTROLS * len(text) else None


def _any_script(text: str, beyond: int) -> bool:
    return True


def _chinese(text: str, beyond: int) -> bool:
    """GB18030 gives nearly any two bytes some character: only common ideographs and punctuation speak for it."""
    common = sum("\u4e00" <= c <= "\u9fff" or "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" for c in text)
    common += sum(c in "·—‘’“”…×℃→■●★√" for c in text)
    return common >= 0.9 * beyond
