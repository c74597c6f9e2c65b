"""Delimited text against Python's csv module, and what real exports do wrong."""

from __future__ import annotations

import csv
import io
import tracemalloc
from typing import BinaryIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import InputError
from jianwei.sources._base import InputFile, Reject
from jianwei.sources.delimited import read_delimited

FIELDS = st.text(st.sampled_from('a1，好😀"\n,; \t'), max_size=8)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(FIELDS, min_size=width, max_size=width), min_size=1, max_size=12)
)


def memory_file(data: bytes) -> InputFile:
    return InputFile("memory.csv", len(data), lambda: io.BytesIO(data))


def read(
    data: bytes, encoding: str = "utf-8", delimiter: str = ",", **options: int | bool
) -> tuple[list[list[str]], list[int], list[Reject]]:
    rows: list[list[str]] = []
    lines: list[int] = []
    rejects: list[Reject] = []
    for block in read_delimited(memory_file(data), encoding=encoding, delimiter=delimiter, **options):
        rows += [list(row.values()) for row in block.frame.to_pylist()]
        lines += block.lines().tolist()
        rejects += block.rejects
    return rows, lines, rejects


@settings(deadline=None)
@given(TABLES, st.sampled_from(["\n", "\r\n"]), st.sampled_from([",", "\t", ";"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
       st.sampled_from([32, 1 << 20]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]), st.booleans())  # fmt: skip
def test_reads_whatever_the_csv_module_writes(
    table: list[list[str]], ending: str, delimiter: str, quoting: int, block_bytes: int, encoding: str, cut: bool
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter, lineterminator=ending, quoting=quoting).writerows(table)
    text = buffer.getvalue().removesuffix(ending) if cut else buffer.getvalue()
    oracle = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    expected, starts, before = [], [], 0
    for row in oracle:
        if row:
            expected.append(row)
            starts.append(before + 1)
        before = oracle.line_num
    rows, lines, rejects = read(text.encode(encoding), encoding, delimiter, header=False, block_bytes=block_bytes)
    assert (rows, rejects) == (expected, [])
    assert lines == starts


@settings(deadline=None)
@given(st.text(st.sampled_from('"",,\n\nab"'), max_size=60), st.integers(4, 40))
def test_anything_is_read_or_rejected_whatever_the_block(text: str, block_bytes: int) -> None:
    data = b"x,y\n" + text.encode()
    rows, lines, rejects = read(data, block_bytes=block_bytes)
    assert (rows, lines, rejects) == read(data)
    assert lines == sorted(set(lines))
    assert all(len(row) == 2 for row in rows)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(1, 64), st.sampled_from(["utf-8", "gb18030", "utf-16-le"]))
def test_no_bytes_make_it_fail(data: bytes, block_bytes: int, encoding: str) -> None:
    rows, _, rejects = read(data, encoding, header=False, block_bytes=block_bytes, max_row_bytes=50)
    assert all("\0" not in value for row in rows for value in row)
    assert {reject.reason for reject in rejects} <= {"wrong_columns", "bad_encoding", "nul_bytes", "row_too_long"}


def test_every_bad_row_is_named_by_its_line_and_spoils_no_other() -> None:
    data = b'a,b\n1,"x\ny"\n\n3\n4,5,6\n7,\xff8\n9,\x00\n10,11\n'
    rows, lines, rejects = read(data)
    assert rows == [["1", "x\ny"], ["10", "11"]]
    assert lines == [2, 9]
    assert [(r.line, r.reason, r.detail) for r in rejects] == [
        (5, "wrong_columns", "1≠2"), (6, "wrong_columns", "3≠2"), (7, "bad_encoding", "b"), (8, "nul_bytes", "b")
    ]  # fmt: skip
    assert rejects[1].raw == "4,5,6"


def test_a_forgotten_quote_spoils_neither_the_file_nor_its_row() -> None:
    lines = [f"{n},text {n}" for n in range(2000)]
    lines[5] = '5,"text 5'
    lines[1500] = '1500,he said "no"'
    rows, numbers, rejects = read(("n,text\n" + "\n".join(lines)).encode(), block_bytes=4096)
    assert len(rows) == 2000
    assert rejects == []
    assert rows[5] == ["5", '"text 5']
    assert rows[1500][1] == 'he said "no"'
    assert numbers == list(range(2, 2002))


def test_a_quoted_field_may_span_blocks_up_to_the_limit() -> None:
    long = "line\n" * 300
    data = f'a,b\n1,"{long}"\n2,3\n'.encode()
    rows, lines, _ = read(data, block_bytes=64)
    assert rows == [["1", long], ["2", "3"]]
    assert lines == [2, 303]
    rows, _, rejects = read(data, block_bytes=64, max_row_bytes=1000)
    assert rows[-1] == ["2", "3"]
    assert {reject.reason for reject in rejects} == {"wrong_columns"}


def test_quotes_that_open_at_every_line_take_linear_time() -> None:
    rows, _, rejects = read(b"a,b,c\n" + b'x",y,"z\n' * 50_000)
    assert len(rows) + len(rejects) == 50_000
    assert rows[-1] == ['x"', "y", '"z']


def test_line_ends_of_every_kind() -> None:
    assert read(b"a,b\r1,2\r\r3,4\r")[:2] == ([["1", "2"], ["3", "4"]], [2, 4])
    assert read(b"a,b\r\n1,2\n3,4\r5,6\r\n")[:2] == ([["1", "2"], ["3", "4"], ["5", "6"]], [2, 3, 3])


def test_names_are_made_unique_and_blank_lines_before_them_skipped() -> None:
    block = next(read_delimited(memory_file("\ufeff\n\ntext,,text\n1,2,3\n".encode()), encoding="utf-8", delimiter=","))
    assert block.frame.column_names == ["text", "column_2", "text_2"]
    assert block.lines().tolist() == [4]


def test_empty_files_and_bare_headers() -> None:
    assert list(read_delimited(memory_file(b""), encoding="utf-8", delimiter=",")) == []
    (block,) = read_delimited(memory_file(b"a,b"), encoding="utf-8", delimiter=",")
    assert (block.frame.column_names, block.frame.num_rows) == (["a", "b"], 0)


class Endless(io.RawIOBase):
    """A header, a row, a line of `length` letters, a row: made while it is read."""

    def __init__(self, length: int) -> None:
        self.parts = [b"a,b\n1,2\n", length, b"\n3,4\n"]

    def tell(self) -> int:
        return 0

    def read(self, size: int = -1) -> bytes:
        if not self.parts:
            return b""
        part = self.parts[0]
        if isinstance(part, bytes):
            self.parts.pop(0)
            return part
        take = min(size, part)
        self.parts[0] = part - take
        if not self.parts[0]:
            self.parts.pop(0)
        return b"x" * take


@pytest.mark.parametrize("length", [1 << 28])
def test_a_line_of_any_length_is_skipped_in_constant_memory(length: int) -> None:
    def stream() -> BinaryIO:
        return Endless(length)  # type: ignore[return-value]

    tracemalloc.start()
    blocks = list(read_delimited(InputFile("long.csv", 0, stream), encoding="utf-8", delimiter=","))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row for block in blocks for row in block.frame.to_pylist()] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]
    assert np.concatenate([block.lines() for block in blocks]).tolist() == [2, 4]
    (reject,) = [reject for block in blocks for reject in block.rejects]
    assert (reject.line, reject.reason, reject.detail) == (3, "row_too_long", str(length))
    assert peak < 32 << 20


def test_a_header_that_is_too_long_is_an_error() -> None:
    with pytest.raises(InputError, match="line 1"):
        read(b"x" * 5000 + b"\n1\n", max_row_bytes=1000)


def test_utf_16_without_its_mark_is_an_error() -> None:
    with pytest.raises(InputError, match="utf-16"):
        read(b"\x00a\x00,", "utf-16")
