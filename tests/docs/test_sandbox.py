"""The guide sandbox.md: its Python runs from top to bottom, its links lead somewhere, its acts and options exist."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import typer

from jianwei.cli.app import build_app
from jianwei.sandbox.platform.control import ACTS

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.pages import Page, both

pages = pytest.mark.parametrize("page", both("sandbox.md"), ids=str)


@pages
def test_the_snippets_run(page: Page) -> None:
    assert len(page.snippets) == 3
    exec(compile("\n".join(page.snippets), "sandbox.md", "exec"), {"__name__": "sandbox_page"})


@pages
def test_links_lead_somewhere(page: Page) -> None:
    assert page.lost_links == []


@pages
def test_acts_are_named(page: Page) -> None:
    assert [act for act in ACTS if f"`{act}`" not in page.text and act not in ("meet", "send", "settle")] == []


@pages
def test_options_exist(page: Page) -> None:
    command = typer.main.get_command(build_app()).commands["sandbox"]  # type: ignore[attr-defined]
    known = {name for parameter in command.params for name in parameter.opts}
    told = set(re.findall(r"(--[a-z][a-z-]+)", page.text))
    assert told <= known
    assert known - told == set()
