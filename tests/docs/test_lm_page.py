"""The guide lm.md: its snippet runs, its commands and options exist and are all told, its names are there."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer

from jianwei.cli.app import build_app

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.pages import Page, both

pages = pytest.mark.parametrize("page", both("lm.md"), ids=str)


@pages
def test_the_snippet_runs(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (snippet,) = page.snippets
    exec(compile(snippet, "lm.md", "exec"), {})
    assert capsys.readouterr().out.startswith("天 0.")
    assert (tmp_path / "chats.lm").is_file()


@pages
def test_commands_and_options_exist(page: Page) -> None:
    group = typer.main.get_command(build_app()).commands["lm"].commands  # type: ignore[attr-defined]
    assert {name for row in page.tables for name in row if name in group} == set(group)
    called = {}
    for line in page.commands:
        name, rest = re.fullmatch(r"jianwei lm (\w+)(.*)", line).groups()  # type: ignore[union-attr]
        called[name] = called.get(name, "") + rest
    assert set(called) == set(group)
    for name, rest in called.items():
        known = {option for parameter in group[name].params for option in parameter.opts}
        assert set(re.findall(r"(?<= )--?[a-z-]+", rest)) <= known
    every = {option for command in group.values() for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"`(--[a-z-]+)`", page.text)) <= every


@pages
def test_names_are_where_the_page_says(page: Page) -> None:
    rows = [line for line in page.text.splitlines() if "jianwei.text.lm." in line and line.startswith("|")]
    assert len(rows) == 4
    for row in rows:
        module = None
        names = re.findall(r"`([\w.]+)(?:\([^`]*\))?`", row)
        places = [name for name in names if name.startswith("jianwei.")]
        for name in (name for name in names if name not in places):
            module = any(hasattr(import_module(place), name) for place in places)
            assert module, name


@pages
def test_links_lead_somewhere(page: Page) -> None:
    assert page.lost_links == []
