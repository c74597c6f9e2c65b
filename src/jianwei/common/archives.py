"""Archives, streamed and never unpacked to disk, under limits that stop a bomb before it is read.

What is too much or broken comes back as a `BadInput` beside the good members. Declared sizes can be trusted as limits: `zipfile` gives no
more bytes of a member than its directory says, and a .gz, which declares nothing, is counted while it is read.
"""

from __future__ import annotations

import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import BinaryIO

from jianwei.common.encodings import decode_name
from jianwei.common.inputs import ArchiveLimits, BadInput, InputFile
from jianwei.errors import InputError

__all__ = ["Unpacked", "is_noise", "opened"]

_BLOCK = 1 << 20
_NOISE = {"__MACOSX", "Thumbs.db", "desktop.ini"}
_NOISE_ENDS = (".lock", ".lck", ".tmp", ".part", ".crdownload", "~")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
_OTHERS = {b"7z\xbc\xaf": "7z", b"Rar!": "rar", b"BZh": "bzip2", b"\xfd7zX": "xz"}
_DOCUMENTS = {"[Content_Types].xml", "mimetype"}  # office files are zip archives too, but each is one document
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


def is_noise(name: str) -> bool:
    """Whether a file or folder of this name is hidden, a lock, or what an operating system leaves behind.

    >>> is_noise(".DS_Store"), is_noise("~$shop.xlsx"), is_noise("张三.csv")
    (True, True, False)
    """
    return name.startswith((".", "~$")) or name in _NOISE or name.endswith(_NOISE_ENDS)


def opened(file: InputFile, limits: ArchiveLimits) -> Iterator[InputFile | BadInput]:
    """The file itself, decompressed if it is a .gz; the members if it is a zip; or why neither can be had.

    Raises:
        OSError: the file cannot be opened.
    """
    with file.open() as stream:
        magic = stream.read(4)
    yield from _typed(file, magic, _Budget(limits), 0)


class _Budget:
    """What is left of an archive's limits while it and the archives inside it are opened, and the inner one at hand."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self.limits = limits
        self.members = limits.members
        self.bytes = limits.total_bytes
        self._inner: tuple[object, zipfile.ZipFile] | None = None

    def bomb(self, size: int, compressed: int) -> bool:
        return size > self.limits.ratio_from and size > self.limits.ratio * max(compressed, 1)

    def nested(self, source: Callable[[], BinaryIO]) -> zipfile.ZipFile:
        """An archive inside the archive, unpacked to memory; only the last one is kept, since members are read in order."""
        if self._inner is None or self._inner[0] is not source:
            self._inner = None
            with source() as stream:
                self._inner = source, zipfile.ZipFile(io.BytesIO(stream.read()))
        return self._inner[1]


class Unpacked(io.RawIOBase):
    """A decompressing stream that counts what comes out and turns every kind of damage into an `InputError`.

    `read` gives what came before the damage first; the error follows with the next call, so that no good row is lost.
    """

    def __init__(self, name: str, inner: BinaryIO, limits: ArchiveLimits, stored: Callable[[], int] | None) -> None:
        self._name, self._inner, self._limits, self._stored, self._out = name, inner, limits, stored, 0
        self._error: InputError | None = None

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._out

    def stored(self) -> int:
        """Bytes of the file that were used so far: packed ones for a .gz."""
        return self._out if self._stored is None else self._stored()

    def read(self, size: int | None = -1) -> bytes:
        wanted = -1 if size is None or size < 0 else size
        parts: list[bytes] = []
        got = 0
        while self._error is None and (wanted < 0 or got < wanted):
            part = self._some(_BLOCK if wanted < 0 else min(_BLOCK, wanted - got))
            if not part:
                break
            parts.append(part)
            got += len(part)
        if self._error is not None and (wanted < 0 or not parts):
            raise self._error
        return b"".join(parts)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _some(self, size: int) -> bytes:
        try:
            data: bytes = self._inner.read1(size)  # type: ignore[attr-defined]
        except (*_BROKEN, InputError) as error:
            what = f"the compressed data is damaged after {self._out} bytes ({error})"
            self._error = InputError(self._name, what, "copy or download it again; it ends or breaks in the middle")
            self._error.__cause__ = error
            return b""
        self._out += len(data)
        if self._stored is not None and self._is_bomb(self._stored()):
            what = f"it unpacks to more than {self._out} bytes, far beyond its size: a decompression bomb"
            self._error = InputError(self._name, what, "unpack it yourself if you trust it")
        return data

    def _is_bomb(self, stored: int) -> bool:
        limits = self._limits
        swollen = self._out > limits.ratio_from and self._out > limits.ratio * max(stored, 1)
        return swollen or self._out > limits.total_bytes

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
        super().close()


def _gunzip(file: InputFile, limits: ArchiveLimits) -> BinaryIO:
    packed = file.open()

    class _Both(gzip.GzipFile):  # closing the unpacked stream closes the packed one
        def close(self) -> None:
            super().close()
            packed.close()

    return Unpacked(file.name, _Both(fileobj=packed), limits, packed.tell)  # type: ignore[arg-type,return-value]


def _typed(file: InputFile, magic: bytes, budget: _Budget, depth: int) -> Iterator[InputFile | BadInput]:
    if not magic:
        yield BadInput(file.name, "empty")
    elif magic.startswith(_GZIP):
        yield InputFile(file.name, file.size, lambda: _gunzip(file, budget.limits), modified=file.modified)
    elif magic in _ZIP:
        yield from _zip(file, budget, depth)
    elif kind := next((kind for mark, kind in _OTHERS.items() if magic.startswith(mark)), None):
        yield BadInput(file.name, "archive_unsupported", kind)
    else:
        yield file


def _directory_bytes(stream: BinaryIO) -> int:
    """Length of a zip's list of members, from its end record: a huge list is refused before it is read into memory."""
    stream.seek(max(0, stream.seek(0, os.SEEK_END) - 66_000))
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    return int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0


def _zip(file: InputFile, budget: _Budget, depth: int) -> Iterator[InputFile | BadInput]:
    limits = budget.limits
    if file.path is None and file.size > limits.nested_bytes:
        yield BadInput(file.name, "zip_nested_large", str(limits.nested_bytes))
        return
    try:
        with file.open() as stream:
            directory = _directory_bytes(stream if stream.seekable() else io.BytesIO(stream.read()))
        if directory > 1024 * limits.members:
            yield BadInput(file.name, "zip_too_many", str(limits.members))
            return
        archive = budget.nested(file.open) if file.path is None else zipfile.ZipFile(file.path)
    except (*_BROKEN, InputError) as error:
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
    elif budget.bytes < 0 or budget.bomb(total, sum(info.compress_size for info in members)):
        yield BadInput(file.name, "zip_bomb", str(total))
    else:
        again = (lambda: budget.nested(file.open)) if file.path is None else (lambda: archive)
        for name, info in sorted(((_member_name(info), info) for info in members), key=lambda pair: pair[0]):
            if not any(is_noise(part) for part in name.split("/")):
                yield from _member(f"{file.name}/{name}", again, info, budget, depth)


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name in UTF-8 where the archive says so, otherwise from its raw bytes; only ever shown, never a path to write to."""
    name = info.orig_filename if info.flag_bits & 0x800 else decode_name(info.orig_filename.encode("cp437"))
    return name.split("\0")[0].replace("\\", "/").lstrip("/")


def _member(
    name: str, archive: Callable[[], zipfile.ZipFile], info: zipfile.ZipInfo, budget: _Budget, depth: int
) -> Iterator[InputFile | BadInput]:
    if info.flag_bits & 0x1:
        yield BadInput(name, "zip_encrypted")
        return
    if budget.bomb(info.file_size, info.compress_size):
        yield BadInput(name, "zip_bomb", str(info.file_size))
        return

    def unpacked() -> BinaryIO:
        try:
            inner = archive().open(info)
        except _BROKEN as error:
            raise InputError(name, f"the archive is damaged ({error})", "copy or download it again") from error
        return Unpacked(name, inner, budget.limits, None)  # type: ignore[arg-type,return-value]

    try:
        with unpacked() as stream:
            magic = stream.read(4)
    except InputError as error:
        yield BadInput(name, "zip_broken", str(error.__cause__ or ""))
    else:
        member = InputFile(name, info.file_size, unpacked, modified=_changed(info))
        yield from _typed(member, magic, budget, depth + 1)


def _changed(info: zipfile.ZipInfo) -> datetime | None:
    """By the clock on the wall of whoever packed it."""
    try:
        return datetime(*info.date_time)  # noqa: DTZ001 - an archive tells no zone
    except ValueError:  # nothing makes archives tell the truth
        return None
