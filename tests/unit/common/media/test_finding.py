"""Which files of a folder are of a kind, by their bytes or their names; one table says what names promise."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.media_files import film, picture, silk

from jianwei.common.media.finding import find_media, kind_of
from jianwei.common.media.kinds import UNKNOWN
from jianwei.common.media.suffixes import fits, promised_kind
from jianwei.sources.media_files import promises_media
from jianwei.workspace.pictures.finding import find_pictures
from jianwei.workspace.voices.finding import find_recordings

KINDS = {
    "picture": ".jpg .jpeg .jpe .jfif .png .apng .gif .webp .heic .heif .hif .avif .bmp .dib .tif .tiff .psd .jp2 .jxl .svg",
    "sound": ".amr .awb .silk .slk .aud .speex .mp3 .m4a .m4b .aac .wav .ogg .oga .opus .spx .flac .ac3 .aif .aiff .wma .weba .mka",
    "video": ".mp4 .m4v .mov .qt .3gp .3g2 .webm .mkv .ogv .avi .wmv .asf .flv .mpg .mpeg",
}


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_asks_gets_the_same_answer_about_a_name(kind: str, tmp_path: Path) -> None:
    names = sorted(f"a{suffix.upper()}" for suffix in KINDS[kind].split())
    for name in names:
        (tmp_path / name).write_bytes(b"nobody knows what this is")
        assert promised_kind(name) == kind
        assert promises_media(name, b"")
        assert fits(name, UNKNOWN) == "wrong"
    assert [path.name for path in find_pictures([tmp_path])] == (names if kind != "sound" else [])
    assert [one.path.name for one in find_recordings([tmp_path])] == (names if kind != "picture" else [])


def test_bytes_count_where_names_say_nothing(tmp_path: Path) -> None:
    contents = {"film": film([0]), "photo.dat": picture("PNG"), "voice": silk(), "note.txt": b"hello", "empty": b""}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / ".photo.png").write_bytes(picture("PNG"))
    assert [path.name for path in find_pictures([tmp_path])] == ["film", "photo.dat"]
    assert [one.path.name for one in find_recordings([tmp_path])] == ["film", "voice"]
    assert {name: kind_of(tmp_path / name) for name in contents} == {
        "film": "video", "photo.dat": "picture", "voice": "sound", "note.txt": "other", "empty": "other",
    }  # fmt: skip


def test_what_is_named_is_kept_once_whatever_it_is(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    photo = tmp_path / "deep" / "a.png"
    photo.write_bytes(picture("PNG"))
    os.mkfifo(tmp_path / "pipe")
    gone = tmp_path / "gone.txt"
    found = find_media([tmp_path, photo, gone, gone], "picture")
    assert found == {photo: Path("deep/a.png"), gone: Path("gone.txt")}
    assert kind_of(tmp_path / "pipe") == kind_of(Path("a\0b")) == "other"
