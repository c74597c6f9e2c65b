"""The file of a language model: a mark, a header in JSON with its checksum, and the four arrays as they lie in memory.

    bytes 0–11    "jianwei.lm\\n" and the format's version, one byte
    bytes 12–19   length of the header, CRC-32 of the header; uint32 each, little-endian, as everything is
    then          the header, blanks up to a multiple of 64, `starts`, `characters`, `costs`, `backs`

The arrays are mapped, not read: a model is ready in milliseconds, and processes that use the same file share its memory. A model is written
beside its place and moved there, so that whoever has mapped the old one keeps it.
"""

from __future__ import annotations

import mmap
import os
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zlib import crc32

import msgspec
import numpy as np

from jianwei.errors import InputError, UsageError
from jianwei.text.lm.trie import Trie
from jianwei.text.lm.vocabulary import LIMIT, Vocabulary

__all__ = ["MAX_ORDER", "Facts", "read_model", "write_model"]

MAX_ORDER = 12

_MARK = b"jianwei.lm\n\x01"
_FRONT = len(_MARK) + 8
_ALIGN = 64
_MAX_HEADER = 1 << 22
_KINDS: tuple[np.dtype[Any], ...] = tuple(np.dtype(code) for code in ("<u4", "<u2", "<u2", "<i2"))


class Facts(msgspec.Struct, frozen=True):
    """What a model was made from.

    Attributes:
        texts, characters: how many it was trained on; ends are no characters.
        unknown: characters among them that are not in the vocabulary.
        grams: n-grams kept, by order.
        discounts: by order, for n-grams that count once, twice, more often.
        min_count: how often a character must occur to be in the vocabulary.
        prune: threshold of pruning, 0 for none.
    """

    texts: int
    characters: int
    unknown: int
    grams: tuple[int, ...]
    discounts: tuple[tuple[float, float, float], ...]
    min_count: int
    prune: float


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    vocabulary: str
    nodes: int
    inner: int
    sha256: str
    facts: Facts


def write_model(path: str | os.PathLike[str], vocabulary: Vocabulary, trie: Trie, facts: Facts) -> None:
    """Write a model.

    Raises:
        UsageError: the file cannot be written.
    """
    arrays = [
        np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        for array in (trie.starts, trie.characters, trie.costs, trie.backs)
    ]
    digest = sha256()
    for array in arrays:
        digest.update(array.data)
    body = _Header(vocabulary.characters, len(trie.characters), len(trie.backs), digest.hexdigest(), facts)
    header = msgspec.json.encode(body)
    front = _MARK + len(header).to_bytes(4, "little") + crc32(header).to_bytes(4, "little") + header
    target = Path(path)
    try:
        with NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}-", delete=False) as file:
            try:
                file.write(front + b" " * (-len(front) % _ALIGN))
                for array in arrays:
                    file.write(array.data)
                file.close()
                Path(file.name).chmod(0o644)
                Path(file.name).replace(target)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise UsageError(
            str(path), f"cannot be written ({error.strerror})", "name a file in a folder of yours"
        ) from error


def read_model(path: str | os.PathLike[str], *, check: bool = False) -> tuple[Vocabulary, Trie, Facts, str]:
    """Map a model: its vocabulary, its tree, what it was made from, the sha256 of its arrays.

    Args:
        path: a file that `write_model` wrote.
        check: read all of it and compare the sha256.

    Raises:
        InputError: the file cannot be read, is no model, or is damaged. Arrays that are damaged are found with `check` only; without it
            they give wrong figures and do no other harm.
    """
    where = os.fspath(path)
    try:
        with Path(path).open("rb") as file:
            if os.fstat(file.fileno()).st_size < _FRONT:
                raise _bad(where, "it is too short")
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise InputError(where, f"cannot be read ({error.strerror})", "check the path") from error
    header, begin = _header(where, data)
    vocabulary = Vocabulary(header.vocabulary)
    order = len(header.facts.grams)
    _consistent(where, header, vocabulary, order)
    counts = (header.inner + 1, header.nodes, header.nodes, header.inner)
    sizes = [kind.itemsize * count for kind, count in zip(_KINDS, counts, strict=True)]
    if len(data) != begin + sum(sizes):
        raise _bad(where, "its length is not the one its header tells")
    if check and sha256(memoryview(data)[begin:]).hexdigest() != header.sha256:
        raise _bad(where, "its arrays are damaged")
    arrays = []
    for kind, count, size in zip(_KINDS, counts, sizes, strict=True):
        arrays.append(np.frombuffer(data, kind, count, begin))
        begin += size
    starts, characters, costs, backs = arrays
    return vocabulary, Trie(order, len(vocabulary), characters, costs, backs, starts), header.facts, header.sha256


def _header(where: str, data: mmap.mmap) -> tuple[_Header, int]:
    if data[: len(_MARK) - 1] != _MARK[:-1]:
        raise _bad(where, "it does not begin like one")
    if data[len(_MARK) - 1] != _MARK[-1]:
        raise _bad(where, f"it has version {data[len(_MARK) - 1]} of the format, this program reads {_MARK[-1]}")
    length, checksum = (int.from_bytes(data[at : at + 4], "little") for at in (len(_MARK), len(_MARK) + 4))
    text = data[_FRONT : _FRONT + min(length, _MAX_HEADER)]
    if crc32(text) != checksum:
        raise _bad(where, "its header is damaged")
    try:
        header = msgspec.json.decode(text, type=_Header)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _bad(where, f"its header cannot be understood ({error})") from error
    end = _FRONT + length
    begin = end + -end % _ALIGN
    if data[end:begin].strip(b" "):
        raise _bad(where, "it is damaged behind its header")
    return header, begin


def _consistent(where: str, header: _Header, vocabulary: Vocabulary, order: int) -> None:
    grams = header.facts.grams
    sound = (
        1 <= order <= MAX_ORDER
        and len(set(header.vocabulary)) == len(header.vocabulary) <= LIMIT
        and all(count >= 0 for count in grams)
        and grams[0] == len(vocabulary)
        and header.nodes == sum(grams)
        and header.inner == sum(grams[:-1])
    )
    if not sound:
        raise _bad(where, "what its header tells does not fit together")


def _bad(where: str, what: str) -> InputError:
    return InputError(where, f"is no language model: {what}", "train it again with jianwei lm train")
