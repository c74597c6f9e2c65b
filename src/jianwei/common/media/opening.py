"""Opening a file from outside: is it there, is it small enough, is it what was asked for?"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from jianwei.common.media.kinds import UNKNOWN, MediaKind, MediaType, sniff
from jianwei.common.media.refusing import MediaLimits, RejectedMediaError

__all__ = ["OpenMedia", "open_media"]

_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class OpenMedia:
    """A file that passed the first look.

    Attributes:
        name: what people call it.
        type: what its bytes are.
        size: bytes.
        open: gives a new stream from the beginning.
    """

    name: str
    type: MediaType
    size: int
    open: Callable[[], BinaryIO]

    def read(self) -> bytes:
        """All of it."""
        with self.open() as stream:
            return stream.read()


def open_media(
    source: str | os.PathLike[str] | bytes, *wanted: MediaKind, limits: MediaLimits | None = None
) -> OpenMedia:
    """Take a first look at a file from outside.

    Args:
        source: a path, or the content itself.
        wanted: kinds that will do; any when none is named.
        limits: bounds; the defaults of `MediaLimits` when None.

    Raises:
        RejectedMediaError: the file is missing, empty, too large, of no known type, or of a kind that was not wanted.

    >>> open_media(b"#!AMR\\n" + bytes(32), "sound").type.mime
    'audio/amr'
    """
    bounds = limits or MediaLimits()
    if isinstance(source, bytes):
        name, size, opened = "media", len(source), lambda: io.BytesIO(source)
    else:
        path = Path(source)
        name = path.as_posix()
        try:
            size = path.stat().st_size
            with path.open("rb"):
                pass
        except (FileNotFoundError, NotADirectoryError, ValueError):
            raise RejectedMediaError("missing", name, "there is no such file", "see that the path is right") from None
        except OSError as error:
            raise RejectedMediaError("unreadable", name, f"cannot be read ({error.strerror})", "give a file") from None
        opened = lambda: path.open("rb")  # noqa: E731
    if size == 0:
        raise RejectedMediaError("empty", name, "the file is empty", "send it again")
    if size > bounds.bytes:
        what = f"{size:,} bytes are more than the {bounds.bytes:,} allowed"
        raise RejectedMediaError("too_many_bytes", name, what, "cut it into parts")
    with opened() as stream:
        found = sniff(stream.read(_HEAD_BYTES))
    if found == UNKNOWN:
        raise RejectedMediaError("unknown", name, "is no sound, picture or video that is known", "convert it")
    if wanted and found.kind not in wanted:
        what = f"is of the type {found.mime}, not a {' or '.join(wanted)}"
        raise RejectedMediaError("wrong_kind", name, what, "give another file")
    return OpenMedia(name, found, size, opened)
