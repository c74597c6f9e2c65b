"""Frames: shades of grey, a second each, must be found at their seconds."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media_files import CORNERS, animation, corners, film, picture, sound

from jianwei.common.media import MediaLimits, RejectedMediaError
from jianwei.vision.decoding import frames, read_frames

SHADES = [20, 60, 100, 140, 180, 220]
FILMS = [
    ("mp4", "mpeg4"),
    ("mp4", "libx264"),
    ("webm", "libvpx"),
    ("matroska", "mpeg4"),
    ("avi", "mpeg4"),
    ("mov", "mjpeg"),
    ("3gp", "mpeg4"),
]


def code(source: bytes, limits: MediaLimits | None = None) -> str:
    with pytest.raises(RejectedMediaError) as caught:
        read_frames(source, limits)
    return caught.value.code


def shades(source: bytes, limits: MediaLimits | None = None) -> list[tuple[float, float]]:
    return [(frame.seconds, float(frame.picture.pixels.mean())) for frame in read_frames(source, limits)]


@pytest.mark.parametrize(("form", "codec"), FILMS)
def test_frames_of_videos(form: str, codec: str) -> None:
    found = shades(film(SHADES, form, codec), MediaLimits(frames=6))
    assert [second for second, _ in found] == pytest.approx([0.5, 1.5, 2.5, 3.5, 4.5, 5.5], abs=0.15)
    assert [shade for _, shade in found] == pytest.approx(SHADES, abs=6)


def test_longer_videos_whose_key_frames_lie_far_apart() -> None:
    long = [30 + 9 * (second // 2) for second in range(48)]
    found = shades(film(long, codec="libx264", fps=5), MediaLimits(frames=8))
    assert len(found) == 8
    for part, (second, shade) in enumerate(found):
        assert second == pytest.approx((part + 0.5) * 6, abs=0.3)
        assert shade == pytest.approx(long[min(47, int(second))], abs=12)


def test_of_large_videos_only_so_much_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "_PIXELS_A_VIDEO", 20 * 64 * 48)
    found = shades(film(SHADES, codec="libx264"), MediaLimits(frames=2))
    assert [second for second, _ in found] == pytest.approx([0.9, 1.9], abs=0.2)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_frames_of_animations(form: str) -> None:
    content = animation(form, SHADES)
    found = shades(content, MediaLimits(frames=3))
    assert [second for second, _ in found] == pytest.approx([0.1, 0.3, 0.5])
    assert [shade for _, shade in found] == pytest.approx([60, 140, 220], abs=4)
    assert read_frames(content)[0].picture.frames == len(SHADES)


def test_frames_that_show_the_same_are_one() -> None:
    assert [shade for _, shade in shades(film([90] * 4))] == pytest.approx([90], abs=5)
    assert len(read_frames(animation("GIF", [0, 250] * 10))) <= 2


def test_a_picture_is_one_frame() -> None:
    (frame,) = read_frames(picture("PNG"))
    assert (frame.seconds, frame.picture.format, frame.picture.size) == (0.0, "png", (64, 48))


def test_a_frame_looks_as_it_was_filmed() -> None:
    (frame,) = read_frames(film([0], image=corners(), size=(64, 48)))
    pixels = frame.picture.pixels
    assert (frame.picture.format, frame.picture.size, pixels.shape, pixels.dtype) == (
        "frame",
        (64, 48),
        (48, 64, 3),
        np.uint8,
    )
    quarters = [pixels[y, x] for y in (12, 36) for x in (16, 48)]
    np.testing.assert_allclose(quarters, CORNERS, atol=40)


@pytest.mark.parametrize(("turns", "matrix"), [(1, (0, -1, 1, 0)), (2, (-1, 0, 0, -1)), (3, (0, 1, -1, 0))])
def test_a_video_of_a_turned_phone_is_upright(turns: int, matrix: tuple[int, int, int, int]) -> None:
    """The matrix of the track's header (ISO/IEC 14496-12 §8.3.2) says how to turn what was stored."""
    content = bytearray(film([0], image=corners(), size=(64, 48)))
    at = content.index(b"tkhd") + 4 + 40
    a, b, c, d = (value * 0x10000 & 0xFFFFFFFF for value in matrix)
    content[at : at + 36] = b"".join(v.to_bytes(4, "big") for v in (a, b, 0, c, d, 0, 0, 0, 0x40000000))
    (frame,) = read_frames(bytes(content))
    expected = np.rot90(np.asarray(corners()), turns)
    assert frame.picture.pixels.shape == expected.shape
    assert frame.picture.size == (expected.shape[1], expected.shape[0])
    assert np.abs(frame.picture.pixels.astype(int) - expected).mean() < 25


def test_limits() -> None:
    content = film(SHADES, size=(64, 48))
    assert len(read_frames(content, MediaLimits(frames=2))) == 2
    assert code(content, MediaLimits(seconds=5)) == "too_long"
    assert code(content, MediaLimits(pixels=64 * 48 - 1)) == "too_many_pixels"
    assert code(animation("GIF", SHADES), MediaLimits(pixels=100)) == "too_many_pixels"


def test_of_a_long_animation_the_beginning_is_looked_at() -> None:
    """Every frame builds on the ones before, so that many large ones would be hours of work."""
    shown = [5 * n for n in range(50)]
    found = shades(animation("GIF", shown), MediaLimits(frames=4, pixels=40 * 30 * 5))
    assert max(second for second, _ in found) < 2.0
    assert len(found) == 4


def test_without_pictures() -> None:
    assert code(sound("mp3")) == "wrong_kind"
    assert code(sound("webm")) == "no_picture"
    assert code(sound("3gp")) == "no_picture"


@pytest.mark.parametrize(("form", "codec"), FILMS)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_cut_off(form: str, codec: str, share: float) -> None:
    content = film(SHADES, form, codec)
    assert code(content[: int(len(content) * share)]) == "damaged"


BROKEN = {f"{form} {codec}": film([0, 120, 250], form, codec) for form, codec in FILMS}
BROKEN |= {form: animation(form, [0, 90, 180]) for form in ("GIF", "WEBP", "PNG")}


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(BROKEN)), st.data())
def test_broken_files_are_read_or_refused(name: str, data: st.DataObject) -> None:
    content = bytearray(BROKEN[name])
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=10)):
        content[at] ^= data.draw(st.integers(1, 255))
    with suppress(RejectedMediaError):
        found = read_frames(bytes(content), MediaLimits(pixels=1_000_000, seconds=60))
        assert found
        assert all(one.seconds <= other.seconds for one, other in pairwise(found))
