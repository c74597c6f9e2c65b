"""One huge JSON document in flat memory, against the json module, and everything that is wrong with real ones."""

from __future__ import annotations

import io
import json
import tracemalloc
from contextlib import suppress
from typing import Any, BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import InputError
from jianwei.sources._base import InputFile, Reject
from jianwei.sources._json import decode_elements, read_json

TEXTS = st.text(st.sampled_from('ab",:[]{}\\\n 好😀'), max_size=6)
LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=12
)


def of(data: bytes) -> InputFile:
    return InputFile("a.json", len(data), lambda: io.BytesIO(data))


def read(data: bytes, **options: Any) -> tuple[dict[str, Any], list[Reject]]:
    """Values by key; elements of a top-level list stand under ""."""
    found: dict[str, Any] = {}
    rejects: list[Reject] = []
    met: dict[str, int] = {}
    for part in read_json(of(data), **options):
        if not part.listed:
            found[part.key] = json.loads(part.data)
            continue
        values, rows, bad = decode_elements(part, met.get(part.key, 0) + 1)
        assert len(values) == len(rows)
        met[part.key] = met.get(part.key, 0) + part.count
        found.setdefault(part.key, []).extend(values)
        rejects += bad
    return found, rejects


@settings(deadline=None)
@given(
    st.dictionaries(TEXTS, VALUES, max_size=4) | st.lists(VALUES, max_size=5),
    st.sampled_from([None, 1]),
    st.booleans(),
    st.integers(1, 9),
)
def test_documents_come_back_whole_however_they_are_cut(
    document: Any, indent: int | None, ascii_only: bool, block: int
) -> None:
    data = json.dumps(document, indent=indent, ensure_ascii=ascii_only).encode()
    expected = document if isinstance(document, dict) else {"": document}
    assert read(data, block_bytes=block) == (expected, [])


def test_other_encodings_and_marks() -> None:
    text = '{"messages": [{"content": "你好"}]}'
    for codec in ("utf-8-sig", "utf-16", "gb18030"):
        assert read(text.encode(codec), encoding=codec, block_bytes=3)[0] == json.loads(text)


@pytest.mark.parametrize(
    "cut",
    [
        b'{"meta": {"a": 1}, "messages": [{"b": 1}, {"b": 2}, {"b',
        b'{"meta": {"a": 1}, "messages": [{"b": 1}, {"b": 2}, ',
    ],
)
def test_what_came_before_a_cut_is_given_first(cut: bytes) -> None:
    got: list[object] = []

    def gather() -> None:
        for part in read_json(of(cut), block_bytes=4):
            got.extend(decode_elements(part, 1)[0] if part.listed else [json.loads(part.data)])

    with pytest.raises(InputError, match=r"ends in the middle, after \d+ bytes"):
        gather()
    assert got == [{"a": 1}, {"b": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"7", "neither a list nor an object"), (b'"text"', "neither a list nor an object"), (b"a,b\n1,2", "neither"),
        (b"", "neither"), (b"[1] [2]", "goes on after its end"), (b"[1]]", "goes on after its end"), (b'{"a":[1]} x', "goes on"),
        (b"[1, 2", "ends in the middle"), (b'{"a": "x', "ends in the middle"), (b'{"a', "ends in the middle"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_said(data: bytes, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read(data)


def test_null_is_an_empty_document() -> None:
    assert read(b" null\n") == ({}, [])


def test_a_bad_element_costs_only_itself() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    elements = [
        b'{"a":1}',
        deep,
        b'{"a":"\xff"}',
        b'{"a":01}',
        b'{"a":1e999}',
        b'{"b":2}',
        b'"\\ud83d"',
        b'"\\ud83d\\ude00"',
    ]
    found, rejects = read(b'{"messages":[' + b",".join(elements) + b"]}", most_bytes=1 << 20)
    assert found["messages"] == [{"a": 1}, {"b": 2}, "\ufffd", "😀"]
    assert [(r.line, r.reason) for r in rejects] == [
        (2, "bad_json"), (3, "bad_encoding"), (4, "bad_json"), (5, "bad_json"),
    ]  # fmt: skip
    assert rejects[0].detail == "nested too deeply"


@pytest.mark.parametrize("block", [64, 1000, 1 << 20])
def test_an_element_that_is_too_long_is_skipped(block: int) -> None:
    long = b'{"a":"' + b"x" * 5000 + b'"}'
    data = b'{"messages":[1,' + long + b',2,3],"avatars":{"x":' + long + b'},"more":[' + long + b"]}"
    found, rejects = read(data, block_bytes=block, most_bytes=1000)
    assert found["messages"][:1] + found["messages"][-2:] == [1, 2, 3]
    if block < 5000:  # what stands in one block is small enough whatever the limit says
        assert len(found["messages"]) == 3
        assert [(r.line, r.reason) for r in rejects] == [(2, "row_too_long"), (1, "row_too_long")]
        assert "avatars" not in found


class _Endless(io.RawIOBase):
    """A list of one element of `size` bytes, made while it is read."""

    def __init__(self, size: int) -> None:
        self._left, self._block = size, b"x" * (1 << 20)
        self._start, self._end = b'[1,"', b'",2]'

    def read(self, size: int | None = -1) -> bytes:
        if self._start:
            start, self._start = self._start, b""
            return start
        if self._left > 0:
            self._left -= len(self._block)
            return self._block
        end, self._end = self._end, b""
        return end

    def tell(self) -> int:
        return 0


def test_an_endless_element_takes_no_memory() -> None:
    def stream() -> BinaryIO:
        return _Endless(200 << 20)  # type: ignore[return-value]

    tracemalloc.start()
    try:
        values, rejects = [], []
        for part in read_json(InputFile("a.json", 0, stream)):
            good, _, bad = decode_elements(part, 1)
            values += good
            rejects += bad
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert values == [1, 2]
    assert [reject.reason for reject in rejects] == ["row_too_long"]
    assert peak < 40 << 20


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_junk_never_gives_a_traceback(junk: bytes) -> None:
    for data in (junk, b"[" + junk, b'{"messages":[' + junk):
        with suppress(InputError):
            for part in read_json(of(data), block_bytes=5):
                decode_elements(part, 1)
