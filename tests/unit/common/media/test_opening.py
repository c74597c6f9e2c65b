"""The first look at a file: what is refused, under which code, and what is only noted."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media_files import animation, corners, film, picture, silk, sound, tone

from jianwei.common.i18n import LANGUAGES, catalog
from jianwei.common.media import MediaLimits, OpenMedia, RejectedMediaError, open_media
from jianwei.common.media.refusing import CODES

PNG, JPEG, GIF, MP3, WAV, SILK, MP4 = (
    picture("PNG"), picture("JPEG"), picture("GIF"), sound("mp3"), sound("wav"), silk(), film([0])
)  # fmt: skip


def code(source: str | Path | bytes, *wanted: str, limits: MediaLimits | None = None) -> str:
    with pytest.raises(RejectedMediaError) as caught:
        open_media(source, *wanted, limits=limits)  # type: ignore[arg-type]
    assert str(caught.value).isprintable()
    assert caught.value.code in CODES
    return caught.value.code


def zipped(name: str = "a.txt") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "hello")
    return file.getvalue()


def test_every_code_has_words() -> None:
    for language in LANGUAGES:
        texts = catalog(language)
        assert {key for key in texts.entries if key.startswith("media.rejected.")} == {
            f"media.rejected.{c}" for c in CODES
        }
        assert all("a.jpg" in texts.text(f"media.rejected.{c}", name="a.jpg") for c in CODES)


def test_an_error_travels_between_processes() -> None:
    with pytest.raises(RejectedMediaError) as caught:
        open_media(b"")
    there = pickle.loads(pickle.dumps(caught.value))
    assert (there.code, str(there)) == (caught.value.code, str(caught.value))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [("a.png", PNG, "picture"), ("a.jpg", JPEG, "picture"), ("a.GIF", GIF, "picture"), ("a.mp3", MP3, "sound"), ("a.wav", WAV, "sound"),
     ("a.silk", SILK, "sound"), ("a.aud", SILK, "sound"), ("a.mp4", MP4, "video"), ("4711", MP3, "sound"), ("a.dat", JPEG, "picture")],
)  # fmt: skip
def test_what_is_as_it_says(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    found = open_media(file, limits=MediaLimits(bytes=len(content)))
    assert (found.type.kind, found.size, found.notes) == (kind, len(content), ())
    assert found.read() == content
    assert open_media(found, found.type.kind) is found
    assert open_media(content).type == found.type


def test_files_that_are_not_there_or_none(tmp_path: Path) -> None:
    assert code(tmp_path / "none.jpg") == "missing"
    assert code(tmp_path / "none.jpg" / "more") == "missing"
    assert code("a\0b.jpg") == "missing"
    assert code("x" * 5_000 + ".jpg") == "unreadable"
    assert code(tmp_path) == "unreadable"
    os.mkfifo(tmp_path / "pipe.amr")
    assert code(tmp_path / "pipe.amr") == "unreadable"
    (tmp_path / "empty.amr").touch()
    assert code(tmp_path / "empty.amr") == "empty"
    assert code(b"") == "empty"


def test_size_and_kind() -> None:
    assert code(PNG, limits=MediaLimits(bytes=len(PNG) - 1)) == "too_many_bytes"
    assert code(PNG, "sound") == "wrong_kind"
    assert code(PNG, "sound", "video") == "wrong_kind"
    assert code(zipped(), "picture") == "wrong_kind"
    found = open_media(MP3)
    assert code(found, "picture") == "wrong_kind"  # type: ignore[arg-type]
    assert isinstance(open_media(zipped()), OpenMedia)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.jpg", MP3), ("a.mp3", JPEG), ("a.mp4", PNG), ("a.png", MP4), ("a.jpg", b"Dear all, see you at six.\n"), ("a.jpg", zipped()),
     ("a.jpg", "今天不回来吃饭".encode()), ("a.html", PNG), ("a.exe", JPEG), ("a.zip", GIF), ("a.svg", PNG), ("a.php", GIF)],
)  # fmt: skip
def test_names_that_say_something_else(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert code(file) == "wrong_kind"


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.jpg", PNG), ("a.gif", JPEG), ("a.amr", SILK), ("a.mp3", WAV), ("a.mp4", MP3), ("a.m4a", MP4)],
)
def test_names_that_say_a_relative_are_noted(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert open_media(file).notes == ("extension",)


@pytest.mark.parametrize(
    "content",
    [b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"\xef\xbb\xbf  <!DOCTYPE html><p>", b"<HTML><body>",
     b"<?xml version='1.0'?><svg/>", b"<!-- x --><svg><script>alert(1)</script></svg>", "<svg/>".encode("utf-16"), b"<?php system(1);"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["a.svg", "a.jpg", "a.png", "a"])
def test_pages_and_scripts(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert code(file) == "script"


@pytest.mark.parametrize(
    "whole",
    [PNG, JPEG, GIF, picture("BMP"), picture("WEBP"), WAV, MP3, MP4, sound("opus"), film([0], "webm", "libvpx")],
)
@pytest.mark.parametrize(
    "more", [zipped(), zipped("a/b.class"), b"<script>alert(1)</script>", b"\n<?php system($_GET[0]); ?>"]
)
def test_two_things_at_once(whole: bytes, more: bytes) -> None:
    assert code(whole + more) == "polyglot"


@pytest.mark.parametrize("whole", [PNG, JPEG, GIF, picture("WEBP"), WAV, MP4])
@pytest.mark.parametrize(
    "more",
    [b"%PDF-1.4\n", b"MZ\x90\0", b"\x7fELF\x02", b"Rar!\x1a\x07\0", b"#!/bin/sh\n", b"<!DOCTYPE html>", b"<svg/>"],
)
def test_something_else_behind_the_end(whole: bytes, more: bytes) -> None:
    assert code(whole + more) == "polyglot"
    assert code(whole + bytes(8) + more) == "polyglot"


def test_scripts_within() -> None:
    assert code(picture("JPEG", comment=b"<?php system($_GET['c']); ?>")) == "polyglot"
    assert code(picture("GIF", comment=b"<SCRIPT src=//x.y>")) == "polyglot"
    assert code(b"GIF89a/*" + GIF[8:] + b"*/=1;alert(1)") in {"polyglot", "damaged"}
    assert code(b"\xff\xd8\xff\xe0/*" + bytes(0x2F2A - 2) + JPEG[20:] + b"*/=alert(1)") == "polyglot"


@pytest.mark.parametrize("whole", [PNG, JPEG, GIF, WAV])
@pytest.mark.parametrize("more", [bytes(100), b"taken with my phone " * 5, picture("JPEG"), film([0])])
def test_harmless_bytes_behind_the_end_are_noted(whole: bytes, more: bytes) -> None:
    assert open_media(whole + more).notes == ("trailing",)


def test_a_thumbnail_within_is_no_end() -> None:
    small = picture("JPEG", corners(16, 12))
    exif = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + small
    assert open_media(picture("JPEG", exif=exif)).notes == ()
    assert open_media(picture("JPEG", progressive=True, comment=b"\xff\xd9" * 9)).notes == ()


@pytest.mark.parametrize(
    "whole",
    [PNG, GIF, picture("WEBP"), animation("GIF", [0, 200]), animation("PNG", [0, 200]), WAV, MP4, picture("HEIF"), picture("AVIF"),
     sound("m4a"), sound("opus", tone(rate=48_000)), film([0], "matroska", "mpeg4"), film([0], "avi", "mpeg4")],
)  # fmt: skip
def test_cut_off_files_are_seen_without_decoding(whole: bytes) -> None:
    assert open_media(whole).notes == ()
    assert code(whole[:-9]) == "damaged"


@given(st.text(st.characters(codec=None, exclude_characters="/\0"), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_messages_are_printable_whatever_a_file_is_called(name: str) -> None:
    with pytest.raises(RejectedMediaError) as caught:
        open_media(f"/nowhere/{name}")
    assert str(caught.value).isprintable()
    assert len(caught.value.where) <= 201


KNOWN = [
    PNG,
    JPEG,
    GIF,
    picture("BMP"),
    picture("WEBP"),
    picture("HEIF"),
    WAV,
    SILK,
    MP3,
    MP4,
    sound("opus"),
    film([0], "webm", "libvpx"),
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KNOWN), st.data())
def test_any_bytes_are_looked_at_without_another_error(content: bytes, data: st.DataObject) -> None:
    broken = bytearray(content[: data.draw(st.integers(1, len(content)))])
    for at in data.draw(st.lists(st.integers(0, min(len(broken), 400) - 1), max_size=8)):
        broken[at] = data.draw(st.integers(0, 255))
    try:
        found = open_media(bytes(broken))
    except RejectedMediaError:
        return
    assert found.size == len(broken)


def test_files_in_more_pieces_than_any_program_makes() -> None:
    """Each piece is a turn of somebody's loop."""
    size = 150_000
    assert code(b"GIF89a\1\0\1\0\0\0\0!\xfe" + b"\x01a" * 10 * size + b"\0;") == "damaged"
    assert code(PNG[:33] + b"\0\0\0\0abCd\0\0\0\0" * size + PNG[33:]) == "damaged"
    assert code(JPEG[:2] + b"\xff\xfe\0\2" * size + JPEG[2:]) == "damaged"
    assert code(JPEG[:2] + b"\xff" * 5_000 + JPEG[2:]) == "damaged"
    assert open_media(JPEG[:2] + b"\xff" * 50 + JPEG[2:]).notes == ()


def test_an_archive_with_a_larger_directory() -> None:
    record = b"PK\x06\x07" + bytes(16) + b"PK\x05\x06" + b"\xff" * 16 + bytes(2)
    assert code(MP3 + record) == "polyglot"
    assert open_media(MP3 + b"PK\x05\x06" + bytes(18)).type.kind == "sound"  # empty
