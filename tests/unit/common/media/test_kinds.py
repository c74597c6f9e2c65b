"""What a file is by its bytes, against files that another library wrote."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from jianwei.common.media.kinds import sniff
from jianwei.common.media.measuring import amr_seconds, picture_size


@pytest.mark.parametrize(
    ("form", "mime"), [("PNG", "png"), ("JPEG", "jpeg"), ("GIF", "gif"), ("BMP", "bmp"), ("WEBP", "webp")]
)
@pytest.mark.parametrize("size", [(1, 1), (37, 5), (300, 700)])
def test_pictures(form: str, mime: str, size: tuple[int, int]) -> None:
    file = BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(file, form)
    content = file.getvalue()
    assert sniff(content).mime == f"image/{mime}"
    assert picture_size(content) == size


def test_progressive_picture_with_a_long_comment() -> None:
    file = BytesIO()
    picture = Image.new("RGB", (20, 30))
    picture.save(file, "JPEG", progressive=True, comment=b"\xff\xc0" * 5_000, exif=picture.getexif())
    assert picture_size(file.getvalue()) == (20, 30)


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (b"\x02#!SILK_V3..", ".silk"), (b"RIFF\0\0\0\0WAVEfmt ", ".wav"), (b"RIFF\0\0\0\0xxxx", ".bin"), (b"\0\0\0\x18ftypisom", ".mp4"),
        (b"\0\0\0\x18ftypheic", ".heic"), (b"ID3\x03", ".mp3"), (b"%PDF-1.7", ".pdf"), (b"<svg onload=x>", ".bin"),
        (b"<!DOCTYPE html>", ".bin"), (b'{"errcode":40007}', ".bin"), (b"", ".bin"), (b"MZ", ".bin"),
    ],
)  # fmt: skip
def test_other_files_and_what_is_none(content: bytes, suffix: str) -> None:
    assert sniff(content).suffix == suffix


def test_recordings() -> None:
    assert amr_seconds(b"#!AMR\n") == 0
    assert amr_seconds(b"#!AMR\n" + (b"\x04" + bytes(12)) * 100) == pytest.approx(2)
    assert amr_seconds(b"#!AMR\n" + (b"\x3c" + bytes(31)) * 10 + b"\x3c" + bytes(5)) == pytest.approx(0.2)
    assert amr_seconds(b"#!AMR-WB\n" + (b"\x44" + bytes(60)) * 50) == pytest.approx(1)
    assert amr_seconds(b"ID3") is None


STARTS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"#!AMR\n", b"#!AMR-WB\n", b"RIFF0000"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_any_bytes_are_looked_at_without_an_error(start: bytes, rest: bytes) -> None:
    content = start + rest
    assert sniff(content).suffix.startswith(".")
    picture_size(content)
    amr_seconds(content)
