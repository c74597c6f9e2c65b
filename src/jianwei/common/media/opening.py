"""Opening a file from outside: is it there, is it small enough, is it what was asked for, is it nothing else besides?"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from jianwei.common.files import path_name
from jianwei.common.media.extent import extent
from jianwei.common.media.hidden import hidden_in, is_script
from jianwei.common.media.kinds import UNKNOWN, MediaKind, MediaType, sniff
from jianwei.common.media.refusing import MediaLimits, RejectedMediaError
from jianwei.common.media.suffixes import fits
from jianwei.common.media.tracks import heard_only

__all__ = ["OpenMedia", "Source", "open_media"]

_HEAD_BYTES = 4096
_MOST_OF_A_NAME = 200


@dataclass(frozen=True, slots=True)
class OpenMedia:
    """A file that passed the first look.

    Attributes:
        name: what people call it, printable.
        type: what its bytes are; a container for films that holds no picture is a sound.
        size: bytes.
        open: gives a new stream from the beginning.
        notes: codes of what is odd but harmless: "extension" (the name's suffix belongs to a relative), "trailing" (there is something
            behind the file's end, such as the film of a motion photo).
    """

    name: str
    type: MediaType
    size: int
    open: Callable[[], BinaryIO]
    notes: tuple[str, ...] = ()

    def read(self) -> bytes:
        """All of it."""
        with self.open() as stream:
            return stream.read()


Source = str | os.PathLike[str] | bytes | OpenMedia
"""A path, the content itself, or a file that was opened."""


def open_media(source: Source, *wanted: MediaKind, limits: MediaLimits | None = None) -> OpenMedia:
    """Take a first look at a file from outside. Nothing is decoded.

    Refused, by code: "missing", "unreadable", "empty", "too_many_bytes"; "script" (a page, an SVG, XML); "unknown" (no type that is known);
    "wrong_kind" (a kind that was not wanted, or a name that promises another kind: a picture named .mp3, a text named .jpg); "no_picture"
    (a video was wanted, and it has only sound); "polyglot" (it is an archive, a document, a program or a script as well); "damaged" (cut
    off, where that can be seen without decoding).
    Only noted: "extension" (.jpg that is a PNG, .amr that is SILK), "trailing" (harmless bytes behind the end).

    Args:
        source: a path, the content itself, or a file that was opened: then only `wanted` and `limits` are looked at.
        wanted: kinds that will do; any when none is named.
        limits: bounds; the defaults of `MediaLimits` when None.

    Raises:
        RejectedMediaError: it is refused.

    >>> open_media(b"#!AMR\\n" + bytes(32), "sound").type.mime
    'audio/amr'
    """
    bounds = limits or MediaLimits()
    if isinstance(source, OpenMedia):
        _check_size(source.name, source.size, bounds)
        _check_kind(source.name, source.type, wanted)
        return source
    name, size, opened = _found(source)
    _check_size(name, size, bounds)
    try:
        with opened() as stream:
            return _looked_at(name, size, opened, stream, wanted)
    except OSError as error:
        raise _unreadable(name, error) from None


def _found(source: str | os.PathLike[str] | bytes) -> tuple[str, int, Callable[[], BinaryIO]]:
    """Name, size, and how to open it."""
    if isinstance(source, bytes):
        return "media", len(source), lambda: io.BytesIO(source)
    path = Path(source)
    name = _printable(path_name(path))
    try:
        if not path.is_file() and path.exists():
            raise RejectedMediaError("unreadable", name, "is no file", "give a file")
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise RejectedMediaError("missing", name, "there is no such file", "see that the path is right") from None
    except OSError as error:
        raise _unreadable(name, error) from None
    return name, size, lambda: path.open("rb")


def _unreadable(name: str, error: OSError) -> RejectedMediaError:
    return RejectedMediaError("unreadable", name, f"cannot be read ({error.strerror or error})", "give a file")


def _printable(name: str) -> str:
    """Names come from outside: no control characters, no halves of characters, not longer than a line or two."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return shown if len(shown) <= _MOST_OF_A_NAME else "…" + shown[-_MOST_OF_A_NAME:]


def _check_size(name: str, size: int, bounds: MediaLimits) -> None:
    if size == 0:
        raise RejectedMediaError("empty", name, "the file is empty", "send it again")
    if size > bounds.bytes:
        what = f"{size:,} bytes are more than the {bounds.bytes:,} allowed"
        raise RejectedMediaError("too_many_bytes", name, what, "cut it into parts")


def _check_kind(name: str, found: MediaType, wanted: tuple[MediaKind, ...]) -> None:
    if wanted and found.kind not in wanted:
        what = f"is of the type {found.mime}, not a {' or '.join(wanted)}"
        raise RejectedMediaError("wrong_kind", name, what, "give another file")


def _looked_at(
    name: str, size: int, opened: Callable[[], BinaryIO], stream: BinaryIO, wanted: tuple[MediaKind, ...]
) -> OpenMedia:
    head = stream.read(_HEAD_BYTES)
    told = sniff(head)
    found = heard_only(stream, told) if told.kind == "video" else told
    if found == UNKNOWN:
        if is_script(head):
            raise RejectedMediaError("script", name, "is a page or a script", "give a picture, sound or video")
        if _is_text(head) and fits(name, found) == "wrong":
            raise RejectedMediaError("wrong_kind", name, "is a text", "give another file")
        raise RejectedMediaError("unknown", name, "is no sound, picture or video that is known", "convert it")
    if found != told and "video" in wanted and "sound" not in wanted:
        raise RejectedMediaError("no_picture", name, "holds no picture", "give another file")
    _check_kind(name, found, wanted)
    fit = "right" if fits(name, told) == "right" else fits(name, found)
    if fit == "wrong":
        raise RejectedMediaError(
            "wrong_kind", name, f"is of the type {found.mime}, which its name hides", f"name it {found.suffix}"
        )
    notes: tuple[str, ...] = ("extension",) if fit == "near" else ()
    if found.kind == "other":
        return OpenMedia(name, found, size, opened, notes)
    end = extent(stream, told, size)
    if end is not None and end > size:
        raise RejectedMediaError("damaged", name, "is cut off", "send it again")
    if what := hidden_in(stream, size, end):
        raise RejectedMediaError("polyglot", name, f"is {_A[what]} as well", "do not open it elsewhere")
    if end is not None and end < size - 1:
        notes += ("trailing",)
    return OpenMedia(name, found, size, opened, notes)


_A = {"archive": "an archive", "document": "a document", "program": "a program", "script": "a script"}


def _is_text(head: bytes) -> bool:
    """Mostly what people write: no NUL, few other control characters."""
    odd = sum(byte < 32 and byte not in (9, 10, 13) for byte in head)
    return b"\0" not in head and odd * 100 <= len(head)
