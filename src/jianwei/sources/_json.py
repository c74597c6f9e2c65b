"""One huge JSON document in flat memory: elements of its lists, cut out by structure and decoded one by one.

A document is either a list, or an object whose values are small except for lists. Only brackets, quotes and commas are looked at to find
where an element ends, over whole blocks at a time; what is inside is left to the decoder. So an element that is damaged, nested too
deeply or too long costs itself and not the file. (An event parser such as yajl stops at the first bad byte, takes three times as long,
and keeps a path per level: a hundred thousand open brackets took all memory.)
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import msgspec
import numpy as np

from jianwei.common.files import consumed
from jianwei.errors import InputError
from jianwei.sources._base import RAW_LIMIT, InputFile, Reject
from jianwei.sources.lines import clip

__all__ = ["Part", "decode_elements", "decode_line", "read_json"]

Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

_CODES = np.zeros(256, np.uint8)
_QUOTE, _OPEN, _CLOSE, _COMMA = 1, 2, 3, 4
for _character, _code in zip(b'"[{]},', (_QUOTE, _OPEN, _OPEN, _CLOSE, _CLOSE, _COMMA), strict=True):
    _CODES[_character] = _code
_MARKED = (_CODES != 0).tobytes()

# Half of a surrogate pair, left by tools that cut a text in the middle of an emoji: no text can hold it.
_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the document.

    Attributes:
        key: key of the value in the top-level object; empty for elements of a top-level list.
        data: elements separated by commas if `listed`, otherwise one value.
        cuts: offsets in `data` of the commas between elements.
        listed: whether this is part of a list.
        skipped: 0, or the bytes of one value that is too long, of which `data` is the beginning.
        consumed: bytes of the file read so far.
    """

    key: str
    data: bytes
    cuts: Ints
    listed: bool
    skipped: int
    consumed: int

    @property
    def count(self) -> int:
        """How many elements there are; an empty list is told by a part with none."""
        return 0 if self.listed and not self.skipped and not self.data.strip() else len(self.cuts) + 1


class _Scanner:
    """Finds structure in blocks of a document; holds whether a string is open and how deep the block before ended."""

    def __init__(self) -> None:
        self.depth = 0
        self.in_string = False
        self._carry = b""

    def marks(self, block: bytes, last: bool) -> tuple[bytes, Ints, np.ndarray, Ints]:
        """The block (backslashes at its end wait for the next one), and offset, code, depth after, of each bracket and comma."""
        block = self._carry + block
        kept = len(block) if last else len(block.rstrip(b"\\"))
        block, self._carry = block[:kept], block[kept:]
        array = np.frombuffer(block, np.uint8)
        places = np.flatnonzero(np.frombuffer(block.translate(_MARKED), np.bool_))
        codes = _CODES[array[places]]
        if b"\\" in block:
            escaped = np.zeros(len(block) + 1, bool)
            escaped[self._escaped(array)] = True
            keep = ~((codes == _QUOTE) & escaped[places])
            places, codes = places[keep], codes[keep]
        quotes = codes == _QUOTE
        inside = (np.cumsum(quotes) + self.in_string) & 1
        self.in_string = bool(inside[-1]) if len(inside) else self.in_string
        outside = ~quotes & (inside == 0)
        places, codes = places[outside], codes[outside]
        depths = self.depth + np.cumsum((codes == _OPEN).astype(np.int64) - (codes == _CLOSE))
        self.depth = int(depths[-1]) if len(depths) else self.depth
        return block, places, codes, depths

    @staticmethod
    def _escaped(array: np.ndarray) -> Ints:
        """Offsets of the characters after runs of backslashes of odd length."""
        slashes = np.flatnonzero(array == 0x5C)
        breaks = np.flatnonzero(np.diff(slashes) != 1)
        first = slashes[np.concatenate(([0], breaks + 1))]
        last = slashes[np.concatenate((breaks, [len(slashes) - 1]))]
        odd: Ints = last[(last - first) % 2 == 0] + 1
        return odd


def _blocks(file: InputFile, encoding: str, block_bytes: int) -> Iterator[tuple[bytes, int, bool]]:
    direct = encoding in {"utf-8", "utf-8-sig", "ascii"}
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    first = True
    with file.open() as stream:
        while True:
            raw = stream.read(block_bytes)
            data = raw if direct else decoder.decode(raw, final=not raw).encode()
            if first:
                data, first = data.removeprefix(codecs.BOM_UTF8), False
            yield data, consumed(stream), not raw
            if not raw:
                return


_KEY = re.compile(rb'\s*"((?:[^"\\]|\\.)*+)"\s*:')
_NO_CUTS = np.zeros(0, np.int64)


class _Cutter:
    """Turns marks into parts: follows which value of the top-level object, and which list, an offset stands in."""

    def __init__(self, name: str, most_bytes: int) -> None:
        self._name, self._most = name, most_bytes
        self._key, self._in_list, self._keyed = "", False, False
        self._rest = b""  # of the value that is not complete
        self._head, self._skipped = b"", 0  # of the value that is too long
        self._done = 0  # bytes before `_rest`
        self.started = self.finished = False

    def cut(self, block: bytes, places: Ints, codes: np.ndarray, depths: Ints, position: int) -> Iterator[Part]:
        text, at = self._rest + block, 0
        places = places + len(self._rest)
        if not self.started and len(places):
            self._begin(text[: int(places[0]) + 1])
        deepest = 2 if self._keyed else 1
        near = depths <= np.where(codes == _CLOSE, deepest - 1, deepest)
        places, codes, depths = places[near], codes[near], depths[near]
        turns = np.flatnonzero((codes != _COMMA) | (depths != deepest))
        before = 0
        for turn in [*turns.tolist(), len(places)]:
            if self._in_list and turn > before:
                yield from self._elements(text, at, places[before:turn], position)
                at = int(places[turn - 1]) + 1
            if turn < len(places):
                offset = int(places[turn])
                if self.finished or depths[turn] < 0:
                    raise InputError(self._name, f"the JSON goes on after its end, at byte {self._done + offset:,}")
                yield from self._turn(text, at, offset, int(codes[turn]), int(depths[turn]), position)
                at = offset if codes[turn] == _OPEN and depths[turn] == 2 and not self._in_list else offset + 1
            before = turn + 1
        self._keep(text[at:])
        self._done += at

    def end(self) -> None:
        """Complain of a document that is none, or is cut short."""
        if not self.started:
            if self._rest.strip() != b"null":
                raise InputError(self._name, "the JSON is neither a list nor an object")
        elif not self.finished:
            hint = "copy or export it again; what came before the end was read"
            raise InputError(self._name, f"the JSON ends in the middle, after {self._done:,} bytes", hint)
        elif self._rest.strip():
            raise InputError(self._name, f"the JSON goes on after its end, at byte {self._done:,}")

    def _begin(self, text: bytes) -> None:
        start = text.strip()
        if start not in (b"[", b"{"):
            raise InputError(self._name, "the JSON is neither a list nor an object")
        self.started, self._keyed = True, start == b"{"

    def _keep(self, rest: bytes) -> None:
        if self._skipped:
            self._skipped += len(rest)
            self._rest = b""
        elif len(rest) > self._most:
            self._head, self._skipped, self._rest = rest[: 4 * RAW_LIMIT], len(rest), b""
        else:
            self._rest = rest
        if not self._rest:
            self._done += len(rest)

    def _elements(self, text: bytes, at: int, commas: Ints, position: int) -> Iterator[Part]:
        """Elements that end at `commas`."""
        if self._skipped:
            yield self._overlong(int(commas[0]), position)
            at, commas = int(commas[0]) + 1, commas[1:]
        if len(commas):
            yield Part(self._key, text[at : int(commas[-1])], commas[:-1] - at, True, 0, position)

    def _overlong(self, end: int, position: int) -> Part:
        head, skipped = self._head, self._skipped + end
        self._head, self._skipped = b"", 0
        return Part(self._key, head, _NO_CUTS, True, skipped, position)

    def _turn(self, text: bytes, at: int, offset: int, code: int, depth: int, position: int) -> Iterator[Part]:
        """A bracket of the document itself or of one of its values, or a comma between values."""
        if code == _OPEN:
            if depth == 2:
                match = _KEY.match(text, at, offset)
                self._key = _text(match[1]) if match else ""
            self._in_list = text[offset : offset + 1] == b"["
            self._head, self._skipped = b"", 0
        elif self._in_list:  # the list ends
            if self._skipped:
                yield self._overlong(offset, position)
            else:
                yield Part(self._key, text[at:offset], _NO_CUTS, True, 0, position)
            self._in_list = False
        elif self._skipped:
            self._head, self._skipped = b"", 0
        elif code == _CLOSE and depth == 1:
            yield Part(self._key, text[at : offset + 1], _NO_CUTS, False, 0, position)
        elif match := _KEY.match(text, at, offset):
            yield Part(_text(match[1]), text[match.end() : offset], _NO_CUTS, False, 0, position)
        self.finished = self.finished or (code == _CLOSE and depth == 0)


def _text(raw: bytes) -> str:
    try:
        return str(msgspec.json.decode(b'"' + raw + b'"'))
    except ValueError:
        return raw.decode("utf-8", "replace")


def read_json(
    file: InputFile, *, encoding: str = "utf-8", block_bytes: int = 1 << 20, most_bytes: int = 1 << 20
) -> Iterator[Part]:
    """The parts of a document in file order; parts of one list follow each other, each holds whole elements.

    Args:
        file: what to read.
        encoding: Python codec name.
        block_bytes: how much to read at once.
        most_bytes: what an element may have, about; longer ones are skipped and told of. Longer values that are no lists are left out.

    Raises:
        InputError: it is no list and no object, or ends in the middle, after everything before was given.
    """
    scanner, cutter = _Scanner(), _Cutter(file.name, most_bytes)
    for block, position, last in _blocks(file, encoding, block_bytes):
        yield from cutter.cut(*scanner.marks(block, last), position)
    cutter.end()


def decode_elements(part: Part, row: int) -> tuple[list[object], list[int], list[Reject]]:
    """The elements of a part of a list: values, the row number of each, and rejects for those that cannot be read.

    Args:
        part: a part with `listed`.
        row: number of its first element.
    """
    if part.skipped:
        return [], [], [Reject(row, "row_too_long", str(part.skipped), clip(part.data.decode("utf-8", "replace")))]
    if not part.count:
        return [], [], []
    try:
        values = msgspec.json.decode(b"[" + part.data + b"]")
        if len(values) == len(part.cuts) + 1:
            return values, list(range(row, row + len(values))), []
    except (ValueError, RecursionError):
        pass
    values, rows, rejects = [], [], []
    bounds = [-1, *part.cuts.tolist(), len(part.data)]
    for number, (before, end) in enumerate(pairwise(bounds), row):
        raw = part.data[before + 1 : end]
        value = decode_line(raw, number)
        if isinstance(value, Reject):
            rejects.append(value)
        else:
            values.append(value)
            rows.append(number)
    return values, rows, rejects


def decode_line(raw: bytes, row: int) -> object:
    """One JSON value, or the `Reject` that says why it is none."""
    try:
        return msgspec.json.decode(raw)
    except (ValueError, RecursionError) as error:
        reason = "bad_encoding" if isinstance(error, UnicodeDecodeError) else "bad_json"
        detail = "nested too deeply" if isinstance(error, RecursionError) else str(error)
    if b"\\u" in raw:
        try:
            return msgspec.json.decode(_HALF.sub(rb"\\ufffd", raw))
        except (ValueError, RecursionError):
            pass
    return Reject(row, reason, detail[:200], clip(raw.decode("utf-8", "replace").strip()))
