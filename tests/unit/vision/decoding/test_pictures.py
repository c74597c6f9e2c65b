"""Pictures: the four colours must come back in their corners, from every format and however the camera was held."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageOps, PngImagePlugin
from support.media_files import CORNERS, animation, corners, film, picture, silk

from jianwei.common.media import MediaLimits, RejectedMediaError
from jianwei.errors import MissingExtraError
from jianwei.vision.decoding import LONGEST, read_picture

FORMATS = {"JPEG": "jpeg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "BMP": "bmp", "AVIF": "avif", "HEIF": "heic"}


def seen(pixels: NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """The colours in the middles of the four quarters."""
    height, width = pixels.shape[:2]
    return [tuple(map(int, pixels[y, x])) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]


def code(source: bytes | Path, limits: MediaLimits | None = None) -> str:
    with pytest.raises(RejectedMediaError) as caught:
        read_picture(source, limits)
    assert str(caught.value).isprintable()
    return caught.value.code


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """The beginning of a PNG with a size, and what else is given."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_every_format(form: str) -> None:
    found = read_picture(picture(form))
    assert (found.format, found.size, found.frames, found.notes) == (FORMATS[form], (64, 48), 1, ())
    assert found.pixels.shape == (48, 64, 3)
    assert found.pixels.dtype == np.uint8
    assert found.pixels.flags.c_contiguous
    np.testing.assert_allclose(seen(found.pixels), CORNERS, atol=8)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_upright_as_pillow_turns_it(form: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    content = picture(form, exif=exif)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
    found = read_picture(content)
    assert found.size == expected.size
    np.testing.assert_array_equal(found.pixels, np.asarray(expected))


@pytest.mark.parametrize("turn", range(1, 9))
def test_heic_is_turned_once(turn: int) -> None:
    """The decoder of HEIC turns by itself, and leaves the EXIF as it was."""
    exif = Image.Exif()
    exif[0x0112] = turn
    content = picture("HEIF", exif=exif.tobytes())
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(picture("PNG", exif=exif)))).convert("RGB")
    np.testing.assert_allclose(seen(read_picture(content).pixels), seen(np.asarray(expected)), atol=8)


def test_junk_for_exif_is_noted() -> None:
    found = read_picture(picture("JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\x99" * 40))
    np.testing.assert_allclose(seen(found.pixels), CORNERS, atol=8)
    exif = Image.Exif()
    exif[0x0112] = 77
    assert read_picture(picture("JPEG", exif=exif)).notes == ("exif",)


def test_colours_of_other_kinds() -> None:
    for mode, options in (
        ("CMYK", {"form": "JPEG"}),
        ("P", {"form": "PNG"}),
        ("P", {"form": "GIF"}),
        ("RGBA", {"form": "PNG"}),
    ):
        image = corners().convert(mode)
        np.testing.assert_allclose(seen(read_picture(picture(options["form"], image)).pixels), CORNERS, atol=8)
    gray = np.linspace(0, 65_535, 64 * 48).reshape(48, 64)
    deep = read_picture(picture("PNG", Image.fromarray(gray.astype(np.uint16)))).pixels
    np.testing.assert_allclose(deep[..., 0], gray / 257, atol=1)
    for mode in ("1", "L", "LA"):
        dark = Image.new("L", (8, 8), 0).convert(mode)
        assert read_picture(picture("PNG", dark)).pixels.max() == 0


def test_transparent_parts_are_white() -> None:
    clear = corners().convert("RGBA")
    clear.putalpha(Image.fromarray(np.repeat([[0, 255]], 48, axis=0).astype(np.uint8).repeat(32, axis=1)))
    white = (255, 255, 255)
    for content in (picture("PNG", clear), picture("WEBP", clear, lossless=True)):
        assert seen(read_picture(content).pixels) == [white, CORNERS[1], white, CORNERS[3]]
    palette = corners().quantize(4)
    index = palette.getpixel((1, 1))
    for form in ("PNG", "GIF"):
        assert seen(read_picture(picture(form, palette, transparency=index)).pixels)[:2] == [white, CORNERS[1]]


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_large_ones_are_reduced(form: str) -> None:
    found = read_picture(picture(form, corners(3 * LONGEST, 300)))
    assert found.size == (3 * LONGEST, 300)
    assert found.pixels.shape == (100, LONGEST, 3)
    np.testing.assert_allclose(seen(found.pixels), CORNERS, atol=8)


def test_an_animation_is_its_first_frame() -> None:
    found = read_picture(animation("GIF", [10, 200, 100]))
    assert found.frames == 3
    assert found.pixels.mean() == pytest.approx(10, abs=1)


@pytest.mark.parametrize("form", ["TIFF", "PPM", "ICO", "PCX", "TGA", "EPS", "PDF"])
def test_formats_that_are_not_read(form: str) -> None:
    assert code(picture(form)) in {"unsupported", "unknown", "wrong_kind"}


def test_other_kinds_and_names(tmp_path: Path) -> None:
    assert code(silk()) == "wrong_kind"
    assert code(film([0])) == "wrong_kind"
    file = tmp_path / "a.jpg"
    file.write_bytes(picture("PNG"))
    assert read_picture(file).notes == ("extension",)


def test_a_motion_photo_is_read_and_noted() -> None:
    found = read_picture(picture("JPEG") + film([0]))
    assert found.notes == ("trailing",)
    np.testing.assert_allclose(seen(found.pixels), CORNERS, atol=8)


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    row = zlib.compressobj(9)
    bomb = png(20_000, 20_000, chunk(b"IDAT", row.compress(bytes(60_001)) + row.flush()))
    assert code(bomb) == "too_many_pixels"
    assert code(png(0xFFFFFFFF, 0xFFFFFFFF)) == "too_many_pixels"
    huge = b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + b"\0\0\0" + b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
    assert code(huge) == "too_many_pixels"
    for form in sorted(FORMATS):
        allowed = 64 * 48 if form == "JPEG" else 2 * 64 * 48
        assert code(picture(form), MediaLimits(pixels=allowed - 1)) == "too_many_pixels"
        assert read_picture(picture(form), MediaLimits(pixels=allowed)).size == (64, 48)


def test_metadata_that_unpack_to_much() -> None:
    text = zlib.compress(bytes(30_000_000), 9)
    bomb = png(1, 1, chunk(b"zTXt", b"Comment\0\0" + text), chunk(b"IDAT", zlib.compress(bytes(4))))
    assert code(bomb) == "damaged"
    profile = png(1, 1, chunk(b"iCCP", b"icc\0\0" + text), chunk(b"IDAT", zlib.compress(bytes(4))))
    assert code(profile) == "damaged"
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cup, " * 1_000)
    assert read_picture(picture("PNG", pnginfo=info)).size == (64, 48)


def test_more_scans_than_any_camera_makes() -> None:
    content = picture("JPEG", progressive=True)
    start = content.rindex(b"\xff\xda")
    assert code(content[:-2] + content[start:-2] * 500 + b"\xff\xd9") == "damaged"


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_cut_off(form: str, share: float) -> None:
    content = picture(form, Image.effect_noise((64, 48), 90).convert("RGB"))
    assert code(content[: int(len(content) * share)]) == "damaged"


BROKEN = {form: picture(form) for form in sorted(FORMATS)}
BROKEN["progressive"] = picture("JPEG", progressive=True)
BROKEN["palette"] = picture("PNG", corners().quantize(4))


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(sorted(BROKEN)), st.data())
def test_broken_files_are_read_or_refused(form: str, data: st.DataObject) -> None:
    content = bytearray(BROKEN[form])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=10)):
        content[at] ^= data.draw(st.integers(1, 255))
    content = content[: data.draw(st.sampled_from([len(content)]) | st.integers(1, len(content)))]
    limits = MediaLimits(pixels=1_000_000)
    with suppress(RejectedMediaError):
        found = read_picture(bytes(content), limits)
        assert found.pixels.shape[2] == 3
        assert found.size[0] * found.size[1] <= limits.pixels


STARTS = [
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"BM",
    b"RIFF\x10\0\0\0WEBP",
    b"\0\0\0\x18ftypheic",
    b"\0\0\0\x18ftypavif",
]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(STARTS), st.binary())
def test_any_bytes_are_read_or_refused(start: bytes, rest: bytes) -> None:
    with suppress(RejectedMediaError):
        read_picture(start + rest, MediaLimits(pixels=1_000_000))


def test_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    content, heic = picture("PNG"), picture("HEIF")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(MissingExtraError, match=r"jianwei\[vision\]"):
        read_picture(heic)
    assert read_picture(content).size == (64, 48)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=r"jianwei\[vision\]"):
        read_picture(content)
