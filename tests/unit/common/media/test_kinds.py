"""What a file is by its bytes, against files that another library wrote."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from support.media_files import SOUNDS, animation, film, silk, sound, speex

from jianwei.common.media.kinds import MediaType, sniff
from jianwei.common.media.measuring import amr_seconds, framed_seconds, picture_size, silk_packets
from jianwei.common.media.suffixes import fits


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
        (b"OggS" + bytes(24) + b"\x80theora\3\2\1", ".ogv"), (b"OggS" + bytes(24) + b"OpusHead", ".ogg"),
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


MIMES = {
    "amr": "audio/amr", "mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "wav": "audio/wav", "wav8": "audio/wav",
    "wav24": "audio/wav", "alaw": "audio/wav", "float": "audio/wav", "opus": "audio/ogg", "flac": "audio/flac", "webm": "video/webm",
    "mkv": "video/x-matroska", "3gp": "video/3gpp", "mov": "video/quicktime",
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SOUNDS))
def test_sounds_that_another_library_wrote(name: str) -> None:
    found = sniff(sound(name)[:4096])
    assert found.mime == MIMES[name]
    assert fits(f"a{found.suffix}", found) == "right"


def test_an_mp3_without_a_tag() -> None:
    content = sound("mp3")
    start = content.index(b"\xff\xfb") if b"\xff\xfb" in content else content.index(b"\xff\xf3")
    assert sniff(content[start:]).mime == "audio/mpeg"


@pytest.mark.parametrize(
    ("form", "codec", "mime"),
    [("mp4", "mpeg4", "video/mp4"), ("mov", "mpeg4", "video/quicktime"), ("3gp", "mpeg4", "video/3gpp"), ("webm", "libvpx", "video/webm"),
     ("matroska", "mpeg4", "video/x-matroska"), ("avi", "mpeg4", "video/x-msvideo")],
)  # fmt: skip
def test_videos(form: str, codec: str, mime: str) -> None:
    found = sniff(film([0], form, codec)[:4096])
    assert (found.mime, found.kind) == (mime, "video")


@pytest.mark.parametrize(("form", "mime"), [("HEIF", "image/heic"), ("AVIF", "image/avif"), ("TIFF", "image/tiff")])
def test_pictures_of_other_kinds(form: str, mime: str) -> None:
    from support.media_files import picture

    assert sniff(picture(form)).mime == mime


@pytest.mark.parametrize(
    "content",
    [
        b"BM of Wuhan",
        b"\xff\xfeh\0i\0",
        b"\xff\xfb",
        b"\xff\xff\xff\xff",
        b"PNG",
        b"RIFF",
        b"moov",
        bytes(500),
        b"\x05hello" * 9,
    ],
)
def test_what_only_looks_like_media(content: bytes) -> None:
    assert sniff(content).kind == "other"


@pytest.mark.parametrize("form", ["WEBP", "GIF", "PNG"])
def test_size_of_animations(form: str) -> None:
    assert picture_size(animation(form, [0, 200], size=(41, 30))) == (41, 30)


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0"}])
def test_size_of_each_kind_of_webp(options: dict[str, object]) -> None:
    from support.media_files import corners, picture

    assert picture_size(picture("WEBP", corners(37, 18), **options)) == (37, 18)


def test_packets_without_a_container() -> None:
    content = silk()
    packets, end, cut = silk_packets(content)
    assert (packets, end, cut) == (50, len(content), False)
    assert silk_packets(content + b"\xff\xff") == (packets, end, False)
    assert silk_packets(content[:-1])[0::2] == (49, True)
    assert framed_seconds(content) == (1.0, False)
    assert framed_seconds(speex(25)) == (0.5, False)
    assert framed_seconds(speex(25)[:-3]) == (0.48, True)
    assert framed_seconds(sound("mp3")) is None


def test_of_endless_files_only_so_much_is_counted() -> None:
    for content in (b"#!AMR\n" + b"\x7c" * 10_000, b"#!SILK_V3" + b"\x01\0\0" * 10_000, speex(5_000)):
        seconds, _ = framed_seconds(content, 10.0) or (0.0, False)
        assert 10 < seconds < 10.1


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_noise_is_hardly_ever_speex(content: bytes) -> None:
    assert sniff(content) != MediaType("audio/x-speex-with-header-byte", ".speex")
