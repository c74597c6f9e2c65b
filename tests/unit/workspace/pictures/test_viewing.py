"""Many files, one after the other: pictures and videos, and one that is refused stops nobody."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))

from support.media_files import film, picture, sound

from jianwei.common.media import RejectedMediaError
from jianwei.common.progress import SilentProgress
from jianwei.vision.looking import open_looker
from jianwei.workspace.pictures.viewing import View, view_all, write_annotated


def viewed(*paths: Path) -> list[View | RejectedMediaError]:
    return list(view_all(paths, open_looker(parts=[]), progress=SilentProgress()))


def test_pictures_videos_and_files_that_are_none(tmp_path: Path) -> None:
    contents = {
        "a.png": picture("PNG"), "b.png": b"\x89PNG\r\n\x1a\n" + bytes(40), "c.mp4": film([0, 200]),
        "d.mp4": sound("mov"), "e.jpg": picture("JPEG"),
    }  # fmt: skip
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    seen = viewed(*(tmp_path / name for name in contents), tmp_path / "nowhere.png")
    shown = [one for one in seen if isinstance(one, View)]
    assert [(one.path.name, one.video, len(one.frames)) for one in shown] == [
        ("a.png", False, 1), ("c.mp4", True, 2), ("e.jpg", False, 1),
    ]  # fmt: skip
    assert [one.code for one in seen if isinstance(one, RejectedMediaError)] == ["damaged", "no_picture", "missing"]
    for one in shown:
        for second, pixels, report in one.frames:
            assert 0 <= second < 2
            assert report.size == pixels.size


def test_copies_have_names_of_their_own(tmp_path: Path) -> None:
    paths = [tmp_path / "one" / "a.png", tmp_path / "two" / "a.png", tmp_path / "a.mp4"]
    for path, content in zip(paths, (picture("PNG"), picture("PNG"), film([0, 200])), strict=True):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    taken: set[str] = set()
    written = [
        file
        for one in viewed(*paths)
        if isinstance(one, View)
        for file in write_annotated(one, tmp_path / "out", taken, "en")
    ]
    names = [path.name for path in written]
    assert names[:2] == ["a.png", "a-2.png"]
    assert len(set(names)) == len(names) == 4
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    from jianwei.errors import StoreError

    (tmp_path / "a.png").write_bytes(picture("PNG"))
    (one,) = viewed(tmp_path / "a.png")
    assert isinstance(one, View)
    with pytest.raises(StoreError):
        write_annotated(one, tmp_path / "a.png" / "out", set(), "en")
