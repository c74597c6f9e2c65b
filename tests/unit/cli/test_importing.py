"""`jianwei import` and `quarantine`: what people are told of files that are not taken in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from jianwei.cli.app import build_app


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES", "JIANWEI_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    album = tmp_path / "album"
    album.mkdir()
    Image.new("RGB", (30, 20), (200, 7, 7)).save(album / "good.png")
    for number in range(6):
        (album / f"text{number}.jpg").write_text(f"no picture {number}")
    (album / "page.png").write_text("<html><script>1</script></html>")
    for name in ("a.bin", "b.bin"):
        (album / name).write_bytes(b"\x07\x01\x02\x00" + name.encode() * 9)


def run(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(build_app(), list(arguments))
    assert done.exit_code == code, done.output
    return done


def test_refused_files_of_a_folder_are_named() -> None:
    told = run("import", "album", "-q", code=3).stdout
    assert "album: not taken in, 1 in all (a page or a script, not a sound, picture or video): album/page.png" in told
    five = ", ".join(f"album/text{number}.jpg" for number in range(5))
    assert f"(something else than its name says): {five} and 1 more" in told
    assert "line" not in told


def test_refused_files_are_in_the_report_of_the_import() -> None:
    folder = json.loads(run("import", "album", "--json", code=3).stdout)["inputs"][-1]
    assert ["album/page.png", "script"] in folder["refused"]
    assert len(folder["refused"]) == 7


def test_unknown_formats_are_called_so_and_known_ones_are_listed_once() -> None:
    told = run("import", "album", "-q", code=3).stdout
    assert "album/a.bin, album/b.bin: not read: its format is not known\n" in told
    assert told.count("Known formats: chats") == 1
    assert "opened" not in told


def test_quarantine_names_files_not_lines_of_folders() -> None:
    run("import", "album", "-q", code=3)
    shown = run("quarantine", "show").stdout
    assert "album/page.png  a page or a script, not a sound, picture or video\n" in shown
    assert "album/a.bin  its format is not known" in shown


def test_quarantine_names_lines_of_tables(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("内容,用户,时间\n好,小林,2024-01-05 11:00:00\n好,小林,昨天\n")
    run("import", "rows.csv", "-q", code=3)
    assert "rows.csv:3  the time cannot be read" in run("quarantine", "show").stdout


def test_stages_that_name_none_do_not_do_nothing() -> None:
    assert "--stages: names no stage" in run("enrich", "--stages", " ,", code=2).stderr


def test_the_report_names_them_too(tmp_path: Path) -> None:
    run("analyze", "album", "-q", "-o", "report.html", code=3)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "files not taken in (page.png):" in page
    assert "the first on line" not in page
