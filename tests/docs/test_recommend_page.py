"""The guide recommend.md: its snippets run, its commands and options exist and are all told, its names and reasons are there."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

import jianwei as jw
from jianwei.cli.app import build_app
from jianwei.common.i18n import catalog
from jianwei.sandbox.population import simulate, write_files

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.pages import Page, both

pages = pytest.mark.parametrize("page", both("recommend.md"), ids=str)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the workspace that the first snippet opens."""
    place = tmp_path_factory.mktemp("page")
    write_files(simulate(customers=60, days=30), place / "files")
    jw.open(place / "shop").import_files([path for path in (place / "files").iterdir() if path.is_file()])
    return place


@pages
def test_the_snippets_run(
    page: Page, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    shop, measured = page.snippets
    exec(compile(shop, "recommend.md", "exec"), {})
    out = capsys.readouterr().out
    assert out.startswith("1 ")
    assert "_together {'items': ['抹茶粉" in out
    exec(compile(measured, "recommend.md", "exec"), {})
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()][:2] == ["onward", "popular"]


@pages
def test_commands_and_options_exist_and_all_are_told(page: Page) -> None:
    command = typer.main.get_command(build_app()).commands["recommend"]  # type: ignore[attr-defined]
    known = {option for parameter in command.params for option in parameter.opts}
    for line in page.commands:
        assert line.startswith("jianwei recommend ")
        assert set(re.findall(r"(?<= )--?[a-z-]+", line)) <= known
    told = {name for row in page.tables for name in row if name.startswith("-")}
    assert told <= known
    assert known - told <= {"-w", "--workspace", "-q", "--quiet", "--output", "--days", "-o"}


@pages
def test_names_and_reasons_are_where_the_page_says(page: Page) -> None:
    for name in re.findall(r"\| `(jianwei\.[\w.]+)`", page.text):
        module, attribute = name.rsplit(".", 1)
        assert hasattr(import_module(module), attribute), name
    reasons = re.findall(r"^\| `([a-z_]+)` \|", page.text, re.MULTILINE)
    assert len(reasons) == 7
    assert all(catalog("en").has(f"recommend.reason.{code}") for code in reasons)


@pages
def test_links_lead_somewhere(page: Page) -> None:
    assert page.lost_links == []
