"""Names of files in a narrow place."""

from __future__ import annotations

from pathlib import PurePath

from jianwei.common.names import told_apart


def test_files_of_one_name_have_their_folders() -> None:
    paths = [PurePath(path) for path in ("/a/1.png", "b/1.png", "b/2.png", "1.png", "/3.png")]
    assert told_apart(paths) == ("a/1.png", "b/1.png", "2.png", "1.png", "3.png")
    assert told_apart([PurePath("/x/1.png")]) == ("1.png",)
    assert told_apart([]) == ()
