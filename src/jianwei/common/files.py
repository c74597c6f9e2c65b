"""Files from outside: found in folders and archives, sampled, hashed; nothing in them is trusted.

Archives are streamed, never unpacked to disk, under limits that stop a bomb before it is read. What cannot be read comes back as a
`BadInput` beside the good files, so that one bad member does not cost the others.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from jianwei.common.archives import Unpacked, is_noise, opened
from jianwei.common.encodings import decode_head, decode_name, encoding_of
from jianwei.common.inputs import ArchiveLimits, BadInput, InputFile, Sample
from jianwei.errors import InputError

__all__ = [
    "HEAD_BYTES",
    "OWN_MARKER",
    "ArchiveLimits",
    "BadInput",
    "InputFile",
    "Sample",
    "base_name",
    "consumed",
    "discover",
    "head_text",
    "named_path",
    "path_name",
    "sample",
    "sha256_of",
]

HEAD_BYTES = 256 * 1024
OWN_MARKER = ".jianwei"
"""A folder that holds a file of this name is Jianwei's own output and is passed over, as every workspace is."""

_BLOCK = 1 << 20
_OWN_FILES = (OWN_MARKER, "jianwei.toml")
_OWN_PAGE = b'name="generator" content="Jianwei'


def discover(paths: Sequence[str | Path], limits: ArchiveLimits | None = None) -> Iterator[InputFile | BadInput]:
    """Every file in `paths`: files themselves, folders in sorted order, members of zip archives; .gz is decompressed on reading.

    Hidden files, lock files, what operating systems leave behind and Jianwei's own workspaces and reports are passed over inside folders
    and archives; a file that is named outright is always tried. The same file is given once, links that lead in circles end.

    Args:
        paths: files and folders.
        limits: bounds on archives; the defaults of `ArchiveLimits` when None.

    Yields:
        an `InputFile`, or a `BadInput` for what is missing, empty, broken or beyond the limits.

    >>> [bad.code for bad in discover(["no/such/file.csv"])]
    ['missing']
    """
    bounds = limits or ArchiveLimits()
    seen: set[tuple[int, int]] = set()
    for given in paths:
        path = Path(given)
        try:
            state = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            yield BadInput(path_name(path), "missing")
        except (OSError, ValueError) as error:
            yield BadInput(path_name(path), "unreadable", getattr(error, "strerror", None) or "")
        else:
            yield from _folder(path, bounds, seen) if stat.S_ISDIR(state.st_mode) else _once(path, state, bounds, seen)


def sample(file: InputFile) -> Sample | BadInput:
    """The first 256 KiB of a file and their encoding; an empty file is a `BadInput`.

    Raises:
        InputError: the stream breaks before its first byte.

    >>> import io
    >>> sample(InputFile("a.txt", 0, lambda: io.BytesIO("见微".encode("gb18030")))).encoding
    'gb18030'
    """
    head = bytearray()
    whole = False
    with file.open() as stream:
        try:
            while len(head) <= HEAD_BYTES and not whole:
                block = stream.read(HEAD_BYTES + 1 - len(head))
                head += block
                whole = not block
        except InputError:
            if not head:  # otherwise the reader of the rows says where the file breaks
                raise
    if not head:
        return BadInput(file.name, "empty")
    return Sample(_without_gz(file.name), bytes(head[:HEAD_BYTES]), encoding_of(bytes(head[:HEAD_BYTES]), whole), whole)


def head_text(seen: Sample) -> str:
    r"""The head of a sample as text, damaged characters replaced; empty for binary files.

    >>> head_text(Sample("a", b"\xef\xbb\xbfid", "utf-8-sig", True))
    'id'
    """
    return "" if seen.encoding is None else decode_head(seen.head, seen.encoding, seen.whole)


def base_name(name: str) -> str:
    """The last part of a name, without ".gz" and the extension.

    >>> base_name("exports.zip/chats/张三.v2.csv.gz")
    '张三.v2'
    """
    return PurePosixPath(_without_gz(name)).stem


def consumed(stream: BinaryIO) -> int:
    """Bytes of the file that were used so far, in the measure of `InputFile.size`: compressed ones for a .gz."""
    return stream.stored() if isinstance(stream, Unpacked) else stream.tell()


def sha256_of(file: InputFile) -> str:
    """Hex digest of the bytes as read: a file and its .gz have the same.

    Raises:
        InputError: the file is cut short or broken.
    """
    digest = sha256()
    with file.open() as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _without_gz(name: str) -> str:
    return name[:-3] if name.lower().endswith(".gz") else name


# --- folders ---------------------------------------------------------------------------------------------------------


def path_name(path: Path) -> str:
    """A path as people read it, and as UTF-8 can hold it; names in a legacy encoding are decoded, see `encodings.decode_name`."""
    text = path.as_posix()
    try:
        text.encode()
    except UnicodeEncodeError:
        try:
            parts = os.fsencode(text).split(b"/")  # folders may be named otherwise than what is in them
        except UnicodeEncodeError:  # no file bears such a name
            return text.encode("utf-8", "backslashreplace").decode()
        return "/".join(map(decode_name, parts))
    return text


def named_path(name: str) -> Path | None:
    """The path that `path_name` shows so; None where there is none any more.

    >>> str(named_path(".")), named_path("no/such/file")
    ('.', None)
    """
    path = Path(name)
    try:
        if path.exists():
            return path
        folder = named_path(str(path.parent)) if path.name else None
        entries = sorted(folder.iterdir()) if folder is not None and folder.is_dir() else []
    except (OSError, ValueError):
        return None
    return next((entry for entry in entries if path_name(Path(entry.name)) == path.name), None)


def _folder(top: Path, limits: ArchiveLimits, seen: set[tuple[int, int]]) -> Iterator[InputFile | BadInput]:
    pending, something = [top], False
    while pending:
        path = pending.pop()
        try:
            state = path.stat()
            if stat.S_ISDIR(state.st_mode):
                place = (state.st_dev, state.st_ino)
                if place not in seen and not any((path / own).exists() for own in _OWN_FILES):
                    pending += sorted((entry for entry in path.iterdir() if not is_noise(entry.name)), reverse=True)
                seen.add(place)
                continue
            own = _is_own_page(path)
        except OSError as error:
            something = True
            yield BadInput(path_name(path), "unreadable", error.strerror or "")
            continue
        if not own:
            something = True
            yield from _once(path, state, limits, seen)
    if not something:
        yield BadInput(path_name(top), "nothing_inside")


def _is_own_page(path: Path) -> bool:
    if path.suffix.lower() not in {".html", ".htm"} or not path.is_file():
        return False
    with path.open("rb") as stream:
        return _OWN_PAGE in stream.read(4096)


def _once(
    path: Path, state: os.stat_result, limits: ArchiveLimits, seen: set[tuple[int, int]]
) -> Iterator[InputFile | BadInput]:
    place, name = (state.st_dev, state.st_ino), path_name(path)
    if place in seen:
        return
    seen.add(place)
    if not stat.S_ISREG(state.st_mode):  # a pipe or device would block or never end
        yield BadInput(name, "not_a_file")
        return
    try:
        file = InputFile(name, state.st_size, lambda: path.open("rb"), os.fspath(path), _changed(state))
        yield from opened(file, limits)
    except OSError as error:
        yield BadInput(name, "unreadable", error.strerror or "")


def _changed(state: os.stat_result) -> datetime | None:
    try:
        return datetime.fromtimestamp(state.st_mtime, UTC)
    except (OverflowError, ValueError, OSError):  # file systems may say anything
        return None
