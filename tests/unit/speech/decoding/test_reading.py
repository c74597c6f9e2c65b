"""Recordings: a tone must come back with its frequency and its length, from every format."""

from __future__ import annotations

import struct
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from support.media_files import SOUNDS, film, loudest, picture, silk, sound, speex, tone

from jianwei.common.media import MediaLimits, RejectedMediaError, open_media
from jianwei.errors import MissingExtraError
from jianwei.speech.decoding import read_audio

HERTZ = 620.0
NAMES = sorted(SOUNDS)
CODECS = {
    "amr": "amrnb", "mp3": "mp3float", "m4a": "aac", "aac": "aac", "wav": "pcm_s16le", "wav8": "pcm_u8", "wav24": "pcm_s24le",
    "alaw": "pcm_alaw", "float": "pcm_f32le", "opus": "opus", "flac": "flac", "webm": "opus", "mkv": "pcm_s16le", "3gp": "amrnb",
    "mov": "pcm_s16le",
}  # fmt: skip


def code(source: bytes | str | Path, limits: MediaLimits | None = None) -> str:
    with pytest.raises(RejectedMediaError) as caught:
        read_audio(source, limits)
    assert str(caught.value).isprintable()
    return caught.value.code


@pytest.mark.parametrize("name", NAMES)
def test_a_tone_comes_back(name: str) -> None:
    heard = read_audio(sound(name, tone(HERTZ, 1.5, SOUNDS[name][2])))
    assert heard.codec == CODECS[name]
    assert heard.samples.dtype == np.float32
    assert heard.samples.ndim == 1
    assert heard.seconds == len(heard.samples) / 16_000
    assert heard.seconds == pytest.approx(1.5, abs=0.06)  # a frame or two of the codec
    assert loudest(heard.samples) == pytest.approx(HERTZ, abs=2)
    assert np.abs(heard.samples).max() == pytest.approx(11_000 / 32_768, rel=0.25)
    assert heard.notes == ()


@pytest.mark.parametrize("rate", [8_000, 12_000, 16_000, 24_000])
@pytest.mark.parametrize("wechat", [True, False])
def test_silk(rate: int, wechat: bool) -> None:
    heard = read_audio(silk(tone(HERTZ, 2.0, rate), rate=rate, wechat=wechat))
    assert heard.codec == "silk"
    assert heard.seconds == pytest.approx(2.0, abs=0.03)
    assert loudest(heard.samples) == pytest.approx(HERTZ, abs=2)


def test_silk_whose_packets_change_their_rate() -> None:
    slow, fast = silk(tone(HERTZ, 1, 8_000), rate=8_000), silk(tone(HERTZ, 1, 24_000), rate=24_000)
    heard = read_audio(slow + fast[10:] + slow[10:])
    assert heard.seconds == pytest.approx(3.0, abs=0.03)
    assert loudest(heard.samples) == pytest.approx(HERTZ, abs=2)


def test_speex_of_the_official_account() -> None:
    heard = read_audio(speex(50, fill=1))
    assert (heard.codec, heard.seconds) == ("speex", 1.0)
    assert np.abs(heard.samples).max() > 0.001


def test_wide_band_amr_without_a_voice() -> None:
    heard = read_audio(b"#!AMR-WB\n" + b"\x7c" * 50)  # no data: comfort noise
    assert (heard.codec, heard.seconds) == ("amrwb", 1.0)


@pytest.mark.parametrize(("form", "codec"), [("mp4", "mpeg4"), ("webm", "libvpx"), ("matroska", "mpeg4")])
def test_the_sound_of_a_video(form: str, codec: str) -> None:
    heard = read_audio(film([0, 200], form, codec, hertz=HERTZ))
    assert heard.seconds == pytest.approx(2.0, abs=0.06)
    assert loudest(heard.samples) == pytest.approx(HERTZ, abs=2)


@pytest.mark.parametrize("channels", [2, 6])
def test_channels_are_mixed(channels: int) -> None:
    samples = tone(HERTZ, 1.0, 48_000, channels)
    heard = read_audio(sound("wav24", samples))
    assert loudest(heard.samples) == pytest.approx(HERTZ, abs=2)
    assert np.abs(heard.samples).max() == pytest.approx(11_000 / 32_768, rel=0.02)
    one_side = samples.copy()
    one_side[:, 0] = 0
    assert np.abs(read_audio(sound("wav24", one_side)).samples).max() == pytest.approx(
        11_000 / 32_768 * (1 - 1 / channels), rel=0.02
    )


def wav(samples: NDArray[np.generic], *, rate: int = 16_000, code: int = 1) -> bytes:
    """What no encoder is asked for: [n, channels] of any kind at any rate."""
    channels, width = samples.shape[1], samples.itemsize
    form = struct.pack("<IHHIIHH", 16, code, channels, rate, rate * channels * width, channels * width, 8 * width)
    inside = b"WAVEfmt " + form + b"data" + struct.pack("<I", samples.nbytes) + samples.tobytes()
    return b"RIFF" + struct.pack("<I", len(inside)) + inside


@pytest.mark.parametrize("channels", [1, 3, 4, 5, 7, 8])
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_any_number_of_channels(channels: int, rate: int) -> None:
    heard = read_audio(wav(tone(HERTZ, 0.5, rate, channels), rate=rate))
    assert heard.seconds == pytest.approx(0.5, abs=0.01)
    assert np.abs(heard.samples).max() == pytest.approx(11_000 / 32_768, rel=0.02)


def test_what_no_recording_has() -> None:
    assert code(wav(tone(channels=9))) == "damaged"
    assert code(wav(tone(), rate=100)) == "damaged"


def test_what_is_too_loud_or_no_number() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 5.0, -5.0, 0.5] * 400, "<f4")
    heard = read_audio(wav(values[:, None], code=3))
    assert np.isfinite(heard.samples).all()
    assert heard.samples.min() == -1
    assert heard.samples.max() == 1
    assert heard.samples[5] == 0.5


def test_a_path_bytes_and_an_opened_file_are_the_same(tmp_path: Path) -> None:
    content = sound("mp3")
    file = tmp_path / "a.mp3"
    file.write_bytes(content)
    expected = read_audio(content).samples
    for source in (file, str(file), open_media(file)):
        np.testing.assert_array_equal(read_audio(source).samples, expected)


def test_a_name_that_says_a_relative_is_noted(tmp_path: Path) -> None:
    file = tmp_path / "voice.amr"
    file.write_bytes(silk())
    assert read_audio(file).notes == ("extension",)


def test_other_kinds() -> None:
    assert code(picture("PNG")) == "wrong_kind"
    assert code(film([0, 100])) == "no_sound"
    assert code(b"\0\0\x01\xba" + bytes(100)) == "unsupported"


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("mp3", "aac")])  # theirs end anywhere
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_off(name: str, share: float) -> None:
    content = sound(name, tone(HERTZ, 2.0, SOUNDS[name][2]))
    assert code(content[: int(len(content) * share)]) == "damaged"


@pytest.mark.parametrize("content", [silk(), silk(wechat=False)[:-2], speex(30), b"#!AMR-WB\n" + bytes(18) * 20])
def test_half_a_packet_at_the_end(content: bytes) -> None:
    assert code(content[:-7]) == "damaged"


def test_only_heads() -> None:
    for head in (b"#!AMR\n", b"#!AMR-WB\n", b"#!SILK_V3", b"\x02#!SILK_V3"):
        assert code(head) == "no_sound"


LONG = {
    "AMR without data": b"#!AMR\n" + b"\x7c" * (36_000 * 50),
    "SILK of the shortest packets": b"#!SILK_V3" + b"\x01\x00\x00" * (36_000 * 50),
    "Speex of silence": speex(36_000 * 5, 0) * 10,
    "MP3 of 8 kbit/s": b"\xff\xe3\x18\xc4" + b"\0" * 68 + (b"\xff\xe3\x18\xc4" + b"\0" * 68) * 500_000,
}


@pytest.mark.parametrize("name", sorted(LONG))
def test_ten_hours_are_refused_before_they_are_decoded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from jianwei.speech.decoding.samples import Growing

    def none(*_: object) -> None:
        raise AssertionError("something was decoded")

    monkeypatch.setattr(Growing, "add", none)
    assert code(LONG[name]) == "too_long"


@pytest.mark.parametrize("name", ["opus", "flac", "m4a", "wav", "aac", "mkv"])
def test_longer_than_allowed_by_the_header(name: str) -> None:
    content = sound(name, tone(HERTZ, 3.0, SOUNDS[name][2]))
    assert code(content, MediaLimits(seconds=2)) == "too_long"
    assert read_audio(content, MediaLimits(seconds=3.1)).seconds > 2.9


def test_a_header_that_lies_about_the_length() -> None:
    """What counts is what is decoded."""
    content = bytearray(sound("flac", tone(HERTZ, 3.0, 16_000), rate=16_000))
    content[21:26] = bytes([content[21] & 0xF0, 0, 0, 0x10, 0])  # 4,096 samples in all
    assert code(bytes(content), MediaLimits(seconds=2)) == "too_long"


BROKEN = {name: sound(name, tone(HERTZ, 0.4, SOUNDS[name][2])) for name in NAMES}
BROKEN["silk"], BROKEN["speex"], BROKEN["film"] = (
    silk(tone(HERTZ, 0.4, 24_000)),
    speex(20, 1),
    film([9, 99], hertz=HERTZ),
)


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(sorted(BROKEN)), st.data())
def test_broken_files_are_read_or_refused(name: str, data: st.DataObject) -> None:
    content = bytearray(BROKEN[name])
    for at in data.draw(
        st.lists(st.integers(0, len(content) - 1) | st.integers(0, min(200, len(content) - 1)), max_size=12)
    ):
        content[at] ^= data.draw(st.integers(1, 255))
    content = content[: data.draw(st.sampled_from([len(content)]) | st.integers(1, len(content)))]
    try:
        heard = read_audio(bytes(content), MediaLimits(seconds=30))
    except RejectedMediaError:
        return
    assert len(heard.samples)
    assert np.abs(heard.samples).max() <= 1


STARTS = [b"", b"#!AMR\n", b"\x02#!SILK_V3", b"ID3\x04\0\0", b"OggS\0\x02", b'fLaC\0\0\0"', b"\0\0\0\x18ftypM4A "]


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(STARTS), st.binary())
def test_any_bytes_are_read_or_refused(start: bytes, rest: bytes) -> None:
    with suppress(RejectedMediaError):
        read_audio(start + rest, MediaLimits(seconds=30))


def test_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = [silk(), sound("mp3"), speex(20)]
    for module in ("av", "pysilk"):
        monkeypatch.setitem(sys.modules, module, None)
    for content in contents:
        with pytest.raises(MissingExtraError, match=r"jianwei\[speech\]"):
            read_audio(content)
