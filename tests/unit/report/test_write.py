"""A report on disk: whole or not at all, and an earlier one is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image
from python_calamine import CalamineWorkbook
from support import answers

from jianwei.errors import JianweiError
from jianwei.report import ReportPage, build_report, data_folder, write_report


def page(kind: str = "baskets") -> ReportPage:
    return build_report(answers.workspace(kind), covers=None, inputs=[], made_us=0)


def test_the_folder_holds_every_table_and_picture(tmp_path: Path) -> None:
    report = page()
    path = write_report(report, tmp_path / "new" / "report.html")
    names = {file.name for file in data_folder(path).iterdir()}
    assert names == {
        ".jianwei",  # so that a later analysis passes the folder over
        "tables.xlsx",
        *(f"{key}.{kind}" for key in report.tables for kind in ("csv", "parquet")),
        *(f"{chart.key}.png" for chart in report.charts),
    }
    assert CalamineWorkbook.from_path(data_folder(path) / "tables.xlsx").sheet_names == list(report.tables)
    for chart in report.charts:
        with Image.open(data_folder(path) / f"{chart.key}.png") as image:
            assert image.format == "PNG"
            assert len(image.getcolors(1 << 20) or range(99)) > 20
    assert sorted(file.name for file in path.parent.iterdir()) == ["report-data", "report.html"]


def test_every_link_of_the_page_is_a_file(tmp_path: Path) -> None:
    import re

    path = write_report(page(), tmp_path / "我的 报告.html")
    from urllib.parse import unquote

    links = re.findall(r'href="([^"#]+)" download', path.read_text("utf-8"))
    assert links
    assert all((path.parent / unquote(link)).is_file() for link in links)


def test_an_earlier_report_is_kept_with_its_folder(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    write_report(page("empty"), target)
    old = target.read_text("utf-8")
    (data_folder(target) / "note.txt").write_text("mine")
    os.utime(target, (1_700_000_000, 1_700_000_000))
    write_report(page(), target)
    assert (tmp_path / "report-20231115-061320.html").read_text("utf-8") == old.replace(
        'href="report-data/', 'href="report-20231115-061320-data/'
    )
    assert (tmp_path / "report-20231115-061320-data" / "note.txt").read_text() == "mine"
    assert not (data_folder(target) / "note.txt").exists()
    assert target.read_text("utf-8") != old


def test_two_of_the_same_second_are_both_kept(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    for _ in range(3):
        write_report(page("empty"), target, files=False)
        os.utime(target, (1_700_000_000, 1_700_000_000))
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "report-20231115-061320-2.html", "report-20231115-061320.html", "report.html",
    ]  # fmt: skip


def test_without_files_there_is_only_the_page(tmp_path: Path) -> None:
    write_report(page(), tmp_path / "report.html", files=False)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JianweiError, match="another place"):
        write_report(page("empty"), tmp_path / "file" / "report.html")


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    """A table that no file format knows: the page must not appear without its folder, and the old one must stay."""
    import pyarrow as pa

    from jianwei.report._base import Block, Message, Section, Table

    target = tmp_path / "report.html"
    write_report(page("empty"), target, files=False)
    old = target.read_text("utf-8")
    broken = Table("broken", Message("report.title"), pa.table({"x": pa.array([{"a": 1}])}), ())
    block = Block("broken", Message("report.title"), Message("report.title"), (), broken)
    report = page("empty")
    bad = ReportPage(
        **{name: getattr(report, name) for name in report.__slots__} | {"sections": (Section("mood", (block,)),)}
    )
    with pytest.raises(pa.ArrowInvalid):
        write_report(bad, target)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert target.read_text("utf-8") == old
