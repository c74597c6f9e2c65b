"""docs/sandbox.md: its Python runs from top to bottom, its links lead somewhere, its acts and options exist."""

from __future__ import annotations

import re
from pathlib import Path

from jianwei.cli.app import build_app
from jianwei.sandbox.platform.control import ACTS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "sandbox.md").read_text("utf-8")


def test_the_snippets_run() -> None:
    snippets = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(snippets) == 3
    exec(compile("\n".join(snippets), "docs/sandbox.md", "exec"), {"__name__": "sandbox_page"})


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", PAGE)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_acts_are_named() -> None:
    assert [act for act in ACTS if f"`{act}`" not in PAGE and act not in ("meet", "send", "settle")] == []


def test_options_exist() -> None:
    import typer

    command = typer.main.get_command(build_app()).commands["sandbox"]  # type: ignore[attr-defined]
    known = {name for parameter in command.params for name in parameter.opts}
    assert set(re.findall(r"(--[a-z][a-z-]+)", PAGE)) <= known
