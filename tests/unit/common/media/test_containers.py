"""A file that names other files does not get them: each part of the leash by itself, on files that FFmpeg would else follow."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from jianwei.common.media import MediaLimits, OpenMedia, RejectedMediaError, open_media
from jianwei.common.media import containers as leash
from jianwei.common.media.containers import open_container
from jianwei.common.media.kinds import MediaType

MOVIE = MediaType("video/quicktime", ".mov")
FOLLOWED = {"enable_drefs": "1", "use_absolute_path": "1", "safe": "0"}
"""What makes FFmpeg follow names that files tell; today's default is not to."""


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A loud tone in a file of somebody else's."""
    path = tmp_path / "secret.mov"
    with av.open(str(path), "w", format="mov") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        samples = (3000 * np.sin(np.arange(8000) / 5)).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def _alias(path: Path) -> bytes:
    """An entry of `dref` that says where the samples are (an alias record, QuickTime File Format)."""
    name = str(path).encode()
    record = bytes(10) + b"\1" + b"v".ljust(27, b"\0") + bytes(12) + b"\1" + b"f".ljust(63, b"\0") + bytes(16)
    record += struct.pack(">hh", -1, -1) + bytes(16)  # no relative path
    record += struct.pack(">HH", 2, len(name)) + name + bytes(len(name) % 2) + struct.pack(">HH", 0xFFFF, 0)
    return struct.pack(">I4sI", 12 + len(record), b"alis", 0) + record


def _movie_of(secret: Path) -> bytes:
    """A movie without samples that says they are in the other file."""
    content = secret.read_bytes()
    at = content.rindex(b"dref") - 4
    (long,) = struct.unpack_from(">I", content, at)
    entry = _alias(secret)
    box = struct.pack(">I4sII", 16 + len(entry), b"dref", 0, 1) + entry
    movie = bytearray(content[:at] + box + content[at + long :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        start = movie.rindex(name, 0, at) - 4
        struct.pack_into(">I", movie, start, struct.unpack_from(">I", movie, start)[0] + len(box) - long)
    data = movie.index(b"mdat")
    (long,) = struct.unpack_from(">I", movie, data - 4)
    movie[data + 4 : data - 4 + long] = bytes(long - 8)
    return bytes(movie)


def _playlist_of(secret: Path) -> bytes:
    return f"ffconcat version 1.0\nfile '{secret}'\n".encode()


def _loudest(container: Any) -> int:
    return max(
        (int(np.abs(frame.to_ndarray()).max()) for frame in container.decode(container.streams.audio[0])), default=0
    )


def _open(content: bytes) -> OpenMedia:
    return OpenMedia("a.mov", MOVIE, len(content), lambda: io.BytesIO(content))


def _heard(content: bytes) -> int:
    """The loudest sample that comes out of the leash; 0 where the file is refused."""
    try:
        with open_container(_open(content), "speech", MediaLimits()) as container:
            return _loudest(container)
    except RejectedMediaError:
        return 0


def test_both_files_tell_the_secret_without_a_leash(secret: Path) -> None:
    for content, form in ((_movie_of(secret), "mov"), (_playlist_of(secret), "concat")):
        with av.open(io.BytesIO(content), "r", format=form, container_options=FOLLOWED) as container:
            assert _loudest(container) > 2900


def test_neither_tells_it_as_files_are_opened(secret: Path) -> None:
    assert _heard(_movie_of(secret)) == 0
    assert _heard(secret.read_bytes()) > 2900  # as a file of its own it may be heard
    with pytest.raises(RejectedMediaError) as caught:
        open_media(_playlist_of(secret))
    assert caught.value.code == "unknown"


def test_no_protocol_is_open_to_what_follows_names(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were playlists read and FFmpeg told to trust them: they open files by themselves, and only the list of protocols stops them."""
    monkeypatch.setattr(leash, "_FORMATS", {MOVIE.mime: "concat"})
    monkeypatch.setattr(leash, "_OPTIONS", {**leash._OPTIONS, "safe": "0"})
    assert _heard(_playlist_of(secret)) == 0


def test_a_movie_that_is_trusted_is_refused_other_files_all_the_same(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were FFmpeg told to follow names in movies, and every protocol open: whoever asks for a file is told no."""
    open_to_all = {name: value for name, value in leash._OPTIONS.items() if name != "protocol_whitelist"}
    monkeypatch.setattr(leash, "_OPTIONS", {**open_to_all, **FOLLOWED})
    assert _heard(_movie_of(secret)) == 0


def test_the_leash_is_on_whatever_is_opened(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = av.open, []

    def watched(*args: Any, **options: Any) -> Any:
        seen.append(options)
        return real(*args, **options)

    monkeypatch.setattr(av, "open", watched)
    assert _heard(secret.read_bytes()) > 2900
    (options,) = seen
    assert options["format"] == "mov"
    assert options["container_options"]["protocol_whitelist"] == "none"
    assert "pcm_s16le" in options["container_options"]["codec_whitelist"].split(",")
    with pytest.raises(PermissionError):
        options["io_open"](str(secret), 0, {})
