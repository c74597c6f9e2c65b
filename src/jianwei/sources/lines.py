"""Any text file as stretches of whole lines in UTF-8, in flat memory however long a line is."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from jianwei.common.files import consumed
from jianwei.errors import InputError
from jianwei.sources._base import RAW_LIMIT, InputFile, Reject

__all__ = ["MARK", "Stretch", "clip", "line_ends", "read_stretches", "too_long"]

MARK = "\ufdd0"
"""Stands in the text where bytes could not be decoded. Unicode keeps this code point for a program's own use: no text has it."""

codecs.register_error("jianwei.mark", lambda error: (MARK, error.end))  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some whole lines, or the beginning of one line that is too long.

    Attributes:
        data: UTF-8 without byte order mark; ends with LF except at the end of the file.
        line: 1-based number of its first line.
        consumed: bytes of the file used so far, in the measure of `InputFile.size`.
        skipped: 0, or the bytes of the one line that is too long, of which `data` is the beginning.
    """

    data: bytes
    line: int
    consumed: int
    skipped: int = 0


def clip(text: str) -> str:
    """At most `RAW_LIMIT` characters; a longer text ends with how many were cut.

    >>> clip("x" * 16_400)[-15:]
    'xxx…[+16 chars]'
    """
    return text if len(text) <= RAW_LIMIT else f"{text[:RAW_LIMIT]}…[+{len(text) - RAW_LIMIT} chars]"


def too_long(stretch: Stretch) -> Reject:
    """The reject for a stretch with `skipped` set."""
    beginning = stretch.data.decode("utf-8", "replace").replace(MARK, "\ufffd")
    return Reject(stretch.line, "row_too_long", str(stretch.skipped), clip(beginning))


def line_ends(data: bytes) -> int:
    r"""How many LF there are; several times faster than `bytes.count` where lines are short.

    >>> line_ends(b"a\nb\n")
    2
    """
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == 10))


def _is_utf8(data: bytes) -> bool:
    """Arrow checks several times faster than decoding does."""
    offsets = pa.py_buffer(b"".join(n.to_bytes(4, "little") for n in (0, len(data))))
    try:
        pa.StringArray.from_buffers(1, offsets, pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _marked(data: bytes) -> bytes:
    return data if _is_utf8(data) else data.decode("utf-8", "jianwei.mark").encode()


def _chunks(file: InputFile, encoding: str, block_bytes: int) -> Iterator[tuple[bytes, int, bool]]:
    """UTF-8 (not yet checked), bytes of the file used so far, whether it is the last; LF for CR in files that end lines with CR only."""
    codec = codecs.lookup(encoding).name
    direct = codec in ("utf-8", "utf-8-sig", "ascii")
    decoder = codecs.getincrementaldecoder("utf-8" if direct else codec)("jianwei.mark")
    first, only_cr = True, False
    with file.open() as stream:
        while True:
            raw = stream.read(block_bytes)
            reached = consumed(stream)
            try:
                data = raw if direct else decoder.decode(raw, final=not raw).encode()
            except UnicodeError as error:  # UTF-16 and UTF-32 without a byte order mark; bad characters are marked
                raise InputError(file.name, f"is not {encoding}", f"name the encoding: {error}") from error
            if first and data:
                data, first = data.removeprefix(codecs.BOM_UTF8), False
                only_cr = b"\n" not in data and b"\r" in data[:-1]
            yield data.replace(b"\r", b"\n") if only_cr else data, reached, not raw
            if not raw:
                return


def read_stretches(
    file: InputFile, *, encoding: str, block_bytes: int = 2 << 20, max_row_bytes: int = 1 << 20
) -> Iterator[Stretch]:
    """A file's lines in stretches of about `block_bytes`; bytes that are no text in `encoding` become `MARK`.

    A line of more than `max_row_bytes` is a stretch of its own with its first bytes only; at no time is more held than a block and
    a line.

    Raises:
        OSError, InputError: whatever the file's stream raises.
    """
    line, pending = 1, b""
    head, skipped = b"", 0  # of the line that is being skipped
    for data, reached, last in _chunks(file, encoding, block_bytes):
        if skipped:
            end = data.find(b"\n")
            if end < 0 and not last:
                skipped += len(data)
                continue
            skipped += len(data) if end < 0 else end
            yield Stretch(head, line, reached, skipped)
            line, skipped, data = line + 1, 0, data[end + 1 :] if end >= 0 else b""
        pending += data
        start = position = 0
        while len(pending) - position > max_row_bytes:
            end = pending.rfind(b"\n", position, position + max_row_bytes + 1)
            if end >= 0:
                position = end + 1
                continue
            if position > start:
                yield (before := Stretch(_marked(pending[start:position]), line, reached))
                line += line_ends(before.data)
            end = pending.find(b"\n", position)
            head = pending[position : position + 4 * RAW_LIMIT]
            if end < 0:
                start, skipped = len(pending), len(pending) - position
                break
            yield Stretch(head, line, reached, end - position)
            line, start, position = line + 1, end + 1, end + 1
        stop = len(pending) if last else pending.rfind(b"\n", start) + 1
        if stop > start:
            yield (whole := Stretch(_marked(pending[start:stop]), line, reached))
            line += line_ends(whole.data)
        pending = pending[max(start, stop) :]
    if skipped:
        yield Stretch(head, line, reached, skipped)
