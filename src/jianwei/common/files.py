"""Files from outside: found in folders and archives, sampled, hashed; nothing in them is trusted.

Archives are streamed, never unpacked to disk, under limits that stop a bomb before it is read. What cannot be read comes back as a
`BadInput` beside the good files, so that one bad member does not cost the others.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from jianwei.common.encodings import decode_head, decode_name, encoding_of
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
    "sample",
    "sha256_of",
]

HEAD_BYTES = 256 * 1024
OWN_MARKER = ".jianwei"
"""A folder that holds a file of this name is Jianwei's own output and is passed over, as every workspace is."""

_BLOCK = 1 << 20
_OWN_FILES = (OWN_MARKER, "jianwei.toml")
_OWN_PAGE = b'name="generator" content="Jianwei'
_NOISE = {"__MACOSX", "Thumbs.db", "desktop.ini"}
_NOISE_ENDS = (".lock", ".lck", ".tmp", ".part", ".crdownload", "~")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_OTHER_ARCHIVES = {b"7z\xbc\xaf": "7z", b"Rar!": "rar", b"BZh": "bzip2", b"\xfd7zX": "xz"}
_DOCUMENTS = {"[Content_Types].xml", "mimetype"}  # office files are zip archives too, but each is one document
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read: on disk, in an archive, or already in memory.

    Attributes:
        name: what people call it, e.g. "exports.zip/chats/张三.csv".
        size: bytes (compressed ones for a .gz), 0 when unknown.
        open: gives a new binary stream from the beginning, already decompressed and limited.
        path: where it lies on disk when it is an ordinary file; None inside archives.
    """

    name: str
    size: int
    open: Callable[[], BinaryIO]
    path: str | None = None


@dataclass(frozen=True, slots=True)
class BadInput:
    """Something that was named or found but cannot be read.

    Attributes:
        name: what people call it.
        code: why; its words are `files.<code>` in the locale, with the placeholders {name} and {detail}.
        detail: the figure or word behind it, short; may be empty.
    """

    name: str
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """The first bytes of a file, with what was found out about them.

    Attributes:
        name: the file's name without ".gz" (an extension is a hint, never proof).
        head: up to 256 KiB from its beginning.
        encoding: Python codec name of the text ("utf-8-sig", "utf-16", "gb18030"), or None for binary files.
        whole: whether `head` is the whole file.
    """

    name: str
    head: bytes
    encoding: str | None
    whole: bool


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may cost before it is refused.

    Attributes:
        members: entries, those of archives inside it included.
        total_bytes: uncompressed bytes of all entries together, or of one .gz.
        ratio: uncompressed ÷ compressed bytes, looked at above `ratio_from` bytes only; chat text packs about 5 to 30 times.
        ratio_from: uncompressed bytes that are harmless whatever their ratio.
        depth: archives inside one another: 2 is a zip in a zip.
        nested_bytes: size of an archive inside an archive, which is held in memory while it is read.
    """

    members: int = 50_000
    total_bytes: int = 64 << 30
    ratio: int = 200
    ratio_from: int = 64 << 20
    depth: int = 2
    nested_bytes: int = 128 << 20


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
            yield BadInput(_label(path), "missing")
        except (OSError, ValueError) as error:
            yield BadInput(_label(path), "unreadable", getattr(error, "strerror", None) or "")
        else:
            yield from _folder(path, bounds, seen) if stat.S_ISDIR(state.st_mode) else _once(path, state, bounds, seen)


def sample(file: InputFile) -> Sample | BadInput:
    """The first 256 KiB of a file and their encoding; an empty file is a `BadInput`.

    Raises:
        InputError: the stream breaks before its first byte.

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
    raw = getattr(stream, "raw", None)
    return raw.stored() if isinstance(raw, _Guarded) else stream.tell()


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


def _label(path: Path) -> str:
    """A path as people read it; names in a legacy encoding are decoded as far as possible."""
    text = path.as_posix()
    try:
        text.encode()
    except UnicodeEncodeError:
        return decode_name(os.fsencode(text))
    return text


def _noise(name: str) -> bool:
    return name.startswith((".", "~$")) or name in _NOISE or name.endswith(_NOISE_ENDS)


def _folder(top: Path, limits: ArchiveLimits, seen: set[tuple[int, int]]) -> Iterator[InputFile | BadInput]:
    pending, something = [top], False
    while pending:
        path = pending.pop()
        try:
            state = path.stat()
            if stat.S_ISDIR(state.st_mode):
                place = (state.st_dev, state.st_ino)
                if place not in seen and not any((path / own).exists() for own in _OWN_FILES):
                    pending += sorted((entry for entry in path.iterdir() if not _noise(entry.name)), reverse=True)
                seen.add(place)
                continue
            own = _is_own_page(path)
        except OSError as error:
            something = True
            yield BadInput(_label(path), "unreadable", error.strerror or "")
            continue
        if not own:
            something = True
            yield from _once(path, state, limits, seen)
    if not something:
        yield BadInput(_label(top), "nothing_inside")


def _is_own_page(path: Path) -> bool:
    if path.suffix.lower() not in {".html", ".htm"} or not path.is_file():
        return False
    with path.open("rb") as stream:
        return _OWN_PAGE in stream.read(4096)


def _once(
    path: Path, state: os.stat_result, limits: ArchiveLimits, seen: set[tuple[int, int]]
) -> Iterator[InputFile | BadInput]:
    place, name = (state.st_dev, state.st_ino), _label(path)
    if place in seen:
        return
    seen.add(place)
    if not stat.S_ISREG(state.st_mode):  # a pipe or device would block or never end
        yield BadInput(name, "not_a_file")
        return
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        yield BadInput(name, "unreadable", error.strerror or "")
        return
    file = InputFile(name, state.st_size, lambda: path.open("rb"), os.fspath(path))
    yield from _typed(file, magic, lambda: path.open("rb"), _Budget(limits), 0)


# --- archives --------------------------------------------------------------------------------------------------------


class _Budget:
    """What is left of an archive's limits while it and the archives inside it are opened."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self.limits = limits
        self.members = limits.members
        self.bytes = limits.total_bytes

    def bomb(self, size: int, compressed: int) -> bool:
        return size > self.limits.ratio_from and size > self.limits.ratio * max(compressed, 1)


class _Guarded(io.RawIOBase):
    """A decompressing stream that counts what comes out and turns every kind of damage into an `InputError`."""

    def __init__(self, name: str, inner: BinaryIO, limits: ArchiveLimits, stored: Callable[[], int] | None) -> None:
        self._name, self._inner, self._limits, self._stored, self._out = name, inner, limits, stored, 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._out

    def stored(self) -> int:
        return self._out if self._stored is None else self._stored()

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._inner.read(len(buffer))
        except _BROKEN as error:
            hint = "copy or download it again; it ends or breaks in the middle"
            raise InputError(
                self._name, f"the compressed data is damaged after {self._out} bytes ({error})", hint
            ) from error
        buffer[: len(data)] = data
        self._out += len(data)
        limits = self._limits
        if self._stored is not None and (
            self._out > limits.total_bytes
            or (self._out > limits.ratio_from and self._out > limits.ratio * max(self._stored(), 1))
        ):
            raise InputError(
                self._name,
                f"it unpacks to more than {self._out} bytes, far beyond its size: a decompression bomb",
                "unpack it yourself if you trust it",
            )
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


def _gunzip(name: str, source: Callable[[], BinaryIO], limits: ArchiveLimits) -> BinaryIO:
    packed = source()

    class _Both(gzip.GzipFile):  # closing the unpacked stream closes the packed one
        def close(self) -> None:
            super().close()
            packed.close()

    return io.BufferedReader(_Guarded(name, _Both(fileobj=packed), limits, packed.tell), _BLOCK)  # type: ignore[arg-type]


def _typed(
    file: InputFile, magic: bytes, source: Callable[[], BinaryIO], budget: _Budget, depth: int
) -> Iterator[InputFile | BadInput]:
    """The file itself, what it holds if it is an archive, or why neither can be had."""
    if not magic:
        yield BadInput(file.name, "empty")
    elif magic.startswith(_GZIP):
        yield InputFile(file.name, file.size, lambda: _gunzip(file.name, source, budget.limits))
    elif magic in _ZIP:
        yield from _zip(file, source, budget, depth)
    elif kind := next((kind for mark, kind in _OTHER_ARCHIVES.items() if magic.startswith(mark)), None):
        yield BadInput(file.name, "archive_unsupported", kind)
    else:
        yield file


def _directory_bytes(stream: BinaryIO) -> int:
    """Length of a zip's list of members, from its end record: a huge list is refused before it is read into memory."""
    stream.seek(0, os.SEEK_END)
    stream.seek(max(0, stream.tell() - 66_000))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    stream.seek(0)
    return int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0


def _zip(
    file: InputFile, source: Callable[[], BinaryIO], budget: _Budget, depth: int
) -> Iterator[InputFile | BadInput]:
    limits = budget.limits
    try:
        with source() as stream:
            too_many = _directory_bytes(stream) > 1024 * limits.members
        if too_many:
            yield BadInput(file.name, "zip_too_many", str(limits.members))
            return
        archive = zipfile.ZipFile(file.path or source())  # lives as long as the files that it gave
    except _BROKEN as error:
        yield BadInput(file.name, "zip_broken", str(error))
        return
    if _DOCUMENTS & {info.filename for info in archive.infolist()}:
        yield file
        return
    if depth >= limits.depth:
        yield BadInput(file.name, "zip_too_deep", str(limits.depth))
        return
    members = [info for info in archive.infolist() if not info.is_dir()]
    total = sum(info.file_size for info in members)
    budget.members -= len(members)
    budget.bytes -= total
    if budget.members < 0:
        yield BadInput(file.name, "zip_too_many", str(limits.members))
        return
    if budget.bytes < 0 or budget.bomb(total, sum(info.compress_size for info in members)):
        yield BadInput(file.name, "zip_bomb", str(total))
        return
    named = sorted(((_member_name(info), info) for info in members), key=lambda pair: pair[0])
    for name, info in named:
        if not any(_noise(part) for part in name.split("/")):
            yield from _member(f"{file.name}/{name}", archive, info, budget, depth)


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name in UTF-8 where the archive says so, otherwise from its raw bytes; only ever shown, never a path to write to."""
    name = info.orig_filename if info.flag_bits & 0x800 else decode_name(info.orig_filename.encode("cp437"))
    return name.split("\0")[0].replace("\\", "/").lstrip("/")


def _member(
    name: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget, depth: int
) -> Iterator[InputFile | BadInput]:
    if info.flag_bits & 0x1:
        yield BadInput(name, "zip_encrypted")
        return
    if budget.bomb(info.file_size, info.compress_size):
        yield BadInput(name, "zip_bomb", str(info.file_size))
        return

    def packed() -> BinaryIO:
        try:
            inner = archive.open(info)
        except _BROKEN as error:
            raise InputError(name, f"the archive is damaged ({error})", "copy or download it again") from error
        return io.BufferedReader(_Guarded(name, inner, budget.limits, None), _BLOCK)  # type: ignore[arg-type]

    try:
        with packed() as stream:
            magic = stream.read(4)
            held = b""
            if magic in _ZIP and info.file_size <= budget.limits.nested_bytes:
                held = magic + stream.read()
    except InputError as error:
        yield BadInput(name, "zip_broken", str(error.__cause__ or ""))
        return
    if magic in _ZIP and not held:
        yield BadInput(name, "zip_nested_large", str(budget.limits.nested_bytes))
        return
    source = (lambda: io.BytesIO(held)) if held else packed
    yield from _typed(InputFile(name, info.file_size, packed), magic, source, budget, depth + 1)
