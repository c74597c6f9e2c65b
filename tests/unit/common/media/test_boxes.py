"""Tables that ask for more than a file can hold, told from those that do not."""

from __future__ import annotations

import io
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media_files import film, sound, tone

from jianwei.common.media.boxes import asks_too_much, boxes
from jianwei.common.media.chunks import claims_too_much


def changed(content: bytes, name: bytes, at: int, value: int) -> io.BytesIO:
    """The file with other four bytes in the content of a box."""
    start = content.index(name) + 4 + at
    return io.BytesIO(content[:start] + struct.pack(">I", value) + content[start + 4 :])


WHOLE = [film([0, 99], hertz=440), film([0], "mov", "mjpeg"), sound("m4a"), sound("3gp"), sound("mov")]


@pytest.mark.parametrize("content", WHOLE)
def test_real_files_ask_for_what_they_hold(content: bytes) -> None:
    assert not asks_too_much(io.BytesIO(content))
    top = list(boxes(io.BytesIO(content), 0, len(content)))
    assert top[0].type == b"ftyp"
    assert top[-1].end == len(content)
    assert all(one.end == other.start for one, other in pairwise(top))


def test_hours_of_sound_without_compression_are_fine() -> None:
    """One sample a sample: as many as there are, and still no more than the file holds."""
    content = sound("mov", tone(rate=22_050, seconds=1.0))
    assert not asks_too_much(changed(content, b"stsz", 8, 300_000_000))
    assert asks_too_much(changed(content.replace(b"soun", b"vide"), b"stsz", 8, 300_000_000))


@pytest.mark.parametrize("content", [WHOLE[0], WHOLE[2]])
@pytest.mark.parametrize("samples", [100_000, 20_000_000, 0xFFFFFFFF])
def test_more_samples_than_the_file_holds(content: bytes, samples: int) -> None:
    assert asks_too_much(changed(content, b"stsz", 8, samples))


def test_fragments_and_packed_tables() -> None:
    run = struct.pack(">I4sIII", 24, b"trun", 0, 0x7FFFFFFF, 0) + bytes(4)
    part = struct.pack(">I4s", 16 + len(run), b"moof") + struct.pack(">I4s", 8 + len(run), b"traf") + run
    assert asks_too_much(io.BytesIO(sound("m4a") + part))
    assert asks_too_much(io.BytesIO(struct.pack(">I4s", 16, b"moov") + struct.pack(">I4s", 8, b"cmov")))


def test_boxes_in_boxes_in_boxes() -> None:
    deep = b"".join(struct.pack(">I4s", 8 * (5_000 - level), b"moov") for level in range(5_000))
    assert not asks_too_much(io.BytesIO(deep))


@pytest.mark.parametrize("name", ["wav", "alaw", "float", "wav24"])
def test_chunks_of_real_files(name: str) -> None:
    content = sound(name)
    assert not claims_too_much(io.BytesIO(content))
    start = content.index(b"fmt ") + 4
    assert claims_too_much(io.BytesIO(content[:start] + b"\xff\xff\xff\x7f" + content[start + 4 :]))


def test_an_odd_block_of_sound_without_its_filling_byte() -> None:
    content = sound("wav8", tone(rate=8_000, seconds=0.1)[:801])
    assert not claims_too_much(io.BytesIO(content + b"LIST\x04\0\0\0INFO"))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*WHOLE, sound("wav"), film([0], "avi", "mpeg4")]), st.data())
def test_any_bytes(content: bytes, data: st.DataObject) -> None:
    broken = np.frombuffer(content, np.uint8).copy()
    for at in data.draw(st.lists(st.integers(0, len(broken) - 1), max_size=30)):
        broken[at] = data.draw(st.integers(0, 255))
    stream = io.BytesIO(broken.tobytes())
    assert asks_too_much(stream) in (True, False)
    assert claims_too_much(stream) in (True, False)
