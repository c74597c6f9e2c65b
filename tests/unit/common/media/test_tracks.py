"""Containers without a picture are recordings, against files that another library wrote."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media_files import corners, film, sound, tone

from jianwei.common.media import MediaType, RejectedMediaError, open_media, sniff
from jianwei.common.media.tracks import heard_only
from jianwei.speech.decoding import read_audio

FILMS = [
    ("mp4", "mpeg4"),
    ("mov", "mpeg4"),
    ("3gp", "mpeg4"),
    ("webm", "libvpx"),
    ("matroska", "mpeg4"),
    ("avi", "mpeg4"),
]
FORMS = {
    "mp4": "aac",
    "mov": "aac",
    "3gp": "aac",
    "webm": "libopus",
    "matroska": "aac",
    "avi": "libmp3lame",
    "asf": "libmp3lame",
}


def recording(form: str, *, options: dict[str, str] | None = None, cover: bool = False) -> bytes:
    """A second of sound in a container for films; its metadata may stand behind it, its length may be unknown."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=form, options=options or {}) as container:
        stream: Any = container.add_stream(FORMS.get(form, "flac" if form == "flac" else "libmp3lame"), rate=48_000)
        stream.layout = "mono"
        if cover:
            sleeve: Any = container.add_stream("mjpeg", rate=1)
            sleeve.width, sleeve.height, sleeve.pix_fmt = 64, 48, "yuvj420p"
            sleeve.disposition = av.stream.Disposition.attached_pic
            picture = av.VideoFrame.from_ndarray(np.asarray(corners(64, 48)), format="rgb24")
            container.mux(sleeve.encode(picture))
            container.mux(sleeve.encode(None))
        frame = av.AudioFrame.from_ndarray(tone(rate=48_000).reshape(1, -1), format="s16", layout="mono")
        frame.rate = 48_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


@pytest.mark.parametrize("form", FORMS)
def test_sound_alone_is_a_recording(form: str) -> None:
    content = recording(form)
    told, found = sniff(content[:4096]), open_media(content).type
    assert (told.kind, found.kind) == ("video", "sound")
    assert (found.mime, found.suffix) == (told.mime.replace("video/", "audio/"), told.suffix)
    if form != "asf":
        assert read_audio(content).seconds == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("form", "options"),
    [("mp4", {"movflags": "frag_keyframe+empty_moov"}), ("webm", {"live": "1"})],
)
def test_however_it_was_written(form: str, options: dict[str, str]) -> None:
    assert open_media(recording(form, options=options)).type.kind == "sound"


@pytest.mark.parametrize(("form", "codec"), FILMS)
@pytest.mark.parametrize("hertz", [None, 440.0])
def test_films_stay_films(form: str, codec: str, hertz: float | None) -> None:
    content = film([0, 99], form, codec, hertz=hertz if form not in ("3gp",) else None)
    assert open_media(content).type == sniff(content[:4096])
    assert open_media(content, "video").type.kind == "video"


@pytest.mark.parametrize("form", ["mp3", "flac", "mp4"])
def test_the_sleeve_of_a_record_is_no_film(form: str) -> None:
    content = recording(form, cover=True)
    assert open_media(content, "sound").type.kind == "sound"
    assert read_audio(content).seconds == pytest.approx(1, abs=0.1)


def test_whoever_wants_to_see_is_told_that_there_is_nothing(tmp_path: Path) -> None:
    for wanted, code in (
        (("video",), "no_picture"),
        (("picture", "video"), "no_picture"),
        (("picture",), "wrong_kind"),
    ):
        with pytest.raises(RejectedMediaError) as caught:
            open_media(recording("mp4"), *wanted)  # type: ignore[arg-type]
        assert caught.value.code == code


def test_names_of_the_container_and_of_its_sound_are_both_right(tmp_path: Path) -> None:
    for name, notes in (("a.mp4", ()), ("a.m4a", ()), ("a.mkv", ("extension",))):
        (tmp_path / name).write_bytes(recording("mp4"))
        assert open_media(tmp_path / name).notes == notes


WHOLE = [recording(form) for form in ("mp4", "webm", "avi", "asf")]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(WHOLE), st.data())
def test_any_bytes_are_looked_at_without_an_error(content: bytes, data: st.DataObject) -> None:
    broken = bytearray(content[: data.draw(st.integers(1, len(content)))])
    for at in data.draw(st.lists(st.integers(0, len(broken) - 1), max_size=8)):
        broken[at] = data.draw(st.integers(0, 255))
    for mime in ("video/mp4", "video/webm", "video/x-msvideo", "video/x-ms-asf"):
        assert heard_only(io.BytesIO(bytes(broken)), MediaType(mime, ".x")).kind in ("sound", "video")


def test_containers_in_more_pieces_than_any_program_makes() -> None:
    head = sound("webm")[:40]
    many = b"\x16\x54\xae\x6b\x80" * 200_000 + b"\xae\x80" * 200_000
    assert heard_only(io.BytesIO(head + many), MediaType("video/webm", ".webm")).kind == "video"
