"""Names of files in a narrow place."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from jianwei.common.names import display_width, shortened, told_apart


def test_files_of_one_name_have_their_folders() -> None:
    paths = [PurePath(path) for path in ("/a/1.png", "b/1.png", "b/2.png", "1.png", "/3.png")]
    assert told_apart(paths) == ("a/1.png", "b/1.png", "2.png", "1.png", "3.png")
    assert told_apart([PurePath("/x/1.png")]) == ("1.png",)
    assert told_apart([]) == ()


@pytest.mark.parametrize("name", ["很长的名字" * 9 + ".png", "a" * 60 + ".jpeg", "混a合b" * 20, "é" * 40])
@pytest.mark.parametrize("most", [12, 18, 24])
def test_long_names_fit_and_keep_both_ends(name: str, most: int) -> None:
    short = shortened(name, most)
    assert most - 2 <= display_width(short) <= most
    begin, end = short.split("…")
    assert begin
    assert end
    assert name.startswith(begin)
    assert name.endswith(end)


def test_what_fits_is_left_alone() -> None:
    assert shortened("六个汉字名称.jpeg", 17) == "六个汉字名称.jpeg"
    assert shortened("六个汉字名称.jpeg", 16) == "六个汉…称.jpeg"
