"""Files that are two things at once: a picture to one program, an archive, a page or a program to another."""

from __future__ import annotations

import re
from typing import BinaryIO

__all__ = ["hidden_in", "is_script"]

_NEAR = 1 << 16
_LAST_RECORD = 22
_ALL_OF = 1 << 25
_PAGE = re.compile(rb"<(?:!doctype|html|head|body|svg|script|iframe|\?xml|\?php)\b", re.IGNORECASE)
_ACTIVE = re.compile(rb"<(?:script|iframe)[\s>/]|<\?php\s")
_ASSIGNED = re.compile(rb"(?:GIF8[79]a|BM)(?:/\*.*?\*/)?\s*=|\xff\xd8\xff\xe0/\*", re.DOTALL)
_BEHIND = (
    (b"PK\x03\x04", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"%PDF-", "document"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"#!/", "program"),
)


def is_script(head: bytes) -> bool:
    """Is the beginning that of a page, a drawing or a script: HTML, SVG, XML, PHP? A mark of the byte order may come first.

    >>> is_script(b"\\xef\\xbb\\xbf\\n<svg onload=alert(1)>"), is_script(b"\\xff\\xd8\\xff\\xe0")
    (True, False)
    """
    for mark, code in ((b"\xef\xbb\xbf", ""), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if head.startswith(mark):
            head = head[len(mark) :]
            head = head.decode(code, "replace").encode() if code else head
            break
    return bool(_PAGE.search(head[:512])) and head.lstrip()[:1] == b"<"


def hidden_in(stream: BinaryIO, size: int, end: int | None) -> str:
    """What else a picture, sound or video is: "archive", "document", "program", "script", or "" when it is nothing else.

    An archive is found wherever a program that unpacks would find it; a script in the first 32 MB and the last 64 kB, metadata included;
    documents and programs at the beginning of what lies behind the file's end.

    Args:
        stream: the file; can be sought.
        size: bytes there are.
        end: where the file ends by its own structure; None when it does not say.
    """
    stream.seek(0)
    head = stream.read(_ALL_OF)
    if _ASSIGNED.match(head) or _is_active(head):
        return "script"
    if b"%PDF-" in head[:1024]:
        return "document"
    if end is not None and end < size:
        stream.seek(end)
        behind = stream.read(_NEAR).lstrip(b"\0\r\n\t ")
        for start, what in _BEHIND:
            if behind.startswith(start):
                return what
        if _PAGE.search(behind[:1024]):
            return "script"
    if size > _ALL_OF:
        stream.seek(max(_ALL_OF, size - _NEAR))
        if _is_active(stream.read()):
            return "script"
    return "archive" if _is_archive(stream, size) else ""


def _is_active(content: bytes) -> bool:
    """Is a tag in it that browsers or servers run? Most files have none, which is soon seen."""
    lowered = content.lower()
    found = [at for tag in (b"<script", b"<?php", b"<iframe") if (at := lowered.find(tag)) >= 0]
    return bool(found) and _ACTIVE.search(lowered, min(found)) is not None


def _is_archive(stream: BinaryIO, size: int) -> bool:
    """Does a ZIP end here? Its directory stands before its last record, so that anything may come first (APPNOTE.TXT 4.3.16).

    The directory is not read: it may be millions of entries.
    """
    start = max(0, size - _NEAR - _LAST_RECORD)
    stream.seek(start)
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + _LAST_RECORD:
        return False
    entries, length = (
        int.from_bytes(tail[at + 10 : at + 12], "little"),
        int.from_bytes(tail[at + 12 : at + 16], "little"),
    )
    if tail[at - 20 : at - 16] == b"PK\x06\x07":  # the larger kind
        return True
    stream.seek(max(0, start + at - length))
    return entries > 0 and stream.read(4) == b"PK\x01\x02"
