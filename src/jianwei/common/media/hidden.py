"""Files that are two things at once: a picture to one program, an archive, a page or a program to another."""

from __future__ import annotations

import re
import zipfile
from typing import BinaryIO

__all__ = ["hidden_in", "is_script"]

_NEAR = 1 << 16
_ALL_OF = 1 << 25
_PAGE = re.compile(rb"<(?:!doctype|html|head|body|svg|script|iframe|\?xml|\?php)\b", re.IGNORECASE)
_ACTIVE = (b"<script", b"<?php", b"<iframe")
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
    return "archive" if _is_archive(stream) else ""


def _is_active(content: bytes) -> bool:
    """Is a tag in it that browsers or servers run? Ten times as fast as a regular expression that ignores case."""
    lowered = content.lower()
    for tag in _ACTIVE:
        at = lowered.find(tag)
        while at >= 0:
            if lowered[at + len(tag) : at + len(tag) + 1] in (b" ", b"\t", b"\r", b"\n", b">", b"/"):
                return True
            at = lowered.find(tag, at + 1)
    return False


def _is_archive(stream: BinaryIO) -> bool:
    """Can a ZIP be opened here? Its directory stands at the end, so that anything may come first."""
    if not zipfile.is_zipfile(stream):
        return False
    try:
        with zipfile.ZipFile(stream) as archive:
            return bool(archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, RecursionError):
        return False
