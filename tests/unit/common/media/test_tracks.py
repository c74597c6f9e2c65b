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


def _stretched(content: bytes, before: bytes, between: bytes, *around: bytes) -> bytes:
    """A file of boxes with something between its last two tracks; the boxes around them are longer by it."""
    at = content.rindex(before) - 4
    grown = bytearray(content[:at] + between + content[at:])
    for name in around:
        start = content.index(name) - 4
        grown[start : start + 4] = (int.from_bytes(content[start : start + 4], "big") + len(between)).to_bytes(4, "big")
    return bytes(grown)


def test_a_picture_behind_more_than_anybody_reads_is_a_film_all_the_same() -> None:
    both = film([0, 99], "mp4", hertz=440.0)
    boxes = _stretched(both, b"trak", b"\0\0\0\x08free" * 100_001, b"moov")
    assert heard_only(io.BytesIO(boxes), sniff(boxes[:4096])).kind == "video"

    tracks = io.BytesIO()
    entry = b"\xae\x83\x83\x81"
    void = b"\xec\x01" + (1_100_000).to_bytes(7, "big") + bytes(1_100_000)
    for body in (entry + b"\x02" + entry + b"\x01", entry + b"\x02" + void + entry + b"\x01"):
        tracks = io.BytesIO(
            b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01"
            + b"\xff" * 7
            + b"\x16\x54\xae\x6b\x01"
            + len(body).to_bytes(7, "big")
            + body
        )
        assert heard_only(tracks, MediaType("video/webm", ".webm")).kind == "video"
    alone = entry + b"\x02"
    tracks = io.BytesIO(
        b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + b"\x16\x54\xae\x6b\x01" + len(alone).to_bytes(7, "big") + alone
    )
    assert heard_only(tracks, MediaType("video/webm", ".webm")).kind == "sound"

    avi = film([0, 99], "avi", hertz=440.0)
    end = avi.rindex(b"LIST", 0, avi.index(b"vids"))
    junk = b"JUNK" + (70_000).to_bytes(4, "little") + bytes(70_000)
    wide = bytearray(avi[:end] + junk + avi[end:])
    size = int.from_bytes(avi[16:20], "little") + len(junk)
    wide[16:20] = size.to_bytes(4, "little")
    first = avi.index(b"strh")
    wide[first + 8 : first + 12] = b"auds"  # whatever comes first, what is searched holds sound alone
    assert heard_only(io.BytesIO(bytes(wide)), MediaType("video/x-msvideo", ".avi")).kind == "video"


def test_a_length_beyond_every_file_is_damage_and_no_error() -> None:
    hostile = b"\0\0\0\x14ftypisom\0\0\0\0isom" + b"\0\0\0\x01moov" + b"\xff" * 8
    for content in (hostile, b"\0\0\0\x01ftyp" + b"\xff" * 8 + b"isom" * 4):
        with pytest.raises(RejectedMediaError):
            open_media(content)


def test_what_is_heard_and_shows_something_after_all_is_refused() -> None:
    """Its first bytes say that it is a recording, its tracks that it is a film: nobody else would look at the picture."""
    both = film([0, 99], "mp4", hertz=440.0).replace(b"ftypisom", b"ftypM4A ", 1)
    assert sniff(both[:4096]).kind == "sound"
    with pytest.raises(RejectedMediaError) as caught:
        read_audio(both)
    assert caught.value.code == "polyglot"
    plain = film([0, 99], "mp4", hertz=440.0)
    assert read_audio(plain).seconds > 0
