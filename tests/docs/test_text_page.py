"""The guide text.md: its snippet runs, its commands and options exist, its links lead somewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jianwei.cli.app import build_app
from jianwei.cli.text.shaping import KEY
from jianwei.workspace.texts.choosing import TIERS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.pages import Page, both

pages = pytest.mark.parametrize("page", both("text.md"), ids=str)


@pages
def test_the_snippet_runs(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = page.snippets
    exec(compile(snippet, "text.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "0.3333333333333333 [True, True, False]" in shown
    assert "| own | 3 | 1.000 |" in shown
    assert "| own (clean) | 2 | 1.000 |" in shown


@pages
def test_commands_and_options_exist(page: Page) -> None:
    calls = [re.match(r"jianwei text ([a-z]+)(.*)", line) for line in page.commands]
    shown = {call[1] for call in calls if call}
    assert all(calls)
    listed = CliRunner().invoke(build_app(), ["text", "--help"], env={"COLUMNS": "200", "LANG": "en"}).output
    assert shown == set(re.findall(r"^  ([a-z]+)  ", listed.split("Commands:")[1], re.MULTILINE))
    for call in calls:
        assert call is not None
        help_text = (
            CliRunner().invoke(build_app(), ["text", call[1], "--help"], env={"COLUMNS": "200", "LANG": "en"}).output
        )
        for option in re.findall(r"(?<= )--?[a-z-]+", call[2]):
            assert re.search(rf"(^|[\s,]){option}\b", help_text), (call[1], option)


@pages
def test_what_is_named_exists(page: Page) -> None:
    assert f"`{KEY}`" in page.text
    assert [row & set(TIERS) for row in page.tables if row & set(TIERS)] == [{tier} for tier in TIERS]
    assert page.lost_links == []
